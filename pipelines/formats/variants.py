"""A format whose server writes it in one of several layouts, as its settings say."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.formats.split import LayoutSplitter
from pipelines.normalise.columns import rejoined


@dataclass(frozen=True)
class VariantSplitter:
    """Takes each line apart by the first layout that it fits."""

    variants: tuple[LayoutSplitter, ...]

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields of all layouts."""
        return tuple(dict.fromkeys(name for variant in self.variants for name in variant.fields))

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where no layout fits."""
        frame = self._split(lines, self.variants)
        missing = [name for name in self.fields if name not in frame.columns]
        return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether a line looks like one of a layout."""
        return pl.any_horizontal(variant.looks(line) for variant in self.variants)

    def _split(self, lines: pl.Series, variants: tuple[LayoutSplitter, ...]) -> pl.DataFrame:
        first, *others = variants
        if not others:
            return first.split(lines)
        if first.plan is not None and first.layout.escapes != "json":
            fast = first.plan.split(lines)
            is_regular = fast.get_column("regular")
            fast = fast.drop("regular").with_columns(reason=pl.lit(None, pl.String))
            if is_regular.all():
                return fast
            if is_regular.any():
                rest = self._split(lines.filter(~is_regular), variants)
                return rejoined(fast.filter(is_regular), rest, ~is_regular)
        fits = lines.to_frame("line").select(first.looks(pl.col("line"))).to_series()
        if fits.all():
            return first.split(lines)
        rest = self._split(lines.filter(~fits), tuple(others))
        return rejoined(first.split(lines.filter(fits)), rest, ~fits) if fits.any() else rest
