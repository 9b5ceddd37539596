"""Findings for machines (JSON, exact) and for spreadsheets (CSV, defused)."""

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeGuard

from pipelines.findings import COLUMNS, Finding, rfc3339
from pipelines.text.display import visible

_CELL_LIMIT = 32_000  # a spreadsheet's cell holds 32,767 characters
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_HIDDEN = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def findings_json(findings: Sequence[Finding]) -> str:
    """Return a JSON array, a line a finding, keys in the contract's order, values exact."""
    lines = ",\n".join(exact_json(finding.as_json()) for finding in findings)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def findings_csv(findings: Sequence[Finding]) -> str:
    """Return the findings as CSV with a byte-order mark and CRLF, one row a finding.

    Cells are those of `cell`.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for finding in findings:
        writer.writerow([cell(value) for value in finding.values().values()])
    return "\ufeff" + buffer.getvalue()


def exact_json(value: Any, indent: int | None = None) -> str:
    r"""Return `value` as JSON: instants as RFC 3339 in UTC, dates as ISO 8601, text exact.

    Characters that a viewer would hide or obey (bidirectional overrides and the like) are written
    as `\uXXXX`, which reads back as the same text.
    """
    text = _encoder(indent).encode(value)
    # Most text is plain, and the answer to that is known without looking at each character.
    return text if text.isascii() and "\x7f" not in text else _HIDDEN.sub(_escaped, text)


def cell(value: Any) -> str | int | float:
    """Return what stands for `value` in a cell of a CSV file that a spreadsheet opens.

    Text that it would run as a formula has an apostrophe before it, hidden characters are shown
    as `‹U+202E›`, lists and objects are JSON, instants are RFC 3339 in UTC; nothing is empty, and
    text is cut to what a cell holds.
    """
    if value is None:
        return ""
    if isinstance(value, int | float) or _is_plain(value):
        return value
    text = _as_text(value)
    first = text.lstrip(" \u3000")[:1]
    shown = _that_fits(text)
    return f"'{shown}" if first in _FORMULA_STARTS and first else shown


def _is_plain(value: Any) -> TypeGuard[str]:
    """Tell whether a value is text that stands for itself, as most are."""
    return (
        isinstance(value, str)
        and value[:1].isalnum()
        and value.isascii()
        and value.isprintable()
        and len(value) <= _CELL_LIMIT
    )


def cell_text(value: Any) -> str:
    """Return a value as text that hides nothing and is not longer than a cell."""
    return _that_fits(_as_text(value))


def _that_fits(text: str) -> str:
    shown = visible(text, _CELL_LIMIT)
    # What stands for a hidden character is longer than it.
    return shown if len(shown) <= _CELL_LIMIT else shown[: _CELL_LIMIT - 1] + "…"


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return _written(value)
    return _encoder().encode(value)


@cache
def _encoder(indent: int | None = None) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, indent=indent, default=_written)


def _written(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return rfc3339(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2)
    )
