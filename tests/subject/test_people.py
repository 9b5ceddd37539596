"""Two people are two, and nobody asks about their own account alone."""

import pytest

from pipelines.errors import UsageError
from pipelines.subject.people import refuse_own, required
from pipelines.subject.person import Person
from pipelines.subject.register import Asked

_SATO = Person("user", "sato.hanako", ("sato.hanako", "s-0001"))


def _asked(author: str, second: str | None = None) -> Asked:
    return Asked("why", author, second)


@pytest.mark.parametrize(
    ("author", "second"),
    [
        ("root", None),
        ("root", " "),
        ("root", "Root"),
        ("Taro (root)", "taro "),
        ("Taro (root)", "ROOT"),
        ("Taro (root)", "Taro (root)"),
        ("Taro (st-0001/mimamori)", "ST-0001"),
        ("Taro (st-0001/mimamori)", "\uff34aro"),
        ("Taro Sato (root)", "taro  sato"),
        ("Taro (root)", "Hanako (root)"),
    ],
)
def test_a_second_name_of_the_first_person_is_none(author: str, second: str | None) -> None:
    """However it is written; where settings say one, none is wanted."""
    with pytest.raises(UsageError, match="two people"):
        required(_asked(author, second), 2)
    required(_asked(author, second), 1)


@pytest.mark.parametrize(
    ("author", "second"),
    [("sato.hanako (root)", "sato"), ("Taro (root)", "roo"), ("Taro", "Taro Yamada")],
)
def test_a_name_within_a_longer_one_is_anothers(author: str, second: str) -> None:
    """Whole names count."""
    required(_asked(author, second), 2)


@pytest.mark.parametrize(
    ("author", "second"),
    [
        ("sato.hanako (root)", None),
        ("Taro (SATO.hanako)", None),
        ("Taro (S-0001/mimamori)", " "),
        ("sato.hanako (root)", "S-0001"),
        ("sato.hanako (root)", "Root"),
    ],
)
def test_nobody_asks_about_their_own_account_alone(author: str, second: str | None) -> None:
    """By any of their accounts, and a second name of theirs is no other person."""
    with pytest.raises(UsageError, match="own account"):
        refuse_own(_asked(author, second), _SATO)


def test_others_ask_about_a_person() -> None:
    """Alone, or the person with another; an address or a number is nobody's account."""
    refuse_own(_asked("tanaka (root)"), _SATO)
    refuse_own(_asked("sato.hanako (root)", "tanaka"), _SATO)
    refuse_own(_asked("00100"), Person("subject", "00100", ("00100",)))
