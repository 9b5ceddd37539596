"""The list of days: made from the reports that stand in the folder, so that it is always true.

Each day's folder holds `summary.json` with the figures of its page. The list therefore says what
the pages say, keeps days that the lake no longer has, and survives partial re-runs.
"""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.findings import Severity, gravest
from pipelines.private_files import write_whole
from pipelines.report.day_cases import cases_by_severity
from pipelines.report.facts import DayFacts
from pipelines.report.render import environment
from pipelines.report.verdict import Verdict, verdict_on
from pipelines.report.verdict_obstacles import Trouble, troubles_of
from pipelines.text.month import WRITTEN
from pipelines.text.words import LANGUAGES, Language, Words

SUMMARY = "summary.json"
_WEEK = r"[0-9]{4}-W[0-9]{2}"
WEEKS_LISTED = 12
PAGE = "index.html"
PAGES = (PAGE, *(f"{one}.html" for one in LANGUAGES))
"""The names under which a page may stand in its folder, by its language."""
AUDITS = "audit"
"""The folder beside the days that holds a folder for each audited month."""
WEEKS = "weekly"
"""The one that holds a folder for each week that is over."""


class Summary(BaseModel):
    """The figures of one day's page; `open` counts findings that are new or acknowledged.

    `today` counts the cases of the day by the gravest of their open findings; empty in the pages of
    earlier releases.
    `sites` are those expected, `troubles` what stands between the day and an all-clear. `explained`
    counts accesses that a reason on record explains, by where that is from; `limits` the files,
    sites and days that passed a limit of the settings, by its key; `cases` the `open` ones from
    medium up or with an owner, those that are `overdue` (their own date or that of an answer), that
    `rose` today, and of these that are `added_up`, high by their sum alone, or `unanswered`: high
    because a manager who was asked did not answer in time. `records_head` is the head of
    the records that the page prints, None in the pages of earlier releases.
    """

    model_config = ConfigDict(frozen=True)

    on: dt.date
    verdict: Verdict
    open: dict[Severity, int]
    others: int
    sites: int
    sites_missing: int
    troubles: dict[Trouble, int] = {}
    lines: int
    rejects: int
    checks: int
    checks_failed: int
    explained: dict[str, int] = {}
    limits: dict[str, int] = {}
    cases: dict[str, int] = {}
    open_cases: int = 0
    open_cases_gravest: Severity | None = None
    open_cases_oldest_on: dt.date | None = None
    today: dict[Severity, int] = {}
    records_head: str | None = None
    made_at: dt.datetime


@dataclass(frozen=True)
class DayEntry:
    """A day that has a report; without a summary where that cannot be read."""

    on: dt.date
    summary: Summary | None


def summarise(facts: DayFacts, made_at: dt.datetime) -> Summary:
    """Return the figures of a day for the list of days."""
    earlier = facts.earlier_cases
    return Summary(
        on=facts.on,
        verdict=verdict_on(facts),
        open={severity: facts.open_of(severity) for severity in Severity},
        others=len(facts.others) + len(facts.below),
        sites=len(facts.expected_sites),
        sites_missing=len(facts.missing_sites),
        troubles=dict(troubles_of(facts)),
        lines=facts.lines,
        rejects=facts.rejected,
        checks=facts.checks_judged,
        checks_failed=facts.checks_failed,
        explained={one.source: one.accesses for one in facts.explained},
        limits={one.limit: one.places for one in facts.limits_passed},
        cases={
            "open": len(facts.cases.shown),
            "overdue": sum(case.is_late(facts.on) for case in facts.cases.shown),
            "rose": len(facts.cases.rising),
            "added_up": len(facts.cases.added_up),
            "unanswered": len(facts.cases.unanswered),
        },
        open_cases=len(earlier),
        open_cases_gravest=gravest(one.severity for one in earlier) if earlier else None,
        open_cases_oldest_on=earlier[0].opened_on if earlier else None,
        today=cases_by_severity(facts),
        records_head=facts.watch.head if facts.watch else None,
        made_at=made_at,
    )


def days_in(out: Path, name: str = PAGE) -> list[dt.date]:
    """Return the days that have a page of this name below `out`, the newest first."""
    found = []
    for page in out.glob(f"*/{name}"):
        try:
            found.append(dt.date.fromisoformat(page.parent.name))
        except ValueError:
            continue  # a folder of somebody else
    return sorted(found, reverse=True)


def other_than(language: Language) -> Language:
    """Return the language of pages that is not this one."""
    return "en" if language == "ja" else "ja"


def languages_last(locale: Language) -> tuple[Language, Language]:
    """Return both languages in the order in which pages are written, that of the settings last."""
    return other_than(locale), locale


def page_in(language: Language, locale: Language, name: str = PAGE) -> str:
    """Return the name of a page in a language.

    In that of the settings, `locale`, it is `name`; else `en.html` beside `index.html`, and
    `by-shop.en.html` beside `by-shop.html`.
    """
    if language == locale:
        return name
    return f"{language}.html" if name == PAGE else f"{name.removesuffix('.html')}.{language}.html"


def worksheet_name(incident_id: str, language: str, form: str) -> str:
    """Return the name of an incident's breach worksheet in its day's folder; `form` ends it."""
    return f"worksheet-{incident_id}.{language}.{form}"


def audits_in(out: Path) -> list[str]:
    """Return the months that have an audit report below `out`, as `2026-11`, the newest first."""
    pages = (out / AUDITS).glob(f"*/{PAGE}")
    found = (page.parent.name for page in pages)
    return sorted((name for name in found if re.fullmatch(WRITTEN, name)), reverse=True)


def weeks_in(out: Path) -> list[str]:
    """Return the weeks that have a page below `out`, as `2026-W47`, the newest first."""
    pages = (out / WEEKS).glob("*/ja.html")
    found = (page.parent.name for page in pages)
    return sorted((name for name in found if re.fullmatch(_WEEK, name)), reverse=True)


def write_index(out: Path, locale: Language, zone: ZoneInfo) -> None:
    """Write the list of days below `out` in each language, that of the settings (`locale`) last.

    Raises:
        MimamoriError: a file cannot be written.
    """
    for language in languages_last(locale):
        page = render_index(out, Words(language, zone), locale)
        write_whole(out / page_in(language, locale), page)


def render_index(out: Path, words: Words, locale: Language | None = None) -> str:
    """Return the HTML list of the days, weeks and audits that have a page below `out`.

    Where a day has no page in the language of `words`, its link leads to that in `locale`, the
    language of the settings (by default that of `words`).
    """
    locale = locale or words.language
    name = page_in(words.language, locale)
    other = other_than(words.language)
    entries = [DayEntry(on, read_summary(out / on.isoformat() / SUMMARY)) for on in days_in(out)]
    template = environment(words).get_template("index.html.j2")
    zone = words("zone_note", zone=words.zone.key)
    return template.render(
        days=entries,
        audits=audits_in(out),
        weeks=weeks_in(out)[:WEEKS_LISTED],
        t=words,
        severities=tuple(Severity),
        zone=zone,
        page_name=name,
        named=frozenset(days_in(out, name)),
        other=(other, page_in(other, locale)),
    )


def read_summary(path: Path) -> Summary | None:
    """Return the figures of a day's page from its file; None where that cannot be read."""
    try:
        return Summary.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None
