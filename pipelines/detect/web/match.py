"""Which signatures a text matches: all patterns of a place at once, in time linear in the text.

RE2 makes one automaton of many patterns (`re2.Set`). One of all of a place is the fastest for the
texts of every day, but an attacker's random ones lead it from one new state to the next, 3.7 ms for
60 characters; automata of a dozen patterns have few states each, and take 0.5 ms for the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import Any

import re2

from pipelines.detect.web.signatures import Place, Signature, load_families
from pipelines.detect.web.units import units

_PATTERNS_OF_A_SET = 12
# Of one set; what it learns of texts is thrown away when it is full. Were it too small to begin
# with, RE2 would answer that nothing matches: a test compares it with each pattern by itself.
_SET_BYTES = 16 * 1024 * 1024
# Of what may as well be the subject of a question, and of all that is one. Several terse forms
# often fit the same words.
_WEIGHT_IN_PROSE = 1
# A class of characters as a whole, or an escape.
_CLASS_OR_ESCAPE = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.", re.DOTALL)
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_BLANKS = r"\t\f\r "


@dataclass(frozen=True)
class Hit:
    """A signature that a text matches."""

    family: str
    signature: str
    weight: int


@dataclass(frozen=True)
class _Matcher:
    automata: tuple[re2.Set, ...]
    hits: tuple[Hit, ...]
    hits_in_prose: tuple[Hit, ...]
    hits_in_question: tuple[Hit, ...]


def hits_in(place: Place, text: str) -> list[Hit]:
    """Return the signatures that a logged text of that place matches, each once."""
    matcher = _matchers()[place]
    found: dict[int, Hit] = {}
    for unit in units(place, text):
        hits = matcher.hits
        if unit.is_question:
            hits = matcher.hits_in_question
        elif unit.is_prose:
            hits = matcher.hits_in_prose
        encoded = unit.text.encode()
        for first, automaton in zip(count(step=_PATTERNS_OF_A_SET), matcher.automata, strict=False):
            for offset in automaton.Match(encoded) or ():
                hit, known = hits[first + offset], found.get(first + offset)
                if (known is None or known.weight < hit.weight) and not _is_cleared(hit, unit.text):
                    found[first + offset] = hit
    return [found[number] for number in sorted(found)]


def signatures_of(place: Place) -> Iterator[tuple[str, Signature]]:
    """Yield family and signature of those that are sought in a place."""
    for family in load_families().values():
        for signature in family.signatures:
            if place in family.targets_of(signature):
                yield family.family, signature


def line_pattern(pattern: str) -> str:
    r"""Return a signature's pattern for texts whose lines are views: `\s` ends with its line.

    Else `drop\s+\S` would find the first sign of the next view behind a text that ends in `drop`.
    """

    def within_line(match: re.Match[str]) -> str:
        if match[0].startswith("["):
            return _ESCAPE.sub(lambda one: _BLANKS if one[0] == r"\s" else one[0], match[0])
        return f"[{_BLANKS}]" if match[0] == r"\s" else match[0]

    return f"(?m){_CLASS_OR_ESCAPE.sub(within_line, pattern)}"


def _is_cleared(hit: Hit, text: str) -> bool:
    pattern = _clearing().get(hit.family)
    return pattern is not None and pattern.search(text) is not None


@cache
def _clearing() -> dict[str, Any]:
    """Patterns of what shows nothing of a family, by the families that have one."""
    return {
        family.family: re2.compile(line_pattern(family.unless))
        for family in load_families().values()
        if family.unless is not None
    }


@cache
def _matchers() -> dict[Place, _Matcher]:
    return {place: _matcher(place) for place in Place}


def _matcher(place: Place) -> _Matcher:
    found = list(signatures_of(place))
    hits = [Hit(family, one.id, one.weight) for family, one in found]
    in_prose = [
        replace(hit, weight=_WEIGHT_IN_PROSE) if one.hint_in_prose else hit
        for hit, (_, one) in zip(hits, found, strict=True)
    ]
    in_question = [replace(hit, weight=_WEIGHT_IN_PROSE) for hit in hits]
    patterns = [line_pattern(one.pattern) for _, one in found]
    automata = [
        _automaton(patterns[first : first + _PATTERNS_OF_A_SET])
        for first in range(0, len(patterns), _PATTERNS_OF_A_SET)
    ]
    return _Matcher(tuple(automata), tuple(hits), tuple(in_prose), tuple(in_question))


def _automaton(patterns: Sequence[str]) -> re2.Set:
    options = re2.Options()
    options.max_mem = _SET_BYTES
    options.log_errors = True
    automaton = re2.Set.SearchSet(options)
    for pattern in patterns:
        automaton.Add(pattern)
    automaton.Compile()
    return automaton
