"""The overview in the reader's words; each mark differs in shape, so that colour only helps."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.airflow_reports.casework.list_page import before_this_week
from pipelines.airflow_reports.casework.report_links import link_to_report
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.airflow_reports.overview.case_rows import (
    CaseRow,
    OwnerRow,
    age_names,
    case_row,
    owners,
)
from pipelines.airflow_reports.overview.gather import Overview
from pipelines.airflow_reports.overview.night_rows import (
    STAGES,
    DetectorRow,
    DueRow,
    NightRow,
    detector_row,
    due_rows,
    night_chart,
    night_row,
)
from pipelines.airflow_reports.overview.site_rows import (
    MARKS,
    Cell,
    SiteRow,
    cell,
    site_rows,
)
from pipelines.report.charts import Chart
from pipelines.report.day_cases import to_look_at
from pipelines.report.weekly.facts import monday_of, week_name
from pipelines.text.words import Words
from pipelines.triage.cases.read import Case

SITES_SHOWN = 40
SILENT_SHOWN = 20
OWNERS_SHOWN = 12
CASES_SHOWN = 15
DETECTORS_SHOWN = 30
BREACHES_SHOWN = 10


@dataclass(frozen=True)
class Tile:
    """A figure of the first row, where it leads, and how urgent it is (empty for calm)."""

    label: str
    value: str
    detail: str
    link: str
    tone: str


@dataclass(frozen=True)
class OverviewView:
    """All that the page shows."""

    at: dt.datetime
    last: dt.date
    not_taken_in: str
    tiles: tuple[Tile, ...]
    silent: tuple[SiteRow, ...]
    silent_cut: int
    grid_days: tuple[dt.date, ...]
    grid: tuple[SiteRow, ...]
    grid_cut: int
    legend: tuple[Cell, ...]
    ages: tuple[str, ...]
    owners: tuple[OwnerRow, ...]
    owners_cut: int
    older: tuple[CaseRow, ...]
    older_cut: int
    older_said: str
    last_week: tuple[str, int]
    week: dt.date
    nights: tuple[NightRow, ...]
    night_chart: Chart | None
    stages: tuple[str, ...]
    detectors: tuple[DetectorRow, ...]
    detectors_cut: int
    due: tuple[DueRow, ...]
    due_cut: int
    requests: tuple[tuple[str, int], ...]
    disclosures: tuple[tuple[str, int], ...]
    nameless_disclosures: int


def soonest_then_riskiest(case: Case) -> tuple[dt.date, float, dt.date]:
    """Return what sorts cases: by due date, those without one last, then the riskiest first."""
    due_on = case.assignment.due_on if case.assignment else dt.date.max
    return (due_on, -case.risk, case.opened_on or dt.date.max)


def overview_view(visit: Visit, found: Overview) -> OverviewView:
    """Return the overview in the reader's words."""
    words = visit.words
    looked_at = [one for one in found.cases if one.needs_a_look]
    week = monday_of(visit.today)
    older = sorted(
        (one for one in looked_at if before_this_week(one, visit.today)),
        key=soonest_then_riskiest,
    )
    rows = site_rows(visit, found)
    silent = [row for row in rows if row.silent]
    having = owners(visit, looked_at)
    detectors = [one for one in found.detectors if one.findings]
    due = due_rows(visit, found)
    return OverviewView(
        at=found.at,
        last=found.sites_on,
        not_taken_in=_not_taken_in(visit, found.sites_on),
        tiles=_tiles(visit, found, looked_at, older),
        silent=tuple(silent[:SILENT_SHOWN]),
        silent_cut=max(len(silent) - SILENT_SHOWN, 0),
        grid_days=tuple(sorted(found.days, reverse=True)),
        grid=tuple(rows[:SITES_SHOWN]),
        grid_cut=max(len(rows) - SITES_SHOWN, 0),
        legend=tuple(cell(words, state) for state in MARKS if state != "unknown"),
        ages=age_names(words),
        owners=tuple(having[:OWNERS_SHOWN]),
        owners_cut=max(len(having) - OWNERS_SHOWN, 0),
        older=tuple(case_row(visit, one, found.names) for one in older[:CASES_SHOWN]),
        older_cut=max(len(older) - CASES_SHOWN, 0),
        older_said=words(
            "overview.older_said",
            n=len(older),
            owned=sum(one.assignment is not None for one in older),
            unowned=sum(one.assignment is None for one in older),
        ),
        last_week=(
            f"{visit.root}cases/?week={week_name(week - dt.timedelta(days=7))}",
            sum(one.case_id in found.last_week for one in found.cases),
        ),
        week=week,
        nights=tuple(night_row(visit, one) for one in found.nights),
        night_chart=night_chart(visit, found.nights),
        stages=tuple(words(f"stage.{one}") for one in STAGES),
        detectors=tuple(
            detector_row(words, number, one)
            for number, one in enumerate(detectors[:DETECTORS_SHOWN])
        ),
        detectors_cut=max(len(detectors) - DETECTORS_SHOWN, 0),
        due=tuple(due[:BREACHES_SHOWN]),
        due_cut=max(len(due) - BREACHES_SHOWN, 0),
        requests=tuple(
            (words.known(f"overview.request.{act}", act), count)
            for act, count in sorted(found.requests.items())
        ),
        disclosures=tuple(
            (words.known(f"overview.route.{route.replace(' ', '_')}", route), count)
            for route, count in sorted(found.disclosures.items())
        ),
        nameless_disclosures=found.nameless_disclosures,
    )


def _not_taken_in(visit: Visit, sites_on: dt.date) -> str:
    """Which days that are over no night has taken in yet; empty where there are none."""
    days = (visit.today - sites_on).days - 1
    if days < 1:
        return ""
    yesterday = visit.words.iso_day(visit.today - dt.timedelta(days=1))
    return visit.words(
        "overview.not_taken_in", n=days, day=yesterday, on=visit.words.iso_day(sites_on)
    )


def _tiles(
    visit: Visit, found: Overview, cases: Sequence[Case], older: Sequence[Case]
) -> tuple[Tile, ...]:
    words, root = visit.words, visit.root
    unowned = sum(one.assignment is None for one in cases)
    overdue = sum(one.is_late(visit.today) for one in cases)
    missing = sum(one.is_missing for one in found.sites)
    partial = sum(one.state == "partial" for one in found.sites)
    expected = sum(one.is_expected for one in found.sites)
    failed = sum(bool(one.failed) or one.reported_at is None for one in found.nights)
    late = sum(one.is_late(visit.settings) for one in found.nights)
    tiles = [
        Tile(
            words("overview.tile.cases"),
            words.number(len(cases)),
            words("overview.tile.cases_of", unowned=unowned, older=len(older)),
            f"{root}cases/",
            "high" if unowned else "",
        ),
        Tile(
            words("overview.tile.overdue"),
            words.number(overdue),
            words("overview.tile.overdue_of"),
            f"{root}cases/?show=overdue",
            "high" if overdue else "",
        ),
        Tile(
            words("overview.tile.sites"),
            words.number(missing),
            words("overview.tile.sites_of", partial=partial, expected=expected),
            "#sites",
            "critical" if missing else "medium" if partial else "",
        ),
        Tile(
            words("overview.tile.nights"),
            words.number(failed),
            words("overview.tile.nights_of", late=late, n=len(found.nights)),
            "#nights",
            "high" if failed else "",
        ),
    ]
    return (_verdict(visit, found), _ingest(words, found), *tiles)


def _ingest(words: Words, found: Overview) -> Tile:
    """Whether lines come in at all: the other figures are calm where the nights have stopped."""
    at = found.ingested_at
    detail = words("overview.tile.ingest_none")
    if at is not None:
        detail = words("overview.tile.ingest_at", at=words.moment(at))
    if found.has_ingest_failed:
        detail = words("overview.tile.ingest_failed", at=detail)
    is_stopped = found.has_ingest_failed or found.days_behind
    return Tile(
        words("overview.tile.ingest"),
        words.number(found.days_behind),
        detail,
        "#nights",
        "critical" if is_stopped else "high" if at is None else "",
    )


def _verdict(visit: Visit, found: Overview) -> Tile:
    words, summary = visit.words, found.summary
    if summary is None:
        return Tile(
            words("overview.tile.report"), "–", words("overview.tile.no_report"), "", "high"
        )
    severity = summary.verdict.severity
    signed = words(f"work.review.{found.review.state if found.review else 'no_report'}")
    if summary.today:
        n = to_look_at(summary.today)
        signed = words("overview.tile.report_detail", signed=signed, n=n)
    return Tile(
        words("overview.tile.report_of", day=words.iso_day(summary.on)),
        words(f"verdict.{summary.verdict}"),
        signed,
        link_to_report(visit, summary.on),
        str(severity) if severity else "ok",
    )
