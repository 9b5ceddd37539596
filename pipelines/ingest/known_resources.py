"""What data the resources of the settings show: kept in the lake, each definition with its time."""

import datetime as dt
from typing import Any

import duckdb
import polars as pl

from pipelines.lake import insert_frame, transaction
from pipelines.settings.model import Settings

_DEFINED = (
    *("resource_set", "resource_id", "resource_kind", "data_level", "categories"),
    *("valid_from", "valid_to"),
)
_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("resource_set", "resource_id", "resource_kind"), pl.String()),
        "data_level": pl.UInt8(),
        "categories": pl.List(pl.String()),
        **dict.fromkeys(("valid_from", "valid_to"), pl.Datetime("us", "UTC")),
    }
)

_Row = dict[str, Any]


def refresh_resources(con: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime) -> None:
    """Bring `lake.resource` up to the settings: a definition that changed ends, a new one begins.

    The first definition of a resource holds for all time before. Nothing is written where nothing
    changed.
    """
    rows = con.execute(f"select {', '.join(_DEFINED)} from lake.resource").fetchall()
    stored = [dict(zip(_DEFINED, row, strict=True)) for row in rows]
    present = {_key(one): one for one in stored if one["valid_to"] is None}
    known = {_key(one) for one in stored}
    defined = {_key(one): one for one in _of(settings)}
    same = {
        key
        for key, one in defined.items()
        if key in present and all(present[key][name] == value for name, value in one.items())
    }
    if same == present.keys() == defined.keys():
        return
    ended = present.keys() - same
    rows_after = [
        {**one, "valid_to": now} if one["valid_to"] is None and _key(one) in ended else one
        for one in stored
    ] + [
        {**one, "valid_from": now if key in known else None, "valid_to": None}
        for key, one in defined.items()
        if key not in same
    ]
    with transaction(con):
        con.execute("delete from lake.resource")
        insert_frame(con, "resource", pl.DataFrame(rows_after, schema=_SCHEMA))


def _key(row: _Row) -> tuple[str, str]:
    return row["resource_set"], row["resource_id"]


def _of(settings: Settings) -> list[_Row]:
    """The resources as the settings define them; those of one id show what all of them show."""
    defined: dict[tuple[str, str], _Row] = {}
    for name, group in settings.resources.items():
        for one in group:
            row = defined.setdefault(
                (name, one.id),
                {
                    "resource_set": name,
                    "resource_id": one.id,
                    "resource_kind": one.kind,
                    "data_level": one.level,
                    "categories": [],
                },
            )
            row["data_level"] = max(row["data_level"], one.level)
            row["categories"] = sorted({*row["categories"], *one.categories})
    return list(defined.values())
