"""The state of each site's logs on a day: in, missing, resting by its own rhythm, closed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import duckdb

from pipelines.lake import ON_DISK, store_of
from pipelines.paths import SQL_DIR
from pipelines.settings.calendar import public_holidays
from pipelines.settings.model import Settings

SiteState = Literal["in", "partial", "missing", "never", "unlisted", "closed"]
"""`in`: lines came, or the site rests on such days by its own rhythm. `partial`: they did, but none
of an hour in which there always are some. `missing`: not a line of a site that sent some before.
`never`: not a line ever. `unlisted`: lines of a site that is not expected to send any, as of one
that was closed before. `closed`: closed, and not a line.
"""

_HELD = "lake.held.site_state"
_PAST_DAYS = 62  # those that `state.sql` looks back at for days of rest


@dataclass(frozen=True)
class SiteStatus:
    """One site on one day, as `mimamori sites list` shows it; the instant is aware."""

    site_id: str
    site_group: str | None
    franchise: str | None
    state: SiteState
    last_record_at: dt.datetime | None
    lines: int
    files: int
    is_resting: bool
    closed_on: dt.date | None

    @property
    def is_expected(self) -> bool:
        """True where lines should have come: the site is open and does not rest."""
        return is_expected(self.state, is_resting=self.is_resting)

    @property
    def is_missing(self) -> bool:
        """True where lines should have come and none did, whether any ever came before or not."""
        return self.is_expected and self.state in {"missing", "never"}


def is_expected(state: SiteState, *, is_resting: bool) -> bool:
    """Return whether lines of a site should have come on a day on which it has this state."""
    return state not in {"unlisted", "closed"} and not is_resting


def last_whole_day(con: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime) -> dt.date:
    """Return the last day that was over at the last ingest, whether that read anything or not.

    Before the first ingest it is the day before the aware instant `now`.
    """
    (ingested_at,) = con.execute(_LAST_INGEST).fetchone() or (None,)
    return (ingested_at or now).astimezone(settings.zone).date() - dt.timedelta(days=1)


def last_examined_day(
    con: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime
) -> dt.date:
    """Return the last day that was over at the last ingest and that detectors have examined.

    Of a later one every site may seem silent, where its logs were not taken in yet. Before any was
    examined it is `last_whole_day`.
    """
    whole = last_whole_day(con, settings, now)
    (examined,) = con.execute(_LAST_EXAMINED, {"on": whole}).fetchone() or (None,)
    return examined or whole


def hold_site_states(
    con: duckdb.DuckDBPyConnection, settings: Settings, days: Sequence[dt.date]
) -> None:
    """Keep the states of some days for `make_site_states`, where the lake is held in memory.

    To find them for a day takes nearly as long as for a month.
    """
    con.execute(
        f"create or replace table {_HELD} as {_query()}", _values(settings, days, is_early=False)
    )


def make_site_states(con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date) -> None:
    """Make the temporary table `site_state`: columns of `sql/sites/state.sql`, by the aggregates.

    `con` is a connection to the lake in the configured time zone. Where the lake is held in memory,
    `hold_site_states` must have been called.
    """
    if (
        store_of(con) == ON_DISK
        and con.execute(f"select 1 from {_HELD} where on_day = ? limit 1", [on]).fetchone()
    ):
        con.execute(
            "create or replace temp table site_state as"
            f" select * exclude (on_day) from {_HELD} where on_day = ? order by site_id",
            [on],
        )
        return
    con.execute(
        f"create or replace temp table site_state as select * exclude (on_day) from ({_query()})",
        _values(settings, [on], is_early=False),
    )


@dataclass(frozen=True)
class SiteDay:
    """The state of a site on a day by its aggregates."""

    state: SiteState
    is_resting: bool


def site_days(
    con: duckdb.DuckDBPyConnection, settings: Settings, days: Sequence[dt.date]
) -> dict[dt.date, dict[str, SiteDay]]:
    """Return the state of every site by its id on each of some days whose aggregates are made.

    It reads no line of a day, as `site_statuses` does for the last record.
    """
    rows = con.execute(
        f"select on_day, site_id, state, is_resting from ({_query()})",
        _values(settings, days, is_early=False),
    )
    found: dict[dt.date, dict[str, SiteDay]] = {on: {} for on in days}
    for on, site_id, state, is_resting in rows.fetchall():
        found[on][site_id] = SiteDay(state, is_resting)
    return found


def site_statuses(
    con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date
) -> list[SiteStatus]:
    """Return every site that is expected on `on`, closed by then, or sent lines of it, by id.

    Also right for a day that was read and is not checked yet; `lines` are records and rejects of
    the day, `files` those that brought them, `last_record_at` the last record up to its end.
    """
    values = {**_values(settings, [on], is_early=True), "on": on}
    rows = con.execute(_LIST.format(state=_query()), values)
    return [SiteStatus(*row) for row in rows.fetchall()]


def _values(settings: Settings, days: Sequence[dt.date], *, is_early: bool) -> dict[str, Any]:
    years = range((min(days) - dt.timedelta(days=_PAST_DAYS)).year, max(days).year + 1)
    holidays = public_holidays(settings.business_hours.holidays, years)
    return {"days": list(days), "holidays": holidays, "is_early": is_early}


@cache
def _query() -> str:
    return (SQL_DIR / "sites" / "state.sql").read_text(encoding="utf-8")


_LAST_INGEST = """
select coalesce(
    (select max(ended_at) from lake.stage_run where stage = 'ingest' and status = 'done'),
    (select max(read_at) from lake.ledger)
)
"""

_LAST_EXAMINED = """
select max(log_date) from lake.stage_run
where stage = 'detect' and status = 'done' and log_date <= $on
"""

_LIST = """
with state as (
    {state}
),
reading as (
    select
        site_id, sum(records + rejects)::bigint as lines,
        count(distinct file_id) filter (where records + rejects > 0) as files
    from lake.ledger_day where log_date = $on group by site_id
),
record as (
    select profile.site_id, max(fact.time) as last_time
    from lake.request_fact as fact
    inner join lake.request_profile as profile using (request_profile_id)
    where fact.log_date = $on
    group by profile.site_id
),
earlier as (
    select site_id, max(last_time) as last_time
    from lake.site_day where log_date < $on group by site_id
)
select
    state.site_id, site.site_group, site.franchise, state.state,
    coalesce(record.last_time, earlier.last_time), coalesce(reading.lines, 0),
    coalesce(reading.files, 0), state.is_resting, state.closed_on
from state
left join lake.site as site on site.site_id = state.site_id
left join reading on reading.site_id = state.site_id
left join record on record.site_id = state.site_id
left join earlier on earlier.site_id = state.site_id
order by state.site_id
"""
