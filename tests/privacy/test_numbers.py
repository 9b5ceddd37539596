"""Numbers in a text: which digits of a chain are one, and what around them says otherwise."""

import random

import pytest

from pipelines.privacy.names import Names
from pipelines.privacy.numbers import name_before
from pipelines.privacy.scan import Scanner
from pipelines.settings.model import Redaction
from tests.privacy.corpus import my_number

_NUMBER = my_number(random.Random(5))  # noqa: S311 - the same number on every run
_SCANNER = Scanner(Names(Redaction()), frozenset())


def _masked(text: str) -> str:
    return _SCANNER.mask(text, "text")[0]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call 03-1234-5678 now", "call [phone] now"),
        ("call 03 1234 5678 now", "call [phone] now"),
        ("12 03 1234 5678 9", "12 [phone] 9"),
        ("7 8 03-1234-5678 045-234-5678 9", "7 8 [phone] [phone] 9"),
        ("03-1234-5678 03-1234-5678 03-1234-5678", "[phone] [phone] [phone]"),
        ("4111 1111 1111 1111 4111 1111 1111 1111", "[card] [card]"),
        ("1 4111 1111 1111 1111", "1 [card]"),
        ("4111 1111 1111 1111 1", "[card] 1"),
        ("4111 1111 1111 1111 03-1234-5678", "[card] [phone]"),
        ("0 3 1 2 3 4 5 6 7 8", "0 3 1 2 3 4 5 6 7 8"),
        ("090 12 34 56 78", "[phone]"),
        ("+81 90 12 34 56 78", "+81 90 12 34 56 78"),
        ("(03) 1234-5678", "[phone]"),
        ("+81 3 1234 5678", "[phone]"),
        ("+81 (0)90 1234 5678", "[phone]"),
        ("03-1234-5678 +81 090 1234 5678", "[phone] [phone]"),
        ("03-1234-567", "03-1234-567"),
        ("A-03-1234-5678", "A-03-1234-5678"),
        ("7-03-1234-5678", "7-03-1234-5678"),
        ("-03-1234-5678", "-[phone]"),
        ("x03-1234-5678", "x03-1234-5678"),
        ("03-1234-5678x", "03-1234-5678x"),
        ("03-1234-5678.pdf", "03-1234-5678.pdf"),
        ("03-1234-5678. Next", "[phone]. Next"),
        ("order_id=03-1234-5678", "order_id=03-1234-5678"),
        ("order_id=090-1234-5678", "order_id=[phone]"),
        ("a1=03-1234-5678", "a1=[phone]"),
        ("4111111111111111.png", "4111111111111111.png"),
        ("4111111111111111", "[card]"),
        ("411111111111111", "411111111111111"),
        ("6222022222222222222", "6222022222222222222"),
        ("090.1234.5678", "[phone]"),
        ("090_1234_5678", "[phone]"),
        ("090.1234_5678", "090.1234_5678"),
        ("090.1234.5678.html", "[phone].html"),
        ("090.1234.5678.pdf", "090.1234.5678.pdf"),
        ("A-090.1234.5678", "A-090.1234.5678"),
        ("order_id=090.1234.5678", "order_id=090.1234.5678"),
        ("4111.1111.1111.1111", "[card]"),
        ("4111.1111.1111.1112", "4111.1111.1111.1112"),
        ("tel09012345678", "tel[phone]"),
        ("xel09012345678", "xel09012345678"),
        ("4111.1111.1111.1111 and tel09012345678", "[card] and tel[phone]"),
        ("090.1234.5678 and 090.1234.5678", "[phone] and [phone]"),
        ("090.1234.5678.pdf 090.1234.5679", "090.1234.5678.pdf [phone]"),
    ],
)
def test_numbers_are_found_among_others(text: str, masked: str) -> None:
    """The longest that is one, from the left; in codes, files and ids there is none."""
    assert _masked(text) == masked


@pytest.mark.parametrize(
    ("before", "is_masked"),
    [
        ("my number ", True),
        ("マイナンバー: ", True),
        ("個人番号=", True),
        ("number ", False),
        ("個人番号" + " x" * 47 + "  ", True),
        ("個人番号" + " x" * 48, True),
        ("個人番号" + " x" * 48 + "  ", False),
    ],
)
def test_a_my_number_needs_words_before_it(before: str, is_masked: bool) -> None:
    """Not more than a hundred characters before it begins."""
    before = before.rstrip("x")
    assert _masked(before + _NUMBER) == before + ("[my_number]" if is_masked else _NUMBER)


def test_a_my_number_in_a_long_chain_is_found_near_its_words() -> None:
    """Digits of others stand before it."""
    grouped = f"{_NUMBER[:4]} {_NUMBER[4:8]} {_NUMBER[8:]}"
    assert _masked(f"my number 1 {grouped}") == "my number 1 [my_number]"
    assert _masked(f"my number {grouped} 1") == "my number [my_number] 1"
    wrong = _NUMBER[:-1] + str((int(_NUMBER[-1]) + 1) % 10)
    assert _masked(f"my number {wrong}") == f"my number {wrong}"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", ""),
        ("x", ""),
        ("tel=", "tel"),
        ("a=1&tel=", "tel"),
        ("a=1&tel=5 ", "tel"),
        ("/orders/", "orders"),
        ("/orders/12/", "12"),
        ('{"tel": "', "tel"),
        ('{"tel":', "tel"),
        ('{"a":1,"tel" : "', "tel"),
        ("tel=" + "x" * 96, "tel"),
        ("tel=" + "x" * 97, "el"),
        ("tel=" + "x" * 100, ""),
    ],
)
def test_a_value_belongs_to_the_name_before_it(text: str, name: str) -> None:
    """A parameter, a key of JSON or a segment of a path, not more than a hundred characters off."""
    assert name_before(text + "5", len(text)) == name


@pytest.mark.parametrize("words", [0, 10, 95, 99, 100, 101, 120, 400])
def test_numbers_are_found_however_far_in_a_chain(words: int) -> None:
    """Cards and telephone numbers behind any number of others' digits."""
    chain = " ".join(["7"] * words)
    for value, kind in (
        ("03-1234-5678", "phone"),
        ("4111 1111 1111 1111", "card"),
        ("3056 930902 5904", "card"),
        ("6304 0000 0000 0000 000", "card"),
    ):
        assert _masked(f"q=7 {chain} {value} 7 7") == f"q=7 {chain} [{kind}] 7 7"
