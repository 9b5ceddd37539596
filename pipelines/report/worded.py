"""What a report shows of a day that is worded in a language: sentences, titles, messages.

A day's facts are gathered once; its page in another language differs in these alone.
"""

import datetime as dt
from dataclasses import replace
from typing import Any

import duckdb

from pipelines.detect.wording import summary_in
from pipelines.lake.stored_messages import in_language
from pipelines.report.facts import (
    CheckCount,
    CheckFailure,
    DayFacts,
    FailedSource,
    Intake,
    Reading,
    StageRun,
)
from pipelines.report.unreadable import unreadable_of
from pipelines.settings.model import Settings
from pipelines.settings.source_places import source_places
from pipelines.text.words import Language

READINGS_SHOWN = 200

_CHECK_FAILURES = """
select check_id, suite, site_id, severity = 'critical', observed, expected, title_ja, title_en
from lake.check_result where log_date = $on and not success
order by severity = 'critical' desc, suite, check_id, site_id nulls first
"""

_CHECK_COUNTS = """
select
    check_id, suite, min(title_ja), min(title_en), min(observed) filter (where success),
    count(*) filter (where not success)
from lake.check_result where log_date = $on
group by suite, check_id order by suite, check_id
"""

_READINGS = f"""
select
    ledger.path, ledger.site_id, ledger.format, ledger.status, {in_language("ledger")},
    ledger.lines, day.records, day.rejects, ledger.duplicates, ledger.read_at, count(*) over ()
from lake.ledger_day as day
join lake.ledger as ledger
    on ledger.file_id = day.file_id and ledger.from_line = day.from_line
    and ledger.site_id = day.site_id and ledger.read_at = day.read_at
where day.log_date = $on
order by day.rejects > 0 desc, day.records desc, ledger.path, ledger.site_id, ledger.from_line
limit $limit
"""

_STAGES = f"""
select stage, status, {in_language("stage_run")}, started_at, ended_at
from lake.stage_run as stage_run where log_date = $on
qualify row_number() over (
    partition by stage order by ended_at desc, started_at desc, status
) = 1
order by started_at, ended_at, stage
"""

# Readings from before ingest was on record count as runs of it.
_INTAKE = f"""
with run as (
    select status, {in_language("stage_run")} as message, started_at, ended_at
    from lake.stage_run as stage_run where stage = 'ingest'
), ended as (
    select coalesce(
        (select max(ended_at) from run where status = 'done'),
        (select max(read_at) from lake.ledger where not exists (from run))
    ) as done_at
)
select
    coalesce(ended.done_at >= $end, false),
    last.status, last.message, last.started_at, last.ended_at
from ended
left join (from run order by ended_at desc, started_at desc limit 1) as last on true
"""

# A source fails a day until all that it serves came once after the day was over. Where it was not
# even tried since, only what the settings still name counts.
_FAILED_SOURCES = f"""
with fetched as (
    select
        source, site_id, status, ended_at, {in_language("source_fetch")} as message
    from lake.source_fetch as source_fetch
), came as (
    select distinct source, site_id from fetched where status = 'done' and ended_at >= $end
), configured as (
    select unnest($sources) as source, unnest($site_ids) as site_id
), lacking as (
    select source, site_id, message, ended_at
    from fetched where status = 'failed' and ended_at >= $begin
    union all
    select fetched.source, fetched.site_id, null, fetched.ended_at
    from fetched
    inner join configured using (source, site_id)
    where fetched.status = 'done' and fetched.ended_at < $end
)
select lacking.source, list(distinct lacking.site_id order by lacking.site_id),
    arg_max(lacking.message, lacking.ended_at)
from lacking
anti join came on came.source = lacking.source and came.site_id = lacking.site_id
group by lacking.source
order by lacking.source
"""


def worded(
    con: duckdb.DuckDBPyConnection, settings: Settings, facts: DayFacts, language: Language
) -> DayFacts:
    """Return the facts of a day with all that is worded in `language`, as the lake is now."""

    def rows(query: str, **values: Any) -> list[tuple[Any, ...]]:
        return con.execute(query, {"on": facts.on, **values}).fetchall()

    def title(ja: str | None, en: str | None) -> str:
        return (ja if language == "ja" else en) or ja or en or ""

    begin = dt.datetime.combine(facts.on, dt.time(), settings.zone)
    readings = rows(_READINGS, limit=READINGS_SHOWN, language=language)
    return replace(
        facts,
        findings=tuple(
            replace(one, summary=summary_in(one, language, settings.zone)) for one in facts.findings
        ),
        check_failures=tuple(
            CheckFailure(check_id, suite, site_id, critical, observed, expected, title(ja, en))
            for check_id, suite, site_id, critical, observed, expected, ja, en in rows(
                _CHECK_FAILURES
            )
        ),
        check_counts=tuple(
            CheckCount(check_id, suite, title(ja, en), observed, failed)
            for check_id, suite, ja, en, observed, failed in rows(_CHECK_COUNTS)
        ),
        readings=tuple(Reading(*row[:-1]) for row in readings),
        readings_total=readings[0][-1] if readings else 0,
        unreadable=unreadable_of(con, settings, facts.on, language),
        stages=tuple(StageRun(*row) for row in rows(_STAGES, language=language)),
        failed_sources=_failed_sources(con, settings, begin, language),
        intake=_intake(con, begin + dt.timedelta(days=1), language),
    )


def _failed_sources(
    con: duckdb.DuckDBPyConnection, settings: Settings, begin: dt.datetime, language: Language
) -> tuple[FailedSource, ...]:
    """The sources that may still have lines of the day that began at `begin`."""
    entries = [(one.name, site) for one in source_places(settings) for site in one.sites]
    values = {
        "begin": begin,
        "end": begin + dt.timedelta(days=1),
        "language": language,
        "sources": [source for source, _ in entries],
        "site_ids": [site for _, site in entries],
    }
    rows = con.execute(_FAILED_SOURCES, values).fetchall()
    return tuple(FailedSource(source, tuple(sites), said) for source, sites, said in rows)


def _intake(con: duckdb.DuckDBPyConnection, end: dt.datetime, language: Language) -> Intake:
    """How reading went; `end` is the end of the day."""
    values = {"end": end, "language": language}
    ((is_after_day, status, message, *span),) = con.execute(_INTAKE, values).fetchall()
    last = None if status is None else StageRun("ingest", status, message, *span)
    return Intake(last, is_after_day)
