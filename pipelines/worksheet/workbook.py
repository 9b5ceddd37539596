"""The worksheet as an Excel workbook: a sheet for each section, text never a formula or a link."""

import datetime as dt
import io
from typing import Any

import xlsxwriter

from pipelines.report.export import cell_text
from pipelines.text.words import Words
from pipelines.worksheet.document import Cell, Mark, Part, Value, Worksheet

_WIDE, _NARROW = 60, 16
_NAME_CELLS = 31
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def workbook(sheet: Worksheet, words: Words, made_at: dt.datetime) -> bytes:
    """Return a workbook. Instants are local times of the zone in which the sheet has them."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    ) as book:
        book.set_properties({"created": made_at.astimezone(words.zone).replace(tzinfo=None)})
        writer = _Writer(book)
        writer.first(sheet, words)
        for number, part in enumerate(sheet.parts, start=1):
            writer.part(number, part, words)
    return stream.getvalue()


class _Writer:
    """Writes sections into a book, a row after the other."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self._formats = {
            "instant": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top"}),
            "number": book.add_format({"num_format": "#,##0", "valign": "top"}),
        }

    def first(self, sheet: Worksheet, words: Words) -> None:
        """Write the first screen."""
        page = self._page(sheet.title)
        page.set_column(0, 0, _NARROW * 2)
        page.set_column(1, 2, _WIDE)
        self._text(page, 0, 0, sheet.title, self._title)
        heads = [sheet.sentence, sheet.warning, *sheet.meta]
        for row, text in enumerate(heads, start=1):
            page.merge_range(row, 0, row, 2, "", self._wrap)
            self._text(page, row, 0, text, self._wrap)
        page.set_row(1, 48)
        row = len(heads) + 2
        heading = words("worksheet.people.heading")
        for one in sheet.people:
            self._row(page, row, (f"{heading} · {one.label}", one.figure, one.note))
            row += 1
        for one in sheet.clocks:
            self._row(page, row, (one.label, one.figure, one.note))
            row += 1

    def part(self, number: int, part: Part, words: Words) -> None:
        """Write a section as a sheet of its own."""
        page = self._page(f"{number} {part.heading}")
        columns = max((len(table.columns) for table in part.tables), default=1)
        page.set_column(0, max(columns - 1, 1), _NARROW if columns > 1 else _WIDE)
        self._text(page, 0, 0, part.heading, self._title)
        row = 2
        for text in part.lead:
            self._text(page, row, 0, text, None)
            row += 1
        for table in part.tables:
            row += 1
            for column, name in enumerate(table.columns):
                self._text(page, row, column, name, self._bold)
            for cells in table.rows:
                row += 1
                self._row(page, row, cells)
            row += 2
        for text in part.notes:
            self._text(page, row, 0, text, None)
            row += 1
        if part.questions:
            page.set_column(0, 1, _WIDE)
            self._text(page, row, 1, words("worksheet.questions.answer"), self._bold)
        for text in part.questions:
            row += 1
            self._text(page, row, 0, text, self._wrap)

    def _page(self, heading: str) -> Any:
        page = self._book.add_worksheet(heading.translate(_NOT_IN_NAMES)[:_NAME_CELLS].strip())
        page.set_paper(9)  # A4
        page.set_landscape()
        page.fit_to_pages(1, 0)
        return page

    def _row(self, page: Any, row: int, cells: tuple[Cell, ...]) -> None:
        for column, one in enumerate(cells):
            if isinstance(one, dt.datetime):
                local = one.replace(tzinfo=None)
                page.write_datetime(row, column, local, self._formats["instant"])
            elif isinstance(one, int):
                page.write_number(row, column, one, self._formats["number"])
            else:
                self._text(page, row, column, one.text if isinstance(one, Value | Mark) else one)

    def _text(self, page: Any, row: int, column: int, text: str, form: Any = None) -> None:
        page.write_string(row, column, cell_text(text), form)
