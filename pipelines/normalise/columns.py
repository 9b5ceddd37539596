"""Working on the rows of a column apart: once per distinct value, or some rows with care."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa

Types = Mapping[str, pl.DataType | type[pl.DataType]]  # of columns, by name


class Distinct:
    """The distinct values of a text column, and which row has which.

    Work on text is done once a value and spread over the rows by number, without comparing any
    text again.
    """

    def __init__(self, texts: pl.Series) -> None:
        """Number the distinct values of `texts`."""
        coded = texts.cast(pl.Categorical(pl.Categories.random()))
        self._codes = coded.to_physical()
        distinct = coded.unique().drop_nulls()
        order = distinct.to_physical().arg_sort()
        self.values: pl.Series = distinct.gather(order).cast(pl.String)

    def spread(self, column: pl.Series) -> pl.Series:
        """Return a value of `column`, which stands beside `values`, for each row; null for null."""
        return column.gather(self._codes)

    def mapped(self, function: Callable[[str], str | None]) -> pl.Series:
        """Return `function` of each row, called once a distinct value; null stays null."""
        return self.spread(pl.Series([function(text) for text in self.values], dtype=pl.String))


class _Exported:
    """An array as what any library takes it from."""

    def __init__(self, array: "pa.Array") -> None:
        self.__arrow_c_array__ = array.__arrow_c_array__


def of_arrow(name: str, array: "pa.Array") -> pl.Series:
    """Return an array of Arrow as a column, without a copy.

    Polars would load Arrow's compute functions for one that it knows for Arrow's own.
    """
    return pl.Series(_Exported(array)).alias(name)


def patched(frame: pl.DataFrame, selected: pl.DataFrame, is_selected: pl.Series) -> pl.DataFrame:
    """Return `frame` with the rows of `selected` in the places where `is_selected`.

    A column that `selected` lacks is null there.
    """
    places = is_selected.arg_true()
    return pl.DataFrame(
        [
            column.scatter(
                places, selected.get_column(column.name) if column.name in selected else None
            )
            for column in frame.get_columns()
        ]
    )


def rejoined(rest: pl.DataFrame, selected: pl.DataFrame, is_selected: pl.Series) -> pl.DataFrame:
    """Return the rows of `selected` where `is_selected`, those of `rest` in the other places.

    Columns that only one of them has are null for the rows of the other.
    """
    import numpy as np  # noqa: PLC0415 - it loads slowly, and reports need none

    places = np.empty(len(is_selected), dtype=np.uint32)
    where = is_selected.to_numpy()
    places[~where] = np.arange(len(rest))
    places[where] = np.arange(len(rest), len(rest) + len(selected))
    both = pl.concat([rest, selected], how="diagonal", rechunk=True)
    return both.select(pl.all().gather(pl.Series(places)))
