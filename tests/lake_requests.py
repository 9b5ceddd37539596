"""Rows of lake.request for tests that need no log: written as ingest writes them."""

import datetime as dt
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl

from pipelines import lake
from pipelines.ingest.dimensions import Dimensions
from pipelines.ingest.request_profiles import PROFILE_SCHEMA
from pipelines.privacy.pseudonym import Pseudonyms

_SEEN_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def insert_requests(
    con: duckdb.DuckDBPyConnection, rows: pl.DataFrame | Sequence[dict[str, Any]]
) -> None:
    """Insert rows with some columns of lake.request; the others are null."""
    frame = pl.DataFrame(rows, infer_schema_length=None)
    if frame.is_empty():
        return
    nothing = {name: None for name in PROFILE_SCHEMA if name not in frame.columns}
    dimensions = Dimensions(con, SimpleNamespace(edition=""), Pseudonyms())  # type: ignore[arg-type]
    facts = dimensions.refer_profiles(frame.with_columns(**nothing).cast(PROFILE_SCHEMA))
    dimensions.flush(_SEEN_AT)
    lake.insert_frame(con, "request_fact", facts)
