"""`mimamori parse`: records in order, rejects where told, inputs never written over."""

import gzip
import json
from pathlib import Path

import command
import pytest


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_parse_writes_records_in_order(folder: Path, form: str) -> None:
    """Files and standard input, gz or not, one record a line; rejects go where told."""
    log = folder / "two.log.gz"
    log.write_bytes(
        gzip.compress(
            (command.LINE.format(1, 1) + "rubbish\n" + command.LINE.format(2, 2)).encode()
        )
    )
    out = folder / f"out.{form}"
    arguments = ["parse", str(log), "-", "--to", form, "-o", str(out), "--rejects", "r.ndjson"]
    done = command.run(
        folder, *arguments[:-1], str(folder / "r.ndjson"), stdin=command.LINE.format(3, 3).encode()
    )
    assert done.returncode == 0, done.stderr
    assert b"4 lines: 3 records, 1 rejects, 0 comments (format combined)" in done.stderr
    (reject,) = [json.loads(line) for line in (folder / "r.ndjson").read_text().splitlines()]
    assert reject == {
        "file": str(log), "line_no": 2, "byte_offset": len(command.LINE.format(1, 1)),
        "reason": "no space after the host", "line": "rubbish",
    }  # fmt: skip
    if form == "ndjson":
        records = [json.loads(line) for line in out.read_text().splitlines()]
        assert [record["url_path"] for record in records] == ["/1", "/2", "/3"]
        assert records[0]["time"] == "2026-11-19T00:15:01.000000Z"
        assert records[0]["user_id"] is None
    if form == "csv":
        assert len(out.read_text().splitlines()) == 4
    assert (
        command.run(folder, *arguments[:-1], str(folder / "r.ndjson"), "--strict").returncode == 1
    )


def test_parse_never_writes_over_what_it_reads(folder: Path) -> None:
    """An output that is one of the inputs, or lies nowhere, is wrong usage."""
    log = folder / "var" / "logs" / "main" / "access.log"
    before = log.read_bytes()
    for option in ("-o", "--rejects"):
        done = command.run(folder, "parse", str(log), option, str(log))
        assert (done.returncode, log.read_bytes()) == (2, before)
        done = command.run(folder, "parse", str(log), option, str(folder / "none" / "x"))
        assert done.returncode == 2
        assert b"there is no such folder" in done.stderr
