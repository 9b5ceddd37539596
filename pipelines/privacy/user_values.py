"""Personal values in the name of a user, which stands in logs and in applications' own records.

A user is known by its name, so an address or a telephone number stays; one that holds a card, a
token or the like, as typed into the wrong field, becomes a pseudonym.
"""

from typing import Final

import polars as pl

from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.privacy.redact import Redactor

_NAMES_OF_USERS: Final = frozenset({"email", "name", "phone", "user_name"})


def masked_users(
    users: pl.Series, redactor: Redactor, pseudonyms: Pseudonyms
) -> dict[str, tuple[str, set[str]]]:
    """Return by user, of those that may not be kept, what is kept instead and the kinds in it."""
    return {
        user: (in_place_of(user, "user", pseudonyms), kinds)
        for user, (_, kinds) in (redactor.texts(users) if len(users) else {}).items()
        if kinds - _NAMES_OF_USERS
    }


def in_place_of(value: str, kind: str, pseudonyms: Pseudonyms) -> str:
    """Return what is kept of a value: its pseudonym, or that it was masked where no key is."""
    return f"[{(pseudonyms(kind, value) if pseudonyms.is_secret else None) or 'masked'}]"
