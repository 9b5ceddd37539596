"""Rows of lake.request for tests that need no log: written as ingest writes them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl

from pipelines import lake
from pipelines.ingest.kinds import KIND_SCHEMA, Kinds

_SEEN_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def insert_requests(
    con: duckdb.DuckDBPyConnection, rows: pl.DataFrame | Sequence[dict[str, Any]]
) -> None:
    """Insert rows with some columns of lake.request; the others are null."""
    frame = pl.DataFrame(rows, infer_schema_length=None)
    if frame.is_empty():
        return
    nothing = {name: None for name in KIND_SCHEMA if name not in frame.columns}
    kinds = Kinds()
    facts = kinds.refer(frame.with_columns(**nothing).cast(KIND_SCHEMA))
    met = kinds.take_fresh().rename({"id": "kind_id"})
    known = con.execute("select kind_id from lake.kind").pl()
    fresh = met.join(known, on="kind_id", how="anti").with_columns(seen_at=pl.lit(_SEEN_AT))
    lake.insert_frame(con, "kind", fresh)
    lake.insert_frame(con, "request_fact", facts)
