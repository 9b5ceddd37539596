"""Finding out who a pseudonym stands for: an act of its own, with case, reason and two people.

A pseudonym can be found by trying values out, as long as the key of its epoch is there: those that
the lake and the directory still know, and those that whoever asks can name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb

from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.privacy.epochs import PATTERN, EpochKeys
from pipelines.subject.person import Person
from pipelines.text.messages import message

_KNOWN = {
    "user": (
        "select distinct user_id from lake.request_fact where user_id is not null"
        " and pseudonym_epoch is null"
        " union select user_id from lake.person union select usual_id from lake.person"
        " union select usual_id from lake.user_alias"
    ),
    "client": "select distinct client_ip from lake.client where client_ip is not null",
    "subject": (
        "select distinct subject_id from lake.request_fact where subject_id is not null"
        " and pseudonym_epoch is null"
    ),
}


@dataclass(frozen=True)
class Match:
    """What a pseudonym stands for."""

    epoch: str
    kind: str
    value: str


def with_pseudonyms(home: Home, person: Person) -> Person:
    """Return a person with the pseudonyms of them that old rows have, of each key still there."""
    keys = EpochKeys(home)
    kind = "client" if person.kind == "ip" else person.kind
    pseudonyms = [
        key.pseudonym(kind, value)
        for epoch in keys.epochs()
        if (key := keys.of(epoch)) is not None
        for value in person.values
    ]
    return replace(person, values=(*person.values, *pseudonyms))


def reidentify(
    con: duckdb.DuckDBPyConnection, home: Home, pseudonym: str, candidates: Sequence[str] = ()
) -> list[Match]:
    """Return the values that a pseudonym stands for, of those that are known or named.

    Raises:
        UsageError: it is no pseudonym, or no epoch has a key any more.
    """
    if not PATTERN.fullmatch(pseudonym):
        raise UsageError(message("subject.reidentify.no_pseudonym", at=repr(pseudonym)))
    keys = EpochKeys(home)
    epochs = [(epoch, key) for epoch in keys.epochs() if (key := keys.of(epoch)) is not None]
    if not epochs:
        raise UsageError(message("subject.reidentify.no_key"))
    known = {kind: [*candidates, *_values(con, kind)] for kind in _KNOWN}
    return [
        Match(epoch, kind, value)
        for epoch, key in epochs
        for kind, values in known.items()
        for value in dict.fromkeys(values)
        if key.pseudonym(kind, value) == pseudonym
    ]


def _values(con: duckdb.DuckDBPyConnection, kind: str) -> Iterator[str]:
    for (value,) in con.execute(_KNOWN[kind]).fetchall():
        if value is not None:
            yield value
