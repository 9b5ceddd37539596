"""What a log line looks like: literal text and fields in order, as a server's format names them.

Format strings of Apache, nginx and Envoy are compiled to a `Layout`; a layout knows the regular
expressions that take a line apart. They run on Rust's engine, in time proportional to the line.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal

from pipelines.normalise.time_form import expression_of
from pipelines.text.messages import message

Escapes = Literal["backslash", "json", "none"]
LONGEST_FORMAT = 8192  # characters

# A name, an address, or an address with a port; a stamp of time (T, then colons) is none.
HOST = (
    r"(?:[0-9A-Za-z_.-]*[0-9A-Za-z][0-9A-Za-z_.-]*(?::[0-9]{1,5})?"
    r"|\[?[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%[0-9A-Za-z]+)?(?:\]:?[0-9]*)?|unix:)"
)
# Text of a field between spaces: as lines are split, and as `auto` wants it to look. `{x}` is a
# character that cannot end the field, `{y}` one that is no comma either.
_KINDS = {
    "word": ("{x}*", "{x}+"),
    "host": ("(?:{y}|, ?)*", rf"{HOST}(?:, ?{HOST})*"),
    "logname": ("{x}*", "[^ .:]+"),
    "user": (".*?", r'(?:[^ "]+|""|[^ "-][^"\[]*)'),
    "vhost": ("{x}*", r"(?:[\w.-]*\w[\w.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?"),
    "status": ("(?:[0-9]{3}|0|-)", "(?:[0-9]{3}|0|-)"),
    "bytes": ("(?:[0-9]+|-)", "(?:[0-9]+|-)"),
    "number": ("{x}*", "(?:-?[0-9]+(?:[.][0-9]+)?|-)"),
    "list": ("{x}*(?:(?:,| :) {x}+)*", "{x}*(?:(?:,| :) {x}+)*"),
    "text": (".*?", ".*?"),
    "path": ('[^? "]*', '[^? "]*'),
    "target": ("{x}*", "{x}*"),
    "query": ("(?:[?]{x}*)?", "(?:[?]{x}*)?"),
    "port": ("[0-9]*-?", "[0-9]+"),
    "is_args": ("[?]?", "[?]?"),
}
_TIDY_DELIMITERS = frozenset("\t|,;]\"' ")
# Fields that may stand right beside the one before, since their text shows where they begin.
_SELF_STARTING = frozenset({"query", "is_args"})
_PARTS_OF_REQUEST = ("method", "target", "path", "query", "protocol")
DURATIONS = ("duration_ns", "duration_us", "duration_ms", "duration_s")


@dataclass(frozen=True)
class Piece:
    """A literal `text`, or a field of a `kind`; `name` is its raw field, empty when carried past.

    Of several pieces that fill one raw field the lowest `rank` is taken. `form` is set for times.
    `source` is how the server's format writes the field, in one spelling.
    """

    text: str = ""
    kind: str | None = None
    name: str = ""
    rank: int = 0
    form: str = ""
    source: str = ""

    @property
    def is_field(self) -> bool:
        """False for a literal."""
        return self.kind is not None


@dataclass(frozen=True)
class Layout:
    """A line as pieces in order; `title` is how messages call it."""

    title: str
    pieces: tuple[Piece, ...]
    escapes: Escapes = "backslash"

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields that the layout fills, in order of the line."""
        return tuple(piece.name for piece in self.pieces if piece.name)

    @cached_property
    def time_form(self) -> str:
        """How the time is written, a form of `pipelines.normalise.time`."""
        return next(piece.form for piece in self.pieces if piece.name == "time")

    @property
    def ends_with_delimiter(self) -> bool:
        """True when a line without its line end shows by itself that it is whole."""
        return bool(self.pieces) and not self.pieces[-1].is_field

    @cached_property
    def quotes(self) -> int:
        """How many quotes a line holds whose fields hold none."""
        return sum(piece.text.count('"') for piece in self.pieces)

    @cached_property
    def has_neighbours(self) -> bool:
        """True when two fields stand side by side without a literal."""
        return any(one.is_field and two.is_field for one, two in pairwise(self.pieces))

    @cached_property
    def strict(self) -> str:
        """Expression for a line whose quoted fields hold quotes only escaped."""
        return self._expression(_strict_text, is_capturing=True)

    @cached_property
    def tolerant(self) -> str:
        r"""Expression for a line whose fields hold anything but what follows them.

        In quotes a byte of Shift_JIS (`\xhh`) may have a backslash after it that escapes nothing.
        """
        return self._expression(_tolerant_text, is_capturing=True)

    @cached_property
    def shape(self) -> str:
        """Expression for a line that is plausibly of this layout, for `auto`."""
        return self._expression(_plausible_text, is_capturing=False)

    def _expression(
        self, text_of: "Callable[[Layout, int, bool], str]", *, is_capturing: bool
    ) -> str:
        expression = "^()" if is_capturing else "^"
        is_quoted = False
        for index, piece in enumerate(self.pieces):
            if not piece.is_field:
                expression += re.escape(piece.text)
                is_quoted ^= piece.text.replace('\\"', "").count('"') % 2 == 1
                continue
            text = text_of(self, index, is_quoted)
            opening = "(" if piece.name and is_capturing else "(?:"
            expression += f"{opening}{text})"
        return f"{expression}$"


def require_short(text: str) -> None:
    """Raise ValueError for a format of over `LONGEST_FORMAT` characters."""
    if len(text) > LONGEST_FORMAT:
        raise ValueError(message("formats.layout.too_long", most=LONGEST_FORMAT))


def layout_from(title: str, pieces: Iterable[Piece], escapes: Escapes = "backslash") -> Layout:
    """Return the layout of `pieces`: neighbours checked, each raw field filled by one of them.

    Raises:
        ValueError: no time or no client, or nothing stands between two fields.
    """
    require_short(title)
    chosen = _chosen(_joined(pieces))
    for one, two in pairwise(chosen):
        if one.is_field and two.is_field and not _is_separable(one, two):
            raise ValueError(message("formats.layout.nothing_between_fields", title=title))
    names = {piece.name for piece in chosen}
    if "time" not in names:
        raise ValueError(message("formats.layout.no_time", title=title))
    if not names & {"host", "forwarded_for", "forwarded", "real_ip"}:
        raise ValueError(message("formats.layout.no_client_address", title=title))
    return Layout(title, tuple(chosen), escapes)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces with literals that stand side by side made one, and empty ones left out."""
    joined: list[Piece] = []
    for piece in pieces:
        if piece.is_field:
            joined.append(piece)
        elif piece.text and joined and not joined[-1].is_field:
            joined[-1] = Piece(joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return joined


def _is_separable(one: Piece, two: Piece) -> bool:
    return two.kind in _SELF_STARTING or one.kind in _SELF_STARTING or (
        one.kind in {"vhost", "host"} and two.kind in {"path", "target"}
    )  # fmt: skip


def _chosen(pieces: list[Piece]) -> list[Piece]:
    best: dict[str, int] = {}
    for index, piece in enumerate(pieces):
        before = best.get(piece.name)
        if piece.name and (before is None or piece.rank < pieces[before].rank):
            best[piece.name] = index
    if "request" in best:
        for name in _PARTS_OF_REQUEST:
            best.pop(name, None)
    if "target" in best:
        best.pop("path", None)
        best.pop("query", None)
    for name in [name for name in DURATIONS if name in best][1:]:
        del best[name]
    kept = set(best.values())
    return [
        piece if index in kept or not piece.name else replace(piece, name="")
        for index, piece in enumerate(pieces)
    ]


def _delimiter(layout: Layout, index: int) -> str:
    """The character that ends a field, where only one character can."""
    following = layout.pieces[index + 1] if index + 1 < len(layout.pieces) else None
    if following is None or following.is_field:
        has_tabs = any("\t" in piece.text for piece in layout.pieces)
        return "\t" if has_tabs else " "
    return following.text[0] if following.text[0] in _TIDY_DELIMITERS else " "


def _kind_text(layout: Layout, index: int, is_quoted: bool, column: int) -> str:
    piece = layout.pieces[index]
    if piece.kind == "time":
        return _time_shape(piece.form)
    following = layout.pieces[index + 1] if index + 1 < len(layout.pieces) else None
    excluded = _delimiter(layout, index)
    if following is not None and following.kind in _SELF_STARTING:
        excluded += "?"
    if following is not None and following.kind in {"path", "target"}:
        excluded += "/"
    if is_quoted:
        excluded += '"\\' if layout.escapes != "none" else '"'
    one = "[^" + re.escape(excluded) + "]"
    kind = piece.kind if piece.kind in _KINDS else "word"
    if kind == "host" and "," in excluded:  # which several addresses would have between them
        return ("{x}*", HOST)[column].replace("{x}", one)
    other = "[^" + re.escape(excluded) + ",]"
    return _KINDS[kind or "word"][column].replace("{x}", one).replace("{y}", other)


def _time_shape(form: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", expression_of(form)[1:-1])


def _fills_quotes(layout: Layout, index: int) -> bool:
    pieces = layout.pieces
    return (
        0 < index < len(pieces) - 1
        and pieces[index - 1].text.endswith('"')
        and pieces[index + 1].text.startswith('"')
    )


def _quoted_text(layout: Layout) -> str:
    return ".*?" if layout.escapes == "none" else r'[^"\\]*(?:\\.[^"\\]*)*'


def _strict_text(layout: Layout, index: int, is_quoted: bool) -> str:
    piece = layout.pieces[index]
    if piece.kind == "time" and _is_bracketed(layout, index):
        return r"[^\]]*"
    if is_quoted and _fills_quotes(layout, index) and piece.kind != "time":
        return _quoted_text(layout)
    return _kind_text(layout, index, is_quoted, 0)


def _is_bracketed(layout: Layout, index: int) -> bool:
    pieces = layout.pieces
    return (
        0 < index < len(pieces) - 1
        and pieces[index - 1].text.endswith("[")
        and pieces[index + 1].text.startswith("]")
    )


def _tolerant_text(layout: Layout, index: int, is_quoted: bool) -> str:
    piece = layout.pieces[index]
    if piece.kind in {"time", "status", "bytes", "port", "query", "is_args", "path"}:
        return _strict_text(layout, index, is_quoted)
    if is_quoted and _fills_quotes(layout, index) and layout.escapes == "backslash":
        return r'(?:[^"\\]|\\.|\\x[0-9a-f]{2}\\)*'
    return ".*?"


def _plausible_text(layout: Layout, index: int, is_quoted: bool) -> str:
    piece = layout.pieces[index]
    if is_quoted and _fills_quotes(layout, index) and piece.kind in {"text", "list", "word"}:
        return _quoted_text(layout)
    text = _kind_text(layout, index, is_quoted, 1)
    if is_quoted and _fills_quotes(layout, index) and piece.kind in {"vhost", "host"}:
        return f"{text}|-|"  # no value; without quotes it would be any other field as well
    return text
