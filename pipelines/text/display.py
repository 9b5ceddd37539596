"""Text from logs is hostile: what could deceive a reader's eye is shown, never passed through.

Escaping for HTML is Jinja's work; this module deals with what escaping leaves standing: control
characters, bidirectional overrides, invisible characters, piles of combining marks, and length.
"""

import re
import unicodedata

VALUE_LIMIT = 160
"""Characters of a value from a log that a page shows."""
SUMMARY_LIMIT = 240
"""Those of a sentence that holds such values."""

_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"  # letters and a symbol by category, blank to the eye
_MARKS_ALLOWED = 2
_UNUSUAL_SPACE = re.compile(r"[^\S \u3000]")  # a space of another width hides as well as no space
# Ranges without any character that deceives: Latin, punctuation, kana, Han, full and half width.
_PLAIN = re.compile(
    r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u23ff"
    r"\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uff01-\uff9f]*+"
)
_CONTROL = re.compile(r"[^\n\t\x20-\x7e]")


def visible(text: str, limit: int | None = None) -> str:
    """Return `text` with every deceiving character as `‹U+202E›`, cut to `limit` characters.

    A cut text ends in `…`. Ordinary text of any script comes back as it was.
    """
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)]
        return _shown(text) + "…"
    return _shown(text)


def visible_lines(text: str) -> str:
    """Return a text of several lines as `visible` shows each; line feeds and tabs stay."""
    if text.isascii() and not _CONTROL.search(text):
        return text
    return "\n".join(
        "\t".join(_shown(part) for part in line.split("\t")) for line in text.split("\n")
    )


def _shown(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    parts: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        deceives = marks > _MARKS_ALLOWED or is_deceptive(character)
        parts.append(f"‹U+{ord(character):04X}›" if deceives else character)
    return "".join(parts)


def is_deceptive(character: str) -> bool:
    """Return whether a character by itself is one that is not passed through."""
    return (
        unicodedata.category(character) in _HIDDEN
        or character in _FILLERS
        or _UNUSUAL_SPACE.fullmatch(character) is not None
    )
