"""A log format as the rest of the pipeline sees it: lines in, raw fields out."""

from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

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
class Format:
    """How lines are taken apart and how their fields are written. Equal when titles are.

    `title` is what messages and the ledger call it. `time_form` is a form of
    `pipelines.normalise.time`; `timezone` is set where times without an offset are not local to
    the site. With `backslash_escapes` fields still hold the server's escapes. With `has_directives`
    lines that begin with `#` are no requests.
    """

    title: str
    splitter: Splitter = field(compare=False, repr=False)
    time_form: str = field(default="clf", compare=False)
    timezone: str | None = field(default=None, compare=False)
    backslash_escapes: bool = field(default=True, compare=False)
    ends_with_delimiter: bool = field(default=False, compare=False)
    has_directives: bool = field(default=False, compare=False)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields that `split` returns."""
        return self.splitter.fields

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return one row a line: the raw fields as strings, and `reason` (null for a whole line).

        Only the fields that the format has are columns. A field is null in a line with a reason.
        """
        return self.splitter.split(lines)

    def fits(self, lines: pl.Series) -> pl.Series:
        """Return for each line whether it looks like one of this format."""
        return lines.to_frame("line").select(self.splitter.looks(pl.col("line"))).to_series()
