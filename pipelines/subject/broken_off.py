"""Whom an erasure was about that was broken off: its tombstones have keyed hashes alone.

So whatever may be the person's value is hashed and compared, as long as it stands somewhere: first
values that columns have as they are, then words of all texts.
"""

from collections.abc import Iterator

import duckdb

from pipelines import lake
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.subject.erase import hash_of
from pipelines.subject.files import texts_of_files
from pipelines.subject.person import Kind, Person, person_of
from pipelines.subject.places import as_text, tables
from pipelines.subject.register import Request
from pipelines.subject.returned import values_in

_BATCH = 10_000


def found_again(con: duckdb.DuckDBPyConnection, home: Home, request: Request) -> Person | None:
    """Return the person of an erasure with all spellings, None where no value is left anywhere."""
    pseudonyms = Pseudonyms.of(home)
    kind: Kind = request.person_kind  # type: ignore[assignment]  # of an erasure it is one
    graves = con.execute(
        "select value_hash from lake.tombstone where person_kind = ? and erased_at = ?",
        [kind, request.made_at],
    ).fetchall()
    hashes = {value_hash for (value_hash,) in graves}
    for values in (_texts(con), values_in(_all_texts(con, home))):
        found = {one for one in values if hash_of(pseudonyms, kind, one) in hashes}
        if found:
            named = {"user": None, "ip": None, "subject": None} | {kind: min(found)}
            person = person_of(con, **named)
            return Person(
                kind,
                person.value,
                tuple({**dict.fromkeys(person.values), **dict.fromkeys(sorted(found))}),
            )
    return None


def _all_texts(con: duckdb.DuckDBPyConnection, home: Home) -> Iterator[str]:
    yield from texts_of_files(home)
    yield from _texts(con)


def _texts(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield the distinct texts of each column that may hold a person."""
    for table in tables(con):
        for column in table.columns:
            cursor = con.cursor()
            cursor.execute(
                f"select distinct {as_text(column)} from lake.{lake.identifier(table.name)} as own"
                f" where {as_text(column)} is not null"
            )
            while rows := cursor.fetchmany(_BATCH):
                yield from (text for (text,) in rows)
