"""The wheel holds all that the program reads and nothing else, and works without a checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipelines.airflow import deployment
from pipelines.errors import SettingsError
from pipelines.paths import DEFAULT_HOME, PROJECT_ROOT, data_root

_SHIPPED = ("config", "dags", "expectations", "sql")
_ELSEWHERE = """
import sys
checkout, wheel, *arguments = sys.argv[1:]
sys.path[:] = [wheel, *(path for path in sys.path if path not in ("", checkout))]
sys.argv[1:] = arguments
from pipelines import paths
assert paths.PACKAGE.is_relative_to(wheel), paths.PACKAGE
assert paths.SQL_DIR.is_relative_to(wheel), paths.SQL_DIR
from pipelines.cli import main
main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The wheel of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.Path(path)


@pytest.fixture(scope="module")
def installed(wheel: zipfile.Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel was unpacked."""
    folder = tmp_path_factory.mktemp("site-packages")
    wheel.root.extractall(folder)
    return folder


def _files(folder: Path) -> set[Path]:
    """The files of a folder but what Python and the C compiler made of them."""
    return {
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".so"
    }


def test_wheel_holds_what_is_read_at_run_time_and_nothing_else(installed: Path) -> None:
    """The package as it is, the four folders beside it in `data/`, and the usual description."""
    expected = {path.relative_to(PROJECT_ROOT) for path in _files(PROJECT_ROOT / "pipelines")}
    for name in _SHIPPED:
        for path in _files(PROJECT_ROOT / name):
            expected.add("pipelines/data" / path.relative_to(PROJECT_ROOT))
    found = {path.relative_to(installed) for path in _files(installed)}
    about = {path for path in found if path.parts[0].endswith(".dist-info")}
    names = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "LICENSE", "NOTICE"}
    assert {path.name for path in about} == names
    assert found - about == expected
    assert not list(installed.rglob("*.so"))
    for name in ("sql/macros.sql", "config/mimamori.yaml", "expectations/site_day.json"):
        assert Path("pipelines/data", name) in found
    assert {"fast_path.c", "country.mmdb", "ja.yaml", "day.html.j2"} <= {
        path.name for path in found
    }


def test_data_root_is_the_package_where_it_brings_data(tmp_path: Path) -> None:
    """A checkout has no `data/` in the package: there the folders lie beside it."""
    package = tmp_path / "pipelines"
    package.mkdir()
    assert data_root(package) == tmp_path
    (package / "data").mkdir()
    assert data_root(package) == package / "data"


def test_airflow_without_a_checkout_must_be_given_the_working_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its processes have different current folders: each would make a lake of its own."""
    monkeypatch.delenv("MIMAMORI_HOME", raising=False)
    assert deployment.working_folder().root == DEFAULT_HOME
    monkeypatch.setattr(deployment, "IS_CHECKOUT", False)
    with pytest.raises(SettingsError, match="MIMAMORI_HOME"):
        deployment.working_folder()
    monkeypatch.setenv("MIMAMORI_HOME", "/srv/mimamori")
    assert deployment.working_folder().root == Path("/srv/mimamori")


def _mimamori(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command of the unpacked wheel in a folder, without the checkout and its settings."""
    mine = {"PYTHONPATH", "MIMAMORI_HOME", "MIMAMORI_CONFIG"}
    return subprocess.run(
        [sys.executable, "-c", _ELSEWHERE, str(PROJECT_ROOT), str(installed), *arguments],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in mine},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.further
def test_wheel_works_in_the_current_folder(installed: Path, tmp_path: Path) -> None:
    """Demo logs become a lake in `var/` there, detectors are read, the package stays as it was."""
    before = _files(installed)
    day = "2026-11-20"
    demo = ("demo", "--days", "1", "--end", day, "--sites", "1", "--lines-per-day", "200")
    said = {}
    for arguments in (demo, ("ingest", "--date", day, "--json"), ("rules", "check", "--json")):
        done = _mimamori(installed, tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        said[arguments[0]] = done.stdout
    assert json.loads(said["ingest"])["records"] > 100
    assert (tmp_path / "var" / "lake").is_dir()
    assert json.loads(said["rules"]) == []
    assert _files(installed) == before


def test_rules_are_not_added_to_an_installed_package(installed: Path, tmp_path: Path) -> None:
    """The next release would throw them away: the message says to copy the settings."""
    (tmp_path / "rule.yml").write_text("title: none\n", encoding="utf-8")
    done = _mimamori(installed, tmp_path, "rules", "add", "rule.yml")
    assert done.returncode == 2
    assert "--config" in done.stderr
    assert not (installed / "pipelines" / "data" / "config" / "rules").exists()
