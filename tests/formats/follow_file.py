"""A file of a given text on its way to records, as tests of formats send it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pipelines.ingest.fields import LineContext
from pipelines.ingest.follow import FormatFollower
from pipelines.ingest.lines import NumberedBlock, lines_of
from pipelines.ingest.reader import Block
from pipelines.ingest.records import parse_lines


def parsed(
    text: str | bytes, source: str | Mapping[str, Any] = "auto", **more: Any
) -> tuple[list[dict[str, Any]], list[str], FormatFollower]:
    """Return the records of a file, the reasons of its rejects, and who followed it."""
    data = text.encode() if isinstance(text, str) else text
    data = data if data.endswith(b"\n") else data + b"\n"
    follower = FormatFollower(source, more.pop("resumed_as", None), more.pop("declared", None))
    records, reasons, line_no = [], [], 1
    for form, piece in follower.cut(Block(data, offset=0)):
        lines = lines_of([NumberedBlock(piece, line_no)])
        line_no += len(lines)
        context = LineContext(format=form, timezone="Asia/Tokyo", day_zone="Asia/Tokyo", **more)
        found = parse_lines(lines, context)
        records += found.records.to_dicts()
        reasons += found.rejects.get_column("reason").to_list()
        # Without a code a reason would stand in English in every report.
        assert found.rejects.get_column("reason_code").null_count() == 0, reasons
    return records, reasons, follower


def record_of(line: str | bytes, source: str | Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the record of the only line, which must be one."""
    records, reasons, _ = parsed(line, source, **more)
    assert reasons == []
    (record,) = records
    return record


def instant(text: str) -> dt.datetime:
    """Return the time that an RFC 3339 text names."""
    return dt.datetime.fromisoformat(text)
