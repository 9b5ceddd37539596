"""The day's findings for machines (JSON, exact) and for spreadsheets (CSV, defused)."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from pipelines.findings import Finding
from pipelines.report.visible import visible

_COLUMNS = tuple(field.name for field in fields(Finding))
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_CELL_LIMIT = 32_000  # a spreadsheet's cell holds 32,767 characters
_HIDDEN = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def findings_json(findings: Sequence[Finding]) -> str:
    r"""Return a JSON array of the findings, keys in the contract's order, values exact.

    Characters that a viewer would hide or obey (bidirectional overrides and the like) are written
    as `\uXXXX`, which reads back as the same text.
    """
    text = json.dumps([finding.as_json() for finding in findings], ensure_ascii=False, indent=2)
    return _HIDDEN.sub(_escaped, text) + "\n"


def findings_csv(findings: Sequence[Finding]) -> str:
    """Return the findings as CSV with a byte-order mark and CRLF, one row a finding.

    Text that a spreadsheet would run as a formula has an apostrophe before it, hidden characters
    are shown as `‹U+202E›`, lists and evidence are JSON in one cell.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for finding in findings:
        values = finding.as_json()
        writer.writerow([_cell(values[column]) for column in _COLUMNS])
    return "\ufeff" + buffer.getvalue()


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = visible(text, _CELL_LIMIT)
    first = text.lstrip(" \u3000")[:1]
    return f"'{shown}" if first in _FORMULA_STARTS and first else shown


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2)
    )
