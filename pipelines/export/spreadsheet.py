"""Rows for spreadsheets: CSV that no spreadsheet runs as a formula, and Excel workbooks."""

import codecs
import csv
import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from pipelines.errors import MimamoriError
from pipelines.export.selection import Source
from pipelines.findings import rfc3339
from pipelines.report.export import cell, cell_text
from pipelines.text.messages import message

SHEET_ROWS = 1_048_575  # what a sheet holds below its heading
_EXACT = 2**53  # a spreadsheet's numbers are doubles
_WIDTH = 18
_FORMATS = {"time": "yyyy-mm-dd hh:mm:ss.000", "date": "yyyy-mm-dd"}


def write_csv(stream: BinaryIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV in UTF-8 with a byte-order mark and CRLF; cells are those of `cell`."""
    text = codecs.getwriter("utf-8")(stream)
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row[column]) for column in columns])


def write_xlsx(
    stream: BinaryIO,
    folder: Path,
    sheet: str,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    zone: ZoneInfo,
    source: Source,
) -> None:
    """Write a workbook: the rows in one sheet, zone, snapshot and its instant in a second.

    Text is text, never a formula or a link, with hidden characters shown as `‹U+202E›`; instants
    are local times of `zone`, to the millisecond; numbers that a spreadsheet would round are text.
    A row at a time is in memory, the others in a private folder below `folder` until the end.

    Raises:
        MimamoriError: there are more rows than a sheet holds.
    """
    taken_at = source.taken_at
    about = {"zone": zone.key, "snapshot": str(source.snapshot), "taken_at": rfc3339(taken_at)}
    import xlsxwriter  # noqa: PLC0415 - an extra

    lasting = _Lasting(stream)
    with (
        TemporaryDirectory(dir=folder, prefix=".xlsx.") as scratch,
        xlsxwriter.Workbook(
            lasting,
            {
                "constant_memory": True,
                "tmpdir": scratch,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        ) as book,
    ):
        book.set_properties({"created": taken_at.astimezone(zone).replace(tzinfo=None)})
        formats = {name: book.add_format({"num_format": form}) for name, form in _FORMATS.items()}
        heading = book.add_format({"bold": True})
        page = book.add_worksheet(sheet)
        page.set_column(0, len(columns) - 1, _WIDTH)
        page.freeze_panes(1, 0)
        page.write_row(0, 0, columns, heading)
        last = 0
        for last, row in enumerate(rows, start=1):
            require_room(last)
            for at, column in enumerate(columns):
                _write(page, last, at, row[column], zone, formats)
        page.autofilter(0, 0, last, len(columns) - 1)
        notes = book.add_worksheet("about")
        notes.set_column(0, 1, _WIDTH * 2)
        for at, (key, value) in enumerate(about.items()):
            notes.write_string(at, 0, key, heading)
            notes.write_string(at, 1, value)
    if lasting.error is not None:
        raise lasting.error


class _Lasting:
    """A stream that keeps its first error for later and takes what follows without a word.

    An archive that meets an error is closed once more when it is thrown away, and would then tell
    it in lines of its own.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.error: OSError | None = None
        self._stream = stream
        self._at = 0

    def write(self, data: bytes) -> int:
        self._try(self._stream.write, data)
        self._at += len(data)
        return len(data)

    def seek(self, offset: int) -> int:
        self._try(self._stream.seek, offset)
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, call: Callable[..., object], *arguments: bytes | int) -> None:
        if self.error is None:
            try:
                call(*arguments)
            except OSError as error:
                self.error = error


def require_room(rows: int) -> None:
    """Raise MimamoriError when `rows` are more than a sheet of a workbook holds."""
    if rows > SHEET_ROWS:
        raise MimamoriError(message("export.spreadsheet.too_many_rows", rows=rows, most=SHEET_ROWS))


def _write(
    page: Any, row: int, column: int, value: Any, zone: ZoneInfo, formats: Mapping[str, Any]
) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, int | float) and math.isfinite(value) and abs(value) < _EXACT:
        page.write_number(row, column, value)
    elif isinstance(value, dt.datetime):
        local = value.astimezone(zone).replace(tzinfo=None)
        page.write_datetime(row, column, local, formats["time"])
    elif isinstance(value, dt.date):
        page.write_datetime(row, column, value, formats["date"])
    else:
        text = str(value) if isinstance(value, int | float) else value
        page.write_string(row, column, cell_text(text))
