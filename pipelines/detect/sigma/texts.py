"""Texts in SQL and in regular expressions: literals, lower case, what a pattern must contain."""

import re
from collections.abc import Iterator

from pipelines.lake import quoted

_NUL = "\x00"
_SPECIAL = re.compile(r"[.*+?^$\[\](){}\\|]")
_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\??")
_CLASSES = "dDwWsSbBAzC"  # escapes of one letter that are no character
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def literal(text: str) -> str:
    """Return `text` as an SQL string, whatever it holds: a statement cannot hold a NUL itself."""
    if _NUL not in text:
        return quoted(text)
    return "(" + " || chr(0) || ".join(map(quoted, text.split(_NUL))) + ")"


def folded(text: str) -> str:
    """Return `text` in lower case as DuckDB's `lower` writes it: a letter for each letter."""
    return "".join("i" if letter == "\u0130" else letter.lower() for letter in text)


def sought(text: str) -> str:
    """Return `text` as it is looked up in bulk: in lower case, also where RE2 takes ſ for an s."""
    return folded(text).replace("\u017f", "s")


def escaped(text: str) -> str:
    """Return a regular expression of RE2 that matches just `text`."""
    return _SPECIAL.sub(r"\\\g<0>", text).replace(_NUL, r"\x00")


def required_text(pattern: str) -> str | None:
    """Return the longest text, as `sought` writes it, that every match of an RE2 pattern contains.

    None where that cannot be told at a glance: with alternatives at the top, or without any run of
    plain characters outside groups and classes.
    """
    runs: list[str] = [""]
    for item in _items(pattern):
        if item is None:
            return None
        text, is_certain = item
        if not is_certain or text is None:
            runs.append("")
        else:
            runs[-1] += text
    longest = max(runs, key=len)
    return sought(longest) if longest else None


def _items(pattern: str) -> Iterator[tuple[str | None, bool] | None]:
    """The parts of a pattern at its top level: a character, or None for what is not plain.

    The flag tells whether it must stand there; None in place of a part: give up.
    """
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character in "|)":
            yield None
            return
        text, after = _item(pattern, at)
        if after is None:
            yield None
            return
        # Outside ASCII, letters have relatives that differ between RE2 and lower().
        is_certain = text is not None and text.isascii()
        quantifier = _QUANTIFIER.match(pattern, after)
        if quantifier is None:
            yield text, is_certain
            at = after
        else:
            yield text, is_certain and quantifier[0].startswith("+")
            yield None, False
            at = quantifier.end()


def _item(pattern: str, at: int) -> tuple[str | None, int | None]:
    """The character that stands at a place, None for a group or class, and where it ends."""
    character = pattern[at]
    if character == "\\":
        return _escape(pattern, at)
    if character == "[":
        return None, _end_of_class(pattern, at)
    if character == "(":
        return None, _end_of_group(pattern, at)
    return None if character in ".^$" else character, at + 1


def _escape(pattern: str, at: int) -> tuple[str | None, int | None]:
    """The character that an escape stands for; no end where it is longer than it looks."""
    letter = pattern[at + 1 : at + 2]
    if letter in _CONTROLS:
        return _CONTROLS[letter], at + 2
    if letter and not letter.isalnum():
        return letter, at + 2
    return None, at + 2 if letter and letter in _CLASSES else None


def _end_of_class(pattern: str, at: int) -> int | None:
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    first = at
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 2
        elif pattern[at : at + 2] == "[:":
            end = pattern.find(":]", at)
            at = end + 2 if end > 0 else at + 1
        elif pattern[at] == "]" and at > first:
            return at + 1
        else:
            at += 1
    return None


def _end_of_group(pattern: str, at: int) -> int | None:
    """Where a group ends; None for flags that change what comes after, and where it has no end."""
    flags = re.match(r"\(\?[imsU-]+\)", pattern[at:])
    if flags:
        return at + flags.end()
    depth = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            at += 2
            continue
        if character == "[":
            end = _end_of_class(pattern, at)
            if end is None:
                return None
            at = end
            continue
        depth += (character == "(") - (character == ")")
        at += 1
        if depth == 0:
            return at
    return None
