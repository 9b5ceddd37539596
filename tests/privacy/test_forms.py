"""Plates, accounts, licences, positions and the like, at the edge of their forms."""

import pytest

from pipelines.privacy.forms import FORMS, is_iban, is_no_person, places

_IBAN = "GB82WEST12345698765432"
_GROUPED = "GB82 WEST 1234 5698 7654 32"

_OF_FORM = [
    ("bank_account", "1234567", True),
    ("bank_account", "12345", False),
    ("bank_account", "001-1234567", True),
    ("bank_account", _IBAN, True),
    ("bank_account", _IBAN[:-1] + "3", False),
    ("bank_account_digits", "123456", True),
    ("bank_account_digits", "12345", False),
    ("bank_account_digits", "12345678", True),
    ("bank_account_digits", "123456789", False),
    ("plate", "品川 330 さ 12-34", True),
    ("plate", "12-34", True),
    ("plate", "AB12 CDE", True),
    ("plate", "ABCDE", False),
    ("plate", "abc", False),
    ("whole_plate", "品川330さ1234", True),
    ("whole_plate", "品川330さ12345", False),
    ("whole_plate", "12-34", False),
    ("licence", "123456789012", True),
    ("licence", "1234-5678-9012", True),
    ("licence", "1234-5678 9012", False),
    ("licence", "12345678901", False),
    ("insurance", "12345", True),
    ("insurance", "1234", False),
    ("insurance", "12-345", True),
    ("location", "35.681", True),
    ("location", "35.68", False),
    ("location", "35.681,139.767", True),
    ("location", "tokyo", False),
    ("position", "35.681,139.767", True),
    ("position", "35.681", False),
    ("stated", "yes", True),
    ("stated", "", False),
    ("stated", "ALL", False),
    ("stated", "icon.png", False),
    ("condition", "Asthma", True),
    ("condition", "buddhist", True),
    ("condition", "blue", False),
    ("path_name", "山田太郎", True),
    ("path_name", "検索", False),
    ("path_name", "Taro_Yamada", True),
    ("path_name", "taro", False),
    ("path_secret", "sakura2026", True),
    ("path_secret", "sakura", False),
    ("path_secret", "sak26", False),
    ("path_secret", "sakuraBlue", True),
    ("path_secret", "sakura2026.html", False),
    ("path_pin", "1234", True),
    ("path_pin", "12345", False),
]


@pytest.mark.parametrize(("word", "value", "expected"), _OF_FORM)
def test_a_value_has_the_form_of_its_rule(word: str, value: str, expected: bool) -> None:
    """Just what has, and just what has no more."""
    assert FORMS[word](value) is expected


def test_an_international_account_has_the_length_and_check_digits_of_its_country() -> None:
    """In groups or not; any other digit in it is told."""
    assert is_iban(_IBAN)
    assert is_iban(_GROUPED)
    assert not is_iban(_IBAN + "1")
    assert not is_iban(_IBAN[:-1])
    assert not is_iban("ZZ" + _IBAN[2:])
    for place in range(2, len(_IBAN)):
        for other in "0123456789" if _IBAN[place].isdigit() else "ABXYZ":
            changed = _IBAN[:place] + other + _IBAN[place + 1 :]
            assert is_iban(changed) == (other == _IBAN[place]), changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("no value here", []),
        ("車は品川 330 さ 12-34です", [(2, 16, "number_plate")]),
        (f"to {_IBAN}.", [(3, 25, "bank_account")]),
        (f"to {_GROUPED} 0123", [(3, 30, "bank_account")]),
        (f"{_GROUPED} and", [(0, 27, "bank_account")]),
        (f"{_IBAN}X", []),
        (f"x{_IBAN}", []),
        (f"{_IBAN[:-1]}3", []),
        (f"{_IBAN} {_IBAN}", [(0, 22, "bank_account"), (23, 45, "bank_account")]),
        ("at 35.6812,139.7671", [(3, 19, "location")]),
        ("35.6812 , 139.7671", [(0, 18, "location")]),
        ("20.0000,122.0000", [(0, 16, "location")]),
        ("46.9999,154.9999", [(0, 16, "location")]),
        ("19.9999,139.7671", []),
        ("47.0000,139.7671", []),
        ("35.6812,121.9999", []),
        ("35.6812,155.0000", []),
        ("35.681,139.767", []),
        ("35.6812,139.7671 or 34.6937,135.5023", [(0, 16, "location"), (20, 36, "location")]),
    ],
)
def test_what_its_form_alone_tells_is_found_where_it_stands(
    text: str, expected: list[tuple[int, int, str]]
) -> None:
    """Plates, accounts, and positions within Japan."""
    assert list(places(text)) == expected


def test_a_list_of_companions_may_hold_nobody() -> None:
    """Words for none and unknown are no names."""
    assert is_no_person("なし")
    assert not is_no_person("山田")
