"""Text for a terminal or a pipe: cells instead of characters, colour only where it is wanted.

Characters of East Asian width take two cells. In a pipe nothing is wrapped and nothing coloured, so
that each line stays one record.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import click
from rich.cells import cell_len

from pipelines.findings import Severity

_CLOSING = "、。，．：；！？）」』】〕〉》ー…"
_OPENING = "（「『【〔〈《"
# A word, or one wide character with what must stand beside it, and the spaces behind.
_PIECE = re.compile(rf"[{_OPENING}]*(?:[\x21-\u10ff]+|[^\s])[{_CLOSING}]*\s*")
_NARROWEST = 20
_STYLES: dict[Severity, dict[str, object]] = {
    Severity.CRITICAL: {"fg": "white", "bg": "red", "bold": True},
    Severity.HIGH: {"fg": "red", "bold": True},
    Severity.MEDIUM: {"fg": "yellow"},
    Severity.LOW: {},
    Severity.INFO: {"dim": True},
}


@dataclass(frozen=True)
class TextLayout:
    """How text is laid out: `width` in cells, None where lines must not be wrapped."""

    width: int | None = None
    has_colour: bool = False

    def wrapped(self, text: str, indent: int = 0) -> list[str]:
        """Return `text` as lines of the width, each indented by so many cells."""
        margin = " " * indent
        if self.width is None:
            return [margin + text]
        room = max(self.width - indent, _NARROWEST)
        return [margin + line for line in _lines(text, room)]

    def marked(self, text: str, severity: Severity) -> str:
        """Return `text` in the colour of a severity."""
        return self._styled(text, _STYLES[severity])

    def strong(self, text: str) -> str:
        """Return `text` in bold."""
        return self._styled(text, {"bold": True})

    def quiet(self, text: str) -> str:
        """Return `text` dimmed."""
        return self._styled(text, {"dim": True})

    def _styled(self, text: str, style: dict[str, object]) -> str:
        return click.style(text, **style) if self.has_colour and style else text  # type: ignore[arg-type]


def padded(text: str, cells: int) -> str:
    """Return `text` with spaces behind it up to so many cells; a longer one as it is."""
    return text + " " * (cells - cell_len(text))


def _lines(text: str, room: int) -> Iterator[str]:
    line, used = "", 0
    for piece in _pieces(text, room):
        cells = cell_len(piece.rstrip())
        if line and used + cells > room:
            yield line.rstrip()
            line, used = "", 0
        line += piece
        used += cell_len(piece)
    yield line.rstrip()


def _pieces(text: str, room: int) -> Iterator[str]:
    """What stays together; a word that is wider than a line is cut."""
    for piece in _PIECE.findall(text):
        rest = piece
        while cell_len(rest.rstrip()) > room:
            cut = next(n for n in range(len(rest), 0, -1) if cell_len(rest[:n]) <= room)
            yield rest[:cut]
            rest = rest[cut:]
        yield rest
