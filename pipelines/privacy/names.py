"""Parameter names to the kinds of their values: `user[e_mail]` is an e-mail address."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipelines.privacy.decode import plain
from pipelines.text.yaml_text import read_yaml

if TYPE_CHECKING:
    from pipelines.settings.model import Redaction

DATA: Final[dict[str, Any]] = read_yaml(
    Path(__file__).with_name("rules.yaml").read_text(encoding="utf-8")
)
LONGEST_NAME: Final = 100

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_INDEXES = re.compile(r"(?<=\w)(?:\[(?:[0-9]{0,9}|[A-Za-z])\])+$")
_LONG_ENDING = 5
_BARE_LETTERS = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Meaning:
    """What a parameter's name says of its value.

    `kind` is what the value is when `value` (a word of rules.yaml) fits it; `is_part` that the name
    ends in a digit, as where a number is asked for in three fields; `is_kept` that settings forbid
    to mask it; `has_ids` that its digits are ids of things.
    """

    kind: str | None = None
    value: str = "anything"
    is_part: bool = False
    is_kept: bool = False
    has_ids: bool = False


class Names:
    """The parameter names of the shipped rules and of the settings."""

    def __init__(self, settings: "Redaction") -> None:
        """Compile the names of the kinds that are switched on."""
        self._exact: dict[str, list[tuple[str, str]]] = {}
        self._ending: dict[str, list[tuple[str, str]]] = {}
        self._own = [name for names in settings.parameters.values() for name in names]
        for kind, own in settings.parameters.items():
            for name in own:
                self._exact.setdefault(_joined(name), []).append((kind, "anything"))
        self.kinds = set(settings.kinds)
        for rule in DATA["parameters"]:
            if rule["kind"] not in self.kinds:
                continue
            for table, names in ((self._exact, "exact"), (self._ending, "ending")):
                for name in rule.get(names, ()):
                    table.setdefault(_joined(name), []).append((rule["kind"], rule["value"]))
        self._joints = _joints(name for names in self.spellings() for name in names)
        self._not_personal = {_joined(name) for name in DATA["not_personal"]}
        self._ids = {_joined(name) for name in DATA["numbers_are_ids"]}
        self._notes = {_joined(name) for name in DATA["notes"]}
        self._qualifiers = set(DATA["qualifiers"])
        self._kept = {_joined(name) for name in settings.keep_parameters}
        self._long_endings = {name for name in self._ending if _matches_inside(name)}
        self._long_sizes = sorted({len(name) for name in self._long_endings}, reverse=True)
        self.meanings = lru_cache(8192)(self._meanings)

    def spellings(self) -> tuple[list[str], list[str]]:
        """Return all names that have a meaning, words joined by `_`: whole ones and endings."""
        rules = DATA["parameters"]
        exact = [name for rule in rules for name in rule.get("exact", ())]
        endings = [name for rule in rules for name in rule.get("ending", ())]
        return (
            [*(name for name in exact if _joined(name) in self._exact), *self._own],
            [name for name in endings if _joined(name) in self._ending],
        )

    @staticmethod
    def joined(name: str) -> str:
        """Return a name as logged in the one spelling in which names are compared."""
        return _joined(_INDEXES.sub("", plain(name)))

    def has_ids(self, name: str) -> bool:
        """True when digits of this parameter, or below this path segment, are ids of things."""
        return any(meaning.has_ids for meaning in self.meanings(name[:LONGEST_NAME]))

    def is_for_notes(self, name: str) -> bool:
        """True for a parameter in which staff take notes about a person."""
        return bool(name) and _joined(plain(name[:LONGEST_NAME])) in self._notes

    def _meanings(self, name: str) -> tuple[Meaning, ...]:
        """What a name as logged may mean, the likeliest first; empty for most names."""
        readable = plain(name)
        words = _words(readable)
        numbered = bool(words) and words[-1][-1:].isdigit()
        readable = _INDEXES.sub("", readable)
        words = _words(readable)
        words = _without_number(words)
        joined = "".join(words)
        if joined in self._kept:
            return (Meaning(is_kept=True),)
        is_thing = joined in self._not_personal
        has_ids = is_thing or joined in self._ids or bool(words and words[0] in {"utm", "ga", "gl"})
        found = self._whole(joined, readable)
        if not found and not is_thing:
            while words and words[-1] in self._qualifiers:
                words = _without_number(words[:-1])
            found = self._whole("".join(words), readable) + self._by_ending(words, readable)
        if not found:
            return (Meaning(has_ids=True),) if has_ids else ()
        return tuple(
            Meaning(kind=kind, value=value, is_part=numbered, has_ids=has_ids)
            for kind, value in dict.fromkeys(found)
        )

    def _whole(self, joined: str, readable: str) -> list[tuple[str, str]]:
        found = self._exact.get(joined, [])
        return found if found and self._is_spelled(joined, joined, readable) else []

    def _by_ending(self, words: list[str], readable: str) -> list[tuple[str, str]]:
        joined = "".join(words)
        for first in range(max(0, len(words) - 4), len(words)):
            ending = "".join(words[first:])
            if ending in self._ending and self._is_spelled(joined, ending, readable):
                return self._ending[ending]
        for size in self._long_sizes:
            ending = joined[-size:]
            if ending in self._long_endings and self._is_spelled(joined, ending, readable):
                return self._ending[ending]
        return []

    def _is_spelled(self, joined: str, ending: str, readable: str) -> bool:
        """Whether the name is cut within its ending only where the rule's words meet."""
        if not ending.isascii():
            return True
        start = len(joined) - len(ending)
        joints = self._joints[ending]
        return all(
            border - start in joints
            for border in _borders(readable)
            if start < border < len(joined)
        )


def _matches_inside(name: str) -> bool:
    """Whether the ending is telling enough without a border before it: `newpassword`, `ご住所`."""
    return len(name) > _LONG_ENDING or not name.isascii() or name == "token"


def _words(name: str) -> list[str]:
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", name))
    return [word.lower() for word in _WORD.findall(spaced)]


def _borders(name: str) -> frozenset[int]:
    """Where separators stood in the joined words of a name; a capital letter is none."""
    found, place = set(), 0
    for run in _WORD.findall(unicodedata.normalize("NFKC", name)):
        found.add(place)
        place += sum(len(word) for word in _CAMEL.sub(" ", run).split() if not word.isdigit())
    return frozenset(found)


def _joints(names: Iterable[str]) -> dict[str, set[int]]:
    """By joined name: where its words may stand apart."""
    found: dict[str, set[int]] = {}
    for name in names:
        words = _without_number(_words(name))
        sizes = [*accumulate(map(len, words))]
        found.setdefault("".join(words), set()).update(sizes)
    return found


def _without_number(words: list[str]) -> list[str]:
    """Words without the indexes and final digits that forms add: `tel_2`, `users[0]`, `mail1`."""
    kept = [word for word in words if not word.isdigit()]
    if kept:
        kept[-1] = kept[-1].rstrip("0123456789") or kept[-1]
    return kept


def _joined(name: str) -> str:
    return "".join(_without_number(_words(name)))


def flat(names: Iterable[str]) -> list[str]:
    """Return names in lower case with words joined by `_`."""
    return ["_".join(_words(name)) for name in names]
