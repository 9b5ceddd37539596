"""The files of a release: the same each time, installed and run."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import release

import pipelines
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT


def test_the_changelog_begins_with_the_release() -> None:
    """By version and day, and the package says the same."""
    version, _ = release.released(PROJECT_ROOT)
    assert pipelines.__version__ == version


def test_a_changelog_of_another_version_is_no_release(tmp_path: Path) -> None:
    """What came after the last release has to have its version first."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.0.1"\n')
    for heading in ("## Unreleased", "## 1.0.0 (2026-11-28)", "## 1.0.1"):
        (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n\n- x\n")
        with pytest.raises(MimamoriError, match=r"1\.0\.1 \(DATE\)"):
            release.released(tmp_path)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of the release."""
    folder = tmp_path_factory.mktemp("release") / "dist"
    release.build(PROJECT_ROOT, folder)
    return folder


def test_what_compose_keeps_beside_its_files_is_not_released(tmp_path: Path) -> None:
    """Secrets, delivered logs and backups of a checkout in which it runs."""
    from hatchling.builders.sdist import SdistBuilder  # noqa: PLC0415 - of one test

    for name in ("pyproject.toml", "README.md"):
        shutil.copy(PROJECT_ROOT / name, tmp_path)
    kept = shutil.ignore_patterns("secrets", "tls", "landing", "*backup", "mimamori.yaml")
    shutil.copytree(PROJECT_ROOT / "deploy", tmp_path / "deploy", ignore=kept)

    def packed() -> set[str]:
        files = SdistBuilder(str(tmp_path)).recurse_included_files()
        return {file.distribution_path for file in files}

    before = packed()
    assert {"deploy/compose/make-secrets", "deploy/image/Dockerfile"} <= before
    for private in (
        "secrets/fernet_key", "tls/server.key", "mimamori.yaml", ".env", "landing/shop/access.log",
        "backup/mimamori/lake.tar", "keys-backup/mimamori/keys.json",
    ):  # fmt: skip
        path = tmp_path / "deploy" / "compose" / private
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("private")
    assert packed() == before


@pytest.mark.full
def test_a_release_is_the_same_each_time(dist: Path, tmp_path: Path) -> None:
    """To the byte; the checksums are those of the files, and nothing private is among them."""
    release.build(PROJECT_ROOT, tmp_path / "again")
    names = sorted(path.name for path in dist.iterdir())
    version = pipelines.__version__
    assert names == [
        release.SUMS,
        f"mimamori_accesslog-{version}-py3-none-any.whl",
        f"mimamori_accesslog-{version}.cdx.json",
        f"mimamori_accesslog-{version}.tar.gz",
    ]
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (dist / name).read_bytes(), name
    for line in (dist / release.SUMS).read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest
    bill = json.loads((dist / f"mimamori_accesslog-{version}.cdx.json").read_text())
    assert bill["metadata"]["component"]["version"] == version
    with tarfile.open(dist / f"mimamori_accesslog-{version}.tar.gz") as packed:
        held = {name.partition("/")[2] for name in packed.getnames()}
    assert {"LICENSE", "NOTICE", "CHANGELOG.md", "requirements.lock", "PKG-INFO"} <= held
    assert {"deploy/compose/compose.yaml", "docs/operations.md", "sql/macros.sql"} <= held
    assert not [name for name in held if name.endswith(".so") or "/secrets/" in name]


@pytest.mark.full
@pytest.mark.parametrize("kind", ["tar.gz", "whl"])
def test_what_is_released_installs_and_runs(dist: Path, tmp_path: Path, kind: str) -> None:
    """In an environment that is empty before: a demo's night, from the packages of the lock."""
    (archive,) = dist.glob(f"*.{kind}")
    locked = [
        line.removesuffix("\\").strip()
        for line in (PROJECT_ROOT / "requirements.lock").read_text().splitlines()
        if line and not line.startswith((" ", "#"))
    ]
    (tmp_path / "constraints.txt").write_text("\n".join(locked))
    uv = Path(sys.executable).with_name("uv")
    python = tmp_path / "venv" / "bin" / "python"
    outside = {name: os.environ[name] for name in os.environ if "MIMAMORI" not in name}
    environment = {name: outside[name] for name in outside if name != "PYTHONPATH"}
    commands: tuple[list[str | Path], ...] = (
        [uv, "venv", "-q", "--python", sys.executable, tmp_path / "venv"],
        [uv, "pip", "install", "-q", "--system-certs", "--python", python,
         "-c", tmp_path / "constraints.txt", archive],
        [python, "-m", "pipelines", "demo", "--days", "2", "--end", "2026-11-20", "--sites", "1",
         "--lines-per-day", "200"],
        [tmp_path / "venv" / "bin" / "mimamori", "run", "--date", "2026-11-20"],
    )  # fmt: skip
    for command in commands:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "var" / "reports" / "2026-11-20" / "index.html").is_file()
