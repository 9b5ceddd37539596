"""Columns of lists of texts, nearly all of them empty.

Polars takes fifty times as long to gather or filter them as any other column.
"""

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.normalise.columns import of_arrow

_Numbers = np.ndarray[tuple[int, ...], np.dtype[Any]]


def list_column(name: str, sizes: _Numbers, texts: pl.Series) -> pl.Series:
    """Return a column of lists: so many of `texts` in each row as `sizes` says."""
    ends = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=ends[1:])
    # By way of Polars: pyarrow's own way from NumPy and lists would load pandas first.
    lists = pa.LargeListArray.from_arrays(pl.Series(ends).to_arrow(), texts.to_arrow())
    return of_arrow(name, lists)


def gathered_lists(lists: pl.Series, rows: _Numbers) -> pl.Series:
    """Return the lists of the rows of these numbers."""
    sizes = lists.list.len().to_numpy()[rows]
    texts = lists.gather(rows[sizes > 0]).explode()
    return list_column(lists.name, sizes, texts)
