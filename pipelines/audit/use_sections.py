"""Tables of who used which data and which rights: beside measures 2 and 3, and of contractors."""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence

from pipelines.audit.facts import Facts
from pipelines.audit.writer import AuditWriter
from pipelines.context.entry import OPEN_FROM, OPEN_TO
from pipelines.report.export import cell
from pipelines.report.finding_view import ID_LIMIT
from pipelines.text.display import visible
from pipelines.worksheet.document import Cell, Table, Value

ROWS_SHOWN = 60
DATA_USE = "data-use.csv"
UNUSED_RIGHTS = "unused-rights.csv"

Row = tuple[Cell, ...]


def use_tables(facts: Facts, measure: int, writer: AuditWriter) -> tuple[Table, ...]:
    """Return the tables that stand beside a measure: of data beside 2, of rights beside 3."""
    if measure == 2 and facts.use.data:  # noqa: PLR2004 - the measure's number is its name
        return (_data(facts, writer),)
    if measure != 3:  # noqa: PLR2004
        return ()
    tables = []
    if facts.use.unused:
        tables.append(_unused(facts, writer))
    if facts.use.beyond:
        tables.append(_beyond(facts, writer))
    return tuple(tables)


def use_notes(facts: Facts, measure: int, writer: AuditWriter) -> Iterator[str]:
    """What is to be said below these tables."""
    use = facts.use
    if measure == 2:  # noqa: PLR2004
        if use.data:
            yield writer.sentence("use.data_note", file=DATA_USE)
        yield from _cut(len(use.data), DATA_USE, writer)
        if use.services.records or use.services.requests:
            yield writer.sentence(
                "use.services",
                n=use.services.requests,
                unsure=use.services.unsure,
                ambiguous=use.services.ambiguous,
                records=use.services.records,
                unused=use.services.unused,
            )
        if use.directory_changed_at is None:
            yield writer.sentence("use.no_directory")
        else:
            yield writer.sentence(
                "use.directory", n=use.accounts, when=f"{writer.local(use.directory_changed_at):%F}"
            )
    if measure == 3:  # noqa: PLR2004
        if use.rights is None:
            yield writer.sentence("use.no_rights")
        elif use.unused:
            yield writer.sentence("use.unused_note", file=UNUSED_RIGHTS)
            yield from _cut(len(use.unused), UNUSED_RIGHTS, writer)
        if use.beyond:
            yield writer.sentence("use.beyond_note")


def rights_rows(facts: Facts, writer: AuditWriter) -> Iterator[Row]:
    """How many rights are on record, and what became of them within their days."""
    use = facts.use
    if use.rights is None or use.rights_from is None:
        return
    sentence = writer.sentence
    since = use.rights_from.isoformat()
    yield sentence("use.granted"), len(use.rights)
    yield sentence("use.used", since=since), sum(one.accesses > 0 for one in use.rights)
    yield sentence("use.unused_count", days=facts.use.rights_days), len(use.unused)
    yield sentence("use.beyond_count"), len(use.beyond)


def companies_table(facts: Facts, writer: AuditWriter) -> Table | None:
    """Return the contractors by company and its country; None without any."""
    words = writer.words
    rows: list[Row] = [
        (
            _text(one.company),
            words.country(visible(one.country, ID_LIMIT)) if one.country else "–",
            one.people,
            one.accesses,
            one.subjects,
            one.exports,
            writer.joined(words.country(visible(code, ID_LIMIT)) for code in one.seen_from) or "–",
        )
        for one in facts.use.companies[:ROWS_SHOWN]
    ]
    if not rows:
        return None
    heading = writer.sentence("use.companies")
    return writer.table("use.companies_columns", rows, heading, "people")


def data_use_csv(facts: Facts) -> str:
    """Return who used which level and category of data, all rows, for a spreadsheet."""
    columns = (
        *("month", "role", "department", "site_id", "data_level", "category"),
        *("people", "accesses", "subjects", "exports"),
    )
    return _csv(
        columns,
        [
            (
                *(str(facts.month), one.role, one.department, one.site_id, one.level),
                *(one.category, one.people, one.accesses, one.subjects, one.exports),
            )
            for one in facts.use.data
        ],
    )


def unused_rights_csv(facts: Facts, writer: AuditWriter) -> str:
    """Return the rights that nobody used: a list for whoever grants and withdraws them.

    Dates are local; an open end is empty.
    """
    columns = (
        *("user_id", "name", "department", "granted_to", "resource_id", "data_level", "site_id"),
        *("from", "to"),
    )
    return _csv(
        columns,
        [
            (
                *(one.user_id, one.name, one.department, one.granted_to, one.resource_id),
                *(one.level, one.site_id),
                *(_day(end, writer) for end in (one.from_at, one.to_at)),
            )
            for one in facts.use.unused
        ],
    )


def _day(end: dt.datetime, writer: AuditWriter) -> dt.date | None:
    return None if end in {OPEN_FROM, OPEN_TO} else writer.local(end).date()


def _csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return "\ufeff" + buffer.getvalue()


def _data(facts: Facts, writer: AuditWriter) -> Table:
    rows: list[Row] = [
        (
            writer.words.known(f"user_type.{one.role}", writer.sentence("use.unknown_role")),
            _text(one.department),
            Value(one.site_id),
            one.level,
            _text(one.category),
            one.people,
            one.accesses,
            one.subjects,
            one.exports,
        )
        for one in facts.use.data[:ROWS_SHOWN]
    ]
    return writer.table("use.data_columns", rows, writer.sentence("use.data"), "people")


def _unused(facts: Facts, writer: AuditWriter) -> Table:
    rows: list[Row] = [
        (
            Value(one.user_id),
            _text(one.name),
            _text(one.department),
            _text(one.granted_to),
            Value(one.resource_id)
            if one.resource_id
            else writer.sentence("use.up_to_level", level=one.level),
            _text(one.site_id),
        )
        for one in facts.use.unused[:ROWS_SHOWN]
    ]
    heading = writer.sentence("use.unused", days=facts.use.rights_days)
    return writer.table("use.unused_columns", rows, heading, "people")


def _beyond(facts: Facts, writer: AuditWriter) -> Table:
    words = writer.words
    rows: list[Row] = [
        (
            Value(one.user_id),
            _text(one.name),
            Value(words.known(f"user_type.{one.role}", one.role)),
            one.people,
            one.usual_level,
            one.level,
            one.accesses,
            one.subjects,
            Value(writer.joined(visible(name, ID_LIMIT) for name in one.resources)),
            Value(writer.joined(visible(name, ID_LIMIT) for name in one.sites)),
        )
        for one in facts.use.beyond[:ROWS_SHOWN]
    ]
    return writer.table("use.beyond_columns", rows, writer.sentence("use.beyond"), "people")


def _text(text: str | None) -> Cell:
    return Value(text) if text else "–"


def _cut(rows: int, file: str, writer: AuditWriter) -> Iterator[str]:
    if rows > ROWS_SHOWN:
        yield writer.sentence("use.cut", n=ROWS_SHOWN, total=rows, file=file)
