"""`mimamori sql`: rows in each format, and no way to write."""

import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.paths import Home
from tests.cli import command


@pytest.fixture
def folder(own_ingested: Path) -> Path:
    """A folder with a lake of three lines."""
    return own_ingested


def test_query_prints_rows_in_each_format(folder: Path) -> None:
    """One query as CSV, JSON and Parquet, also while a write is going on."""
    query = "select url_path, status from lake.access_log order by url_path limit 2"
    with lake.open_writer(Home(folder / "var"), "UTC") as con:
        con.execute("begin transaction")
        con.execute("delete from lake.request_fact")
        done = command.run(folder, "sql", query, "--format", "csv")
    assert done.stdout.decode() == "url_path,status\n/0,200\n/1,200\n"
    done = command.run(folder, "sql", query, "--format", "json")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"url_path": "/0", "status": 200},
        {"url_path": "/1", "status": 200},
    ]
    out = folder / "rows.parquet"
    assert command.run(folder, "sql", query, "--format", "parquet", "-o", str(out)).returncode == 0
    assert out.stat().st_size > 0
    shell = command.run(folder, "sql", stdin=b"select 40 +\n2 as answer;\n.quit\n")
    assert b"42" in shell.stdout


_HOSTILE = (
    "delete from lake.access_log",
    "attach '{witness}/new.sqlite' as s (type sqlite)",
    "copy (select 1) to '{witness}/new.csv'",
    "from '{witness}/rows.csv'",
    "from read_text('{folder}/var/keys/catalog.sqlite')",
    "from 'http://127.0.0.1:{port}/x.csv'",
    "from __ducklake_metadata_lake.ducklake_data_file",
    "from sqlite_scan('{folder}/var/keys/catalog.sqlite', 'ducklake_data_file')",
    "from checkpoint('lake')",
    "call lake.set_option('parquet_compression', 'zstd')",
    "select current_setting('temp_directory')",
    "explain analyze copy (select 1) to '{witness}/new.csv'",
)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm") and path.stat().st_size
    }


def test_query_reads_the_lake_and_does_nothing_else(folder: Path) -> None:
    """Whatever else is asked ends with 1 and is named; files and a server beside it see nothing."""
    (folder / "witness").mkdir()
    (folder / "witness" / "rows.csv").write_text("x\n1\n")
    before = _digests(folder)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for one in _HOSTILE:
            query = one.format(folder=folder, witness=folder / "witness", port=port)
            done = command.run(folder, "sql", query)
            assert done.returncode == 1, query
            assert done.stdout == b""
            assert "は使えません / refused: " in done.stderr.decode()
        piped = command.run(folder, "sql", stdin=b"select 41 + 1;\ndelete from lake.site;\n")
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
    assert b"42" in piped.stdout
    assert piped.returncode == 1
    assert b"refused: DELETE" in piped.stderr
    changed = {Path(path).name for path, _ in _digests(folder).items() ^ before.items()}
    # The first use of the folder makes the key of the records; no other touches it.
    made = set() if any(Path(path).name == "records.key" for path in before) else {"records.key"}
    assert {name.partition("-")[0] for name in changed} == {"records.head", "use"} | made
    rows = command.run(folder, "sql", "select count(*) as n from lake.access_log", "--json")
    assert json.loads(rows.stdout) == [{"n": 3}]


@pytest.mark.further
def test_file_is_whole_and_the_owners_alone(folder: Path) -> None:
    """Mode 0600; after a failure what stood there still stands, and nothing lies beside it."""
    out = folder / "rows.csv"
    out.write_text("before")
    settings = folder / "mimamori.yaml"
    settings.write_text(settings.read_text() + "limits: {sql_rows: 1000}\n")
    files = sorted(folder.iterdir())
    arguments = ("--format", "csv", "-o", str(out))
    done = command.run(folder, "sql", "from range(100000)", *arguments)
    assert done.returncode == 1
    assert b"more than 1,000 rows" in done.stderr
    assert out.read_text() == "before"
    assert sorted(folder.iterdir()) == files
    assert command.run(folder, "sql", "from range(2)", *arguments).returncode == 0
    assert out.read_text() == "range\n0\n1\n"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    table = folder / "table"
    assert command.run(folder, "sql", "from range(2)", "-o", str(table)).returncode == 0
    assert "│     0 │" in table.read_text()


def test_plan_is_printed_in_lines(folder: Path) -> None:
    """EXPLAIN shows the plan as it is drawn; it has no other form."""
    plan = command.run(folder, "sql", "explain from lake.access_log").stdout.decode()
    assert "HASH_JOIN" in plan
    assert "\\n" not in plan
    assert command.run(folder, "sql", "explain select 1", "--json").returncode == 2


def test_terminal_shows_what_would_steer_it(folder: Path) -> None:
    """In every form, and in the message of a failure."""
    query = "select 'a' || chr(27) || '[2Jb' || chr(8238) || chr(155) || 'c見' as steering"
    shown = "a‹U+001B›[2Jb‹U+202E›‹U+009B›c見"
    for form in ("table", "csv", "json"):
        printed = command.run_at_terminal(folder, "sql", query, "--format", form)
        assert "\x1b" not in printed
        assert "‹U+202E›‹U+009B›c見" in printed
    assert shown in command.run_at_terminal(folder, "sql", query, "--format", "csv")
    failed = command.run_at_terminal(folder, "sql", 'select "a\x1b[2Jb"')
    assert "\x1b" not in failed
    assert "‹U+001B›[2Jb" in failed


@pytest.mark.further
def test_output_is_appended_to_what_stands_there(folder: Path) -> None:
    """Standard output is written on, not opened anew; a comment ends no query early."""
    target = folder / "rows.csv"
    target.write_text("kept\n")
    with target.open("ab") as stream:
        subprocess.run(
            [sys.executable, "-m", "pipelines", "sql", "select 1 as a -- one", "--format", "csv"],
            stdout=stream,
            check=True,
            env=command.environment(folder),
        )
    assert target.read_text() == "kept\na\n1\n"
    rows = command.run(folder, "sql", "select 1 as a", "--json").stdout
    assert json.loads(rows) == [{"a": 1}]


def test_table_shows_what_would_deceive(folder: Path) -> None:
    """Overrides of direction and controls of 8 bits come as their numbers; CSV has the data."""
    query = "select 'a' || chr(8238) || 'b' || chr(155) || '31m' as deceiving"
    table = command.run(folder, "sql", query).stdout.decode()
    assert "a‹U+202E›b‹U+009B›31m" in table
    assert command.run(folder, "sql", query, "--format", "csv").stdout.decode() == (
        "deceiving\na\u202eb\x9b31m\n"
    )


def test_saved_queries_are_listed_and_run(folder: Path) -> None:
    """By name, with parameters; a mistake ends with 2 and says what there is."""
    listed = json.loads(command.run(folder, "sql", "--list-saved", "--json").stdout)
    assert "who-looked-at-customers" in {query["name"] for query in listed}
    done = command.run(
        folder, "sql", "--saved", "top-talkers", "--param", "day=2026-11-19", "--format", "csv"
    )
    assert done.stdout.decode().splitlines()[1].startswith("192.0.2.1,")
    for wrong in (
        ["--saved", "no-such"],
        ["--saved", "top-talkers", "--param", "day=soon"],
        ["--param", "day=2026-11-19"],
        ["select 1", "--list-saved"],
    ):
        assert command.run(folder, "sql", *wrong).returncode == 2


def test_pipe_is_written_to_and_not_replaced(folder: Path) -> None:
    """What -o names may be a device or a pipe; it stays one."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    done = command.run(folder, "sql", "select 1 as a", "--format", "csv", "-o", str(pipe))
    assert done.returncode == 0
    assert os.read(reader, 100) == b"a\n1\n"
    os.close(reader)
    assert pipe.is_fifo()
