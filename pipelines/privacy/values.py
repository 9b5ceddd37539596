"""What a value must look like to be of a kind: check digits, issuers, area codes, forms.

Every test takes a value decoded and in NFKC, and a few hundred characters of it at most.

Sources: My Number check digit: Order No. 85 of the Ministry of Internal Affairs, 2014, article 5;
Luhn: ISO/IEC 7812-1, annex B; telephone numbers: the numbering plan of the same ministry.
"""

import ipaddress
import re
from collections.abc import Callable
from operator import mul
from typing import Final

from pipelines.privacy.forms import FORMS, is_no_person

_DIGITS_ONLY = re.compile(r"[^0-9]")
_FLAG = re.compile(
    r"(?:true|false|null|undefined|none|nil|on|off|yes|no|bearer|\d{1,3})", re.IGNORECASE
)
_JAPANESE = re.compile(r"[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uf900-\ufaff]")
_LATIN_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[\s.'-])*")
_SLUG = re.compile(r"[a-z]+(?:-[a-z]+)+")
_FILE = re.compile(r"\.[A-Za-z0-9]{2,5}$")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EMAIL = re.compile(r"[^@&=]{1,128}@[^\s@&=]{1,255}>?")
_PHONE = re.compile(r"[0-9()+ ./-]+")
_POSTAL = re.compile(r"(?:〒 ?)?\d{3}[- ]?\d{4}|\d{5}(?:-\d{4})?")
_PART = re.compile(r"\d{2,5}")
_BIRTH = re.compile(r"[0-9A-Za-z年月日/. 元明治大正昭和平成令:-]{4,25}")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")
_ADDRESS = re.compile(r"(?=[^A-Za-z]*[A-Za-z])(?=.*[\s,])[\w\s,.'#/()-]{4,}", re.DOTALL)
_MOBILE = re.compile(r"0[6-9]0[1-9]\d{7}|050[1-9]\d{7}")
_FIXED = re.compile(
    r"(?:01[1-9]|02[2-9]|03[1-9]|04[2-9]|05[2-9]|06[1-9]|07[2-9]|08[2-9]|09[2-9])\d{7}"
)
_SERVICE = re.compile(r"0(?:120|570|990|180|170)\d{6}|0800\d{6,7}")
_MINUTE = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d"
)
_ISSUERS: Final = (
    (r"4", (16, 19)),  # Visa
    (r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)", (16,)),  # Mastercard
    (r"3[47]", (15,)),  # American Express
    (r"35(?:2[89]|[3-8])", (16, 17, 18, 19)),  # JCB
    (r"3(?:0[0-5]|095|6|[89])", (14, 16)),  # Diners Club
    (r"6(?:011|4[4-9]|5)", (16, 19)),  # Discover
    (r"62|81", (16, 17, 18, 19)),  # UnionPay
    (r"50|5[6-8]|6(?:304|759|76)", (16, 18, 19)),  # Maestro
)
_CARD = re.compile(
    "|".join(
        rf"(?=(?:{'|'.join(f'[0-9]{{{size}}}' for size in sizes)})$)(?:{prefix})"
        for prefix, sizes in _ISSUERS
    )
)
_DOUBLED = str.maketrans("0123456789", "0246813579")  # and the two digits of the double added up
_ABROAD = re.compile(r"\(?(?:\+|00)81\)?[- ]?(?:\(0\)[- ]?|0)?(?=[1-9])")
_GROUPS = re.compile(r"[0-9]+")
_MOBILE_BEGINS: Final = ("050", "060", "070", "080", "090")
_MY_NUMBER_SHAPES: Final = ((12,), (4, 4, 4))
_CARD_GROUPS = frozenset(
    {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (6, 13), (4, 4, 4, 2)}
)
_MY_NUMBER_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_MY_NUMBER_DIGITS = 12
_LINK_LENGTH, _MIXED_LENGTH, _LETTERS_LENGTH, _NAME_LENGTH = 8, 16, 24, 300
_BETWEEN_NAMES = re.compile(r"[,;|/&\u3001\u30fb]")
_CAPITALS = re.compile(
    r"[A-Z][^\W\d_]*(?:[ ._'-]{1,2}"
    r"(?:(?:van|von|de|der|den|da|di|du|la|le|zu|und|bin|al|dos)[ '-])*[A-Z][^\W\d_]*)+\.?"
)


def digits_of(value: str) -> str:
    """Return the digits of a value and nothing else."""
    return _DIGITS_ONLY.sub("", value)


def groups_of(written: str, start: int = 0) -> tuple[str, ...]:
    """Return the runs of digits in a text, from a place on."""
    return tuple(_GROUPS.findall(written, start))


def kind_by_form(written: str) -> tuple[str | None, bool]:
    """Return what digits and what joins them are by themselves, and whether that is sure anywhere.

    A telephone or card number that is not sure must stand alone; a My Number needs words before it.
    """
    abroad = _ABROAD.match(written)
    groups = groups_of(written, abroad.end() if abroad else 0)
    if abroad:
        groups = ("0" + groups[0], *groups[1:])
    if is_phone(groups):
        is_mobile = len(groups) > 1 and "".join(groups).startswith(_MOBILE_BEGINS)
        return "phone", bool(abroad) or is_mobile
    if is_card(groups):
        return "card", len(groups) > 1
    if tuple(map(len, groups)) in _MY_NUMBER_SHAPES and is_my_number("".join(groups)):
        return "my_number", False
    return None, False


def is_luhn(digits: str) -> bool:
    """True when the last digit is the Luhn check digit of the others."""
    return sum(map(int, digits[::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0


def is_card(groups: tuple[str, ...]) -> bool:
    """True for groups of digits as printed on cards of a known issuer, with a right check digit."""
    digits = "".join(groups)
    if len(groups) > 1 and tuple(map(len, groups)) not in _CARD_GROUPS:
        return False
    return bool(_CARD.match(digits)) and is_luhn(digits)


def is_my_number(digits: str) -> bool:
    """True for twelve digits of which the last is the check digit, and that are no time stamp."""
    if len(digits) != _MY_NUMBER_DIGITS or len(set(digits)) == 1 or _MINUTE.fullmatch(digits):
        return False
    total = sum(map(mul, _MY_NUMBER_WEIGHTS, map(int, digits)))
    remainder = total % 11
    return int(digits[-1]) == (0 if remainder <= 1 else 11 - remainder)


def is_phone(groups: tuple[str, ...]) -> bool:
    """True for groups of digits, from the leading 0, as a Japanese subscriber's number is written.

    Service lines (0120, 0800, 0570, 0990) are nobody's.
    """
    if groups[0][0] != "0":
        return False
    digits = "".join(groups)
    if is_service_line(digits):
        return False
    if _MOBILE.fullmatch(digits):
        return len(groups) == 1 or len(groups[0]) == 3  # noqa: PLR2004 - 090-…
    if len(groups) == 1:
        return bool(_FIXED.fullmatch(digits))
    shape = tuple(map(len, groups))
    return (
        len(digits) == 10  # noqa: PLR2004 - 0A to J
        and bool(re.match("0[1-9]", digits))
        and (shape in ((2, 4, 4), (3, 3, 4), (4, 2, 4), (5, 1, 4), (2, 8), (6, 4), (3, 7)))
    )


def is_service_line(digits: str) -> bool:
    """True for numbers that companies publish: free of charge, paid, recorded messages."""
    return bool(_SERVICE.fullmatch(digits))


def is_opaque(value: str) -> bool:
    """True for what only a machine would write: a long run of mixed letters and digits."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/=:-]{16,}", value) or _FILE.search(value):
        return False
    if _UUID.fullmatch(value):
        return True
    longest = max(re.findall(r"[A-Za-z0-9]+", value), key=len, default="")
    if not re.search(r"\d", longest) or not re.search(r"[A-Za-z]", longest):
        return len(longest) >= _LETTERS_LENGTH and bool(
            re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", longest)
        )
    return len(longest) >= _MIXED_LENGTH


def looks_one_time(segment: str) -> bool:
    """True for a path segment that can be the key of a one-time link."""
    longest = max(re.findall(r"[A-Za-z0-9]+", segment), key=len, default="")
    has_both = len(re.findall(r"\d", longest)) > 1 and len(re.findall(r"[A-Za-z]", longest)) > 1
    return is_opaque(segment) or (len(longest) >= _LINK_LENGTH and has_both)


def _is_anything(value: str, _: bool) -> bool:
    return bool(value)


def _is_secret(value: str, _: bool) -> bool:
    return bool(value) and not _FLAG.fullmatch(value)


def _is_opaque(value: str, _: bool) -> bool:
    return is_opaque(value)


def _is_email(value: str, _: bool) -> bool:
    return bool(_EMAIL.fullmatch(value))


def _is_phone(value: str, is_part: bool) -> bool:
    if not _PHONE.fullmatch(value):
        return False
    digits = digits_of(value)
    if is_part and _PART.fullmatch(value):
        return True
    return 9 <= len(digits) <= 15 and not is_service_line(digits)  # noqa: PLR2004 - E.164


def _is_name(value: str, _: bool) -> bool:
    """One name, or several whose Latin ones begin with capitals."""
    if len(value) > _NAME_LENGTH or _FLAG.fullmatch(value):
        return False
    if _JAPANESE.search(value):
        return True
    if _LATIN_NAME.fullmatch(value):
        return not _FILE.search(value) and not _SLUG.fullmatch(value)
    return _are_latin_names(value)


def _are_latin_names(value: str) -> bool:
    parts = _BETWEEN_NAMES.split(value)
    return len(parts) > 1 and all(_CAPITALS.fullmatch(part.strip()) for part in parts)


def _is_japanese_name(value: str, _: bool) -> bool:
    return len(value) <= _NAME_LENGTH and bool(_JAPANESE.search(value))


def _are_names(value: str, _: bool) -> bool:
    if len(value) > _NAME_LENGTH or is_no_person(value):
        return False
    return bool(_JAPANESE.search(value)) or _are_latin_names(value)


def _is_address(value: str, _: bool) -> bool:
    if _JAPANESE.search(value):
        return True
    if _MAC.fullmatch(value) or "@" in value or "://" in value:
        return False
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return bool(_ADDRESS.fullmatch(value))
    return False


def _is_postal_code(value: str, is_part: bool) -> bool:
    return bool(_POSTAL.fullmatch(value) or (is_part and re.fullmatch(r"\d{3,4}", value)))


def _is_date(value: str, _: bool) -> bool:
    return bool(_BIRTH.fullmatch(value) and re.search(r"\d", value))


def _is_part_of_date(value: str, _: bool) -> bool:
    return bool(re.fullmatch(r"\d{1,4}", value))


def _is_card_number(value: str, _: bool) -> bool:
    return bool(re.fullmatch(r"[\d -]+", value)) and 12 <= len(digits_of(value)) <= 19  # noqa: PLR2004


def _is_security_code(value: str, _: bool) -> bool:
    return bool(re.fullmatch(r"\d{3,4}", value))


def _is_my_number(value: str, _: bool) -> bool:
    return bool(re.fullmatch(r"[\d -]+", value)) and is_my_number(digits_of(value))


def _of_form(word: str) -> Callable[[str, bool], bool]:
    return lambda value, _: FORMS[word](value)


# By the words of rules.yaml; the second argument says that the name ends in a digit (`tel2`).
CHECKS: Final[dict[str, Callable[[str, bool], bool]]] = {
    "anything": _is_anything,
    "secret": _is_secret,
    "opaque": _is_opaque,
    "email": _is_email,
    "phone": _is_phone,
    "name": _is_name,
    "japanese_name": _is_japanese_name,
    "names": _are_names,
    "address": _is_address,
    "postal_code": _is_postal_code,
    "date": _is_date,
    "part_of_date": _is_part_of_date,
    "card": _is_card_number,
    "security_code": _is_security_code,
    "my_number": _is_my_number,
    **{word: _of_form(word) for word in FORMS},
}
