"""Sections of an audit that a single month has seldom: many sites, suppressions, lost notices."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import lake
from pipelines.audit.disclosed_section import disclosed_part
from pipelines.audit.exceptions import exceptions_part
from pipelines.audit.facts import Facts, Rule, Site
from pipelines.audit.gather import gather
from pipelines.audit.judge import judge
from pipelines.audit.sections import SITES_SHOWN, cover_part, kept_part, outside_part
from pipelines.audit.use_facts import Use
from pipelines.audit.values import audit_json
from pipelines.audit.writer import AuditWriter
from pipelines.deliver.run import Proof
from pipelines.detect.catalogue import load_catalogue
from pipelines.records.disclosures import Registered, given
from pipelines.settings.disclosures import Recipient
from pipelines.text.words import Words
from pipelines.triage.suppressions import Criteria, Suppression
from pipelines.worksheet.document import Part, Value
from pipelines.worksheet.law import law_on
from tests.audit.audit_lake import MONTH, NOW, finding, small


@pytest.fixture(scope="module")
def writer(world: Any) -> AuditWriter:
    """English words."""
    words = Words("en", world.settings.zone)
    return AuditWriter(words, load_catalogue(), law_on(MONTH.last).eea, NOW)


def _said(part: Part) -> str:
    return "\n".join((*part.lead, *part.notes))


def test_of_very_many_sites_those_with_gaps_are_shown(facts: Facts, writer: AuditWriter) -> None:
    """In the order of their ids; the others are counted, not forgotten."""
    whole = Site("a", None, "main", ("complete",) * 30, 30, 0)
    broken = replace(whole, cover=("nothing", *whole.cover[1:]))
    sites = tuple(
        replace(broken if number % 10 == 0 else whole, site_id=f"shop-{number:04}")
        for number in range(3_000)
    )
    part = cover_part(replace(facts, sites=sites), writer)
    shown = [cells[0].text for cells in part.tables[0].rows if isinstance(cells[0], Value)]
    assert len(shown) == SITES_SHOWN
    assert shown == sorted(shown)
    assert all(int(name[-4:]) % 10 == 0 for name in shown)
    assert f"{3_000 - SITES_SHOWN:,} more sites" in _said(part)


def _rule(first: dt.date, last: dt.date, ended_on: dt.date | None = None) -> Suppression:
    def noon(day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(12), NOW.tzinfo)

    made_at = noon(first + dt.timedelta(days=7))  # rules reach back over days still looked at
    return Suppression(
        f"{first:%Y%m%d}", Criteria("bulk-record-access", "st-1"), "棚卸し\u202e", "officer",
        made_at, last, noon(ended_on) if ended_on else None,
    )  # fmt: skip


@pytest.mark.further
def test_suppressions_that_touched_the_month_are_listed(tmp_path: Path) -> None:
    """With what they keep quiet; those of other months are not."""
    world = small(tmp_path)
    quiet = finding(4, 1, status="suppressed")
    world.detect(quiet.date, [quiet])
    first, last = MONTH.first, MONTH.last
    day = dt.timedelta(days=1)
    rules = {
        "in force": _rule(first, last),
        "ended in the month": _rule(first - 20 * day, last, ended_on=first),
        "ended before it": _rule(first - 30 * day, last, ended_on=first - day),
        "over before it": _rule(first - 60 * day, first - day),
        "after it": _rule(last + day, last + 30 * day),
    }
    rows = [
        {
            **vars(rule.criteria),
            **{name: value for name, value in vars(rule).items() if name != "criteria"},
            "suppression_id": name,
        }
        for name, rule in rules.items()
    ]
    world.write("suppression", rows)
    with lake.open_reader(world.home, "Asia/Tokyo") as con:
        facts = gather(con, world.settings, MONTH, NOW.date(), {}, (), None)
    assert [(one.rule.suppression_id, one.findings) for one in facts.rules] == [
        ("in force", 1),
        ("ended in the month", 0),
    ]
    assert facts.totals.suppressed == 1


def test_exceptions_are_told_row_by_row(facts: Facts, writer: AuditWriter) -> None:
    """Notices that were lost or outdated, suppressions whose reason hides nothing."""
    changed = replace(
        facts,
        rules=(Rule(_rule(MONTH.first, MONTH.last), 3),),
        deliveries=(
            Proof("email", "alert", "2026-11-04", "missing"),
            Proof("webhook", "alert", "2026-11-05", "earlier"),
            Proof("webhook", "alert", "2026-11-06", "sent"),
        ),
    )
    part = exceptions_part(changed, writer)
    rows = {table.heading: table.rows for table in part.tables}
    assert [row[2:] for row in rows["Notices without a record of having been sent"]] == [
        ("2026-11-04", "no record"),
        ("2026-11-05", "an earlier version only"),
    ]
    (rule,) = rows["Suppressions in force in the month"]
    assert rule[1] == "detector bulk-record-access, actor st-1"
    assert rule[2] == "棚卸し‹U+202E›"
    assert rule[-1] == 3
    assert "Failures themselves are not recorded" in _said(part)
    assert "Days without a report: 2026-11-25" in _said(part)


def test_a_month_without_outside_access_says_so(facts: Facts, writer: AuditWriter) -> None:
    """Sentences in place of empty tables."""
    none = replace(facts, contractors=(), countries=(), workers_abroad=(), accesses=(), use=Use())
    part = outside_part(none, writer)
    assert not part.tables
    assert "No access by a contractor" in _said(part)
    assert "No access to personal data from a country other than Japan" in _said(part)


def test_disclosures_of_the_month_are_listed(facts: Facts, writer: AuditWriter) -> None:
    """What left before what came in; those without a ground are counted."""
    auditors = Recipient(name="Auditors", ground="entrustment")
    left = given("folder", auditors, dt.date(2026, 11, 3), "the month", ["report"])
    came = replace(left, direction="in", name="Shop 012", ground=None)
    entries = tuple(Registered(seq, "", "st-1", 4, one) for seq, one in enumerate((came, left)))
    with_entries = replace(facts, disclosures=entries)
    part = disclosed_part(with_entries, writer)
    assert [table.rows[0][2] for table in part.tables] == [Value("Auditors"), Value("Shop 012")]
    assert part.lead[0].startswith("2 entries")
    assert "1 of them states no ground" in part.lead[1]
    told = json.loads(audit_json(with_entries, judge(with_entries), NOW))["disclosures"]
    assert [one["name"] for one in told] == ["Shop 012", "Auditors"]
    assert disclosed_part(replace(facts, disclosures=()), writer).tables == ()


def test_records_past_their_time_are_named(facts: Facts, writer: AuditWriter) -> None:
    """With their number and the oldest day."""
    kept = replace(facts.kept, overdue=1234, oldest_overdue_on=dt.date(2025, 1, 2))
    part = kept_part(replace(facts, kept=kept), writer)
    assert part.lead[0] == (
        "Records past the 400 days to keep are still there: 1,234 (oldest day 2025-01-02)."
    )
