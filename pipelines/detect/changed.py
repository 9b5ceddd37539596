"""Which detectors did not run as they are shipped on some days, as it was put on record."""

import datetime as dt
from dataclasses import dataclass

import duckdb

_CHANGED = """
select
    detector, mode, settings, min(log_date), max(log_date), count(*),
    coalesce(sum(shadow_findings), 0)::bigint
from lake.detector_day
where log_date between $first and $last and (settings is not null or mode in ('shadow', 'off'))
group by detector, mode, settings
order by case mode when 'off' then 0 when 'shadow' then 1 else 2 end, detector, min(log_date)
"""


@dataclass(frozen=True)
class Changed:
    """A detector that was off or in shadow, or had other values, in one way on so many days.

    `settings` is what the settings changed, as JSON; None where the header alone says so. `mode` is
    `failed` too where its query could not be run.
    """

    detector: str
    mode: str
    settings: str | None
    first_on: dt.date
    last_on: dt.date
    days: int
    shadow_findings: int

    @property
    def is_quiet(self) -> bool:
        """Whether it told nothing."""
        return self.mode in {"off", "shadow"}


def changed_detectors(
    con: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date
) -> tuple[Changed, ...]:
    """Return the detectors that ran otherwise from `first` to `last`, those that were off first."""
    rows = con.execute(_CHANGED, {"first": first, "last": last}).fetchall()
    return tuple(Changed(*row) for row in rows)
