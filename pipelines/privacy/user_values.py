"""Personal values in the name of a user, which stands in logs and in applications' own records.

A user is known by its name, so an address or a telephone number stays; one that holds a card, a
token or the like, as typed into the wrong field, becomes a pseudonym.
"""

from collections.abc import Collection
from typing import Final

import polars as pl

from pipelines.privacy.keyed_hashes import KeyedHashes
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.privacy.redact import Redactor

_NAMES_OF_USERS: Final = frozenset({"email", "name", "phone", "user_name"})


def kinds_in_users(users: pl.Series, redactor: Redactor) -> dict[str, set[str]]:
    """Return by user, of those that may not be kept, the kinds of values in it."""
    return {
        user: kinds
        for user, (_, kinds) in (redactor.texts(users) if len(users) else {}).items()
        if kinds - _NAMES_OF_USERS
    }


def with_stand_ins(
    values: pl.Series, days: pl.Series, hidden: Collection[str], kind: str, pseudonyms: Pseudonyms
) -> pl.Series:
    """Return the values with the pseudonyms of their rows' days for those that are `hidden`."""
    rows = values.is_in(list(hidden)).fill_null(value=False).arg_true()
    if rows.is_empty():
        return values
    if not pseudonyms.is_secret:
        return values.clone().scatter(rows, in_place_of("", kind, pseudonyms.newest))
    hashed = pseudonyms.of_days(kind, values.gather(rows), days.gather(rows))
    return values.clone().scatter(rows, "[" + hashed + "]")


def in_place_of(value: str, kind: str, hashes: KeyedHashes) -> str:
    """Return what is kept of a value: its pseudonym, or that it was masked where no key is."""
    return f"[{hashes(kind, value) if hashes.key else 'masked'}]"
