"""The register of disclosures as a page and as CSV, for an audit or for a person who asks."""

import csv
import datetime as dt
import io
from collections.abc import Sequence

from pipelines.records.disclosures import Registered
from pipelines.report.export import cell
from pipelines.report.render import environment
from pipelines.text.words import Words
from pipelines.worksheet.disclosures import disclosure_columns, disclosure_row
from pipelines.worksheet.document import Part, Table, kind_of, moment

COLUMNS = (
    *("seq", "at", "on", "direction", "route", "name", "address", "country", "ground", "whose"),
    *("items", "rows", "reached", "sha256", "subjects", "who", "note"),
)


def as_csv(register: Sequence[Registered]) -> str:
    """Return the register as CSV that a spreadsheet opens safely, a row for each entry."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in register:
        values = one.as_values()
        writer.writerow([cell(values[name]) for name in COLUMNS])
    return "\ufeff" + text.getvalue()


def as_page(register: Sequence[Registered], words: Words, made_at: dt.datetime) -> str:
    """Return the register as one HTML file: no scripts, nothing loaded, printable to A4.

    `made_at` is an aware instant.
    """
    parts = tuple(_part(direction, register, words) for direction in ("out", "in"))
    template = environment(words).get_template("disclosures.html.j2")
    return template.render(
        parts=parts,
        total=len(register),
        made_at=made_at.astimezone(words.zone),
        t=words,
        kind_of=kind_of,
        moment=moment,
    )


def _part(direction: str, register: Sequence[Registered], words: Words) -> Part:
    chosen = [one for one in register if one.disclosure.direction == direction]
    rows = tuple(disclosure_row(one, words) for one in chosen)
    table = Table(disclosure_columns(words), rows, kind="people")
    return Part(direction, words(f"disclosure.{direction}"), tables=(table,))
