"""Values that the word before them tells: `/name/…` in a path, numbers after a word for account."""

import re
from collections.abc import Iterable

from pipelines.privacy.attack import lower
from pipelines.privacy.claims import Claims
from pipelines.privacy.decode import View, folded, readable
from pipelines.privacy.forms import FORMS
from pipelines.privacy.names import DATA

_SEGMENT = re.compile(r"/([^/?#\"]+)")
_END = {"url_path": re.compile(r"\s")}
_END_ELSEWHERE = re.compile(r"[\s&]")
_LOOSE = frozenset({"insurance"})
_BETWEEN = r"[ :=\u306f]{0,3}(?:(?:\u756a\u53f7|number|no\.?)[ :=\u306f]{0,3})?"
_DIGITS = r"[0-9]+(?:[ -][0-9]+){0,3}"
_NUMBERS = {"passport": r"[A-Z]{2} ?[0-9]{7}", "vehicle": r"[0-9A-Z]+(?:-[0-9]+)?"}
_BEHIND = {
    form: re.compile(rf"{_BETWEEN}({number})(?![0-9A-Za-z\[-])", re.IGNORECASE)
    for form, number in (("digits", _DIGITS), *_NUMBERS.items())
}


class WordsBefore:
    """The rules `path_values` and `words_before` of the kinds that are switched on."""

    def __init__(self, kinds: set[str]) -> None:
        """Compile them."""
        self._paths = _by_word("path_values", kinds)
        self._texts = _by_word("words_before", kinds)
        self._path_words = re.compile(rf"/(?:{_any(self._paths)})(?=/)", re.IGNORECASE)
        self._ascii_words = tuple(word for word in self._texts if word.isascii())
        self._text_words = re.compile(
            "|".join(
                rf"(?<![a-z]){word}" if word.isascii() else word for word in _sorted(self._texts)
            )
            or "(?!)",
            re.IGNORECASE,
        )

    def claim(self, view: View, claims: Claims, where: str) -> None:
        """Claim such values of a decoded text with ASCII digits and dashes."""
        if self._paths and "/" in view.text:
            for match in self._path_words.finditer(view.text):
                self._claim_segment(view, match, claims, where)
        if not self._may_say(view.text):
            return
        for match in self._text_words.finditer(view.text):
            kind, form = self._texts[lower(match[0])]
            number = _BEHIND.get(form, _BEHIND["digits"]).match(view.text, match.end())
            if number and FORMS[form](number[1]):
                claims.take(view.source(number.start(1)), view.source(number.end(1)), kind)

    def _may_say(self, text: str) -> bool:
        lowered = lower(text)
        return not text.isascii() or any(word in lowered for word in self._ascii_words)

    def _claim_segment(self, view: View, word: re.Match[str], claims: Claims, where: str) -> None:
        segment = _SEGMENT.match(view.text, word.end())
        if segment is None:
            return
        start, end = view.source(segment.start(1)), view.source(segment.end())
        # As logged: an encoded space belongs to the segment.
        found = _END.get(where, _END_ELSEWHERE).search(claims.text, start, end)
        end = found.start() if found else end
        kind, form = self._paths[lower(word[0][1:])]
        value, end = claims.harmless(start, end)
        if FORMS[form](readable(value)):
            claims.take(start, end, kind)


def path_words() -> list[str]:
    """Return the words of `path_values`."""
    return [word for rule in DATA["path_values"] for word in rule["words"]]


def text_words(*, are_loose: bool) -> list[str]:
    """Return the words of `words_before`; `are_loose` those of numbers in groups of any size.

    In the numbers of the others three digits stand together.
    """
    rules = (rule for rule in DATA["words_before"] if (rule["value"] in _LOOSE) is are_loose)
    return [word for rule in rules for word in rule["words"]]


def _by_word(table: str, kinds: set[str]) -> dict[str, tuple[str, str]]:
    return {
        folded(word): (rule["kind"], rule["value"])
        for rule in DATA[table]
        if rule["kind"] in kinds
        for word in rule["words"]
    }


def _any(words: Iterable[str]) -> str:
    return "|".join(_sorted(words)) or "(?!)"


def _sorted(words: Iterable[str]) -> list[str]:
    return [re.escape(word) for word in sorted(words, key=len, reverse=True)]
