"""Texts that make a search begin again and again, from the alphabet of its own pattern.

The pattern is parsed, its characters and the pieces of what it matches are repeated, alone, in
pairs and behind each other, with an end that spoils the match. So a new pattern needs no new text.
"""

import random
import re
import time
from collections.abc import Callable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

LINEAR = 6.25  # of four times the text: 2.5 for each doubling
_MOST_RUNS = 300
_LONG_NS = 20e6  # of processor time; what is suspected is measured over at least as much
_ATTEMPTS = 6
_ENDS = ("x", "!", "")
_ANY = "a1-_ .:/\"'@&=+(){}[]<>\\%あZ#;,"
_CLASSES = {
    op.CATEGORY_DIGIT: "1", op.CATEGORY_NOT_DIGIT: "x", op.CATEGORY_SPACE: " ",
    op.CATEGORY_NOT_SPACE: "x", op.CATEGORY_WORD: "w", op.CATEGORY_NOT_WORD: "-",
}  # fmt: skip
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


class Hostile(NamedTuple):
    """A piece to repeat, what stands before and what spoils the end."""

    before: str
    piece: str
    end: str

    def text(self, size: int) -> str:
        """Return the text of about so many characters."""
        return self.before + self.piece * max(1, size // len(self.piece)) + self.end


def hostile(pattern: str, flags: int, most: int) -> list[Hostile]:
    """Return at most so many hostile texts for a pattern, the same ones on every run."""
    characters, pieces, fronts = atoms(pattern, flags)
    likely = [Hostile("", unit, end) for unit in [*pieces, *characters] for end in _ENDS]
    pairs = dict.fromkeys(a + b for a in pieces for b in characters if len(a + b) < 80)
    others = [Hostile("", unit, end) for unit in pairs for end in _ENDS]
    others += [Hostile(front, unit, "\0") for front in fronts for unit in [*characters, *pieces]]
    chance = random.Random(len(others))  # noqa: S311 - no secret
    likely = chance.sample(likely, min(most // 2, len(likely)))
    return likely + chance.sample(others, min(most - len(likely), len(others)))


def atoms(pattern: str, flags: int = 0) -> tuple[list[str], list[str], list[str]]:
    """Return the characters of a pattern, pieces of what it matches, what stands before repeats."""
    characters: dict[str, None] = {}
    pieces: dict[str, None] = {}
    fronts: dict[str, None] = {}

    def walk(nodes: Any, front: str) -> None:
        for kind, value in nodes:
            if kind is op.LITERAL:
                characters.setdefault(chr(value))
            elif kind is op.IN:
                characters.update(dict.fromkeys(_members(value)))
            for inner in _inner(kind, value):
                pieces.setdefault(_matched(inner))
                if kind in _REPEATS:
                    fronts.setdefault(front)
                walk(inner, front)
            front += _matched([(kind, value)])
            pieces.setdefault(front)

    walk(_parser.parse(pattern, flags), "")
    return list(characters), [one for one in pieces if one], [one for one in fronts if one]


def _inner(kind: Any, value: Any) -> list[Any]:
    """The patterns within a node of a parsed pattern."""
    if kind is op.BRANCH:
        return list(value[1])
    if kind is op.SUBPATTERN:
        return [value[3]]
    if kind in _REPEATS:
        return [value[2]]
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return [value[1]]
    return [value] if kind is op.ATOMIC_GROUP else []


def _matched(nodes: Any) -> str:
    """One text that the nodes match, as short as may be but with one of what may be repeated."""
    text = ""
    for kind, value in nodes:
        if kind is op.LITERAL:
            text += chr(value)
        elif kind in (op.ANY, op.NOT_LITERAL):
            text += "b" if value == ord("a") else "a"
        elif kind is op.IN:
            text += next(iter(_members(value)), "")
        elif kind in _REPEATS:
            text += _matched(value[2]) * min(max(value[0], 1), value[1])
        elif kind is op.ASSERT_NOT or (kind is op.ASSERT and value[0] > 0):
            continue
        elif inner := _inner(kind, value):
            text += _matched(inner[0])
    return text


def _members(items: Any) -> Iterator[str]:
    """Some characters of a class."""
    if items[0][0] is op.NEGATE:
        outside = re.compile("[^" + "".join(map(_spelled, items[1:])) + "]")
        yield from [one for one in _ANY if outside.match(one)][:5]
        return
    for kind, value in items:
        if kind is op.CATEGORY:
            yield _CLASSES[value]
        else:
            yield chr(value if kind is op.LITERAL else value[0])


def _spelled(item: Any) -> str:
    kind, value = item
    if kind is op.CATEGORY:
        name = str(value).removeprefix("CATEGORY_")
        letter = name.removeprefix("NOT_")[0].lower()
        return f"\\{letter.upper() if name.startswith('NOT_') else letter}"
    ends = (value, value) if kind is op.LITERAL else value
    return "-".join(f"\\U{end:08x}" for end in ends)


def growth(run: Callable[[Any], object], small: Any, large: Any, *, most: float = LINEAR) -> float:
    """Return by how much more `large` costs, as soon as it is at most `most`, else after a while.

    In time of this thread, so that a busy machine changes little. What seems too much is measured
    again, over so many runs that neither a coarse clock nor a moment's disturbance decides: what
    is not linear costs too much each time.
    """
    first, second = _cost(run, small), _cost(run, large)
    if second <= most * first:
        return second / first
    runs = min(_MOST_RUNS, max(1, int(_LONG_NS / first)))
    least = second / first
    for _ in range(_ATTEMPTS):
        least = min(least, _cost(run, large, runs) / _cost(run, small, runs))
        if least <= most:
            break
    return least


def _cost(run: Callable[[Any], object], text: Any, runs: int = 1) -> float:
    started = time.thread_time_ns()
    for _ in range(runs):
        run(text)
    return float(max(1, time.thread_time_ns() - started))
