"""Which format is in force in each part of a file: `auto`, prefixes and `#Fields` directives.

Everything is decided from the file alone, so that the order of files changes nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from pipelines.formats.catalogue import AUTO
from pipelines.formats.declared import BEYOND, DeclaredByFile, DeclaredBySite
from pipelines.formats.format import Format
from pipelines.formats.guess import guessed, prefix_of
from pipelines.formats.names import format_of, prefixed, w3c_format
from pipelines.formats.w3c import CLOUDFRONT, DIRECTIVE, IIS, W3C, W3cSplitter
from pipelines.ingest.reader import BOM, Block
from pipelines.settings.limits import Limits

_HEAD_LINES = 64
_SPREAD = 64  # places
_HEAD_BYTES = 64 * 1024
_LONGEST_LINE = 16 * 1024  # bytes; longer lines are no good example


def sample_of(block: Block) -> pl.Series:
    """Return at most 128 lines that are neither blank nor comments, as text."""
    data = block.data
    head = data[:_HEAD_BYTES]
    lines = head.split(b"\n", _HEAD_LINES)[:_HEAD_LINES] if b"\n" in head else [data]
    if len(head) < len(data) or head.count(b"\n") > _HEAD_LINES:
        step = max(1, len(data) // _SPREAD)
        end = 0
        for place in range(step, len(data), step):
            if place <= end:
                continue
            begin = data.find(b"\n", place) + 1
            end = data.find(b"\n", begin)
            if begin == 0 or end < 0:
                break
            lines.append(data[begin:end])
    lines = [line.removeprefix(BOM) for line in lines]
    lines = [line for line in lines if line.strip() and not line.startswith(b"#")]
    short = [line for line in lines if len(line) <= _LONGEST_LINE] or lines[:1]
    return pl.Series("line", [_text(line) for line in short], dtype=pl.String)


def _text(line: bytes) -> str:
    r"""The line as lines are given to formats: bytes that are no UTF-8, and NUL, as `\xhh`."""
    text = line.rstrip(b"\r").decode("utf-8", "backslashreplace")
    return text.replace("\0", "\\x00")


_DIRECTIVE = DIRECTIVE.encode()
_MICROSOFT = b"#Software: Microsoft Internet Information"
_HEAD = 4096  # bytes of a file in which its directives stand


class FormatFollower:
    """Follows the format of one file that is being read, block by block.

    `format` is the last one in force, `found` its title, for the ledger; `sureness` says for
    `auto` how well it fits, or why none was taken.
    """

    def __init__(
        self,
        source: str | Mapping[str, Any],
        resumed_as: str | None = None,
        declared: DeclaredByFile | None = None,
    ) -> None:
        """Follow from what settings say, `source`, and the title of the earlier reading.

        `declared` counts the formats of directives, by default those of this file alone.
        """
        self._declared = declared or DeclaredBySite(Limits().file_formats).of_file()
        self._is_auto = source == AUTO
        self.format = None if self._is_auto else format_of(source)
        self._resumed = _known(resumed_as)
        self._is_settled = False
        self._follows_fields = _is_w3c(self.format)
        self._software: str | None = None
        self.sureness: str | None = None

    @property
    def found(self) -> str | None:
        """Title of the last format in force; None while none is known."""
        return self.format.title if self.format else None

    def cut(self, block: Block) -> list[tuple[Format | None, Block]]:
        """Return the block in pieces of one format each; None where no format is known."""
        if block.overlong:
            return [(self.format, block)]
        if not self._is_settled:
            self._settle(block)
        if self._follows_fields and self._declared.is_exhausted:
            self.format = BEYOND
        elif self._follows_fields and _DIRECTIVE in block.data:
            return self._pieces(block)
        return [(self.format, block)]

    def _settle(self, block: Block) -> None:
        """Decide the format, once a block holds lines to judge by."""
        if self._resumed == BEYOND:
            self._is_settled = self._follows_fields = True
            self.format = BEYOND
            return
        if _MICROSOFT in block.data[:_HEAD]:
            self._software = IIS
        if self._is_auto and _has_directive(block.data[:_HEAD]):
            self._is_settled = self._follows_fields = True
            self.format, self.sureness = self._resumed, "a #Fields directive names the fields"
            return
        lines = sample_of(block)
        if lines.is_empty():
            if self.format is None:
                self.format = self._resumed
            return
        if self._is_auto:
            guess = guessed(lines, self._resumed)
            self.format, self.sureness = guess.format, guess.sureness
            self._is_settled = guess.is_final
            self._follows_fields = _is_w3c(self.format)
            return
        self._is_settled = True
        assumed = self.format
        if assumed is None:
            return
        if self._resumed is not None and _continues(self._resumed, assumed):
            self.format = self._resumed
            return
        prefix = prefix_of(lines, assumed)
        if prefix is not None:
            self.format = prefixed(assumed, prefix)

    def _pieces(self, block: Block) -> list[tuple[Format | None, Block]]:
        data = block.data
        pieces: list[tuple[Format | None, Block]] = []
        begin = 0
        position = -1 if not data.removeprefix(BOM).startswith(_DIRECTIVE) else 0
        if position < 0:
            position = data.find(b"\n" + _DIRECTIVE) + 1 or -1
        while position >= 0 and not self._declared.is_exhausted:
            if position > begin:
                pieces.append((self.format, replace(
                    block, data=data[begin:position], offset=block.offset + begin
                )))  # fmt: skip
            end = data.find(b"\n", position)
            directive = data[position:end].removeprefix(BOM)
            self._obey(directive.decode("utf-8", "replace"))
            begin = position
            position = data.find(b"\n" + _DIRECTIVE, max(end, position)) + 1 or -1
        pieces.append((self.format, replace(
            block, data=data[begin:], offset=block.offset + begin
        )))  # fmt: skip
        return _merged(pieces)

    def _obey(self, directive: str) -> None:
        splitter = self.format.splitter if self.format else None
        named = splitter.dialect if isinstance(splitter, W3cSplitter) else None
        known = named if named in {IIS, CLOUDFRONT} else self._software
        before = self.format
        if self._declared.knows(directive, known):
            self.format = self._declared.known(directive, known)
        elif not self._declared.admits(directive):
            self.format, before = BEYOND, None
        else:
            self.format = self._followed(directive, known)
            self._declared.keep(directive, known, self.format)
        if self.format != before:
            self._declared.change()
            if self._declared.is_exhausted:
                self.format = BEYOND

    def _followed(self, directive: str, dialect: str | None) -> Format | None:
        try:
            return w3c_format(directive, dialect)
        except ValueError as error:
            self.sureness = f"a #Fields directive cannot be followed: {error}"
            return None


def _is_w3c(one: Format | None) -> bool:
    return one is not None and isinstance(one.splitter, W3cSplitter)


def _has_directive(head: bytes) -> bool:
    """Whether a directive stands before the first line that a client has a part in."""
    for line in head.removeprefix(BOM).splitlines():
        if line.startswith(_DIRECTIVE):
            return True
        if line.strip() and not line.startswith(b"#"):
            return False
    return False


def _merged(pieces: list[tuple[Format | None, Block]]) -> list[tuple[Format | None, Block]]:
    """The pieces with neighbours of one format made one, so that rotation costs no more."""
    merged: list[tuple[Format | None, Block]] = []
    for found, neighbours in groupby(pieces, key=itemgetter(0)):
        blocks = [block for _, block in neighbours]
        data = blocks[0].data if len(blocks) == 1 else b"".join(block.data for block in blocks)
        merged.append((found, replace(blocks[0], data=data)))
    return merged


def _known(title: str | None) -> Format | None:
    """The format of an earlier reading; None when it cannot be told any more."""
    if title is None:
        return None
    if title == BEYOND.title:
        return BEYOND
    try:
        return format_of(title)
    except ValueError:
        return None


def _continues(resumed: Format, assumed: Format) -> bool:
    """True when the earlier reading had the format of settings, with fields or a prefix found."""
    if resumed.title.endswith(f" + {assumed.title}"):
        return True
    return (
        isinstance(resumed.splitter, W3cSplitter)
        and isinstance(assumed.splitter, W3cSplitter)
        and DIRECTIVE in resumed.title
        and assumed.title in {IIS, CLOUDFRONT, W3C, resumed.title}
    )
