"""`mimamori sql`: rows in each format, and no way to write."""

import json
import subprocess
import sys
from pathlib import Path

import command

from pipelines import lake
from pipelines.paths import Home


def test_query_prints_rows_in_each_format(folder: Path) -> None:
    """One query as CSV, JSON and Parquet, also while a write is going on."""
    command.run(folder, "ingest")
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


def test_query_cannot_write(folder: Path) -> None:
    """`mimamori sql` is read-only, also for files beside the lake."""
    command.run(folder, "ingest")
    done = command.run(folder, "sql", "delete from lake.access_log")
    assert done.returncode == 1
    assert b"mimamori: query: " in done.stderr


def test_output_is_appended_to_what_stands_there(folder: Path) -> None:
    """Standard output is written on, not opened anew; a comment ends no query early."""
    command.run(folder, "ingest")
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
    command.run(folder, "ingest")
    query = "select 'a' || chr(8238) || 'b' || chr(155) || '31m' as deceiving"
    table = command.run(folder, "sql", query).stdout.decode()
    assert "a‹U+202E›b‹U+009B›31m" in table
    assert command.run(folder, "sql", query, "--format", "csv").stdout.decode() == (
        "deceiving\na\u202eb\x9b31m\n"
    )


def test_saved_queries_are_listed_and_run(folder: Path) -> None:
    """By name, with parameters; a mistake ends with 2 and says what there is."""
    command.run(folder, "ingest")
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
