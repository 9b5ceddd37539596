"""A machine without Chromium: it is installed where it can be, else its tests are left out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.paths import PROJECT_ROOT

_SCRIPT = PROJECT_ROOT / "scripts" / "install_browser.sh"
_TESTS = """
import pytest

def test_plain():
    assert True

@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_page(browser, width):
    assert browser.session
"""
# What `apt-get install` leaves behind, and what it was asked for.
_APT_GET = """#!/bin/sh
echo "$@" >>"$0.calls"
[ "$1" = install ] || exit 0
for name in chromium chromedriver; do : >"${0%/*}/$name"; /bin/chmod +x "${0%/*}/$name"; done
"""


def _tests(folder: Path, required: str) -> subprocess.CompletedProcess[str]:
    """Run tests that share this project's `conftest.py` where no program but Python is found."""
    (folder / "conftest.py").write_text("from tests.conftest import *\n")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    (folder / "test_pages.py").write_text(_TESTS)
    return _run(folder, MIMAMORI_BROWSER_TESTS=required)


def _run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
        cwd=folder,
        env={
            "PATH": str(Path(sys.executable).parent),
            "PYTHONPATH": str(PROJECT_ROOT),
            **environment,
        },
        check=False,
        capture_output=True,
        text=True,
    )


def test_browser_tests_are_left_out_and_the_last_line_says_so(tmp_path: Path) -> None:
    """The others run, and the exit code is theirs."""
    ran = _tests(tmp_path, "")
    assert ran.returncode == 0, ran.stdout
    *_, figures, last = ran.stdout.splitlines()
    assert figures.startswith("1 passed, 2 skipped")
    assert "画面のテスト 2 件を省きました" in last
    assert "browser tests left out, as there is no Chromium: 2;" in last


@pytest.mark.further
def test_tests_of_servers_are_left_out_as_well(tmp_path: Path) -> None:
    """With a line of their own."""
    (tmp_path / "conftest.py").write_text(
        "from tests import conftest\n"
        'conftest.missing_packages = lambda: ["nginx-light"]\n'
        "from tests.conftest import *\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  browser\n  servers\n")
    (tmp_path / "test_fetch.py").write_text(
        "import pytest\n\n@pytest.mark.servers\ndef test_it():\n    assert False\n"
    )
    ran = _run(tmp_path)
    assert ran.returncode == 0, ran.stdout
    last = ran.stdout.splitlines()[-1]
    assert "テスト 1 件を省きました" in last
    assert "docker-compose, PostgreSQL or Valkey: 1; they run once the packages" in last
    ran = _run(tmp_path, MIMAMORI_SERVER_TESTS="required")
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED


@pytest.mark.further
def test_browser_tests_fail_where_they_are_required(tmp_path: Path) -> None:
    """So that a check of changes never passes by leaving them out."""
    ran = _tests(tmp_path, "required")
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert "install the packages chromium and chromium-driver" in ran.stdout
    assert "left out" not in ran.stdout


def _install(
    folder: Path, *, uid: int, apt_get: str = _APT_GET, required: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the script where only `folder` holds programs."""
    for name, text in {"id": f"#!/bin/sh\necho {uid}\n", "apt-get": apt_get}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return subprocess.run(
        ["/bin/sh", _SCRIPT],
        env={"PATH": str(folder), "MIMAMORI_BROWSER_TESTS": required},
        check=False,
        capture_output=True,
        text=True,
    )


def test_root_on_debian_installs_the_browser_once(tmp_path: Path) -> None:
    """A second run finds it."""
    assert _install(tmp_path, uid=0, required="required").returncode == 0
    calls = (tmp_path / "apt-get.calls").read_text().splitlines()
    assert calls[0].startswith("update")
    assert {"install", "chromium", "chromium-driver"} <= set(calls[1].split())
    assert os.access(tmp_path / "chromedriver", os.X_OK)
    assert _install(tmp_path, uid=0).returncode == 0
    again = (tmp_path / "apt-get.calls").read_text().splitlines()[len(calls) :]
    assert not any("chromium" in call for call in again)


@pytest.mark.parametrize(
    ("uid", "apt_get"), [(1000, _APT_GET), (0, "#!/bin/sh\nexit 100\n")], ids=["user", "offline"]
)
def test_what_cannot_be_installed_fails_only_where_it_is_required(
    tmp_path: Path, uid: int, apt_get: str
) -> None:
    """Neither a user without rights nor a machine without a network is stopped by it."""
    assert _install(tmp_path, uid=uid, apt_get=apt_get).returncode == 0
    assert not (tmp_path / "apt-get.calls").exists()
    needed = _install(tmp_path, uid=uid, apt_get=apt_get, required="required")
    assert needed.returncode == 1
    assert "chromium is missing" in needed.stderr
