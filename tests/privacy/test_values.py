"""What a value must look like to be of a kind: check digits, lengths, groups, forms."""

import random
from itertools import combinations, pairwise

import pytest

from pipelines.privacy.values import (
    CHECKS,
    digits_of,
    groups_of,
    is_card,
    is_luhn,
    is_my_number,
    is_opaque,
    is_phone,
    is_service_line,
    kind_by_form,
    looks_one_time,
)
from tests.privacy.corpus import my_number

# By the first digits of an issuer's cards: how long its numbers are.
_SIZES = {
    "4": {16, 19},
    "51": {16},
    "55": {16},
    "2221": {16},
    "2720": {16},
    "34": {15},
    "37": {15},
    "3528": {16, 17, 18, 19},
    "358": {16, 17, 18, 19},
    "300": {14, 16},
    "36": {14, 16},
    "6011": {16, 19},
    "65": {16, 19},
    "62": {16, 17, 18, 19},
    "81": {16, 17, 18, 19},
    "50": {16, 18, 19},
    "6759": {16, 18, 19},
    "2220": set(),
    "2721": set(),
    "3527": set(),
    "306": set(),
    "1": set(),
    "7": set(),
    "9": set(),
}


def _card(begin: str, size: int) -> str:
    """A number of that size that begins so, its check digit found by trying them all."""
    body = begin + "1" * (size - len(begin) - 1)
    return next(body + last for last in "0123456789" if _sum_of_luhn(body + last) % 10 == 0)


def _sum_of_luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        double = int(digit) * (1 + place % 2)
        total += double // 10 + double % 10
    return total


def _splits(digits: str, most: int) -> list[tuple[str, ...]]:
    """All ways of writing digits in groups, `most` of them at most."""
    return [
        tuple(digits[a:b] for a, b in pairwise((0, *cuts, len(digits))))
        for count in range(most)
        for cuts in combinations(range(1, len(digits)), count)
    ]


def _shapes(groups: list[tuple[str, ...]]) -> set[tuple[int, ...]]:
    return {tuple(map(len, of)) for of in groups}


@pytest.mark.parametrize("size", range(2, 21))
def test_one_check_digit_of_ten_is_right(size: int) -> None:
    """Whatever the digits before it, and however many they are."""
    chance = random.Random(size)  # noqa: S311 - the same digits on every run
    for _ in range(5):
        body = "".join(chance.choices("0123456789", k=size - 1))
        right = [last for last in "0123456789" if is_luhn(body + last)]
        assert right == [last for last in "0123456789" if _sum_of_luhn(body + last) % 10 == 0]
        assert len(right) == 1


@pytest.mark.parametrize("begin", _SIZES)
def test_a_card_is_as_long_as_its_issuer_makes_them(begin: str) -> None:
    """The same digits, one more or one fewer, are no card, and a wrong check digit is none."""
    right = {size for size in range(12, 21) if is_card((_card(begin, size),))}
    assert right == _SIZES[begin]
    for size in right:
        number = _card(begin, size)
        assert not is_card((number[:-1] + str((int(number[-1]) + 5) % 10),))


@pytest.mark.parametrize(
    ("begin", "size", "shapes"),
    [
        ("4", 16, {(16,), (4, 4, 4, 4)}),
        ("37", 15, {(15,), (4, 6, 5)}),
        ("36", 14, {(14,), (4, 6, 4), (4, 4, 4, 2)}),
        ("62", 19, {(19,), (4, 4, 4, 4, 3), (6, 13)}),
        ("62", 18, {(18,)}),
    ],
)
def test_a_card_is_grouped_as_printed(begin: str, size: int, shapes: set[tuple[int, ...]]) -> None:
    """Of all ways to write its digits in five groups or fewer."""
    ways = _splits(_card(begin, size), 5)
    assert _shapes([groups for groups in ways if is_card(groups)]) == shapes


def test_a_my_number_has_one_right_check_digit() -> None:
    """Of ten last digits one is right; twelve digits alone are a My Number."""
    chance = random.Random(20261124)  # noqa: S311 - the same numbers on every run
    for _ in range(200):
        number = my_number(chance)
        right = [last for last in "0123456789" if is_my_number(number[:-1] + last)]
        assert right == [number[-1]]
        assert not is_my_number(number[:-1])
        assert not is_my_number(number[:11] + "0" + number[-1])


def test_a_my_number_is_no_time_and_no_digit_over_and_over() -> None:
    """Minutes whose last digit happens to be right stay, as do twelve zeros."""
    hours = [f"20261124{hour:02}{minute:02}" for hour in range(24) for minute in range(60)]
    assert [one for one in hours if is_my_number(one)] == []
    later = [f"20261124{hour:02}{minute:02}" for hour in range(24, 34) for minute in range(60)]
    assert 30 < len([one for one in later if is_my_number(one)]) < 100
    assert not any(is_my_number(digit * 12) for digit in "0123456789")
    two_digits = [f"{number:012b}" for number in range(1, 1 << 11)]
    assert len([one for one in two_digits if is_my_number(one)]) > 100


@pytest.mark.parametrize(
    ("digits", "shapes"),
    [
        (
            "0312345678",
            {(10,), (2, 4, 4), (3, 3, 4), (4, 2, 4), (5, 1, 4), (2, 8), (6, 4), (3, 7)},
        ),
        ("0012345678", set()),
        ("1312345678", set()),
        ("031234567", set()),
        ("03123456789", set()),
        ("0120123456", set()),
        ("0800123456", set()),
    ],
)
def test_a_telephone_number_is_grouped_by_its_area(
    digits: str, shapes: set[tuple[int, ...]]
) -> None:
    """Of all ways to write its digits; service lines are nobody's."""
    assert _shapes([groups for groups in _splits(digits, 10) if is_phone(groups)]) == shapes


@pytest.mark.parametrize("begin", ["050", "060", "070", "080", "090"])
def test_a_mobile_number_begins_with_three_digits(begin: str) -> None:
    """Apart or with all the rest, which may be grouped in any way; no 0 follows."""
    ways = _splits(f"{begin}12345678", 4)
    assert {groups for groups in ways if is_phone(groups)} == {
        groups for groups in ways if len(groups) == 1 or len(groups[0]) == 3
    }
    assert not is_phone((begin, "0234", "5678"))
    assert not is_phone((f"{begin}1234567",)) or begin == "050"


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        *((f"{begin}123456", True) for begin in ("0120", "0570", "0990", "0180", "0170")),
        ("0800123456", True),
        ("08001234567", True),
        ("080012345", False),
        ("012012345", False),
        ("01201234567", False),
        ("0121123456", False),
    ],
)
def test_service_lines_are_told_by_their_first_digits(digits: str, expected: bool) -> None:
    """Of their full length alone."""
    assert is_service_line(digits) is expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("03-1234-5678", ("phone", False)),
        ("0312345678", ("phone", False)),
        ("090-1234-5678", ("phone", True)),
        ("050-1234-5678", ("phone", True)),
        ("09012345678", ("phone", False)),
        ("+81 3 1234 5678", ("phone", True)),
        ("+81-90-1234-5678", ("phone", True)),
        ("+81 (0)3-1234-5678", ("phone", True)),
        ("0081 312345678", ("phone", True)),
        ("4111-1111-1111-1111", ("card", True)),
        ("4111111111111111", ("card", False)),
        ("4111-1111-1111-1112", (None, False)),
        ("4111-1111-11111111", (None, False)),
        ("3782 822463 10005", ("card", True)),
        ("0120-123-456", (None, False)),
        ("12-34", (None, False)),
    ],
)
def test_digits_tell_their_kind_and_whether_it_is_sure(
    written: str, expected: tuple[str | None, bool]
) -> None:
    """A mobile number or a card in groups is sure anywhere, as is a number from abroad."""
    assert kind_by_form(written) == expected


def test_a_my_number_is_never_sure_and_in_three_groups_at_most() -> None:
    """It is of twelve digits or of three groups of four; other groups are none."""
    number = my_number(random.Random(3))  # noqa: S311 - the same number on every run
    ways = [way for way in _splits(number, 4) if kind_by_form("-".join(way))[0] == "my_number"]
    assert _shapes(ways) == {(12,), (4, 4, 4)}
    assert kind_by_form(number) == ("my_number", False)
    assert kind_by_form(number[:-1] + str((int(number[-1]) + 1) % 10)) == (None, False)


def test_digits_and_their_groups_are_taken_from_a_text() -> None:
    """All of them, or those from a place on."""
    assert digits_of("a1-2 3b") == "123"
    assert groups_of("03-12(34)") == ("03", "12", "34")
    assert groups_of("03-12(34)", 1) == ("3", "12", "34")
    assert groups_of("1") == ("1",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("abcdefgh12345678", True),
        ("abcdefgh1234567", False),
        ("abcdefg.12345678", False),
        ("abcdefgh12345678.html", False),
        ("abcdefgh12345678.abcdef", True),
        ("abcdefgh 12345678", False),
        ("1234567890123456", False),
        ("abcdefghijklmnopqrstuvwx", False),
        ("abcdefghijklmnopqrstuvWx", True),
        ("abcdefghijklmnopqrstuWx", False),
        ("ABCDEFGHIJKLMNOPQRSTUVWx", True),
        ("ABCDEFGHIJKLMNOPQRSTUVWX", False),
        ("123456789012345678901234", False),
        ("123e4567-e89b-12d3-a456-426614174000", True),
        ("123e4567-e89b-12d3-a456-42661417400", False),
        ("a.abcdefgh12345678", True),
        ("a-b-c-d-e-f-g-h-1-2-3", False),
        ("----------------", False),
    ],
)
def test_only_a_machine_writes_a_long_run_of_letters_and_digits(value: str, expected: bool) -> None:
    """Sixteen of both, or twenty-four letters in both cases; words, digits and files are none."""
    assert is_opaque(value) is expected


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("abcdef12", True),
        ("abcde12", False),
        ("abcdefg1", False),
        ("a1234567", False),
        ("ab123456", True),
        ("ab-cd-12-34", False),
        ("x-abcdef12", True),
        ("abcdefghijklmnopqrstuvWx", True),
        ("", False),
        ("-", False),
    ],
)
def test_the_key_of_a_one_time_link_has_two_letters_and_two_digits(
    segment: str, expected: bool
) -> None:
    """Among eight signs on end."""
    assert looks_one_time(segment) is expected


_IS_OF_FORM = [
    ("anything", "x", True),
    ("anything", "", False),
    ("secret", "hunter2", True),
    ("secret", "", False),
    ("secret", "true", False),
    ("secret", "123", False),
    ("secret", "1234", True),
    ("opaque", "abcdefgh12345678", True),
    ("opaque", "hello", False),
    ("email", "taro@example.jp", True),
    ("email", "taro", False),
    ("phone", "03-1234-5678", True),
    ("phone", "312345678", True),
    ("phone", "31234567", False),
    ("phone", "123456789012345", True),
    ("phone", "1234567890123456", False),
    ("phone", "0120-123-456", False),
    ("phone", "tel 0312345678", False),
    ("phone", "1234", False),
    ("name", "Taro Yamada", True),
    ("name", "山田太郎", True),
    ("name", "true", False),
    ("name", "a" * 300, True),
    ("name", "a" * 301, False),
    ("name", "photo.jpg", False),
    ("name", "yamada-taro", False),
    ("name", "Taro Yamada, Hanako Sato", True),
    ("name", "Taro Yamada, hanako7", False),
    ("name", "x7", False),
    ("japanese_name", "山田", True),
    ("japanese_name", "Yamada", False),
    ("japanese_name", "山" * 300, True),
    ("japanese_name", "山" * 301, False),
    ("names", "山田太郎", True),
    ("names", "なし", False),
    ("names", "Taro Yamada", False),
    ("names", "Taro Yamada, Hanako Sato", True),
    ("names", "Taro Yamada,", False),
    ("names", "山" * 300, True),
    ("names", "山" * 301, False),
    ("address", "東京都港区1-1", True),
    ("address", "1-1 Example Street, Tokyo", True),
    ("address", "Tokyo", False),
    ("address", "00:00:5e:00:53:01", False),
    ("address", "a b@example.jp", False),
    ("address", "https://a.example/, x", False),
    ("address", "192.0.2.1", False),
    ("address", "2001:db8::1", False),
    ("postal_code", "150-0001", True),
    ("postal_code", "150", False),
    ("date", "1980-01-01", True),
    ("date", "昭和年月", False),
    ("date", "1980-01-01 at noon!", False),
    ("part_of_date", "1980", True),
    ("part_of_date", "19801", False),
    ("card", "123456789012", True),
    ("card", "12345678901", False),
    ("card", "1234567890123456789", True),
    ("card", "12345678901234567890", False),
    ("card", "1234-5678-9012", True),
    ("card", "a123456789012", False),
    ("security_code", "123", True),
    ("security_code", "12", False),
    ("my_number", "1234", False),
]


def _fits(word: str, value: str, *, is_part: bool = False) -> bool:
    return CHECKS[word](value, is_part)


@pytest.mark.parametrize(("word", "value", "expected"), _IS_OF_FORM)
def test_a_value_is_of_the_form_of_its_rule(word: str, value: str, expected: bool) -> None:
    """Just what is, and just what is no more."""
    assert _fits(word, value) is expected


@pytest.mark.parametrize(
    ("word", "value"), [("phone", "90"), ("phone", "12345"), ("postal_code", "150")]
)
def test_a_part_of_a_number_counts_under_a_numbered_name(word: str, value: str) -> None:
    """In `tel1` stands what is no number by itself."""
    assert _fits(word, value, is_part=True)
    assert not _fits(word, value)
    assert not _fits(word, value * 4 + "x", is_part=True)


def test_a_my_number_in_its_parameter_needs_a_right_check_digit() -> None:
    """In groups or not; nothing but digits and what joins them."""
    number = my_number(random.Random(4))  # noqa: S311 - the same number on every run
    grouped = f"{number[:4]}-{number[4:8]} {number[8:]}"
    for written in (number, grouped):
        assert _fits("my_number", written)
        assert not _fits("my_number", written[:-1] + str((int(number[-1]) + 5) % 10))
    assert not _fits("my_number", f"x{number}")
