"""Lines to raw fields by a layout: regular lines by splitting in bulk, others by expressions.

Splitting on quotes and then on spaces is four times as fast as an expression. A line that does not
have the expected parts (escaped quotes, a user name with a space) is matched by the layout's
strict expression, then by its tolerant one; `split_carefully` says of what is left why it fails.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from pipelines.formats.format import because
from pipelines.formats.layout import Layout
from pipelines.formats.plan import Plan, plan_of
from pipelines.formats.unescape import json_unescaped
from pipelines.normalise.columns import patched

# What must follow a closing quote for it to be one, where the next field's text has a known form.
_SHAPES = {
    "status": re.compile(r"(?:\d{3}|0|-)(?=\D|$)"),
    "bytes": re.compile(r"(?:\d+|-)(?=\s|$)"),
}


@dataclass(frozen=True)
class LayoutSplitter:
    """Takes lines apart by a layout."""

    layout: Layout

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields."""
        return self.layout.fields

    @cached_property
    def plan(self) -> Plan | None:
        """How regular lines are split; None when the layout has no such form."""
        return plan_of(self.layout)

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where it does not fit."""
        frame = split_lines(lines, self.layout, self.plan)
        if self.layout.escapes == "json":
            return frame.with_columns(
                json_unescaped(frame.get_column(name)) for name in self.fields
            )
        return frame

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether a line looks like one of the layout."""
        looks = line.str.contains(self.layout.shape)
        if self.layout.escapes != "backslash":
            return looks
        # A byte of Shift_JIS may be a backslash, which escapes nothing.
        bare = line.str.replace_all(r'(\\x[0-9a-f]{2})\\"', '$1"')
        return looks | bare.str.contains(self.layout.shape)


@dataclass(frozen=True)
class PatternSplitter:
    """Takes lines apart by one expression (Rust's dialect) whose named groups are raw fields.

    Groups whose names end in `_1`, `_2`, … are parts of a duration and are summed. A quoted group
    of any text (`"(?P<agent>.*?)"`) is taken to hold no quote where that makes the line fit: the
    engine is three times as fast then. `vhost_in_request` finds the host in an absolute request.
    """

    title: str
    pattern: str
    vhost_in_request: str | None = None
    groups: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Read the names of the groups."""
        object.__setattr__(self, "groups", tuple(re.findall(r"\(\?P<(\w+)>", self.pattern)))

    @cached_property
    def _parts(self) -> tuple[str, ...]:
        return tuple(name for name in self.groups if re.search(r"_\d$", name))

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields."""
        whole = (name for name in self.groups if name not in self._parts)
        total = (self._parts[0][:-2],) if self._parts else ()
        return (*whole, *total, *(("vhost",) if self.vhost_in_request else ()))

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where it does not fit."""
        frame = matched(lines, self.pattern.replace('.*?)"', '[^"]*)"'), self.groups)
        is_irregular = ~frame.get_column("is_match")
        if is_irregular.any():
            frame = patched(
                frame, matched(lines.filter(is_irregular), self.pattern, self.groups), is_irregular
            )
        if self.vhost_in_request:
            vhost = pl.col("request").str.extract(self.vhost_in_request)
            frame = frame.with_columns(vhost=vhost)
        if not self._parts:
            return with_reason(frame, because("other_form", format=self.title))
        given = [
            pl.when(number >= 0).then(number)
            for number in (pl.col(part).cast(pl.Float64, strict=False) for part in self._parts)
        ]
        total = pl.when(pl.any_horizontal(part.is_not_null() for part in given)).then(
            pl.sum_horizontal(given).round(9).cast(pl.String)
        )
        frame = frame.with_columns(total.alias(self._parts[0][:-2])).drop(self._parts)
        return with_reason(frame, because("other_form", format=self.title))

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether a line has the form."""
        return line.str.contains(self.pattern)


def matched(lines: pl.Series, pattern: str, names: Sequence[str]) -> pl.DataFrame:
    """Return the groups of `pattern` as columns, and `is_match`.

    The pattern must hold a group that always takes part in a match.
    """
    groups = lines.str.extract_groups(pattern).struct.unnest()
    is_match = groups.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    columns = groups.columns[-len(names) :] if names else []
    return groups.select(columns).rename(dict(zip(columns, names, strict=True))).with_columns(
        is_match.alias("is_match")
    )  # fmt: skip


def with_reason(frame: pl.DataFrame, reason: str) -> pl.DataFrame:
    """Return `frame` with `reason` for the rows that are no `is_match`."""
    return frame.with_columns(
        reason=pl.when(~pl.col("is_match")).then(pl.lit(reason)).otherwise(None)
    ).drop("is_match")


def split_lines(lines: pl.Series, layout: Layout, plan: Plan | None = None) -> pl.DataFrame:
    """Return one row per line: the raw fields as strings, and `reason` (null for a whole line).

    A field is null in a line that has a reason.
    """
    plan = plan or plan_of(layout)
    if plan is None:
        return _by_expressions(lines, layout)
    fast = plan.split(lines).with_columns(reason=pl.lit(None, pl.String))
    regular = fast.get_column("regular")
    if regular.all():
        return fast.drop("regular")
    is_irregular = ~regular
    return patched(
        fast.drop("regular"), _by_expressions(lines.filter(is_irregular), layout), is_irregular
    )


def _by_expressions(lines: pl.Series, layout: Layout) -> pl.DataFrame:
    strict = matched(lines, layout.strict, layout.fields)
    if "user" in layout.fields:  # httpd writes an empty name so that it is not taken for none
        strict = strict.with_columns(pl.col("user").replace('""', ""))
    return _rest(lines, strict, lambda rest: _tolerantly(rest, layout))


def _tolerantly(lines: pl.Series, layout: Layout) -> pl.DataFrame:
    tolerant = matched(lines, layout.tolerant, layout.fields)
    return _rest(lines, tolerant, lambda rest: _carefully(rest, layout))


def _rest(
    lines: pl.Series, found: pl.DataFrame, other: Callable[[pl.Series], pl.DataFrame]
) -> pl.DataFrame:
    """The lines found, and those that are no match taken apart the `other` way."""
    is_irregular = ~found.get_column("is_match")
    whole = found.drop("is_match").with_columns(reason=pl.lit(None, pl.String))
    return (
        patched(whole, other(lines.filter(is_irregular)), is_irregular)
        if is_irregular.any()
        else whole
    )


def split_carefully(line: str, layout: Layout) -> tuple[dict[str, str], str | None]:
    """Return the raw fields of one line, and the reason when the layout does not fit."""
    fields: dict[str, str] = {}
    position = 0
    pieces = layout.pieces
    if layout.has_neighbours:
        return {}, because("form_of_settings")
    for index, piece in enumerate(pieces):
        if not piece.is_field:
            if not line.startswith(piece.text, position):
                before = layout.pieces[index - 1].name if index else None
                return {}, _lacks(piece.text, before, "missing")
            position += len(piece.text)
            continue
        end = _field_end(line, position, layout, index)
        if end < 0:
            if index + 1 == len(pieces):
                return {}, because("text_after_end")
            return {}, _lacks(pieces[index + 1].text, piece.name, "after_unnamed")
        if piece.name:
            fields[piece.name] = line[position:end]
        position = end
    if position != len(line):
        return {}, because("text_after_end")
    return fields, None


def _lacks(text: str, before: str | None, otherwise: str) -> str:
    """The reason of a line without a text of the layout; `before` is the field's name before it."""
    piece = text.strip()
    kind, place = "piece" if piece else "space", "after" if before else otherwise
    given = {"piece": piece, "before": before or ""}
    return because(f"{kind}_{place}", **{key: value for key, value in given.items() if value})


def _field_end(line: str, position: int, layout: Layout, index: int) -> int:
    pieces = layout.pieces
    if index + 1 == len(pieces):
        return len(line) if " " not in line[position:] else -1
    delimiter = pieces[index + 1].text
    quoted = delimiter.startswith('"') and layout.escapes != "none"
    if index + 2 == len(pieces):
        end = len(line) - len(delimiter)
        if not line.endswith(delimiter, position) or (quoted and _is_escaped(line, end, position)):
            return -1
        return end
    shape = _SHAPES.get(pieces[index + 2].name)
    end = line.find(delimiter, position)
    while end >= 0:
        escaped = quoted and _is_escaped(line, end, position)
        if not escaped and (shape is None or shape.match(line, end + len(delimiter))):
            return end
        end = line.find(delimiter, end + 1)
    return -1


def _is_escaped(line: str, quote: int, begin: int) -> bool:
    run = quote
    while run > begin and line[run - 1] == "\\":
        run -= 1
    return (quote - run) % 2 == 1


def _carefully(lines: pl.Series, layout: Layout) -> pl.DataFrame:
    rows = [split_carefully(line, layout) for line in lines]
    columns: dict[str, list[str | None]] = {
        name: [fields.get(name) for fields, _ in rows] for name in layout.fields
    }
    columns["reason"] = [reason for _, reason in rows]
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
