"""A document as headings, sentences and tables: one shape for HTML, PDF and Excel."""

import datetime as dt
from dataclasses import dataclass, field

from pipelines.report.render import environment
from pipelines.text.words import Words


@dataclass(frozen=True)
class Value:
    """Text as logged: hostile until shown to be otherwise."""

    text: str


@dataclass(frozen=True)
class Mark:
    """A sign that reads without colour; `tone` is the class that colours it on a page."""

    text: str
    tone: str = ""


Cell = str | int | Value | Mark | dt.datetime


@dataclass(frozen=True)
class Table:
    """Rows under column names; `kind` tells a page how to lay it out.

    Instants are aware and stand in the zone in which they are to be read. `marks` colours rows by
    number: the severity whose colour a row's first cell takes.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heading: str = ""
    kind: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """A section: what is said first, tables, and notes below; `questions` have room for answers."""

    key: str
    heading: str
    lead: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Headline:
    """A figure of the first screen."""

    label: str
    figure: str
    note: str
    tone: str = ""


@dataclass(frozen=True)
class Worksheet:
    """The whole of it; `title` and `actor` are what it is about."""

    title: str
    actor: Value
    tone: str
    tone_label: str
    sentence: str
    meta: tuple[str, ...]
    warning: str
    people: tuple[Headline, ...]
    clocks: tuple[Headline, ...]
    parts: tuple[Part, ...] = field(default=())
    footer: str = ""


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
