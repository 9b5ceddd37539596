r"""Which signatures a text matches: all patterns of a place at once, in time linear in the text.

RE2 makes one automaton of several patterns (`re2.Set`). Its states are made as texts need them,
and an attacker's random texts need new ones all the time: one for each set of the patterns that
have matched so far, and for each set of the counts that a pattern such as `'[^\n]{0,40}x` has
reached behind each quotation mark. So the automata are of a few patterns, their longer counts are
left open (`open_pattern`), and what they find in all units of a text at once is then looked for
with the pattern itself, unit by unit. 8,000 random signs take an eighth of the time.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import re2

from pipelines.detect.web.signatures import Place, Signature, load_families
from pipelines.detect.web.units import Unit, units
from pipelines.detect.web.views import BORDER

# So many patterns, and so many characters of them, unless one alone is longer.
_PATTERNS_OF_A_SET = 8
_CHARACTERS_OF_A_SET = 14_000
# Counts up to so many stay as they are in the automata.
_LONGEST_COUNT = 9
# Of one set; what it learns of texts is thrown away when it is full. Were it too small to begin
# with, RE2 would answer that nothing matches: a test compares it with each pattern by itself.
_SET_BYTES = 16 * 1024 * 1024
# Of what may as well be the subject of a question, and of all that is one. Several terse forms
# often fit the same words.
_WEIGHT_OF_HINT = 1
_LONGEST_REMEMBERED = 300  # characters of a text, so that what anybody sends fills no memory
# A class of characters as a whole, or an escape.
_CLASS_OR_ESCAPE = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.", re.DOTALL)
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_COUNT = re.compile(rf"({_CLASS_OR_ESCAPE.pattern})|\{{(\d+),(\d+)\}}", re.DOTALL)
_BLANKS = r"\t\f\r "


@dataclass(frozen=True)
class Hit:
    """A signature that a text matches."""

    family: str
    signature: str
    weight: int


@dataclass(frozen=True)
class _Matcher:
    automata: tuple[tuple[int, re2.Set], ...]  # with the number of its first pattern
    patterns: tuple[str, ...]
    hits: tuple[Hit, ...]
    hits_in_prose: tuple[Hit, ...]
    hits_in_words: tuple[Hit, ...]
    hits_in_question: tuple[Hit, ...]

    def hits_of(self, unit: Unit) -> tuple[Hit, ...]:
        """Return what the signatures weigh in a unit."""
        if unit.is_question():
            return self.hits_in_question
        if unit.is_worded():
            return self.hits_in_words
        return self.hits_in_prose if unit.is_prose else self.hits


def hits_in(place: Place, text: str) -> list[Hit]:
    """Return the signatures that a logged text of that place matches, each once.

    What a short text shows is remembered.
    """
    if len(text) > _LONGEST_REMEMBERED:
        return found_in(place, text)
    return list(_remembered(place, text))


@lru_cache(maxsize=20_000)
def _remembered(place: Place, text: str) -> tuple[Hit, ...]:
    """What a text shows that may come again on the next day."""
    return tuple(found_in(place, text))


def found_in(place: Place, text: str) -> list[Hit]:
    """Return the same as `hits_in`, worked out anew."""
    matcher = _matchers()[place]
    parts = list(units(place, text))
    likely = _likely(matcher, BORDER.join(part.text for part in parts))
    if not likely:
        return []
    found: dict[int, Hit] = {}
    for unit in parts:
        hits = matcher.hits_of(unit)
        encoded = unit.text.encode()
        for number in likely:
            hit, known = hits[number], found.get(number)
            if known is not None and known.weight >= hit.weight:
                continue
            if _exact(matcher.patterns[number]).search(encoded) and not _is_cleared(hit, unit.text):
                found[number] = hit
    return [found[number] for number in sorted(found)]


def _likely(matcher: _Matcher, text: str) -> list[int]:
    """The numbers of the signatures whose open patterns the text matches."""
    encoded = text.encode()
    return [
        first + offset
        for first, automaton in matcher.automata
        for offset in automaton.Match(encoded) or ()
    ]


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


def open_pattern(pattern: str) -> str:
    """Return a pattern that matches wherever this one does, and has no long counts.

    `{0,40}` becomes `*`, `{2,40}` becomes `+`: an automaton that need not count has few states.
    """

    def opened(match: re.Match[str]) -> str:
        if match[1] or int(match[3]) <= _LONGEST_COUNT:
            return match[0]
        return "*" if match[2] == "0" else "+"

    return _COUNT.sub(opened, pattern)


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

    def hits(is_hint: Callable[[Signature], bool]) -> tuple[Hit, ...]:
        return tuple(
            Hit(family, one.id, _WEIGHT_OF_HINT if is_hint(one) else one.weight)
            for family, one in found
        )

    patterns = [line_pattern(one.pattern) for _, one in found]
    automata = [
        (first, _automaton(some)) for first, some in _sets([open_pattern(one) for one in patterns])
    ]
    return _Matcher(
        tuple(automata),
        tuple(patterns),
        hits=hits(lambda _: False),
        hits_in_prose=hits(lambda one: one.hint_in_prose),
        hits_in_words=hits(lambda one: one.hint_in_prose or one.hint_in_words),
        hits_in_question=hits(lambda one: not one.in_question),
    )


def _sets(patterns: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the patterns of each automaton, with the number of the first."""
    first = 0
    for number in range(1, len(patterns) + 1):
        some = patterns[first : number + 1]
        if len(some) > _PATTERNS_OF_A_SET or sum(map(len, some)) > _CHARACTERS_OF_A_SET:
            yield first, patterns[first:number]
            first = number
    if first < len(patterns):
        yield first, patterns[first:]


@cache
def _exact(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = _SET_BYTES
    options.never_capture = True  # else a text that matches is gone through a second time
    return re2.compile(pattern.encode(), options)


def _automaton(patterns: Sequence[str]) -> re2.Set:
    options = re2.Options()
    options.max_mem = _SET_BYTES
    options.log_errors = True
    automaton = re2.Set.SearchSet(options)
    for pattern in patterns:
        automaton.Add(pattern)
    automaton.Compile()
    return automaton
