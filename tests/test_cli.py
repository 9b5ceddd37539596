"""The command line as a user meets it: a process, its output and its exit code."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.paths import Home

_LINE = (
    '192.0.2.1 - - [19/Nov/2026:09:15:{:02} +0900] "GET /{} HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
)
_SETTINGS = (
    "sites:\n  - {id: main, group: main, domains: [main.example], logs: ['main/*'],"
    " format: combined}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with settings and a landing folder of three lines."""
    (tmp_path / "mimamori.yaml").write_text(_SETTINGS)
    logs = tmp_path / "var" / "logs" / "main"
    logs.mkdir(parents=True)
    (logs / "access.log").write_text("".join(_LINE.format(n, n) for n in range(3)))
    return tmp_path


def _run(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "MIMAMORI_CONFIG": str(folder / "mimamori.yaml"),
            "MIMAMORI_HOME": str(folder / "var"),
        },
    )


def test_ingest_prints_json_and_nothing_else(folder: Path) -> None:
    """`--json` prints the sums of the contract; logs go to standard error."""
    done = _run(folder, "ingest", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "files": 1, "lines": 3, "records": 3, "rejects": 0, "comments": 0, "duplicates": 0,
        "changed_days": ["2026-11-19"],
    }  # fmt: skip
    again = _run(folder, "ingest")
    assert "0 new lines" in again.stdout.decode()


def test_query_prints_rows_in_each_format(folder: Path) -> None:
    """One query as CSV, JSON and Parquet, also while a write is going on."""
    _run(folder, "ingest")
    query = "select url_path, status from lake.access_log order by url_path limit 2"
    with lake.open_writer(Home(folder / "var"), "UTC") as con:
        con.execute("begin transaction")
        con.execute("delete from lake.request")
        done = _run(folder, "sql", query, "--format", "csv")
    assert done.stdout.decode() == "url_path,status\n/0,200\n/1,200\n"
    done = _run(folder, "sql", query, "--format", "json")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"url_path": "/0", "status": 200},
        {"url_path": "/1", "status": 200},
    ]
    out = folder / "rows.parquet"
    assert _run(folder, "sql", query, "--format", "parquet", "-o", str(out)).returncode == 0
    assert out.stat().st_size > 0
    shell = _run(folder, "sql", stdin=b"select 40 +\n2 as answer;\n.quit\n")
    assert b"42" in shell.stdout


def test_query_cannot_write(folder: Path) -> None:
    """`mimamori sql` is read-only, also for files beside the lake."""
    _run(folder, "ingest")
    done = _run(folder, "sql", "delete from lake.access_log")
    assert done.returncode == 1
    assert b"mimamori: query: " in done.stderr


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_parse_writes_records_in_order(folder: Path, form: str) -> None:
    """Files and standard input, gz or not, one record a line; rejects go where told."""
    log = folder / "two.log.gz"
    log.write_bytes(gzip.compress((_LINE.format(1, 1) + "rubbish\n" + _LINE.format(2, 2)).encode()))
    out = folder / f"out.{form}"
    arguments = ["parse", str(log), "-", "--to", form, "-o", str(out), "--rejects", "r.ndjson"]
    done = _run(
        folder, *arguments[:-1], str(folder / "r.ndjson"), stdin=_LINE.format(3, 3).encode()
    )
    assert done.returncode == 0, done.stderr
    assert b"4 lines: 3 records, 1 rejects, 0 comments (format combined)" in done.stderr
    (reject,) = [json.loads(line) for line in (folder / "r.ndjson").read_text().splitlines()]
    assert reject == {
        "file": str(log), "line_no": 2, "byte_offset": len(_LINE.format(1, 1)),
        "reason": "no space after the host", "line": "rubbish",
    }  # fmt: skip
    if form == "ndjson":
        records = [json.loads(line) for line in out.read_text().splitlines()]
        assert [record["url_path"] for record in records] == ["/1", "/2", "/3"]
        assert records[0]["time"] == "2026-11-19T00:15:01.000000Z"
        assert records[0]["user_id"] is None
    if form == "csv":
        assert len(out.read_text().splitlines()) == 4
    assert _run(folder, *arguments[:-1], str(folder / "r.ndjson"), "--strict").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nonsense"], 2, b"No such command"),
        (["ingest", "--site", "nain"], 2, b"no site 'nain'"),
        (["ingest", "--logs", "none"], 1, b"no such landing folder"),
        (["ingest", "--date", "19.11.2026"], 2, b"Invalid value for '--date'"),
        (["--config", "none.yaml", "ingest"], 2, b"no such settings file"),
        (["sql", "select 1"], 1, b"run 'mimamori ingest' first"),
        (["report"], 1, b"run 'mimamori ingest' first"),
        (["parse", "none.log"], 1, b"none.log: cannot be read: No such file"),
        (["parse", "-", "--format", "combind"], 2, b"--format: unknown format 'combind'"),
        (["parse", "-", "--timezone", "Mars"], 2, b"--timezone: no such time zone"),
        (["parse", "-", "--to", "parquet"], 2, b"Parquet needs a file; add -o FILE"),
    ],
)
def test_mistake_gives_a_message_and_its_exit_code(
    folder: Path, arguments: list[str], code: int, message: bytes
) -> None:
    """Wrong usage ends with 2, failed work with 1, each with one message and no traceback."""
    done = _run(folder, *arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_unreadable_file_ends_with_1_after_the_others(folder: Path) -> None:
    """`ingest` reads what it can, names what it could not, and says so by its exit code."""
    (folder / "var" / "logs" / "main" / "broken.gz").write_bytes(b"\x1f\x8bbroken")
    done = _run(folder, "ingest", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["records"] == 3
    assert b"mimamori: main/broken.gz: cannot be read" in done.stderr


def test_help_names_every_command(folder: Path) -> None:
    """`--help` is quick to find one's way."""
    text = _run(folder, "--help").stdout.decode()
    for command in ("demo", "ingest", "check", "detect", "report", "run", "parse", "sql"):
        assert f"  {command} " in text


def test_output_is_appended_to_what_stands_there(folder: Path) -> None:
    """Standard output is written on, not opened anew; a comment ends no query early."""
    _run(folder, "ingest")
    target = folder / "rows.csv"
    target.write_text("kept\n")
    with target.open("ab") as stream:
        subprocess.run(
            [sys.executable, "-m", "pipelines", "sql", "select 1 as a -- one", "--format", "csv"],
            stdout=stream,
            check=True,
            env={
                "PATH": os.environ["PATH"],
                "MIMAMORI_CONFIG": str(folder / "mimamori.yaml"),
                "MIMAMORI_HOME": str(folder / "var"),
            },
        )
    assert target.read_text() == "kept\na\n1\n"
    rows = _run(folder, "sql", "select 1 as a", "--json").stdout
    assert json.loads(rows) == [{"a": 1}]


def test_parse_never_writes_over_what_it_reads(folder: Path) -> None:
    """An output that is one of the inputs, or lies nowhere, is wrong usage."""
    log = folder / "var" / "logs" / "main" / "access.log"
    before = log.read_bytes()
    for option in ("-o", "--rejects"):
        done = _run(folder, "parse", str(log), option, str(log))
        assert (done.returncode, log.read_bytes()) == (2, before)
        done = _run(folder, "parse", str(log), option, str(folder / "none" / "x"))
        assert done.returncode == 2
        assert b"there is no such folder" in done.stderr


def test_day_that_was_never_examined_is_not_called_clean(folder: Path) -> None:
    """No finding and no look are told apart; a finding's status can be set."""
    _run(folder, "ingest")
    done = _run(folder, "findings", "list", "--date", "2026-11-19")
    assert b"has not been examined" in done.stdout
    _run(folder, "detect", "--date", "2026-11-19")
    assert b"no findings" in _run(folder, "findings", "list", "--date", "2026-11-19").stdout
    assert _run(folder, "findings", "ack", "none").returncode == 2


def test_failed_ingest_makes_no_lake(folder: Path) -> None:
    """Nothing half-written: without a landing folder there is no lake either."""
    assert _run(folder, "--home", str(folder / "new"), "ingest").returncode == 1
    assert not (folder / "new").exists()
