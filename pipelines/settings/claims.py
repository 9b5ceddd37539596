"""Which sites lay claim to a name below the landing folder, found out folder by folder.

A walk asks in each folder what its names can lead to, so that it goes only where the patterns of
the settings (`sites[].logs`) lead, and knows of every name whether one of them needs it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from pipelines.settings.globs import PLACEHOLDER, Glob, compiled
from pipelines.settings.model import Settings, Site

_ANY_FOLDERS = "**"
_WILD = re.compile(r"[*?\[{]")


@dataclass(frozen=True)
class Pattern:
    """One pattern of a site's `logs`, component by component."""

    site: Site
    parts: tuple[str, ...]

    def values(self, path: str, count: int) -> dict[str, str] | None:
        """Return what `path` puts for the placeholders of the first `count` parts; None if no name.

        A placeholder stands for what can be part of a site's id, and for the same text everywhere.
        """
        if not self.site.placeholders:
            return {}
        return _compiled("/".join(self.parts[:count])).values(path)


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> Glob:
    return compiled(glob)


State = tuple[Pattern, int]  # a pattern and how many of its parts are passed


@dataclass
class Step:
    """What one name leads to.

    `files` are patterns that a file of that name fits, with what it puts for the placeholders;
    `onward` is what a folder of that name leads to. `misnamed_files` and `misnamed_folders` are
    patterns that would be among those if their placeholder could stand for the name.
    """

    files: list[tuple[Pattern, dict[str, str]]] = field(default_factory=list)
    onward: list[State] = field(default_factory=list)
    misnamed_files: list[State] = field(default_factory=list)
    misnamed_folders: list[State] = field(default_factory=list)

    def claims(self) -> Iterator[State]:
        """Yield every pattern that needs the name."""
        yield from ((pattern, len(pattern.parts)) for pattern, _ in self.files)
        yield from (*self.onward, *self.misnamed_files, *self.misnamed_folders)


class Reach:
    """What the patterns can still lead to from one folder: each with the number of its next part.

    A part `**` is in two places at once, before and behind any folder.
    """

    def __init__(self, states: Iterable[State]) -> None:
        """Sort the states by the name they wait for."""
        self._literal: defaultdict[str, list[State]] = defaultdict(list)
        self._wild: list[State] = []
        for pattern, index in states:
            self._add(pattern, index)

    @classmethod
    def of(cls, settings: Settings) -> "Reach":
        """Return what all patterns of the settings lead to from the landing folder."""
        return cls((pattern, 0) for site in settings.sites for pattern in _patterns_of(site))

    @classmethod
    def of_site(cls, site: Site) -> "Reach":
        """Return the same of one site."""
        return cls((pattern, 0) for pattern in _patterns_of(site))

    def _add(self, pattern: Pattern, index: int) -> None:
        part = pattern.parts[index]
        if part == _ANY_FOLDERS:
            self._wild.append((pattern, index))
            if index + 1 < len(pattern.parts):
                self._add(pattern, index + 1)
        elif _WILD.search(part):
            self._wild.append((pattern, index))
        else:
            self._literal[part].append((pattern, index))

    def step(self, name: str, path: str) -> Step:
        """Return what `name` leads to; `path` is the name with all folders before it."""
        found = Step()
        for pattern, index in self._literal.get(name, ()):
            _advance(found, pattern, index, path)
        for pattern, index in self._wild:
            if pattern.parts[index] == _ANY_FOLDERS:
                found.onward.append((pattern, index))
                if index + 1 == len(pattern.parts):
                    _finish(found, pattern, path)
            elif _compiled(PLACEHOLDER.sub("*", pattern.parts[index])).values(name) is not None:
                _advance(found, pattern, index, path)
        return found


def _patterns_of(site: Site) -> Iterator[Pattern]:
    for glob in site.logs:
        yield Pattern(site, PurePosixPath(glob).parts)


def _advance(found: Step, pattern: Pattern, index: int, path: str) -> None:
    if index + 1 == len(pattern.parts):
        _finish(found, pattern, path)
    elif PLACEHOLDER.search(pattern.parts[index]) and pattern.values(path, index + 1) is None:
        found.misnamed_folders.append((pattern, index + 1))
    else:
        found.onward.append((pattern, index + 1))


def _finish(found: Step, pattern: Pattern, path: str) -> None:
    values = pattern.values(path, len(pattern.parts))
    if values is None:
        found.misnamed_files.append((pattern, len(pattern.parts)))
    else:
        found.files.append((pattern, values))


def patterns_within(settings: Settings) -> Iterator[tuple[int, int, Pattern]]:
    """Yield each pattern all of whose files another site claims too, with that site's pattern.

    A pattern is named by the number of its site in the settings and its own there. Patterns that
    only have some names in common are no mistake until a file has one of these.
    """
    everything = Reach.of(settings)
    for place, site in enumerate(settings.sites):
        for number, glob in enumerate(site.logs):
            names = PurePosixPath(PLACEHOLDER.sub("x", glob)).parts
            reach = everything
            for count, name in enumerate(names[:-1], start=1):
                reach = Reach(reach.step(name, "/".join(names[:count])).onward)
            last = reach.step(names[-1], "/".join(names)).files
            outer = next((pattern for pattern, _ in last if pattern.site is not site), None)
            if outer is not None:
                yield place, number, outer
