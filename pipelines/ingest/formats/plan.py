"""How the regular lines of a layout are split in bulk: on quotes and spaces, or on one character.

A line is regular when it has just the expected parts and no backslash.
"""

import re
from dataclasses import dataclass

import polars as pl

from pipelines.ingest.formats.layout import Layout, Piece

_MARK = "\x00"
_TOKEN = re.compile(r"\x00(\d+)\x00")
_SPACES = {"clf": 1, "iso": 0, "epoch_s": 0, "epoch_ms": 0, "epoch_us": 0, "epoch_ns": 0}
_WIDE_DIRECTIVES = re.compile("%[-_0^#]?[EO]?[eklcrnt]")  # that may hold spaces
_UNQUOTED_TEXT = {"text"}


@dataclass(frozen=True)
class Word:
    """What stands between two spaces: literal text around no field, one, or several.

    `spaces` counts the spaces inside the word: one in a time with its offset. Several fields in
    one word (`%v:%p`) are told apart by `pattern`, whose groups are `names`.
    """

    names: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = ""
    spaces: int = 0
    pattern: str | None = None
    is_literal: bool = False


@dataclass(frozen=True)
class Plan:
    """Parts between quotes: unquoted ones are words, quoted ones are a field (its name)."""

    parts: tuple[tuple[Word, ...] | str, ...]

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of the regular lines, and `regular`: which lines those are."""
        count = len(self.parts)
        line = pl.col("line")
        frame = lines.to_frame("line").select(
            line.str.split_exact('"', count)
            .struct.rename_fields([f"part_{number}" for number in range(count + 1)])
            .alias("parts"),
            line.str.contains("\\", literal=True).alias("escaped"),
        ).unnest("parts")  # fmt: skip
        regular = [~pl.col("escaped"), pl.col(f"part_{count}").is_null()]
        fields: list[pl.Expr] = []
        for number, part in enumerate(self.parts):
            column = f"part_{number}"
            if isinstance(part, str):
                regular.append(pl.col(column).is_not_null())
                if part:
                    fields.append(pl.col(column).alias(part))
                continue
            size = sum(1 + word.spaces for word in part)
            frame = frame.with_columns(
                pl.col(column)
                .str.split_exact(" ", size)
                .struct.rename_fields([f"{column}_{index}" for index in range(size + 1)])
            ).unnest(column)
            regular.append(pl.col(f"{column}_{size}").is_null())
            position = 0
            for word in part:
                checks, found = _word_fields(column, position, word)
                regular += checks
                fields += found
                position += 1 + word.spaces
        return frame.select(
            *fields, pl.all_horizontal(regular).fill_null(value=False).alias("regular")
        )


def plan_of(layout: Layout) -> Plan | None:
    """Return the plan for regular lines; None when the layout has no such form."""
    if layout.has_neighbours:
        return None
    text = "".join(
        f"{_MARK}{index}{_MARK}" if piece.is_field else piece.text
        for index, piece in enumerate(layout.pieces)
    )
    if "\t" in text or "\\" in text:
        return None
    parts: list[tuple[Word, ...] | str] = []
    for number, part in enumerate(text.split('"')):
        if number % 2 == 1:
            quoted = _TOKEN.fullmatch(part)
            if quoted is None:
                return None
            parts.append(layout.pieces[int(quoted[1])].name)
            continue
        words = [_word(word, layout.pieces) for word in part.split(" ")]
        if None in words:
            return None
        parts.append(tuple(word for word in words if word is not None))
    return Plan(tuple(parts))


def _word(word: str, pieces: tuple[Piece, ...]) -> Word | None:
    literals = _TOKEN.split(word)[::2]
    fields = [pieces[int(index)] for index in _TOKEN.findall(word)]
    if any(piece.kind in _UNQUOTED_TEXT for piece in fields):
        return None
    spaces = sum(_spaces(piece) for piece in fields)
    if not fields:
        return Word(prefix=word, is_literal=True)
    if spaces < 0 or (spaces and len(fields) > 1):
        return None
    if len(fields) == 1:
        return Word((fields[0].name,), literals[0], literals[1], spaces)
    pattern = re.escape(literals[0])
    for piece, literal in zip(fields, literals[1:], strict=True):
        pattern += ("(.*)" if piece.name else ".*") + re.escape(literal)
    return Word(names=tuple(piece.name for piece in fields if piece.name), pattern=f"^{pattern}$")


def _spaces(piece: Piece) -> int:
    """How many spaces a field holds; a large negative number where that is not sure."""
    if piece.kind != "time":
        return 0
    if piece.form in _SPACES:
        return _SPACES[piece.form]
    return -1000 if _WIDE_DIRECTIVES.search(piece.form) else piece.form.count(" ")


def _word_fields(column: str, position: int, word: Word) -> tuple[list[pl.Expr], list[pl.Expr]]:
    """Checks that a word has its form, and expressions for the fields in it."""
    text = pl.col(f"{column}_{position}")
    for following in range(1, word.spaces + 1):
        text = text + " " + pl.col(f"{column}_{position + following}")
    if word.is_literal:
        return [text == word.prefix], []
    if word.pattern:
        groups = text.str.extract_groups(word.pattern)
        return (
            [text.str.contains(word.pattern)],
            [groups.struct[index].alias(name) for index, name in enumerate(word.names)],
        )
    checks = [text.is_not_null()]
    if word.prefix or word.suffix:
        checks += [text.str.starts_with(word.prefix), text.str.ends_with(word.suffix)]
        around = len(word.prefix) + len(word.suffix)
        text = text.str.slice(len(word.prefix), text.str.len_chars() - around)
    (name,) = word.names
    return checks, [text.alias(name)] if name else []
