"""systemd itself accepts the units and finds them hardened, and the program works so confined."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipelines.cli import cli
from pipelines.paths import PROJECT_ROOT
from tests import certificate
from tests.fetch.servers import free_port, program
from tests.test_documented_commands import made_context

_UNITS = PROJECT_ROOT / "deploy" / "systemd"
_SERVICES = sorted(_UNITS.glob("*.service"))
_NAMES = [one.name for one in _SERVICES]
_WEB = "mimamori-web.service"
_NOBODY = 65534
_PROGRAM = "/opt/mimamori/bin/mimamori"
_COMMAND = re.compile(rf"^ExecStart={_PROGRAM} (.+)$", re.MULTILINE)
_MOST_EXPOSED = 15  # tenths of a point; systemd calls up to 2 "OK", and 9.6 is an ordinary service
_NO_NEW_EXECUTABLE_MEMORY = (65, 1)  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN of Linux 6.3


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units, for a program that is here."""
    folder = tmp_path_factory.mktemp("units")
    shutil.copytree(_UNITS, folder, dirs_exist_ok=True)
    for unit in folder.glob("*.service"):
        unit.write_text(unit.read_text().replace(_PROGRAM, sys.executable))
    return folder


def _analyze(units: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    assert program is not None
    # The folder comes before those of the machine, whose targets the units name.
    environment = {"SYSTEMD_UNIT_PATH": f"{units}:", "PATH": os.environ["PATH"], "LC_ALL": "C"}
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.servers
def test_systemd_finds_no_fault(units: Path) -> None:
    """In any unit; one with a setting that it does not know shows that it would."""
    names = [path.name for path in units.iterdir() if path.suffix in {".service", ".timer"}]
    good = _analyze(units, "verify", *names)
    assert (good.returncode, good.stdout + good.stderr) == (0, "")
    wrong = units / "mimamori-wrong.service"
    wrong.write_text((units / "mimamori-nightly.service").read_text() + "ProtectSistem=strict\n")
    assert "ProtectSistem" in _analyze(units, "verify", wrong.name).stderr
    wrong.unlink()


@pytest.mark.servers
@pytest.mark.parametrize("name", _NAMES)
def test_each_service_is_confined(units: Path, name: str) -> None:
    """By systemd's own measure, from 0 (safe) to 10."""
    found = _analyze(units, "security", "--offline=true", f"--threshold={_MOST_EXPOSED}", name)
    assert found.returncode == 0, found.stdout[-200:]


@pytest.mark.parametrize("end", ["OnSuccess", "OnFailure"])
def test_the_report_is_sent_however_the_night_ends(end: str) -> None:
    """Also where the system ends the night after its report, as MemoryMax does in upkeep."""
    night = (_UNITS / "mimamori-nightly.service").read_text()
    [started] = re.findall(rf"^{end}=(.+)$", night, re.MULTILINE)
    assert started.split() == ["mimamori-deliver.service", "mimamori-metrics.service"]


@pytest.mark.parametrize("name", [name for name in _NAMES if name != _WEB])
def test_each_service_runs_a_command_that_there_is(name: str) -> None:
    """With options that it knows."""
    [command] = _COMMAND.findall((_UNITS / name).read_text())
    context = made_context(command.split())
    assert isinstance(context.command, click.Command)
    assert context.command is not cli


@pytest.fixture
def of_nobody() -> Iterator[Path]:
    """A folder that an account without rights can reach, which a test's own it cannot."""
    if os.geteuid():
        pytest.skip("only root can become another account")
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.servers
def test_nginx_takes_the_settings_of_compose_as_an_account_without_rights(of_nobody: Path) -> None:
    """Made by the command that docs/operations.md has; the unit gives it what they name."""
    page = (PROJECT_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^(sed .+) > /etc/mimamori/web\.conf", page, re.MULTILINE)
    made = subprocess.check_output(["sh", "-c", command], cwd=PROJECT_ROOT, text=True)
    drop_in = (_UNITS / f"{_WEB}.d" / "20-web.conf").read_text()
    cert, key = certificate.make(of_nobody)
    for there, here in (
        (" /tmp/", f" {of_nobody}/"),
        (f" /run/credentials/{_WEB}/server.crt;", f" {cert};"),
        (f" /run/credentials/{_WEB}/server.key;", f" {key};"),
        (" /run/mimamori-web/", f" {of_nobody}/"),
        (" 443 ", f" 127.0.0.1:{free_port()} "),
    ):
        assert there in made
        made = made.replace(there, here)
    assert "LoadCredential=server.crt:" in drop_in
    assert "LoadCredential=server.key:" in drop_in
    assert "RuntimeDirectory=mimamori-web\n" in drop_in
    (of_nobody / "web.conf").write_text(made)
    for path in (of_nobody, *of_nobody.iterdir()):
        shutil.chown(path, _NOBODY, _NOBODY)
    tested = subprocess.run(
        [str(program("nginx")), "-t", "-e", "stderr", "-c", of_nobody / "web.conf"],
        capture_output=True,
        text=True,
        check=False,
        user=_NOBODY,
        group=_NOBODY,
        extra_groups=[],
    )
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr


def test_the_program_works_without_new_executable_memory(tmp_path: Path) -> None:
    """As MemoryDenyWriteExecute has it, with the variables that the units set."""
    hardening = (_UNITS / "mimamori-.service.d" / "10-hardening.conf").read_text()
    assert "MemoryDenyWriteExecute=yes" in hardening
    variables = [
        pair
        for line in re.findall(r"^Environment=(.+)$", hardening, re.MULTILINE)
        for pair in line.split()
    ]
    log = tmp_path / "access.log"
    log.write_text('192.0.2.1 - - [20/Nov/2026:10:00:00 +0900] "GET / HTTP/1.1" 200 5 "-" "x"\n')
    parsed = tmp_path / "records.parquet"
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", "parse", log, "--to", "parquet", "-o", parsed],
        env=dict(pair.split("=", 1) for pair in variables)
        | {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "MIMAMORI_HOME": str(tmp_path)}
        | {"MIMAMORI_CONFIG": str(PROJECT_ROOT / "config" / "mimamori.yaml")},
        cwd=PROJECT_ROOT,
        capture_output=True,
        check=False,
        preexec_fn=_refuse_executable_memory,
    )
    assert done.returncode == 0, done.stderr
    assert parsed.read_bytes().startswith(b"PAR1")


def _refuse_executable_memory() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(*_NO_NEW_EXECUTABLE_MEMORY, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
