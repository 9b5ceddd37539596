"""`mimamori parse` gives the same whichever way its lines go, in the order of the files."""

import gzip
import io
import json
from pathlib import Path

import polars as pl
import pytest

from pipelines.ingest import described, line_order, line_parser, log_files, output
from pipelines.ingest.convert import ParseOptions, parse_files
from pipelines.ingest.output import record_sink, reject_sink
from pipelines.ingest.reader import LineReader
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings, Site

_LINE = '192.0.2.{} - {} [20/Nov/2026:00:{:02d}:00 +0900] "{} HTTP/1.1" 200 5 "{}" "{}"\n'
_ODD = (
    "\n",
    "rubbish\n",
    "# a remark\n",
    _LINE.format(9, "st-1", 7, r"GET /a\"b?q=\"c", "-", r"q\"z"),
    _LINE.format(
        9, "-", 7, "GET /p?mail=taro@example.jp", "https://x.example/?tel=090-1234-5678", "a"
    ),
    _LINE.format(9, "-", 7, r"\x16\x03\x01", "-", "-").replace(" HTTP/1.1", ""),
    'host.example - - [20/Nov/2026:00:07:00 +0900] "GET /日本 HTTP/2.0" 000 - "-" "a, \t b"\r\n',
)
_SETTINGS = Settings(sites=(Site(id="x", group="x", domains=("x.example",), logs=("x*",)),))
_FIELDS = "#Fields: date time c-ip cs-method cs-uri-stem sc-status{}\n"
_W3C = "2026-11-20 01:02:03 198.51.100.4 GET /{} 200{}\n"


def _logs(folder: Path) -> list[str]:
    combined = []
    for number in range(450):
        combined.append(
            _LINE.format(
                number % 200, "-", number % 60, f"GET /{number % 70}?n={number}", "-", number % 5
            )
        )
        if number % 9 == 0:
            combined.append(_ODD[number // 9 % len(_ODD)])
    (folder / "a.log").write_text("".join(combined), encoding="utf-8")
    (folder / "b.log.gz").write_bytes(gzip.compress("".join(combined[150:]).encode()))
    w3c = [
        _FIELDS.format(" time-taken" * (part % 2))
        + "".join(_W3C.format(n, " 12" * (part % 2)) for n in range(5))
        for part in range(6)
    ]
    (folder / "c.log").write_text("".join(w3c), encoding="utf-8")
    (folder / "d.log").write_text("".join(combined[:40]).rstrip(), encoding="utf-8")
    return [str(folder / name) for name in ("a.log", "none.log", "b.log.gz", "c.log", "d.log")]


def _parsed(names: list[str], folder: Path, form: str, *, raw: bool) -> tuple[object, ...]:
    out, rejects = folder / f"out.{form}", io.BytesIO()
    with record_sink(form, out, io.BytesIO()) as sink:
        result = parse_files(
            names,
            _SETTINGS,
            ParseOptions(raw=raw),
            Pseudonyms(),
            sink,
            reject_sink(rejects),
        )
    rows = pl.read_parquet(out).rows() if form == "parquet" else out.read_text(encoding="utf-8")
    return result, rows, rejects.getvalue().decode()


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        *(("ndjson", False), ("parquet", True)),
        *(
            pytest.param(form, raw, marks=pytest.mark.further)
            for form, raw in (("ndjson", True), ("csv", False), ("csv", True), ("parquet", False))
        ),
    ],
)
def test_both_ways_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, *, raw: bool
) -> None:
    """Regular and irregular lines, several formats and files, in small portions or in one."""
    names = _logs(tmp_path)
    monkeypatch.setattr(LineReader, "MAX_BLOCK_LINES", 100)
    with monkeypatch.context() as slowly:
        slowly.setattr(line_parser, "has_fast_path", lambda _form: False)
        slow = _parsed(names, tmp_path, form, raw=raw)
    monkeypatch.setattr(line_order, "_MOST_CHUNKS", 2)
    monkeypatch.setattr(log_files, "_CHUNK_BYTES", 9_000)
    monkeypatch.setattr(output, "_TEXT_ROWS", 37)
    monkeypatch.setattr(output, "_TABLE_ROWS", 37)
    monkeypatch.setattr(output, "_ROW_GROUP", 100)
    monkeypatch.setattr(described, "_MOST_VALUES", 150)
    fast = _parsed(names, tmp_path, form, raw=raw)
    assert fast == slow
    if form == "ndjson":
        records = [json.loads(line) for line in str(fast[1]).splitlines()]
        of_first = [each["line_no"] for each in records if each["file_id"] == records[0]["file_id"]]
        assert of_first[:350] == sorted(of_first[:350])
        assert ("taro" in str(fast[1])) is raw
