"""Writes the reports of some days and the list of all: the stage's one door to the file system."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.detect.aggregates import load_macros
from pipelines.detect.catalogue import load_catalogue
from pipelines.private_files import private_folder, write_whole
from pipelines.records.used import Watch
from pipelines.report.detail.gather import gather_detail
from pipelines.report.export import findings_csv, findings_json
from pipelines.report.facts import DayFacts
from pipelines.report.finding_view import RenderContext
from pipelines.report.franchise.pages import page_worker
from pipelines.report.franchise.write import writing_shops
from pipelines.report.gather import gather
from pipelines.report.index import (
    PAGE,
    SUMMARY,
    days_in,
    languages_last,
    other_than,
    page_in,
    summarise,
    worksheet_name,
    write_index,
)
from pipelines.report.page import Navigation, render_day
from pipelines.report.worded import worded
from pipelines.settings.model import Settings
from pipelines.text.words import Language, Words
from pipelines.time_limit import own_cursor

_DAYS_AT_ONCE = 2

_READ_OFTEN = frozenset({
    "agent", "ai_agent", "case_decision", "check_result", "client", "correction", "crawler_rule",
    "detector_day", "findings", "incident", "ledger", "ledger_day", "person", "request_profile",
    "service_user", "site", "site_day", "source_fetch", "stage_run", "triage", "user_alias",
    "user_day",
})  # fmt: skip
_READ_ONCE = frozenset({
    "context_read", "explanation_day", "limit_reached", "reject", "resource_day", "reverse_dns",
    "service_day", "service_read", "session_user", "site_field_day", "suppression",
    "user_agent_day", "user_network_day",
})  # fmt: skip


def read_by_reports(days: int) -> frozenset[str]:
    """Return the tables of the lake that reports of so many days read more than once."""
    return _READ_OFTEN if days == 1 else _READ_OFTEN | _READ_ONCE


def write_reports(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    days: Sequence[dt.date],
    out: Path,
    clock: Callable[[], dt.datetime],
    watches: Mapping[dt.date, Watch] | None = None,
) -> list[Path]:
    """Write `out/DATE/` for each of `days` and the list `out/index.html`; return the day pages.

    `con` is a connection to the lake in the configured time zone, of which what it has not
    committed is not seen. `clock` gives the
    aware instant at which a page says it was made. A day's folder holds `index.html` in the
    language of the settings and the page in the other one (`page_in`),
    `findings.json`, `findings.csv` and `summary.json`, and `franchise/` where there are shops;
    each file replaces the one before in one step, the page last. Folders are for their owner only.
    `watches` says who used the watch on which day.

    Raises:
        MimamoriError: a folder or file cannot be written.
    """
    private_folder(out)
    locale = settings.locale
    pages_of = {one: _pages(out, days, page_in(one, locale)) for one in languages_last(locale)}
    load_macros(con)

    def write(on: dt.date, worker: Executor) -> Path:
        # A connection's temporary tables are its own.
        with own_cursor(con) as own, lake.held_day(own, on), lake.transaction(own):
            watch = (watches or {}).get(on)
            return _write_day(own, settings, on, out, pages_of, clock, watch, worker)

    # Planning keeps one processor busy, and so does a statement about few rows.
    try:
        with ThreadPoolExecutor(_DAYS_AT_ONCE) as pool, page_worker(_shops_in(con)) as worker:
            return list(pool.map(write, days, repeat(worker)))
    finally:
        write_index(out, locale, settings.zone)  # of the days that were made, if not of all


def _shops_in(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute("select count(distinct franchise) from lake.site").fetchone()
    return row[0] if row else 0


def _write_day(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    on: dt.date,
    out: Path,
    pages_of: Mapping[Language, Mapping[dt.date, str]],
    clock: Callable[[], dt.datetime],
    watch: Watch | None,
    worker: Executor,
) -> Path:
    """Write the folder of a day; return its page."""
    catalogue, locale = load_catalogue(), settings.locale
    neighbours = pages_of[locale].keys()
    facts = replace(gather(con, settings, on), watch=watch)
    made_at = clock()
    folder = out / on.isoformat()
    private_folder(folder)
    with writing_shops(con, settings, facts, folder, made_at, worker) as shops:
        navigation = Navigation(
            made_at,
            settings.findings_per_night,
            previous=max((day for day in neighbours if day < on), default=None),
            following=min((day for day in neighbours if day > on), default=None),
            has_data_docs=(out / "data-docs" / "index.html").is_file(),
            has_shops=shops > 0,
            link=(settings.deliver.link if settings.deliver else None) or "",
        )
        shown = facts.urgent[: settings.findings_per_night]
        detail = gather_detail(con, facts, shown)
        # The page last, which links to all others.
        written = {
            "findings.json": findings_json(facts.findings),
            "findings.csv": findings_csv(facts.findings),
            SUMMARY: summarise(facts, made_at).model_dump_json(indent=2) + "\n",
        }
        for language in languages_last(locale):
            name, other = page_in(language, locale), other_than(language)
            context = RenderContext(
                Words(language, settings.zone),
                catalogue,
                facts if language == locale else worded(con, settings, facts, language),
                detail,
                days=pages_of[language],
                worksheets=_worksheets(facts, folder, language),
            )
            written[name] = render_day(
                context.facts,
                context,
                replace(
                    navigation,
                    page=name,
                    pages=pages_of[language],
                    other=(other, page_in(other, locale)),
                ),
            )
    for name, content in written.items():
        write_whole(folder / name, content)
    return folder / PAGE


def _pages(out: Path, days: Sequence[dt.date], name: str) -> dict[dt.date, str]:
    """The page of each day that has one or will now: `name`, or the only one that there is."""
    having = {*days, *days_in(out, name)}
    return {day: name if day in having else PAGE for day in (*days, *days_in(out))}


def _worksheets(facts: DayFacts, folder: Path, language: Language) -> dict[str, str]:
    """The worksheets in a language that lie in a day's folder, by incident."""
    named = {
        one.incident_id: worksheet_name(one.incident_id, language, "html")
        for one in facts.incidents
    }
    return {incident: name for incident, name in named.items() if (folder / name).is_file()}
