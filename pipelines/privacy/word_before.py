"""Values that the word before them tells: `/name/…` in a path, digits after a word for account."""

import re
from typing import Any

from pipelines.privacy.claims import Claims
from pipelines.privacy.decode import View, readable
from pipelines.privacy.forms import FORMS
from pipelines.privacy.names import DATA

_SEGMENT = re.compile(r"/([^/?#\"]+)")
_MAY_SAY = re.compile(r"[^\x00-\x7f]|licen|LICEN|Licen|umber|UMBER")
_END = {"url_path": re.compile(r"\s")}
_END_ELSEWHERE = re.compile(r"[\s&]")
_DIGITS = re.compile(
    r"[ :=\u306f]{0,3}(?:(?:\u756a\u53f7|number|no\.?)[ :=\u306f]{0,3})?"
    r"([0-9]+(?:[ -][0-9]+){0,3})(?![0-9A-Za-z\[-])",
    re.IGNORECASE,
)


class WordsBefore:
    """The rules `path_values` and `words_before` of the kinds that are switched on."""

    def __init__(self, kinds: set[str]) -> None:
        """Compile them."""
        self._paths = _by_word("path_values", kinds)
        self._texts = _by_word("words_before", kinds)
        self._path_words = re.compile(rf"/(?:{_any(self._paths)})(?=/)", re.IGNORECASE)
        self._text_words = re.compile(_any(self._texts), re.IGNORECASE)

    def claim(self, view: View, claims: Claims, where: str) -> None:
        """Claim such values of a decoded text with ASCII digits and dashes."""
        if self._paths and "/" in view.text:
            for match in self._path_words.finditer(view.text):
                self._claim_segment(view, match, claims, where)
        if self._texts and _MAY_SAY.search(view.text):
            for match in self._text_words.finditer(view.text):
                digits = _DIGITS.match(view.text, match.end())
                kind, form = self._texts[match[0].lower()]
                if digits and FORMS[form](digits[1]):
                    claims.take(view.source(digits.start(1)), view.source(digits.end(1)), kind)

    def _claim_segment(self, view: View, word: re.Match[str], claims: Claims, where: str) -> None:
        segment = _SEGMENT.match(view.text, word.end())
        if segment is None:
            return
        start, end = view.source(segment.start(1)), view.source(segment.end())
        # As logged: an encoded space belongs to the segment.
        found = _END.get(where, _END_ELSEWHERE).search(claims.text, start, end)
        end = found.start() if found else end
        kind, form = self._paths[word[0][1:].lower()]
        value, end = claims.harmless(start, end)
        if FORMS[form](readable(value)):
            claims.take(start, end, kind)


def path_words() -> list[str]:
    """Return the words of `path_values`."""
    return [word for rule in DATA["path_values"] for word in rule["words"]]


def text_words() -> list[str]:
    """Return the words of `words_before`."""
    return [word for rule in DATA["words_before"] for word in rule["words"]]


def _by_word(table: str, kinds: set[str]) -> dict[str, tuple[str, str]]:
    return {
        word: (rule["kind"], rule["value"])
        for rule in DATA[table]
        if rule["kind"] in kinds
        for word in rule["words"]
    }


def _any(words: dict[str, Any]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"
