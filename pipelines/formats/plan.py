"""How the regular lines of a layout are split in bulk: on quotes, then on what stands between.

A line is regular when it has just the expected parts and no backslash.
"""

import re
from dataclasses import dataclass

import polars as pl

from pipelines.formats.layout import Layout, Piece

_SPACES = {"clf": 1, "iso": 0, "epoch_s": 0, "epoch_ms": 0, "epoch_us": 0, "epoch_ns": 0}
_WIDE_DIRECTIVES = re.compile("%[-_0^#]?[EO]?[eklcrnt]")  # that may hold spaces
_UNQUOTED_TEXT = {"text"}


@dataclass(frozen=True)
class Field:
    """A field by its name, empty for one that is carried past, and the spaces it holds."""

    name: str
    spaces: int = 0


@dataclass(frozen=True)
class Span:
    """Fields between literals, of which there is one more."""

    fields: tuple[Field, ...]
    literals: tuple[str, ...]

    def split(self, text: pl.Series) -> tuple[list[pl.Series], list[pl.Series]]:
        """Return the named fields of `text`, and checks of where it has the form of the span."""
        if not self.fields:
            return [], [text == self.literals[0]]
        first, *inner, last = self.literals
        checks = []
        if first:
            checks.append(text.str.starts_with(first))
            text = text.str.strip_prefix(first)
        if last:
            checks.append(text.str.ends_with(last))
            text = text.str.strip_suffix(last)
        between = max(inner, key=len, default=" ")
        if set(inner) <= {" "} and (inner or not self.fields[0].spaces):
            found, more = _on_spaces(text, self.fields)
        elif not inner:
            found, more = _named(text, self.fields[0]), [text.is_not_null()]
            if not self.fields[0].spaces:  # it would be another field, in front of another name
                more.append(~text.str.contains(" ", literal=True))
        else:
            found, more = self._on(between, inner.index(between) + 1, text)
        return found, checks + more

    def _on(
        self, between: str, cut: int, text: pl.Series
    ) -> tuple[list[pl.Series], list[pl.Series]]:
        """The halves before and after the one literal that stands out."""
        left, right = text.str.splitn(between, 2).struct.unnest().get_columns()
        checks = [right.is_not_null()]
        if between == ":":  # which an address has, in brackets
            checks.append(~left.str.starts_with("["))
        if " " in between:  # which a name before it may hold; no part of a word does
            checks.append(~right.str.contains(between, literal=True))
        fields = []
        for half, span in (
            (left, Span(self.fields[:cut], (*("", *self.literals[1:cut]), ""))),
            (right, Span(self.fields[cut:], ("", *self.literals[cut + 1 : -1], ""))),
        ):
            found, more = span.split(half)
            fields += found
            checks += more
        return fields, checks


@dataclass(frozen=True)
class Plan:
    """The spans between quotes; every second one is a quoted field and nothing else."""

    spans: tuple[Span, ...]

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of the regular lines, and `regular`: which lines those are."""
        count = len(self.spans)
        checks = [~lines.str.contains("\\", literal=True)]
        parts = [lines]
        if count > 1:
            *parts, more = lines.str.split_exact('"', count).struct.unnest().get_columns()
            checks += [more.is_null(), parts[-1].is_not_null()]
        fields: list[pl.Series] = []
        for number, (part, span) in enumerate(zip(parts, self.spans, strict=True)):
            if number % 2:
                fields += _named(part, span.fields[0])
                continue
            found, more_checks = span.split(part)
            fields += found
            checks += more_checks
        regular = pl.select(pl.all_horizontal(*map(pl.lit, checks)).fill_null(value=False))
        return pl.DataFrame([*fields, regular.to_series().alias("regular")])


def plan_of(layout: Layout) -> Plan | None:
    """Return the plan for regular lines; None when the layout has no such form."""
    if layout.has_neighbours:
        return None
    parts: list[list[Piece]] = [[]]
    for piece in layout.pieces:
        if piece.is_field:
            parts[-1].append(piece)
            continue
        first, *others = piece.text.split('"')
        parts[-1].append(Piece(text=first))
        parts += [[Piece(text=text)] for text in others]
    spans = [_span(part, is_quoted=number % 2 == 1) for number, part in enumerate(parts)]
    whole = tuple(span for span in spans if span is not None)
    return Plan(whole) if len(whole) == len(spans) else None


def _span(pieces: list[Piece], *, is_quoted: bool) -> Span | None:
    fields: list[Field] = []
    literals = [""]
    for piece in pieces:
        if not piece.is_field:
            literals[-1] += piece.text
            continue
        spaces = _spaces(piece)
        if not is_quoted and (spaces < 0 or piece.kind in _UNQUOTED_TEXT):
            return None
        fields.append(Field(piece.name, spaces))
        literals.append("")
    if is_quoted and (len(fields) != 1 or any(literals)):
        return None
    return None if set("".join(literals)) & set("\t\\") else Span(tuple(fields), tuple(literals))


def _on_spaces(
    text: pl.Series, fields: tuple[Field, ...]
) -> tuple[list[pl.Series], list[pl.Series]]:
    size = sum(1 + field.spaces for field in fields)
    *parts, more = text.str.split_exact(" ", size).struct.unnest().get_columns()
    found = []
    position = 0
    for field in fields:
        whole = parts[position]
        for part in parts[position + 1 : position + 1 + field.spaces]:
            whole = whole + " " + part
        found += _named(whole, field)
        position += 1 + field.spaces
    return found, [more.is_null(), parts[-1].is_not_null()]


def _named(text: pl.Series, field: Field) -> list[pl.Series]:
    return [text.alias(field.name)] if field.name else []


def _spaces(piece: Piece) -> int:
    """How many spaces a field holds; a negative number where that is not sure."""
    if piece.kind != "time":
        return 0
    if piece.form in _SPACES:
        return _SPACES[piece.form]
    return -1 if _WIDE_DIRECTIVES.search(piece.form) else piece.form.count(" ")
