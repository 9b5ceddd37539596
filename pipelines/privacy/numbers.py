"""Telephone, card and My Numbers: chains of digits, and what may join them."""

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Final

from pipelines.privacy.claims import Claims
from pipelines.privacy.decode import View
from pipelines.privacy.names import Names
from pipelines.privacy.values import groups_of, is_card, is_phone, kind_by_form

_BEFORE: Final = 100
# A chain never fails at its end: else the search would begin again at each of its separators.
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z_\]])(?<!\d\.)(?=[+(]{0,2}[0-9][0-9() +-]{8})"
    r"\+?\(?[0-9]++(?:[-() +]{1,3}+[0-9]++)*+"
)
_NO_NUMBER_BEFORE = re.compile(r"[A-Za-z_\[]|\.[0-9]")
# What such forms hold, found in a quarter of the time.
_MAY_BE_POINTED = re.compile(r"[._][0-9]{4}[._][0-9]{4}")
_MAY_BE_MOBILE = re.compile(r"0[5-9]0[1-9][0-9]{7}")
# Forms so peculiar to mobile numbers and cards that points, words and files around them are no bar.
_POINTED = re.compile(
    r"(?<![0-9A-Za-z.\]])(?:0[5-9]0([._])[0-9]{4}\1[0-9]{4}"
    r"|[2-8][0-9]{3}([._])[0-9]{4}\2[0-9]{4}\2[0-9]{4})(?![0-9A-Za-z_\[]|\.[0-9])"
)
_MOBILE_IN_WORD = re.compile(
    r"(?:(?<![0-9A-Za-z\]])|(?<=tel)|(?<=phone)|(?<=mobile)|(?<=keitai))(?<![0-9]\.)"
    r"0[5-9]0[1-9][0-9]{7}(?![0-9A-Za-z\[]|\.[0-9])",
    re.IGNORECASE,
)
_PAGE = re.compile(r"\.(?:html?|php|aspx?|jsp|do|cgi)\b", re.IGNORECASE)
_MANY_DIGITS = re.compile(r"[0-9](?:[-() +]{0,3}+[0-9]){9}")
_MY_NUMBER_BEFORE = re.compile(
    r"マイナンバ|個人番号|my[ _+-]?number|kojin[ _+-]?bango", re.IGNORECASE
)
_EXTENSION = re.compile(r"\.[A-Za-z]{2,5}\b")
_JSON_KEY_BEFORE = re.compile(r'"([^"]{1,60})"\s{0,3}:\s{0,3}"?$')
_PIECES = re.compile(r"[=/&?#;]")
_ID_BEFORE = re.compile(r"[0-9A-Za-z]-$")
_FEWEST_DIGITS, _FEWEST_OF_CARD, _MOST_DIGITS, _MOST_PARTS = 10, 14, 19, 5


class Numbers:
    """The rules for numbers of the kinds that are switched on."""

    def __init__(self, names: Names) -> None:
        """Take the names, which tell whose digits are ids of things."""
        self._names = names

    def claim(self, view: View, claims: Claims) -> None:
        """Claim the numbers of a decoded text with ASCII digits and dashes."""
        if _MANY_DIGITS.search(view.text):
            for match in _NUMBER.finditer(view.text):
                if not _NO_NUMBER_BEFORE.match(view.text, match.end()):
                    self._claim_chain(view, *match.span(), claims)
        self._claim_peculiar_numbers(view, claims)

    def _claim_peculiar_numbers(self, view: View, claims: Claims) -> None:
        text = view.text
        for hint, pattern in ((_MAY_BE_POINTED, _POINTED), (_MAY_BE_MOBILE, _MOBILE_IN_WORD)):
            for match in pattern.finditer(text) if hint.search(text) else ():
                start, end = match.span()
                groups = groups_of(match[0])
                kind = "phone" if is_phone(groups) else "card" if is_card(groups) else None
                is_free = _PAGE.match(text, end) or not _EXTENSION.match(text, end)
                if (
                    kind in self._names.kinds
                    and is_free
                    and not _ID_BEFORE.search(text, max(0, start - 2), start)
                    and not self._names.has_ids(name_before(text, start))
                ):
                    claims.take(view.source(start), view.source(end), kind)

    def _claim_chain(self, view: View, start: int, end: int, claims: Claims) -> None:
        """Claim telephone, card and My Numbers in a chain of digits and what may join them."""
        parts: list[tuple[int, int]] = []
        sizes: list[int] = []
        place = start
        for part in view.text[start:end].split(" "):
            if part:
                parts.append((place, place + len(part)))
                sizes.append(len(part) if part.isdigit() else sum(map(str.isdigit, part)))
            place += len(part) + 1
        before = [*accumulate(sizes, initial=0)]
        number = 0
        while number < len(parts):
            first = parts[number][0]
            fewest = _fewest_digits(view.text[first], near=first - start < _BEFORE)
            end_of_parts = min(number + _MOST_PARTS, len(parts)) + 1
            least, most = before[number] + fewest, before[number] + _MOST_DIGITS
            lowest = bisect_left(before, least, number, end_of_parts)
            highest = bisect_right(before, most, lowest, end_of_parts) - 1
            for behind in range(highest, lowest - 1, -1):
                last = parts[behind - 1][1]
                kind = self._kind_of_number(view.text, first, last)
                if kind in self._names.kinds:
                    claims.take(view.source(first), view.source(last), kind)
                    number = behind - 1
                    break
            number += 1

    def _kind_of_number(self, text: str, start: int, end: int) -> str | None:
        kind, is_sure = kind_by_form(text[start:end])
        if kind == "my_number":
            before = text[max(0, start - _BEFORE) : start]
            return kind if _MY_NUMBER_BEFORE.search(before) else None
        return kind if is_sure or (kind and self._stands_alone(text, start, end)) else None

    def _stands_alone(self, text: str, start: int, end: int) -> bool:
        """False for digits that are part of a product's code, a file's name or a thing's id."""
        return not (
            _ID_BEFORE.search(text, max(0, start - 2), start)
            or _EXTENSION.match(text, end)
            or self._names.has_ids(name_before(text, start))
        )


def _fewest_digits(begin: str, *, near: bool) -> int:
    """Of how many digits on anybody's number may be that begins so, `near` words or not.

    Only cards begin with such a digit, and My Numbers, which words must stand before.
    """
    if near or begin not in "123456789":
        return _FEWEST_DIGITS
    return _FEWEST_OF_CARD if begin in "234568" else _MOST_DIGITS + 1


def name_before(text: str, position: int) -> str:
    """Return the parameter, JSON key or path segment that a value at this place belongs to."""
    before = text[max(0, position - _BEFORE) : position]
    key = _JSON_KEY_BEFORE.search(before)
    if key:
        return key[1]
    pieces = _PIECES.split(before)
    return pieces[-2] if len(pieces) > 1 else ""
