"""The worksheet as one HTML file: no scripts, nothing loaded, printable to A4."""

import datetime as dt

from pipelines.report.render import environment
from pipelines.text.words import Words
from pipelines.worksheet.document import Cell, Mark, Value, Worksheet


def render(sheet: Worksheet, words: Words) -> str:
    """Return the page. Every text is escaped, and what deceives the eye is shown."""
    template = environment(words).get_template("worksheet.html.j2")
    return template.render(sheet=sheet, t=words, kind_of=kind_of, moment=moment)


def kind_of(cell: Cell) -> str:
    """Return how a page sets a cell: `number`, `instant`, `value`, `mark` or `text`."""
    if isinstance(cell, Value):
        return "value"
    if isinstance(cell, Mark):
        return "mark"
    if isinstance(cell, dt.datetime):
        return "instant"
    return "number" if isinstance(cell, int) else "text"


def moment(instant: dt.datetime) -> str:
    """Return date and time of day as they stand in the instant's own zone."""
    return f"{instant:%m/%d %H:%M}"
