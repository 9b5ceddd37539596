"""Request profiles: the values that many requests share, written once, referred to by a stable id.

The host of the referrer is no part of a profile: clients can send as many of them as they like.
"""

from typing import cast

import polars as pl

from pipelines.ingest.identity import stable_ids
from pipelines.ingest.seen_values import SeenValues

PROFILE_SCHEMA = pl.Schema(
    {
        "site_id": pl.String,
        "site_domain": pl.String,
        "method": pl.String,
        "protocol": pl.String,
        "user_type": pl.String,
        "resource_id": pl.String,
        "resource_kind": pl.String,
        "data_level": pl.UInt8,
        "login_result": pl.String,
    }
)
_FRESH_SCHEMA = pl.Schema([("id", pl.UInt64), *PROFILE_SCHEMA.items()])
_REMEMBERED = 50_000
_MOST_KEYS = 2**63


class RequestProfiles(SeenValues):
    """The profiles that have been seen."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__(_FRESH_SCHEMA)

    def _begin(self) -> None:
        # Columns of the same Categories have the same number for a text; one value of each keeps
        # them alive.
        self.types = {
            name: pl.Categorical(pl.Categories.random()) if dtype == pl.String else dtype
            for name, dtype in PROFILE_SCHEMA.items()
        }
        self._alive = [pl.Series([None], dtype=dtype) for dtype in self.types.values()]
        self._ids: dict[tuple[int, ...], int] = {}

    def refer(self, requests: pl.DataFrame) -> pl.DataFrame:
        """Return `requests` with `request_profile_id` in place of the columns of PROFILE_SCHEMA.

        Texts are numbered here, unless they come in the columns of `types`.
        """
        if len(self._ids) > _REMEMBERED:
            self._begin()
        codes = requests.select(
            (pl.col(name).cast(dtype).to_physical().cast(pl.UInt64) + 1).fill_null(0)
            for name, dtype in self.types.items()
        )
        keys = _keys(codes)
        first = keys.to_frame("key").with_row_index("row").unique("key", keep="any")
        rows = first.get_column("row")
        ids = self._ids_of(codes[rows], requests, rows)
        found = keys.to_frame("key").join(
            pl.DataFrame([first.get_column("key"), ids]),
            on="key",
            how="left",
            maintain_order="left",
        )
        return requests.drop(*PROFILE_SCHEMA).with_columns(found.get_column("request_profile_id"))

    def _ids_of(self, codes: pl.DataFrame, requests: pl.DataFrame, rows: pl.Series) -> pl.Series:
        """Return the ids of the profiles in `rows` of `requests`, whose codes are given."""
        ids = [self._ids.get(code) for code in codes.iter_rows()]
        found = pl.Series("request_profile_id", ids, dtype=pl.UInt64)
        unknown = found.is_null()
        if unknown.any():
            met = requests.select(*PROFILE_SCHEMA)[rows.filter(unknown)].cast(PROFILE_SCHEMA)
            numbers = stable_ids(met)
            self._ids.update(zip(codes.filter(unknown).iter_rows(), numbers, strict=True))
            found = found.scatter(unknown.arg_true(), numbers)
            self._keep(met.insert_column(0, numbers))
        return found


def _keys(codes: pl.DataFrame) -> pl.Series:
    """Return one number for each row, the same for the same codes only."""
    keys, size = pl.repeat(0, len(codes), dtype=pl.UInt64, eager=True), 1
    for column in codes.get_columns():
        least, most = (cast("int", end or 0) for end in (column.min(), column.max()))
        values = most - least + 1
        if values == 1:
            continue
        if size * values > _MOST_KEYS:
            keys, size = (keys.rank("dense") - 1).cast(pl.UInt64), len(codes)
        keys, size = keys * values + (column - least), size * values
    return keys
