"""Patterns of log files in the settings: globs with `{placeholders}` that name parts of a path.

Whoever delivers files chooses their names, so they are matched in linear time, by RE2.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from pipelines.text.messages import message

PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
# What may stand for a placeholder, since site ids and domains are made of it.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN = re.compile(r"\{[a-z_][a-z0-9_]*\}|\*\*/?|\[[^\]]+\]|.", re.DOTALL)
_WILD = re.compile(r"[*?\[]")
_LONGEST_NAME = 64
# Bytes of a name that are no UTF-8, as Python has them and as RE2 takes them.
_BYTES = {0xDC00 + byte: 0xF700 + byte for byte in range(0x80, 0x100)}


@dataclass(frozen=True)
class Glob:
    """A glob ready to match: `names` has the placeholder of each group of `regex`."""

    tokens: tuple[str, ...]
    regex: Any
    names: tuple[str, ...]

    def values(self, path: str) -> dict[str, str] | None:
        """Return what `path` puts for the placeholders; None where it does not match.

        The same name twice must match the same text.
        """
        match = self.regex.fullmatch(path if path.isascii() else path.translate(_BYTES))
        if match is None:
            return None
        values: dict[str, str] = {}
        for name, value in zip(self.names, match.groups(), strict=True):
            if values.setdefault(name, value) != value:
                return self._values_with(name, self._candidates(name, match.groups(), path), path)
        return values

    def _values_with(
        self, name: str, candidates: Iterable[str], path: str
    ) -> dict[str, str] | None:
        """The same, when `name` must stand for one of the candidates."""
        for value in candidates:
            tokens = [value if token == f"{{{name}}}" else token for token in self.tokens]
            values = compiled("".join(tokens)).values(path)
            if values is not None:
                return {name: value, **values}
        return None

    def _candidates(self, name: str, given: Sequence[str], path: str) -> Iterable[str]:
        """What a placeholder may stand for: the name of a folder or file that is nothing else.

        Where the glob has no such part it is any name that the path holds as often as the glob the
        placeholder.
        """
        groups = iter(given)
        for part in "\n".join(self.tokens).split("/"):
            wild = [(one, next(groups)) for one in part.split("\n") if PLACEHOLDER.fullmatch(one)]
            if len(wild) == 1 and wild[0][0] == f"{{{name}}}" and not _WILD.search(part):
                return (wild[0][1],)
        count = self.names.count(name)
        parts = {
            run[first:last]: None
            for run in re.findall(r"[A-Za-z0-9._-]+", path)
            for first in range(len(run))
            for last in range(first + 1, min(first + _LONGEST_NAME, len(run)) + 1)
            if NAME.fullmatch(run, first, last)
        }
        return (part for part in parts if path.count(part) >= count)


def compiled(glob: str) -> Glob:
    """Return a glob ready to match.

    Raises:
        ValueError: the glob is empty, a bracket is wrong, or `**` is no path component of its own.
    """
    if not glob or any("**" in part and part != "**" for part in glob.split("/")):
        raise ValueError(message("settings.globs.stars_within_name", glob=glob))
    tokens = tuple(_TOKEN.findall(glob))
    options = re2.Options()
    options.log_errors = False
    try:
        regex = re2.compile(f"(?s){''.join(map(_expression, tokens))}", options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        raise ValueError(
            message("settings.globs.not_a_pattern", glob=glob, reason=reason)
        ) from None
    names = tuple(found[1] for token in tokens if (found := PLACEHOLDER.fullmatch(token)))
    return Glob(tokens, regex, names)


def _expression(token: str) -> str:
    """The regular expression for a part of a glob."""
    if PLACEHOLDER.fullmatch(token):
        return f"({NAME.pattern}?)"
    if token.startswith("**"):
        return r"(?:.*/)?" if token.endswith("/") else ".*"
    if token.startswith("[") and len(token) > 1:
        return "[^" + token[2:] if token.startswith("[!") else token
    return {"*": "[^/]*", "?": "[^/]"}.get(token, re.escape(token))
