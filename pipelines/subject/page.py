"""The extract as a page for the person: no scripts, nothing loaded, printable to A4."""

from collections.abc import Sequence
from typing import Any

from pipelines.report.render import environment
from pipelines.subject.extract import MOST_REQUESTS, Extract
from pipelines.text.words import Words
from pipelines.worksheet.document import Cell, Part, Table, Value, kind_of, moment

_SECTIONS = (
    "viewers",
    "looked",
    "provided",
    "directory",
    "corrections",
    "findings",
    "sources",
    "requests",
)


def as_page(found: Extract, words: Words) -> str:
    """Return the extract as one HTML file in the language of `words`."""
    parts = [_kept(found, words), _places(found, words)]
    parts += [_part(name, getattr(found, name), found, words) for name in _SECTIONS]
    template = environment(words).get_template("subject.html.j2")
    return template.render(
        parts=parts,
        person=found.person,
        made_at=found.made_at.astimezone(words.zone),
        t=words,
        kind_of=kind_of,
        moment=moment,
    )


def _kept(found: Extract, words: Words) -> Part:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (words(f"subject.kept.{name}"), days) for name, days in found.kept_days.items()
    )
    table = Table(tuple(words("subject.kept.columns").split("|")), rows, kind="pairs")
    return Part("kept", words("subject.kept.heading"), tables=(table,))


def _places(found: Extract, words: Words) -> Part:
    rows = tuple(
        (one["place"], one["rows"], one["first_day"] or "", one["last_day"] or "")
        for one in found.places
    )
    table = Table(tuple(words("subject.places.columns").split("|")), rows, kind="narrow")
    return Part("places", words("subject.places.heading"), tables=(table,))


def _part(name: str, rows: Sequence[dict[str, Any]], found: Extract, words: Words) -> Part:
    heading = words(f"subject.{name}.heading")
    if not rows:
        return Part(name, heading, (words("subject.none"),))
    lead: tuple[str, ...] = (words(f"subject.{name}.lead"),)
    if name == "requests" and found.requests_total > len(rows):
        lead = (*lead, words("subject.requests.more", n=found.requests_total, most=MOST_REQUESTS))
    table = Table(
        tuple(rows[0]), tuple(tuple(map(_cell, row.values())) for row in rows), kind="people"
    )
    return Part(name, heading, lead, (table,))


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return value
    return Value(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
