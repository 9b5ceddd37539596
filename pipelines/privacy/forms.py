"""What number plates, accounts, licences, positions and the like look like.

`FORMS` are tests of a value by the words of rules.yaml; `places` finds in a text what its form
alone tells. Sources: rules.yaml, where the data is; IBAN check digits: ISO 7064, MOD 97-10.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from pipelines.privacy.names import DATA
from pipelines.privacy.special_care import is_answer

_HIRAGANA: Final = (
    "[\u3042-\u3049\u304b-\u3056\u3058-\u3077\u3079-\u3092]"  # no \u304a, \u3057, \u3078, \u3093
)
_DOTS: Final = "[\u30fb.]"
_OFFICES = "|".join(sorted(DATA["plate_places"], key=len, reverse=True))
_WHOLE_PLATE = (
    rf"(?:{_OFFICES}) ?[0-9][0-9A-Z]{{1,2}}[ -]?{_HIRAGANA}[ -]?"
    rf"(?:[0-9]{{2}}-[0-9]{{2}}|{_DOTS}{{0,3}}[0-9]{{1,4}})(?![0-9])"
)
_PLATE = re.compile(_WHOLE_PLATE)
_SERIAL = re.compile(rf"[0-9]{{2}}-[0-9]{{2}}|{_DOTS}{{1,3}}[0-9]{{1,3}}|[0-9]{{4}}")
_FOREIGN_PLATE = re.compile(r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9][A-Z0-9 -]{3,8}[A-Z0-9]")
_BANK_DIGITS = re.compile(r"[0-9]{6,8}")
_BANK = re.compile(
    r"(?:[^\W\d_]{2,6}[: ]{0,2})?(?:[0-9]{3,4}[- ]){0,2}[0-9]{6,8}|[0-9]{5}-[0-9]{6,8}|[0-9]{6,14}"
)
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?:[ -]?[0-9A-Z]){11,30}+")
_MAY_BE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}")
_LICENCE = re.compile(r"[0-9]{12}|[0-9]{4}([- ])[0-9]{4}\1[0-9]{4}")
_PASSPORT = re.compile(r"[A-Z]{2} ?[0-9]{7}", re.IGNORECASE)
# Vehicles: seventeen letters and digits (ISO 3779), or a model and a serial number, as makers of
# Japan stamp them on the frame.
_VIN = r"[0-9A-HJ-NPR-Z]{13}[0-9]{4}"
_FRAME = r"[A-Z]{1,4}[0-9]{1,3}[A-Z]{0,2}-[0-9]{6,7}"
_VEHICLE = re.compile(rf"(?=[^A-Z]*[A-Z])(?:{_VIN}|{_FRAME})", re.IGNORECASE)
_FRAME_ANYWHERE = re.compile(rf"(?<![0-9A-Za-z_.\]-]){_FRAME}(?![0-9A-Za-z_\[-])")
_VIN_ANYWHERE = re.compile(rf"(?<![0-9A-Za-z_.\]-]){_VIN}(?![0-9A-Za-z_\[.-])")
MAY_BE_FRAME: Final = re.compile(r"[0-9A-Z]-[0-9]{6}")
_MAY_BE_VIN = re.compile(r"[0-9A-HJ-NPR-Z]{13}[0-9]{4}")
_MONTH = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-9]?")
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_CHECK_AT: Final = 8
_INSURANCE = re.compile(r"(?=(?:[^0-9]*[0-9]){5})[0-9]{1,10}(?:[ -][0-9]{1,8}){0,3}")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}\.[0-9]{3,}")
_POSITION = re.compile(r"\(?[+-]?[0-9]{1,2}\.[0-9]{3,} ?[,;/ ] ?[+-]?[0-9]{1,3}\.[0-9]{3,}\)?")
_PAIR = re.compile(
    r"(?<![0-9.A-Za-z_,-])([0-9]{2}\.[0-9]{4,}+) ?, ?([0-9]{3}\.[0-9]{4,}+)"
    r"(?![0-9.A-Za-z_]|,-?[0-9]{1,3}\.)"
)
_MAY_BE_PAIR = re.compile(r"[0-9]\.[0-9]{4,}+ ?,")
_LATITUDES, _LONGITUDES = (20, 46), (122, 154)  # of Japan, its islands included
_NO_ANSWER: Final = frozenset({"all", "any", "null", "undefined", "list", "*", "-"})
_FILE = re.compile(r"\.[A-Za-z0-9]{2,5}$")
_KANJI, _KATAKANA = "\u3005-\u3007\u3400-\u9fff", "\u30a1-\u30fc"
_PATH_NAME = re.compile(
    rf"[{_KANJI}]{{1,5}}[ \u30fb]?[{_KANJI}]{{1,5}}|[{_KANJI}]{{1,4}} ?[\u3041-\u3096]{{2,6}}"
    rf"|[{_KATAKANA}]{{2,12}}[ \u30fb]?[{_KATAKANA}]{{0,12}}"
    r"|[A-Z][^\W\d_]*(?:[ ._-][A-Z][^\W\d_]*)+"
)
_NO_NAMES: Final = re.compile("|".join(DATA["no_names"]))
_NO_PERSONS: Final = frozenset(DATA["no_persons"])
_SECRET = re.compile(r"(?=.*[0-9@!#$%&*?])(?=.*[A-Za-z])[!-~]{6,64}")
_MIXED = re.compile(r"(?=.*[a-z][A-Z])[!-~]{8,64}")


def is_iban(text: str) -> bool:
    """True for an international bank account number, in groups or not, with right check digits."""
    joined = re.sub(r"[ -]", "", text)
    if DATA["iban_lengths"].get(joined[:2]) != len(joined):
        return False
    turned = joined[4:] + joined[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def is_vin(text: str) -> bool:
    """True for a vehicle's number with a right check digit, as America asks (49 CFR 565.15)."""
    total = sum(
        int(_VIN_VALUES.get(sign, sign)) * weight
        for sign, weight in zip(text, _VIN_WEIGHTS, strict=True)
    )
    return text[_VIN_CHECK_AT] == "0123456789X"[total % 11] and not text.isdigit()


def is_no_person(value: str) -> bool:
    """True for what a list of companions may hold in place of names."""
    return value in _NO_PERSONS


def _is_bank_account(value: str) -> bool:
    return bool(_BANK.fullmatch(value)) or (bool(_IBAN.fullmatch(value)) and is_iban(value))


def _is_plate(value: str) -> bool:
    if _PLATE.fullmatch(value) or _SERIAL.fullmatch(value):
        return True
    return bool(_FOREIGN_PLATE.fullmatch(value))


def _is_stated(value: str) -> bool:
    return bool(value) and value.lower() not in _NO_ANSWER and not _FILE.search(value)


def _is_path_name(value: str) -> bool:
    return bool(_PATH_NAME.fullmatch(value)) and not _NO_NAMES.fullmatch(value)


def _is_path_secret(value: str) -> bool:
    if _FILE.search(value):
        return False
    return bool(_SECRET.fullmatch(value) or _MIXED.fullmatch(value))


FORMS: Final[dict[str, Callable[[str], bool]]] = {
    "bank_account": _is_bank_account,
    "bank_account_digits": lambda value: bool(_BANK_DIGITS.fullmatch(value)),
    "plate": _is_plate,
    "whole_plate": lambda value: bool(_PLATE.fullmatch(value)),
    "licence": lambda value: bool(_LICENCE.fullmatch(value)),
    "passport": lambda value: bool(_PASSPORT.fullmatch(value)),
    "vehicle": lambda value: bool(_VEHICLE.fullmatch(value)),
    "insurance": lambda value: bool(_INSURANCE.fullmatch(value)),
    "location": lambda value: bool(_DEGREES.fullmatch(value) or _POSITION.fullmatch(value)),
    "position": lambda value: bool(_POSITION.fullmatch(value)),
    "stated": _is_stated,
    "condition": is_answer,
    "path_name": _is_path_name,
    "path_secret": _is_path_secret,
    "path_pin": lambda value: bool(re.fullmatch(r"[0-9]{4}", value)),
}


def places(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the places of values that their form alone gives away, in a decoded text, by kind."""
    for match in _PLATE.finditer(text) if not text.isascii() else ():
        yield *match.span(), "number_plate"
    for start, end in _ibans(text) if _MAY_BE_IBAN.search(text) else ():
        yield start, end, "bank_account"
    for match in _PAIR.finditer(text) if _MAY_BE_PAIR.search(text) else ():
        if _is_in(match[1], _LATITUDES) and _is_in(match[2], _LONGITUDES):
            yield *match.span(), "location"
    for match in _FRAME_ANYWHERE.finditer(text) if MAY_BE_FRAME.search(text) else ():
        if not _MONTH.fullmatch(match[0].rpartition("-")[2]):
            yield *match.span(), "vehicle_number"
    for match in _VIN_ANYWHERE.finditer(text) if _MAY_BE_VIN.search(text) else ():
        if is_vin(match[0]):
            yield *match.span(), "vehicle_number"


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where international account numbers stand, also one right behind another."""
    behind = 0
    while match := _IBAN.search(text, behind):
        start, behind = match.span()
        end = start + _size_of_iban(match[0])
        if not text[end : end + 1].isalnum() and is_iban(text[start:end]):
            yield start, end
            behind = end


def _size_of_iban(written: str) -> int:
    """How much of a text is as many letters and digits as the country's numbers have."""
    left = DATA["iban_lengths"].get(written[:2], 0)
    for size, sign in enumerate(written):
        if not left:
            return size
        left -= sign.isalnum()
    return len(written)


def _is_in(number: str, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= int(number.split(".", maxsplit=1)[0]) <= bounds[1]
