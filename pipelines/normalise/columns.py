"""Working on the rows of a column apart, and putting them back in their places."""

import polars as pl


def rejoined(even: pl.DataFrame, odd: pl.DataFrame, is_odd: pl.Series) -> pl.DataFrame:
    """Return the rows of `odd` in the places where `is_odd`, those of `even` in the others.

    Columns that only one of them has are null for the rows of the other.
    """
    places = pl.int_range(len(is_odd), eager=True)
    return (
        pl.concat(
            [
                even.with_columns(at=places.filter(~is_odd)),
                odd.with_columns(at=places.filter(is_odd)),
            ],
            how="diagonal",
        )
        .sort("at")
        .drop("at")
    )
