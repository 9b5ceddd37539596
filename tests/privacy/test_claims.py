"""Which stretches of a text are spoken for, and the text that comes out."""

import pytest

from pipelines.privacy.claims import Claims
from pipelines.privacy.decode import View, folded, views


def _claims(text: str) -> Claims:
    last = views(text)[-1]
    return Claims(text, last, View(folded(last.text), last.positions))


def test_nothing_is_masked_that_nobody_spoke_for() -> None:
    """The text comes out as it is, also an empty one."""
    for text in ("", "abcdef"):
        claims = _claims(text)
        assert claims.masked() == (text, set())
        assert claims.free(0, len(text)) == ([(0, 6)] if text else [])


def test_a_stretch_is_spoken_for_once() -> None:
    """Another may touch it; one that shares a character with it, or is empty, is not taken."""
    claims = _claims("0123456789")
    claims.take(2, 4, "phone")
    for start, end in ((1, 3), (3, 5), (2, 4), (0, 10), (2, 3), (4, 4), (5, 4)):
        claims.take(start, end, "email")
    assert claims.taken == [(2, 4, "phone")]
    claims.take(4, 5, "email")
    claims.take(1, 2, "card")
    assert [at for at in range(10) if claims.holds(at)] == [1, 2, 3, 4]
    assert claims.masked() == ("0[card][phone][email]56789", {"card", "phone", "email"})


def test_what_is_kept_stays_and_keeps_others_out() -> None:
    """A stretch without a kind."""
    claims = _claims("0123456789")
    claims.take(2, 5, None)
    claims.take(4, 8, "phone")
    claims.take(8, 10, "email")
    assert claims.masked() == ("01234567[email]", {"email"})


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [
        (0, 10, [(0, 2), (4, 6), (7, 10)]),
        (3, 7, [(4, 6)]),
        (1, 5, [(1, 2), (4, 5)]),
        (2, 4, []),
        (4, 4, []),
        (7, 10, [(7, 10)]),
        (5, 6, [(5, 6)]),
    ],
)
def test_what_is_free_lies_between(start: int, end: int, free: list[tuple[int, int]]) -> None:
    """Within the stretch that is asked for."""
    claims = _claims("0123456789")
    claims.take(2, 4, "phone")
    claims.take(6, 7, None)
    assert claims.free(start, end) == free


def test_a_value_ends_where_an_attack_begins() -> None:
    """In the text as logged, whatever is encoded before it."""
    claims = _claims("a=%41bc%27%20or%201=1&b=x")
    assert claims.harmless(2, 21) == ("Abc", 7)
    assert claims.harmless(2, 7) == ("Abc", 7)
    assert claims.harmless(24, 25) == ("x", 25)
    wide = _claims("a=abc＇ or 1=1")
    assert wide.harmless(2, 13) == ("abc", 5)


def test_a_value_within_a_harmless_one_is_harmless() -> None:
    """What ends elsewhere, or begins before it, is looked at anew."""
    claims = _claims("x' or y=abc' or z")
    assert claims.harmless(8, 11) == ("abc", 11)
    assert claims.harmless(9, 11) == ("bc", 11)
    assert claims.harmless(8, 11) == ("abc", 11)
    assert claims.harmless(0, 11) == ("x", 1)
    assert claims.harmless(8, 17) == ("abc", 11)
    assert claims.harmless(9, 10) == ("b", 10)
    assert claims.harmless(10, 17) == ("c", 11)


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_text_is_looked_at_so_often_and_no_more(size: int) -> None:
    """Values stand within values: eight times its length and a thousand characters."""
    claims = _claims("x" * size)
    assert claims.may_look_at(8 * size)
    assert claims.may_look_at(999)
    assert claims.may_look_at(1)
    assert not claims.may_look_at(1)
    assert not claims.may_look_at(0)
