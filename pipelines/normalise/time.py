"""Log times to instants: offsets obeyed, impossible dates refused, never silently shifted."""

import datetime as dt

import polars as pl

# Month names are English in these formats whatever the server's locale.
_CLF = r"^\d{2}/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:[0-2]\d:[0-5]\d:[0-5]\d"
_OFFSET = r" [+-](?:0\d|1[0-4])[0-5]\d$"
INSTANT = pl.Datetime("us", "UTC")
_FIRST = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
_LAST = dt.datetime(2099, 12, 31, tzinfo=dt.UTC)


def parse_times(texts: pl.Series, timezone: str) -> pl.Series:
    """Return instants (microseconds, UTC) for `17/May/2015:10:05:03 +0000`; null where none.

    A time without an offset is local to `timezone`: of an hour that comes twice when clocks go
    back the first is taken, and a time that clocks leap over is null. A leap second (:60), the
    31st of June, offsets beyond 14:59 and years outside 1970 to 2099 are null.
    """
    distinct = texts.unique().drop_nulls().to_frame("text")
    text = pl.col("text")
    zoned = text.str.contains(_CLF + _OFFSET)
    local = text.str.contains(_CLF + "$")
    known = distinct.select(
        text,
        pl.coalesce(
            pl.when(zoned)
            .then(text)
            .str.to_datetime("%d/%b/%Y:%H:%M:%S %z", time_unit="us", strict=False),
            pl.when(local)
            .then(text)
            .str.to_datetime("%d/%b/%Y:%H:%M:%S", time_unit="us", strict=False)
            .dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
            .dt.convert_time_zone("UTC"),
        ).alias("time"),
    )
    # Years that no log is of would only break calendars further on.
    time = pl.col("time")
    known = known.with_columns(pl.when(time.is_between(_FIRST, _LAST)).then(time).alias("time"))
    return texts.to_frame("text").join(
        known, on="text", how="left", maintain_order="left"
    ).get_column("time").cast(INSTANT)  # fmt: skip
