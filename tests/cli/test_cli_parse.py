"""`mimamori parse`: records in order, rejects where told, inputs never written over."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.paths import PROJECT_ROOT
from tests.cli import command

# NUL as a server escapes it, in every field that a client can write.
_NUL_COMBINED = (
    r'198.51.100.7 - st-\x00a [25/Nov/2026:10:00:00 +0900] "GET /a\x00?b=\x00 HTTP/1.1" 200 9'
    r' "http://r/\x00" "q\x00"'
)
_NUL_JSON = (
    r'{"time_local": "25/Nov/2026:10:00:00 +0900", "remote_addr": "198.51.100.7",'
    r' "remote_user": "st-\u0000a", "request": "GET /a\u0000?b=\u0000 HTTP/1.1", "status": 200,'
    r' "http_referer": "http://r/\u0000", "http_user_agent": "q\u0000"}'
)


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


@pytest.mark.parametrize(("line", "form"), [(_NUL_COMBINED, "combined"), (_NUL_JSON, "nginx_json")])
def test_no_record_holds_nul(folder: Path, line: str, form: str) -> None:
    """It stays an escape: with NUL in it, one line would stop the detection of its day."""
    done = command.run(folder, "parse", "-", "--format", form, stdin=f"{line}\n".encode())
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["user_id"] == r"st-\x00a"
    assert record["url_path"] == r"/a\x00"
    assert record["user_agent"] == r"q\x00"
    assert not [key for key, value in record.items() if isinstance(value, str) and "\0" in value]


@pytest.mark.parametrize(
    ("form", "rejects"),
    [
        ("ndjson", ()),
        pytest.param("csv", ("--rejects", "rejects.ndjson"), marks=pytest.mark.further),
        pytest.param("csv", (), marks=pytest.mark.full),
        pytest.param("ndjson", ("--rejects", "rejects.ndjson"), marks=pytest.mark.full),
    ],
)
def test_reader_that_has_seen_enough_is_no_failure_to_tell(
    folder: Path, form: str, rejects: tuple[str, ...]
) -> None:
    """As before `head`: exit code 1, and not a word about a file that cannot be written."""
    log = folder / "long.log"
    log.write_text("".join(command.LINE.format(n % 60, n) for n in range(20_000)))
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines", "parse", str(log), "--to", form, *rejects],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**command.environment(folder), "PYTHONPATH": str(PROJECT_ROOT)},
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 1
    assert said == b""


def test_user_of_any_field_can_be_tried(folder: Path) -> None:
    """A name that the format has not is wrong usage, with what it has."""
    line = command.LINE.format(1, 1).rstrip() + ' "ann"\n'
    form = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{X-User}i"'
    arguments = ["parse", "-", "--format", form, "--user-from"]
    done = command.run(folder, *arguments, "%{X-User}i", stdin=line.encode())
    assert json.loads(done.stdout)["user_id"] == "ann", done.stderr
    done = command.run(folder, *arguments, "%{User}i", stdin=line.encode())
    assert done.returncode == 2
    assert b"%{x-user}i" in done.stderr


def test_standard_input_is_read_once(folder: Path) -> None:
    """Named twice, it is wrong usage."""
    done = command.run(folder, "parse", "-", "-", stdin=command.LINE.format(1, 1).encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert "標準入力".encode() in done.stderr
