"""What CI runs: nothing of whoever starts it gets in, and every turn comes up."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pipelines.paths import PROJECT_ROOT

_CALLED = """#!/bin/sh
variables=$(env | grep -v -e '^_=' -e '^PWD=' -e '^SHLVL=' | sort | tr '\\n' ' ')
echo "${0##*/} $* | $variables $(umask)" >>'FOLDER/calls'
"""
_CLOCK = """shift
exec "$@"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with `.ci/run` in it, and programs that note what they are called with."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(PROJECT_ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    noted = _CALLED.replace("FOLDER", str(tmp_path))
    for name in ("bin/make", "scripts/install_browser.sh", "scripts/install_servers.sh"):
        (tmp_path / name).write_text(noted)
    (tmp_path / "scripts" / "at_clock.sh").write_text(noted + _CLOCK)
    for name in ("gcc", "apt-get", "python3.11", "python3.12", "python3.13"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "locale").write_text("#!/bin/sh\necho ja_JP.utf8\n")
    for path in (*(tmp_path / "bin").iterdir(), *(tmp_path / "scripts").iterdir()):
        path.chmod(0o755)
    return tmp_path


def _calls(checkout: Path, day: str) -> list[str]:
    """Run it as on a day, and return what was called, with its environment and umask."""
    done = subprocess.run(
        [checkout / ".ci" / "run", day],
        env={
            "PATH": f"{checkout}/bin:/usr/bin:/bin",
            "HOME": str(checkout),
            "OF_THE_STARTER": "1",
            "PYTHONUNBUFFERED": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    called = (checkout / "calls").read_text().splitlines()
    (checkout / "calls").unlink()
    return called


def _with(calls: list[str], begin: str) -> list[str]:
    return [one for one in calls if one.startswith(begin)]


def test_nothing_of_whoever_starts_ci_reaches_the_tests(checkout: Path) -> None:
    """Every program is called with a new home and with variables that `.ci/run` names itself."""
    calls = _calls(checkout, "2026-12-01")
    assert len(calls) >= 7
    for one in calls:
        names = {word.partition("=")[0] for word in one.partition(" | ")[2].split() if "=" in word}
        assert names <= {
            *("PATH", "HOME", "LANG", "TZ"),
            *(f"MIMAMORI_{of}_TESTS" for of in ("NATIVE", "BROWSER", "SERVER")),
        }, one
        assert f"HOME={checkout} " not in one


def test_each_part_comes_up_within_its_days(checkout: Path) -> None:
    """Four weeks have the further tests and the unusual environment, eleven days every clock."""
    found = [_calls(checkout, f"2026-12-{day:02}") for day in range(1, 29)]
    tests = [_with(calls, "make test")[0] for calls in found]
    parts = {part for part in range(1, 28) for one in tests if f"--further {part}/27 " in one}
    assert parts == set(range(1, 28))
    [unusual] = [day for day in found if "LANG=ja_JP.UTF-8" in _with(day, "make test")[0]]
    for one in _with(unusual, "make test"):
        assert {"TZ=America/Los_Angeles", "LANG=ja_JP.UTF-8"} <= set(one.split())
        assert "家 of tests" in one
        assert one.endswith("0077")
    clocks = {_with(calls, "at_clock.sh")[0].split()[1] for calls in found[:11]}
    assert len(clocks) == 11
    assert {"2026-12-31T23:50Z", "2027-01-01T04:00Z", "2028-02-29T12:00Z"} <= clocks
    for day in found:
        first, dated = _with(day, "make test")
        assert "--dated none" in first
        assert "--dated only" in dated
    pythons = {_with(calls, "make PYTHON=")[0].split()[1].rpartition("/")[2] for calls in found}
    assert pythons == {"python3.11", "python3.12", "python3.13"}


def test_clocks_are_those_that_come_next(checkout: Path) -> None:
    """Years later too, so that nothing made by a release lies in the future of its tests."""
    calls = [_calls(checkout, f"2031-03-{day:02}") for day in range(2, 13)]
    clocks = {_with(of, "at_clock.sh")[0].split()[1] for of in calls}
    assert {"2031-12-31T23:50Z", "2032-02-29T12:00Z", "2032-03-01T09:00Z"} <= clocks
    assert {"2031-03-08T03:00Z", "2031-03-15T03:00Z"} & clocks  # a Saturday


def test_packages_that_cannot_be_installed_are_a_failure(checkout: Path) -> None:
    """They come in beside the checks of the code; no test runs without them."""
    (checkout / "scripts" / "install_servers.sh").write_text("#!/bin/sh\nexit 3\n")
    done = subprocess.run(
        [checkout / ".ci" / "run", "2026-12-01"],
        env={"PATH": f"{checkout}/bin:/usr/bin:/bin", "HOME": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    called = (checkout / "calls").read_text()
    assert "install_browser.sh" in called
    assert "make test" not in called


def test_a_day_that_is_none_is_refused(checkout: Path) -> None:
    """Nothing is run then."""
    done = subprocess.run(
        [checkout / ".ci" / "run", "yesteryear"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "yesteryear" in done.stderr
    assert not (checkout / "calls").exists()
