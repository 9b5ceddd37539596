"""Help, and what wrong usage is answered with."""

from pathlib import Path

import pytest

from tests.cli import command


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nonsense"], 2, b"No such command"),
        (["ingest", "--site", "nain"], 2, b"no site 'nain'"),
        (["ingest", "--logs", "none"], 1, b"no such landing folder"),
        (["ingest", "--date", "19.11.2026"], 2, b"Invalid value for '--date'"),
        (["--config", "none.yaml", "ingest"], 2, b"no such settings file"),
        (["check", "--date", "2999-01-01"], 2, b"has not begun yet"),
        (["detect", "--date", "2999-01-01"], 2, b"has not begun yet"),
        (["report", "--date", "2999-01-01"], 2, b"has not begun yet"),
        (["findings", "list", "--date", "2999-01-01"], 2, b"has not begun yet"),
        (["review", "list", "--month", "2999-01"], 2, b"no day of that month is over yet"),
        (["sql", "select 1"], 1, b"run 'mimamori ingest' first"),
        (["report"], 1, b"run 'mimamori ingest' first"),
        (["parse", "none.log"], 1, "none.log: 読めません / cannot be read: No such file".encode()),
        (
            ["parse", "-", "--format", "combind"],
            2,
            "--format: 知らない形式です / unknown format 'combind'".encode(),
        ),
        (
            ["parse", "-", "--timezone", "Mars"],
            2,
            "--timezone: そのようなタイムゾーンはありません / no such time zone: 'Mars'".encode(),
        ),
        (["parse", "-", "--to", "parquet"], 2, b"Parquet needs a file; add -o FILE"),
    ],
)
def test_mistake_gives_a_message_and_its_exit_code(
    folder: Path, arguments: list[str], code: int, message: bytes
) -> None:
    """Wrong usage ends with 2, failed work with 1, each with one message and no traceback."""
    done = command.run(folder, *arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_help_names_every_command(folder: Path) -> None:
    """`--help` is quick to find one's way."""
    text = command.run(folder, "--help").stdout.decode()
    for name in ("demo", "ingest", "check", "detect", "report", "run", "parse", "sql", "export"):
        assert f"  {name} " in text
