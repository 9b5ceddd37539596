"""How fast the lake and the delivered logs grow, by what the lake itself holds of its last days."""

import datetime as dt
import math
import shutil
from dataclasses import dataclass, replace

import duckdb

from pipelines.lake.statements import value_of
from pipelines.paths import Home

_DAYS = 28  # whole weeks, as most sites have a rhythm of a week
# Facts lie in files of one day each; all other tables are taken to grow alike. Days that are still
# to come are those of clocks that are wrong: they are no part of a rhythm.
_BYTES_OF_DAYS = """
with facts as (
    select parted.partition_value::date as day, sum(file.file_size_bytes) as bytes
    from __ducklake_metadata_lake.ducklake_data_file as file
    inner join __ducklake_metadata_lake.ducklake_file_partition_value as parted
        on parted.data_file_id = file.data_file_id and parted.partition_key_index = 0
    inner join __ducklake_metadata_lake.ducklake_table as owner
        on owner.table_id = file.table_id and owner.end_snapshot is null
    where owner.table_name = 'request_fact' and file.end_snapshot is null
    group by day
),
past as (
    select day, bytes from facts where day <= $now::timestamptz::date
)
select
    count(*) as days,
    min(day) as first_day,
    max(day) as last_day,
    (select sum(bytes) from facts) as bytes,
    sum(bytes) filter (day > (select max(day) from past) - $days) as last_bytes
from past
"""
_BYTES = "select sum(file_size_bytes) from ducklake_table_info('lake')"
_DELIVERED = """
select coalesce(sum(disk_bytes), 0), min(read_at)
from (
    select path, max(disk_bytes) as disk_bytes, min(read_at) as read_at
    from lake.ledger
    where status in ('read', 'put_aside')
    group by path
)
where read_at > $since
"""


@dataclass(frozen=True)
class Growth:
    """Bytes that a day adds, and what is still to come until as much leaves as is added."""

    lake_bytes: float
    landing_bytes: float
    lake_days: float
    """Days for which the lake still grows: until its first day is past its time."""

    def full_in_days(self, free_bytes: float) -> float | None:
        """Return after how many days so much room is used up; None for never."""
        both = self.lake_bytes + self.landing_bytes
        if both > 0 and free_bytes <= both * self.lake_days:
            return free_bytes / both
        if self.landing_bytes > 0:
            return (free_bytes - self.lake_bytes * self.lake_days) / self.landing_bytes
        return None


def growth_of(
    con: duckdb.DuckDBPyConnection, now: dt.datetime, keep_days: int, landing_days: int | None
) -> Growth | None:
    """Return how the lake grew in its last 28 days; None where there is none of two days yet.

    `keep_days` is how long its rows stay. Delivered logs are counted where they stay for ever, that
    is without `landing_days`.
    """
    ((days, first, last, bytes_of_facts, last_bytes),) = con.execute(
        _BYTES_OF_DAYS, {"days": _DAYS, "now": now}
    ).fetchall()
    if days < 2:  # noqa: PLR2004 - one day alone says nothing of a rhythm
        return None
    held = (last - first).days + 1
    a_day = last_bytes / min(held, _DAYS) * (value_of(con, _BYTES) / bytes_of_facts)
    since = now - dt.timedelta(days=_DAYS)
    ((delivered, first_read),) = con.execute(_DELIVERED, {"since": since}).fetchall()
    landing = 0.0
    if landing_days is None and first_read is not None:
        # What came at once, with the first night, came in as many days as it is about.
        span = max((now - first_read) / dt.timedelta(days=1), min(held, _DAYS))
        landing = float(delivered) / span
    return Growth(float(a_day), landing, float(max(keep_days - held, 0)))


def disk_full_at(growth: Growth, home: Home, now: dt.datetime) -> dt.datetime | None:
    """Return when the disk of the working folder is full; a lake on servers takes no room there."""
    here = growth if home.cluster is None else replace(growth, lake_bytes=0.0)
    return full_at(here, shutil.disk_usage(home.root).free, now)


def full_at(growth: Growth, free_bytes: int, now: dt.datetime) -> dt.datetime | None:
    """Return when the disk is full; None for never, or not within a century."""
    left = growth.full_in_days(free_bytes)
    if left is None or math.isinf(left) or left > 36_500:  # noqa: PLR2004 - days of a century
        return None
    return now + dt.timedelta(days=left)
