"""The stages on the command line: what they print and leave behind."""

import json
from pathlib import Path

from tests.cli import command


def test_ingest_prints_json_and_nothing_else(folder: Path) -> None:
    """`--json` prints the sums of the contract; logs go to standard error."""
    done = command.run(folder, "ingest", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "files": 1, "lines": 3, "records": 3, "rejects": 0, "comments": 0, "duplicates": 0,
        "changed_days": ["2026-11-19"],
    }  # fmt: skip
    again = command.run(folder, "ingest")
    assert "0 new lines" in again.stdout.decode()


def test_unreadable_file_ends_with_1_after_the_others(folder: Path) -> None:
    """`ingest` reads what it can, names what it could not, and says so by its exit code."""
    (folder / "var" / "logs" / "main" / "broken.gz").write_bytes(b"\x1f\x8bbroken")
    done = command.run(folder, "ingest", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["records"] == 3
    assert b"mimamori: main/broken.gz: cannot be read" in done.stderr


def test_failed_ingest_makes_no_lake(folder: Path) -> None:
    """Nothing half-written: without a landing folder there is no lake either."""
    assert command.run(folder, "--home", str(folder / "new"), "ingest").returncode == 1
    assert not (folder / "new").exists()
