"""`mimamori export`: data on standard output, the next cursor and mistakes beside it."""

import datetime as dt
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.paths import PROJECT_ROOT
from tests import command_line
from tests.cli import command

_TOKYO = ZoneInfo("Asia/Tokyo")


def test_records_of_a_day_go_to_standard_output_and_the_cursor_beside_it(
    own_ingested: Path,
) -> None:
    """The next call with `--since` brings only what has come in the meantime."""
    folder = own_ingested
    day = ("--date", "2026-11-19")
    done = command.run(folder, "export", "records", "--to", "ndjson", *day)
    assert done.returncode == 0, done.stderr
    paths = [json.loads(line)["url_path"] for line in done.stdout.splitlines()]
    assert paths == ["/0", "/1", "/2"]
    (cursor,) = re.findall(rb"--since (\d+)", done.stderr)
    with (folder / "var/logs/main/access.log").open("a") as log:
        log.write(command.LINE.format(9, "new"))
    command.run(folder, "ingest")
    done = command.run(folder, "export", "records", "--to", "combined", "--since", cursor.decode())
    assert done.stdout.decode() == command.LINE.format(9, "new")


def test_json_tells_the_result_of_a_file(ingested: Path, tmp_path: Path) -> None:
    """Scripts read rows and the next cursor from it."""
    out = tmp_path / "findings.csv"
    done = command.run(
        ingested, "export", "findings", "--to", "csv", "--since", "0", "-o", str(out), "--json"
    )
    values = json.loads(done.stdout)
    assert {**values, "cursor": 0} == {
        "file": str(out), "rows": 0, "created": 0, "updated": 0, "withdrawn": 0, "cursor": 0,
    }  # fmt: skip
    assert values["cursor"] > 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbffinding_id,")


def _today() -> dt.date:
    """Return today's date in Tokyo, of which more than a minute is left."""
    while (soon := dt.datetime.now(_TOKYO) + dt.timedelta(minutes=1)).date() != (
        today := dt.datetime.now(_TOKYO).date()
    ):
        time.sleep(soon.second + 1)
    return today


@pytest.mark.further
def test_without_a_day_it_is_yesterday(folder: Path) -> None:
    """As with every other command; with a cursor it is every day."""
    yesterday = _today() - dt.timedelta(days=1)
    line = command.LINE.replace("19/Nov/2026", f"{yesterday:%d/%b/%Y}").format(5, "yesterday")
    with (folder / "var/logs/main/access.log").open("a") as log:
        log.write(line)
    command.run(folder, "ingest")
    export = ("export", "records", "--to", "ndjson")
    assert command.run(folder, *export).stdout.count(b"\n") == 1
    assert command.run(folder, *export, "--since", "0").stdout.count(b"\n") == 4
    assert command.run(folder, *export, "--from", "2026-11-19").stdout.count(b"\n") == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["records"], "--to"),
        (["records", "--to", "pdf"], "'pdf'"),
        (["records", "--to", "stix"], "だけです / is for findings only"),
        (["records", "--to", "xlsx"], "xlsx needs a file; add -o FILE"),
        (["records", "--to", "csv", "--json"], "--json needs -o FILE"),
        (["records", "--to", "csv", "--date", "2026-11-19", "--from", "2026-11-19"], "give --date"),
        (["records", "--to", "csv", "--from", "2026-11-19", "--until", "2026-11-18"], "is before"),
        (["records", "--to", "csv", "--since", "99999"], "begin again with --since 0"),
        (["findings", "--to", "csv", "--site", "nain"], "did you mean main?"),
        (["findings", "--to", "csv", "-o", "none/x.csv"], "no such folder to write to"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_message(
    ingested: Path, arguments: list[str], message: str
) -> None:
    """Nothing on standard output, no traceback."""
    done = command.run(ingested, "export", *arguments)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_without_a_lake_the_work_fails(folder: Path) -> None:
    """Exit code 1, and what to do."""
    done = command.run(folder, "export", "findings", "--to", "json")
    assert done.returncode == 1
    assert b"run 'mimamori ingest' first" in done.stderr


@pytest.mark.parametrize("form", ["csv", "xlsx", "ocsf"])
def test_no_room_is_one_message(ingested: Path, form: str) -> None:
    """Exit code 1 and no traceback, also from a library that goes on writing."""
    done = command.run(
        ingested, "export", "records", "--to", form, "--date", "2026-11-19", "-o", "/dev/full"
    )
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "mimamori: /dev/full: 書けません / cannot be written: No space left on device"
    ]


@pytest.mark.further
def test_stopped_it_leaves_nothing_half_written(folder: Path, tmp_path: Path) -> None:
    """A scheduler's SIGTERM is answered as Ctrl-C is."""
    lines = "".join(command.LINE.format(n % 60, n) for n in range(60_000))
    (folder / "var/logs/main/access.log").write_text(lines)
    command.run(folder, "ingest")
    (out := tmp_path / "out").mkdir()
    arguments = ("export", "records", "--to", "ocsf", "--since", "0", "-o", str(out / "records"))
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines", *arguments],
        stderr=subprocess.PIPE,
        env={**command.environment(folder), "PYTHONPATH": str(PROJECT_ROOT)},
    ) as process:
        while not any(path.stat().st_size for path in out.iterdir()):
            time.sleep(0.01)
            assert process.poll() is None
        process.terminate()
        said = process.communicate()[1]
    assert process.returncode == 1
    assert said.split() == [b"Aborted!"]
    assert list(out.iterdir()) == []


_DOCUMENTED = [
    line
    for block in re.findall(
        r"^```\n(.*?)^```$",
        (PROJECT_ROOT / "docs" / "exports.md").read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    for line in block.splitlines()
]


@pytest.mark.parametrize("line", _DOCUMENTED)
def test_documented_commands_run(ingested: Path, tmp_path: Path, line: str) -> None:
    """What `docs/exports.md` shows works as it stands there, but for names and cursor."""
    if "goaccess" in line and shutil.which("goaccess") is None:
        pytest.skip("goaccess is not installed")
    known = line.replace("prime-portal", "main").replace("2026-11-20", "2026-11-19")
    known = known.replace("--since 57", "--since 4")
    done = _run_line(known, tmp_path, command.environment(ingested))
    assert done.returncode == 0, done.stderr
    (out,) = tmp_path.iterdir()
    assert out.name in line


def _run_line(
    line: str, folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Run it by a shell, or without one where it is a command and nothing more."""
    first, *arguments = shlex.split(line, comments=True)
    if "|" not in arguments:
        assert first == "mimamori"
        return command_line.run(*arguments, env=environment, folder=folder)
    script = 'mimamori() { "$PYTHON" -m pipelines "$@"; }\n' + line
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={**environment, "PYTHON": sys.executable, "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        check=False,
    )
