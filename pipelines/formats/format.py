"""A log format as the rest of the pipeline sees it: lines in, raw fields or a reason out."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import polars as pl

from pipelines.normalise.columns import patched

# What a field holds that has another column in it (the client, say, in the place of the log name):
# its name, a sign that is looked for first, and an expression.
_SIGNS_OF_MORE = (
    ("vhost", ",", ","), ("vhost", '"', '"'), ("host", '"', '^"'), ("host", "(", "^[(]"),
    ("user", " ", "(?:^| )- "), ("bytes", " ", " "), ("agent", '"', r'(?:^|[^\\])"'),
)  # fmt: skip
# A second look costs much where a field is long, and only a client makes it so.
_LONGEST_SIGN = 512  # bytes
COMMENT = "comment"  # the reason of lines that are none by themselves, such as parts of one


class Splitter(Protocol):
    """What a way to take lines apart must offer."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields that `split` returns."""
        ...

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return one row a line: `fields` as strings and `reason` (null for a whole line)."""
        ...

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether a line looks like one of the format."""
        ...


@dataclass(frozen=True)
class FurtherSplitter:
    """Takes lines apart by `first`, and those that it does not fit by `further`.

    The reason why a line fits neither is that of `first`.
    """

    first: Splitter
    further: Splitter

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields of both."""
        return tuple(dict.fromkeys((*self.first.fields, *self.further.fields)))

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where neither fits."""
        frame = self.first.split(lines)
        missing = [name for name in self.fields if name not in frame.columns]
        frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
        reasons = frame.get_column("reason")
        is_irregular = (reasons.is_not_null() & (reasons != COMMENT)).fill_null(value=False)
        for name, sign, pattern in _SIGNS_OF_MORE:
            if name not in frame.columns:
                continue
            column = frame.get_column(name)
            if column.str.contains(sign, literal=True).any():
                is_sign = column.str.contains(pattern) & (column.str.len_bytes() <= _LONGEST_SIGN)
                is_irregular |= is_sign.fill_null(value=False)
        if not is_irregular.any():
            return frame
        found = self.further.split(lines.filter(is_irregular))
        is_found = is_irregular.clone().scatter(
            is_irregular.arg_true(), found.get_column("reason").is_null()
        )
        return patched(frame, found.filter(pl.col("reason").is_null()), is_found)

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether a line looks like one of either."""
        return self.first.looks(line) | self.further.looks(line)


@dataclass(frozen=True)
class Format:
    """How lines are taken apart and how their fields are written. Equal when titles are.

    `title` is what messages and the ledger call it. `time_form` is a form of
    `pipelines.normalise.time`; `timezone` is set where times without an offset are not local to
    the site. With `backslash_escapes` fields still hold the server's escapes. With `has_directives`
    lines that begin with `#` are no requests. `further` takes apart what `splitter` does not fit.
    Where `names_fields`, each line says itself what its values are: an unusual form is an unusual
    value, no sign of another format.
    """

    title: str
    splitter: Splitter = field(compare=False, repr=False)
    time_form: str = field(default="clf", compare=False)
    timezone: str | None = field(default=None, compare=False)
    backslash_escapes: bool = field(default=True, compare=False)
    ends_with_delimiter: bool = field(default=False, compare=False)
    has_directives: bool = field(default=False, compare=False)
    names_fields: bool = field(default=False, compare=False)
    further: Splitter | None = field(default=None, compare=False, repr=False)

    @cached_property
    def whole_splitter(self) -> Splitter:
        """What takes any line of the format apart."""
        if self.further is None:
            return self.splitter
        return FurtherSplitter(self.splitter, self.further)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields that `split` returns."""
        return self.whole_splitter.fields

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return one row a line: the raw fields as strings, and `reason` (null for a whole line).

        Only the fields that the format has are columns. A field is null in a line with a reason.
        """
        return self.whole_splitter.split(lines)

    def fits(self, lines: pl.Series) -> pl.Series:
        """Return for each line whether it looks like one of this format."""
        found = look_like(self.splitter, lines)
        if self.further is None or found.all():
            return found
        others = found.not_().arg_true()
        return found.scatter(others, look_like(self.further, lines.gather(others)))


def look_like(splitter: Splitter, lines: pl.Series) -> pl.Series:
    """Return for each line whether it looks like one that the splitter takes apart."""
    return lines.to_frame("line").select(splitter.looks(pl.col("line"))).to_series()


def because(code: str, **arguments: str | int) -> str:
    """Return a reason as frames carry it."""
    return json.dumps([code, arguments], ensure_ascii=False)
