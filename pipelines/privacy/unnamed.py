"""Values that no rule knows, on sites with personal data: masked unless they plainly tell nobody.

A parameter that nobody thought of can hold anything. So a query's value is shown there only
where it is a short word or some, a number, a date or a path of the site, or where its parameter is
a field for searching, an id of a thing, part of a resource's address, or allowed by the settings.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import polars as pl

from pipelines.privacy.claims import Claims
from pipelines.privacy.decode import readable
from pipelines.privacy.names import DATA, LONGEST_NAME, Names, flat

KIND: Final = "value"

_SIGN: Final = "[A-Za-z0-9_.~-]"
_SHORT = re.compile(rf"{_SIGN}{{0,12}}")
_PLAIN = re.compile(
    rf"[+-]?{_SIGN}{{0,12}}+(?:[,|:;][+-]?{_SIGN}{{0,12}}+){{0,30}}+"
    r"|[+-]?[0-9][0-9.,:/TZ+ -]{0,60}"
    rf"|/(?:{_SIGN}{{1,40}}+/?)*+(?:\?(?:{_SIGN}{{1,40}}+=?{_SIGN}{{0,12}}+&?)*+)?"
)
_ID_SIGN: Final = "[A-Za-z0-9_.~:/,|-]"
_ID = re.compile(rf"{_ID_SIGN}{{0,128}}")
# For Polars: what may be no such value, after `=`.
_DOUBTFUL: Final = rf"=(?:{_SIGN}{{13}}|{_SIGN}*[^A-Za-z0-9_.~&#-])"
_QUERY: Final = r"^[^?#]*\??([^#]*)"
_QUERY_OF_LINE = re.compile(r"(?:(?<=[?\s\"'])|^)(?=[^\s\"'?&=#]{1,100}=)[^\s\"'#]*")


class UnnamedValues:
    """The rule for the sites of one set of resources; may be used by many threads at once."""

    def __init__(self, names: Names, allowed: Iterable[str]) -> None:
        """Take the names of all kinds, and the parameters that are allowed to show anything."""
        self._names = names
        allowed = [*DATA["search_fields"], *allowed]
        self._allowed = frozenset(map(names.joined, allowed))
        self.is_allowed = lru_cache(8192)(self._is_allowed)
        self._of_allowed = rf"(?:^|&)(?i-u:{_any(allowed)})=[^&#]*"
        ids = _any(name for name in DATA["numbers_are_ids"] if names.has_ids(name))
        self._of_ids = rf"(?:^|&)(?:(?i-u:{ids})={_ID_SIGN}{{0,128}}(?:&|$))+"

    def _is_allowed(self, name: str) -> bool:
        return self._names.joined(name) in self._allowed

    def are_doubtful(self, texts: pl.Series) -> pl.Series:
        """Return which queries, referrers or whole lines may hold such a value; false for null."""
        if texts.name == "referrer":
            texts = texts.str.extract(_QUERY)
        found = texts.str.contains(_DOUBTFUL).fill_null(value=False)
        rows = found.arg_true()
        if rows.is_empty() or texts.name not in {"url_query", "referrer"}:
            return found
        rest = texts.gather(rows).str.replace_all(self._of_ids, "&")
        rest = rest.str.replace_all(self._of_allowed, "")
        return found.scatter(rows, rest.str.contains(_DOUBTFUL))

    def claim(self, claims: Claims, where: str) -> None:
        """Claim what of a query, a referrer's or those of a whole line no rule has spoken for."""
        text = claims.text
        if where == "text":
            for match in _QUERY_OF_LINE.finditer(text):
                self._claim_query(*match.span(), claims)
            return
        place = text.find("?") + 1 if where == "referrer" else 0
        if where == "referrer" and not place:
            return
        end = text.find("#", place)
        self._claim_query(place, end if end >= 0 else len(text), claims)

    def _claim_query(self, place: int, end: int, claims: Claims) -> None:
        for piece in claims.text[place:end].split("&"):
            name, equals, value = piece.partition("=")
            start = place + len(name) + 1
            place += len(piece) + 1
            if equals and not _SHORT.fullmatch(value) and not self.is_allowed(name[-LONGEST_NAME:]):
                self._claim_value(start, start + len(value), name, claims)

    def shows(self, name: str, value: str) -> bool:
        """Whether a value, decoded, of no known kind is shown under that name."""
        return self.is_allowed(name) or self._tells_nobody(name, value)

    def _tells_nobody(self, name: str, value: str) -> bool:
        if _PLAIN.fullmatch(value):
            return True
        return self._names.has_ids(name) and bool(_ID.fullmatch(value))

    def _claim_value(self, start: int, end: int, name: str, claims: Claims) -> None:
        free = claims.free(start, end)
        found = [(first, *claims.harmless(first, last)) for first, last in free]
        # What is masked within the value stands for some digit.
        whole = readable("0".join(value for _, value, _ in found))
        if not self._tells_nobody(name, whole):
            for first, value, last in found:
                if readable(value):
                    claims.take(first, last, KIND)


def _any(names: Iterable[str]) -> str:
    spelled = (re.escape(name).replace("_", "[-_]?") for name in flat(names) if name.isascii())
    return "|".join(spelled)
