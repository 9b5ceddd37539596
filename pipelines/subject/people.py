"""Who agrees to what is done about a person: as many people as settings want, none for themselves.

Names are compared whole, however they are written: `Root` is `root`, `sato` is not `sato.hanako`.
"""

import re
import unicodedata
from collections.abc import Iterable

from pipelines.errors import UsageError
from pipelines.subject.person import Person
from pipelines.subject.register import Asked
from pipelines.text.messages import message

_WITH_ACCOUNT = re.compile(r"(.*)\(([^()]*)\)\s*", re.DOTALL)  # as `author_of` writes it


def required(asked: Asked, persons: int) -> None:
    """Make sure that as many people agree as the settings want.

    Raises:
        UsageError: there is no second person, or it is the first one.
    """
    if persons < 2:  # noqa: PLR2004 - two persons
        return
    second = _names(asked.second or "")
    if not second or second & _names(asked.author):
        raise UsageError(message("subject.run.second", at="--second"))


def refuse_own(asked: Asked, person: Person) -> None:
    """Make sure that nobody asks about their own account alone.

    Raises:
        UsageError: the person is whoever asks, and nobody else agreed.
    """
    if person.kind != "user":
        return
    own = _folded(person.values)
    second = _names(asked.second or "")
    is_with_another = second and not second & (own | _names(asked.author))
    if _names(asked.author) & own and not is_with_another:
        raise UsageError(message("subject.people.own", at="--user"))


def _names(text: str) -> set[str]:
    """The whole text, and the names in it: `NAME (LOGIN/ACCOUNT)` has three."""
    found = _WITH_ACCOUNT.fullmatch(text)
    name, account = found.groups() if found else (text, text)
    return _folded((text, name, account, *account.split("/")))


def _folded(names: Iterable[str]) -> set[str]:
    folded = (unicodedata.normalize("NFKC", name).casefold() for name in names)
    return {" ".join(name.split()) for name in folded} - {""}
