"""Files and folders that could not be read, or not whole, and may have held lines of a day."""

import datetime as dt

import duckdb

from pipelines.lake.stored_messages import in_language
from pipelines.report.facts import Reading
from pipelines.settings.model import Settings
from pipelines.text.words import Language

# A night that begins before midnight ends after it: no calendar day tells two nights apart.
_SAME_NIGHT = dt.timedelta(hours=12)

# Both ingest and report must have ended well after the day before a later failure is of no concern.
# A folder that could not be listed has no reading of its own when it is mended: its files have.
# The site of a failure still has its placeholder where the path does not tell which site it is.
_UNREADABLE = f"""
with ingested as (
    select min(ended_at) as ended_at from lake.stage_run
    where stage = 'ingest' and status = 'done' and started_at >= $end
), reported as (
    select min(report.started_at) as begun_at
    from lake.stage_run as report
    inner join ingested on report.started_at >= ingested.ended_at
    where report.stage = 'report' and report.status = 'done' and report.log_date = $on
), late as (
    select distinct site_id, read_at from lake.ledger_day
    where log_date = $on and read_at >= $next_end
), reading as (
    select
        *, status = 'unreadable' or (status = 'read' and message is not null) as is_failure
    from lake.ledger where read_at >= $begin
), concern as (
    select reading.path, reading.site_id
    from reading
    cross join reported
    where reading.is_failure
        and reading.read_at < greatest($next_end, coalesce(reported.begun_at, 'infinity'))
    union
    select reading.path, reading.site_id
    from reading
    inner join late on late.site_id = reading.site_id
    where reading.is_failure and abs(epoch(reading.read_at) - epoch(late.read_at)) <= $same_night
    union
    select reading.path, reading.site_id
    from reading
    inner join (select distinct read_at from late) as late
        on abs(epoch(reading.read_at) - epoch(late.read_at)) <= $same_night
    where reading.is_failure and contains(reading.site_id, '{{')
), listed as (
    select folder, max(read_at) as read_at
    from (
        select
            read_at,
            unnest(list_transform(
                range(1, len(names)), lambda place: array_to_string(names[:place], '/')
            )) as folder
        from (
            select read_at, string_split(path, '/') as names
            from reading where status <> 'unreadable'
        )
    )
    group by folder
), latest as (
    select * from reading
    qualify row_number() over (
        partition by path, site_id order by read_at desc, from_line desc
    ) = 1
)
select
    latest.path, latest.site_id, latest.format, latest.status, {in_language("latest")},
    coalesce(latest.lines, 0), 0, 0, coalesce(latest.duplicates, 0), latest.read_at
from latest
semi join concern on concern.path = latest.path and concern.site_id = latest.site_id
anti join listed on listed.folder = latest.path and listed.read_at > latest.read_at
where latest.is_failure
order by latest.path, latest.site_id
"""


def unreadable_of(
    con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date, language: Language
) -> tuple[Reading, ...]:
    """Return what could not be read, or not whole, and may hold lines of the day, by path.

    These are failures from the day's begin until the next day is over and the day was first
    reported after a complete ingest; later ones only of sites that brought lines of the day in the
    same night. What was read whole since is none; what has gone unread stays one: nobody knows what
    it held.
    """
    begin = dt.datetime.combine(on, dt.time(), settings.zone)
    rows = con.execute(
        _UNREADABLE,
        {
            "on": on,
            "language": language,
            "begin": begin,
            "end": begin + dt.timedelta(days=1),
            "next_end": begin + dt.timedelta(days=2),
            "same_night": _SAME_NIGHT.total_seconds(),
        },
    ).fetchall()
    return tuple(Reading(*row) for row in rows)
