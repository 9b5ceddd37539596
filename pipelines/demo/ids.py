"""User ids made to fit: the settings say by pattern what a staff or franchise id looks like.

The simulator reads the pattern backwards and writes ids that the pattern will accept, so that it
can people the sites of any settings file, not only of the shipped one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import numpy as np

from pipelines.errors import MimamoriError
from pipelines.settings.model import Settings, UserKind
from pipelines.text.messages import message

_TRIES = 40
_ASCII_LETTERS = 127
_ANY = "abcdefghijklmnopqrstuvwxyz0123456789"
_CATEGORIES = {
    op.CATEGORY_DIGIT: "0123456789",
    op.CATEGORY_WORD: _ANY,
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_NOT_DIGIT: _ANY[:26],
    op.CATEGORY_NOT_WORD: "-.",
    op.CATEGORY_NOT_SPACE: _ANY,
}


@dataclass(frozen=True)
class _Rule:
    pattern: re.Pattern[str]
    kind: UserKind
    tree: Any  # the pattern as the regular-expression parser sees it


class Names:
    """Gives out user ids, each once, each of the type that was asked for."""

    def __init__(self, settings: Settings, rng: np.random.Generator) -> None:
        """Read the types from `settings`; `rng` decides the letters that patterns leave open."""
        self._rules = [
            _Rule(re.compile(rule.pattern), rule.type, _parser.parse(rule.pattern))
            for rule in settings.user_types
        ]
        self._rng = rng
        self._taken: set[str] = set()

    def has(self, kind: UserKind) -> bool:
        """Tell whether the settings know users of this type at all."""
        return any(rule.kind == kind for rule in self._rules)

    def has_group(self, name: str) -> bool:
        """Tell whether a pattern names a group such as the franchise of a user."""
        return any(name in rule.pattern.groupindex for rule in self._rules)

    def make(self, kind: UserKind, number: int, groups: dict[str, str] | None = None) -> str:
        """Return a new id of type `kind`, with `number` at its end where the pattern is open.

        `groups` fixes named groups: {"franchise": "001"} gives an id of that shop.

        Raises:
            MimamoriError: no id of this type could be made from the patterns of the settings.
        """
        fixed = groups or {}
        for user_id in self._candidates(kind, number, fixed):
            if user_id not in self._taken and self._fits(user_id, kind, fixed):
                self._taken.add(user_id)
                return user_id
        wanted = ", ".join(f"{name} {value}" for name, value in fixed.items())
        raise MimamoriError(
            message(
                "demo.ids.no_new_id",
                at="user_types",
                kind=kind,
                details=f" with {wanted}" if wanted else "",
            )
        )

    def group_values(self, name: str, count: int) -> list[str]:
        """Return `count` values that a pattern's group `name` accepts, as 001, 002, … if it can.

        Without such a group any value will do, and they are numbers too.

        Raises:
            MimamoriError: the group has no room for so many.
        """
        rules = [rule for rule in self._rules if name in rule.pattern.groupindex]
        values: dict[str, None] = {}
        for number in range(1, count + 1):
            plain = (f"{number:03d}", f"{number:04d}", f"{number:02d}", str(number))
            value = next(
                (
                    text
                    for text in (*plain, *self._group_samples(rules, name))
                    if text not in values and (not rules or self._accepts(rules, name, text))
                ),
                None,
            )
            if value is None:
                raise MimamoriError(
                    message(
                        "demo.ids.too_few_values",
                        at="user_types",
                        count=len(values),
                        name=name,
                        sites=count,
                    )
                )
            values[value] = None
        return list(values)

    def _group_samples(self, rules: list[_Rule], name: str) -> Iterator[str]:
        for rule in rules:
            for _ in range(_TRIES):
                yield _Sample(rule.tree, {}, self._rng).group(rule.pattern.groupindex[name])

    def _accepts(self, rules: list[_Rule], name: str, text: str) -> bool:
        fixed = {name: text}
        return any(
            self._fits(user_id, rule.kind, fixed)
            for rule in rules
            for user_id in islice(self._candidates(rule.kind, 1, fixed), 3)
        )

    def _candidates(self, kind: UserKind, number: int, groups: dict[str, str]) -> Iterator[str]:
        for rule in self._rules:
            if rule.kind != kind:
                continue
            head = _head(rule.tree)
            for _ in range(_TRIES):
                text = _Sample(rule.tree, groups, self._rng).text
                yield from (f"{head}{number}", f"{text}{number}", text)

    def _fits(self, user_id: str, kind: UserKind, groups: dict[str, str]) -> bool:
        for rule in self._rules:
            match = rule.pattern.search(user_id)
            if match:
                found = match.groupdict()
                return rule.kind == kind and all(
                    found.get(name, value) == value for name, value in groups.items()
                )
        return False


class _Sample:
    """One text that a parsed pattern describes; its look-arounds are left to a later match."""

    def __init__(self, tree: Any, groups: dict[str, str], rng: np.random.Generator) -> None:
        self._rng = rng
        names = {number: name for name, number in tree.state.groupdict.items()}
        self._fixed = {number: groups[name] for number, name in names.items() if name in groups}
        self._seen: dict[int, str] = {}
        self._writers = {
            op.LITERAL: chr,
            op.NOT_LITERAL: lambda code: self._one_of(_ANY.replace(chr(code), "")),
            op.ANY: lambda _: self._one_of(_ANY),
            op.IN: lambda items: self._one_of(_class_letters(items)),
            op.BRANCH: lambda arg: self._all_of(self._rng.choice(np.array(arg[1], dtype=object))),
            op.SUBPATTERN: lambda arg: self._write_group(arg[0], arg[3]),
            op.GROUPREF: lambda number: self._seen.get(number, ""),
            op.MAX_REPEAT: self._repeat,
            op.MIN_REPEAT: self._repeat,
        }
        self.text = self._all_of(tree)

    def group(self, number: int) -> str:
        """Return what stands in a numbered group of the text, empty if the group is not in it."""
        return self._seen.get(number, "")

    def _all_of(self, tree: Any) -> str:
        return "".join(self._writers[code](arg) for code, arg in tree if code in self._writers)

    def _one_of(self, letters: str) -> str:
        return letters[int(self._rng.integers(len(letters)))] if letters else ""

    def _write_group(self, number: int, inner: Any) -> str:
        self._seen[number] = self._fixed.get(number) or self._all_of(inner)
        return self._seen[number]

    def _repeat(self, arg: Any) -> str:
        least, most, inner = arg
        times = least or min(1, most)
        return "".join(self._all_of(inner) for _ in range(times))


def _head(tree: Any) -> str:
    """The plain letters that the parsed pattern begins with."""
    letters = ""
    for code, arg in tree:
        if code is op.LITERAL:
            letters += chr(arg)
        elif code is not op.AT:
            break
    return letters


def _class_letters(items: Any) -> str:
    """The letters of a class such as [0-9a-f]; of a negated one, the plain ones left over."""
    letters: list[str] = []
    negated = False
    for code, arg in items:
        if code is op.NEGATE:
            negated = True
        elif code is op.LITERAL:
            letters.append(chr(arg))
        elif code is op.RANGE:
            letters += [chr(n) for n in range(arg[0], min(arg[1], arg[0] + _ASCII_LETTERS) + 1)]
        elif code is op.CATEGORY:
            letters += _CATEGORIES.get(arg, _ANY)
    return "".join(c for c in _ANY if c not in letters) if negated else "".join(letters)
