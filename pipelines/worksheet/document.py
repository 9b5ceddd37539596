"""A paper as headings, sentences and tables: one shape for HTML, PDF and Excel."""

import datetime as dt
from dataclasses import dataclass, field


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
