"""Queries so even that each value is judged by its parameter's name alone: most that hold anything.

What comes out is what the careful path (scan.py) would make of them, in a sixth of the time: their
other values are too short for any of its rules, or words in which none finds anything, and no rule
looks across `&` and `=`.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from pipelines.privacy.attack import HARMLESS, attack_in
from pipelines.privacy.decode import readable
from pipelines.privacy.forms import MAY_BE_FRAME
from pipelines.privacy.names import Meaning, Names
from pipelines.privacy.persons import before_titles
from pipelines.privacy.special_care import may_say
from pipelines.privacy.unnamed import KIND, UnnamedValues
from pipelines.privacy.values import CHECKS
from pipelines.settings.redaction_kinds import mask

# Japanese letters in UTF-8, U+3041 to U+9FFF.
_LETTER = (
    r"%(?:[Ee]3%(?:8[1-9A-Fa-f]|[9ABab][0-9A-Fa-f])|[Ee][4-9]%[89ABab][0-9A-Fa-f])"
    r"%[89ABab][0-9A-Fa-f]"
)
_QUERY = re.compile(rf"(?:[A-Za-z0-9_.~=&@+-]|%40|%2[BFbf]|{_LETTER})*+")
_WORDS = re.compile(rf"(?:[A-Za-z_.~+-]|{_LETTER})*+[0-9]?(?:[A-Za-z_.~+-]|{_LETTER})*+")
_ESCAPES = re.compile(rf"(?:{_LETTER})++")
_MAY_BE_BASE64 = re.compile("ey[AI-L]|ewo|W3[s-v]|Wy[I-L]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*+")
_LONGEST_NAME: Final = 32
_SHORT = re.compile(r"(?:%2[Ff])?[A-Za-z0-9_.~-]{0,11}")
_NUMBER = re.compile(r"\+?[0-9-]+")
_MOST_DIGITS: Final = 9  # of what is no telephone number yet


class EvenQueries:
    """The names' rules for even queries; holds nothing between two texts but a cache of names."""

    def __init__(
        self, names: Names, has_token: Callable[[str], bool], unnamed: UnnamedValues | None
    ) -> None:
        """Take the names, whether a token may be in a text, and the rule for other values."""
        self._names = names
        self._has_token = has_token
        self._unnamed = unnamed
        self._known_meanings = lru_cache(8192)(self._meanings)

    def mask(self, query: str) -> tuple[str, set[str]] | None:
        """Return the query masked and the kinds masked; None when it is not even."""
        if not _QUERY.fullmatch(query):
            return None
        pieces = query.split("&")
        kinds: set[str] = set()
        slashes = 0  # two of them could make a link
        for number, piece in enumerate(pieces):
            name, equals, value = piece.partition("=")
            is_name = equals and len(name) <= _LONGEST_NAME  # before it is kept in the cache
            meanings = self._known_meanings(name) if is_name else None
            if meanings is None or "=" in value:
                return None
            if meanings and value:
                decoded = unquote(value)
                if not HARMLESS.fullmatch(decoded) and not _NUMBER.fullmatch(decoded):
                    return None
                kind = kind_of(readable(decoded), meanings)
                if kind is not None:
                    pieces[number] = f"{name}={mask(kind)}"
                    kinds.add(kind)
                    continue
            words = self._words_of(value) if is_name else None
            if words is not None:
                if self._unnamed and not self._unnamed.shows(name, readable(words)):
                    pieces[number] = f"{name}={mask(KIND)}"
                    kinds.add(KIND)
                continue
            slashes += value.startswith("%")
            if not _is_short(value) or slashes > 1:
                return None
        return "&".join(pieces), kinds

    def _words_of(self, value: str) -> str | None:
        """The words, decoded, of a value too long for a short one, in which no rule finds anything.

        None where a rule may find something.
        """
        if _SHORT.fullmatch(value) or not _WORDS.fullmatch(value):
            return None
        if self._has_token(value) or _MAY_BE_BASE64.search(value):
            return None
        decoded = _ESCAPES.sub(_unescaped, value).replace("+", " ")
        if attack_in(decoded) or may_say(decoded):
            return None
        return None if "name" in self._names.kinds and any(before_titles(decoded)) else decoded

    def _meanings(self, name: str) -> tuple[Meaning, ...] | None:
        """What a name means, empty where it means nothing; None where it needs a look itself."""
        meanings = self._names.meanings(name)
        if (
            not _NAME.fullmatch(name)
            or self._has_token(name)
            or self._names.is_for_notes(name)
            or _digits(name) > _MOST_DIGITS
            or any(meaning.is_kept for meaning in meanings)
        ):
            return None
        return tuple(meaning for meaning in meanings if meaning.kind is not None)


def kind_of(value: str, meanings: Iterable[Meaning]) -> str | None:
    """Return the kind of a value by what its parameter may mean, None where it has no such form."""
    for meaning in meanings:
        if CHECKS[meaning.value](value, meaning.is_part):
            return meaning.kind
    return None


def _is_short(value: str) -> bool:
    """Whether a value is too short for any rule."""
    if not _SHORT.fullmatch(value) or _digits(value) > _MOST_DIGITS:
        return False
    return not MAY_BE_FRAME.search(value)


def _unescaped(escapes: re.Match[str]) -> str:
    return bytes.fromhex(escapes[0].replace("%", "")).decode()


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text)) if len(text) > _MOST_DIGITS else 0
