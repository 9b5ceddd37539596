"""The settings' own patterns mask the same in a long text, piece by piece, as in a short one."""

import random

import polars as pl
import pytest

from pipelines.privacy.own_patterns import masked
from pipelines.settings.model import RedactionPattern
from tests.hostile_texts import growth

_PATTERNS = (
    r"[A-Z]{2}[0-9]{6}",
    r"(?P<before>/contracts/)[A-Z]{2}[0-9]{2,6}(?P<after>/)",
    r"[0-9]+-[0-9]+|[0-9]{8}",
    r"証券[0-9]+号",
)
_WORDS = (
    "/contracts/", "AB123456", "AB12", "/", "x", "証券12号", "12-34", "12345678", "&q=", "山田 ",
)  # fmt: skip


def _own(pattern: str) -> RedactionPattern:
    return RedactionPattern(kind="contract", pattern=pattern)


@pytest.mark.parametrize("pattern", _PATTERNS)
def test_a_long_text_is_masked_as_a_whole_one(pattern: str) -> None:
    """Wherever the pieces end: each word of a long text has the mask that it has in short texts."""
    chance = random.Random(20261127)  # noqa: S311 - the same texts on every run
    own = _own(pattern)
    for _ in range(5):
        words = ["".join(chance.choices(_WORDS, k=8)) for _ in range(500)]
        apart = masked(pl.Series(["|".join(words[n : n + 5]) for n in range(0, 500, 5)]), own)[0]
        long, rows = masked(pl.Series(["short", None, "|".join(words)]), own)
        assert long.to_list() == ["short", None, "|".join(apart)]
        assert rows.to_list() == [2]


def test_a_long_value_among_few_is_masked_as_a_whole() -> None:
    """However long it is; also one that only its end makes a value."""
    text = f"a=1&{'no' * 5000}0123456789&{'x' * 3000}"
    found = masked(pl.Series([text]), _own("(?:no)+[0-9]+"))[0].item()
    assert found == f"a=1&[contract]&{'x' * 3000}"


def test_a_long_value_among_many_leaves_nothing_unmasked() -> None:
    """Where the text is taken in pieces all behind the beginning of such a value goes."""
    text = f"{'no1&' * 2000}no{'1' * 5000}&x"
    found = masked(pl.Series([text]), _own("no[0-9]+"))[0].item()
    assert found == f"{'[contract]&' * 2000}[contract]"


@pytest.mark.parametrize(
    ("matches", "size", "is_whole"),
    [(64, 6000, True), (65, 6000, False), (65, 4097, False), (65, 4096, True)],
)
def test_a_text_is_taken_in_pieces_where_it_is_long_and_has_many(
    matches: int, size: int, is_whole: bool
) -> None:
    """Of more than 4096 bytes with more than 64 matches."""
    some = "no1&" * (matches - 1)
    long = f"no{'1' * (size - len(some) - len('no&x'))}"
    text = f"{some}{long}&x"
    assert len(text) == size
    found = masked(pl.Series([text]), _own("no[0-9]+"))[0].item()
    assert found == "[contract]&" * (matches - 1) + "[contract]" + ("&x" if is_whole else "")


@pytest.mark.parametrize("length", [1022, 1023, 1024, 1025, 1026])
@pytest.mark.parametrize("before", [0, 1, 511, 512, 513])
def test_a_match_of_a_thousand_characters_is_masked_as_a_whole(length: int, before: int) -> None:
    """Wherever it begins among the pieces, and all behind it stays."""
    some = "no1&" * 100
    text = f"{some}{'x' * before}no{'1' * (length - 2)}&{'y' * 3000}no2"
    found = masked(pl.Series([text, None, "no1", "x"]), _own("no[0-9]+"))
    shown = f"{'[contract]&' * 100}{'x' * before}[contract]&{'y' * 3000}[contract]"
    if 400 + before < 1024 < 400 + before + length > 2048:
        shown = shown.partition("&yyy")[0]
    assert found[0].to_list() == [shown, None, "[contract]", "x"]
    assert found[1].to_list() == [0, 2]


def test_texts_in_which_nothing_matches_are_the_same() -> None:
    """And no row is told; the groups around a value stay."""
    texts = pl.Series(["a", None, ""], dtype=pl.String)
    found, rows = masked(texts, _own("no[0-9]+"))
    assert (found.to_list(), rows.to_list()) == (["a", None, ""], [])
    own = _own("(?P<before>id=)[0-9]+(?P<after>;)")
    assert masked(pl.Series(["id=1;id=2"]), own)[0].to_list() == ["id=[contract];id=2"]


@pytest.mark.parametrize(
    ("pattern", "piece"),
    [
        ("[0-9]+-[0-9]+|[0-9]{8}", "1"),
        ("(?P<before>id=)[0-9]+(?P<after>[^&]*end)?", "id=1;"),
        ("[0-9-]+x|[0-9]", "1-"),
    ],
)
def test_all_matches_are_found_in_linear_time(pattern: str, piece: str) -> None:
    """Also where each search reads to the end of the text and comes back."""
    own = _own(pattern)
    small, large = (pl.Series(["q=1&" + piece * (size // len(piece))]) for size in (16000, 64000))
    assert growth(lambda texts: masked(texts, own), small, large) <= 6.25
