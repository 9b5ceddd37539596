"""Sites and their days as a grid: each state has a mark of its own shape."""

import datetime as dt
from dataclasses import dataclass

from pipelines.airflow_reports.casework.visit import Visit
from pipelines.airflow_reports.overview.gather import Overview
from pipelines.report.site_label import site_label
from pipelines.sites.state import SiteDay, SiteStatus, is_expected
from pipelines.text.words import Words

MARKS = {
    "in": "●",
    "partial": "◐",
    "missing": "✕",
    "never": "–",
    "unlisted": "＋",
    "closed": "□",
    "resting": "·",
    "unknown": " ",
}
_TROUBLES = ("missing", "never", "partial", "unlisted")
_TONES = {"missing": "critical", "never": "high", "partial": "medium", "unlisted": "medium"}


@dataclass(frozen=True)
class Cell:
    """The state of a site on a day: its mark and its name."""

    mark: str
    label: str
    state: str


@dataclass(frozen=True)
class SiteRow:
    """A site with its days, the newest first; `silent` says since when nothing came."""

    label: str
    state_label: str
    tone: str
    silent: str
    cells: tuple[Cell, ...]


def cell(words: Words, state: str) -> Cell:
    """Return a state with its mark."""
    return Cell(MARKS[state], words(f"overview.state.{state}"), state)


def _state(day: SiteDay | None) -> str:
    if day is None:
        return "unknown"
    return "resting" if day.is_resting else day.state


def site_rows(visit: Visit, found: Overview) -> list[SiteRow]:
    """Return the sites, those that lack something now first, then those that did before."""
    words = visit.words
    days = sorted(found.days, reverse=True)
    rows = []
    for site in found.sites:
        states = [_state(found.days[on].get(site.site_id)) for on in days]
        state = "resting" if site.is_resting else site.state
        troubles = sum(one in _TROUBLES for one in states)
        place = _TROUBLES.index(state) if state in _TROUBLES else len(_TROUBLES)
        row = SiteRow(
            label=site_label(words, site.site_id, found.names.get(site.site_id)),
            state_label=words(f"overview.state.{state}"),
            tone=_TONES.get(state, ""),
            silent=_silent(visit, site, found.sites_on),
            cells=tuple(cell(words, one) for one in states),
        )
        rows.append(((place, -troubles, site.site_id), row))
    return [row for _, row in sorted(rows, key=lambda one: one[0])]


def _silent(visit: Visit, site: SiteStatus, last: dt.date) -> str:
    """Since when a site that should have sent lines sent none; empty for others."""
    if not is_expected(site.state, is_resting=site.is_resting):
        return ""
    if site.state == "never":
        return visit.words("overview.silent_never")
    if site.state != "missing":
        return ""
    if site.last_record_at is None:
        return visit.words("overview.silent_unknown")
    on = site.last_record_at.astimezone(visit.settings.zone).date()
    return visit.words(
        "overview.silent",
        last=visit.words.moment(site.last_record_at),
        n=max((last - on).days, 1),
    )
