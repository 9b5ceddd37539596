"""`make soak` fails for each single thing that is not as it has to be."""

import dataclasses
import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest
from soak.faults import KINDS, Fault
from soak.judge import judge
from soak.lines import Lines
from soak.outages import FATAL, OTHERS, Ended
from soak.play import Mail, Plan, Played
from soak.reported import Report, Reported
from soak.verdict import Verdict

FIRST = dt.date(2026, 11, 1)
DAYS = tuple(FIRST + dt.timedelta(days=number) for number in range(7))
SITES = ("shop-01", "shop-02", "shop-03", "shop-04")
NAMES = {(site, day): f"{site}/{day}.log" for site in SITES for day in DAYS}
_SILENT, _CUT, _ROTATING, _CALM = SITES
_DISK_FULL = next(one for one in FATAL if one.name == "disk full")
_UPKEEP = next(one for one in OTHERS if one.name == "killed in upkeep")
PLAN = Plan(
    seed=1,
    days=DAYS,
    faults=(Fault("silent", _SILENT, DAYS[1], DAYS[1]), Fault("cut", _CUT, DAYS[3], DAYS[3])),
    outages={DAYS[2]: _DISK_FULL, DAYS[4]: _UPKEEP},
    rotating={DAYS[2]: _ROTATING},
    without_mail=frozenset({DAYS[3]}),
)
_RIGHT = Lines(9)
_CLEAR = Report("clear", {}, (), "all is well")
_GAP = Report("look_today", {}, (Reported(_SILENT, "log-gap", "medium"),), "a gap")
_BROKEN = Report(
    "look_today", {}, (Reported(_CUT, "log-gap", "medium"),), f"cut {_CUT}/{DAYS[3]}.log"
)
_MENDED = dataclasses.replace(_CLEAR, page="mended")


def _report(day: dt.date, night: dt.date) -> Report:
    if day == DAYS[1]:
        return _GAP
    if day == DAYS[3]:
        return _BROKEN if night == day else _MENDED
    return _CLEAR


def _mail(night: int, day: int, version: str = "a") -> Mail:
    return Mail(DAYS[night], DAYS[day], f"{DAYS[day]}.{version}@example.com")


@pytest.fixture
def played() -> Played:
    """Seven nights as they have to be: one finds no room, one is killed, one has no mail server."""
    ended = dict.fromkeys(DAYS, Ended(0, ""))
    ended[DAYS[2]] = Ended(1, f"mimamori: {_DISK_FULL.says} on the disk")
    ended[DAYS[4]] = Ended(-9, "")
    delivered = dict.fromkeys(DAYS, Ended(0, ""))
    delivered[DAYS[2]] = Ended(1, "mimamori: no report of the day")
    delivered[DAYS[3]] = Ended(1, "mimamori: deliver: connection refused")
    reports = {
        night: {
            day: _report(day, night)
            for day in DAYS
            if day <= night and (day, night) != (DAYS[2],) * 2
        }
        for night in DAYS
    }
    mails = [_mail(0, 0), _mail(1, 1), _mail(4, 2), _mail(4, 3, "b"), _mail(4, 4)]
    return Played(ended, delivered, reports, [*mails, _mail(5, 5), _mail(6, 6)])


def _judged(
    played: Played, lines: Lines = _RIGHT, unproven: tuple[str, ...] = (), plan: Plan = PLAN
) -> Verdict:
    of_sites = dict.fromkeys(SITES, _RIGHT) | {_CALM: lines}
    return judge(plan, played, of_sites, unproven, NAMES)


def _change(played: Played, night: int, day: int, **values: Any) -> None:
    reports = played.reports[DAYS[night]]
    reports[DAYS[day]] = dataclasses.replace(reports[DAYS[day]], **values)


def test_nights_that_are_as_they_have_to_be_pass(played: Played) -> None:
    """What is not judged shows a dash, no figure."""
    verdict = _judged(played)
    assert verdict.wrong == []
    assert {name: row.cells() for name, row in verdict.rows.items()} == {
        "silent": ["1", "1", "1", "1", "1"],
        "cut": ["1", "1", "1", "1", "1"],
        "rotating during the run": ["1", "1", "–", "1", "1"],
        "disk full": ["1", "–", "1", "1", "1"],
        "killed in upkeep": ["1", "–", "1", "–", "1"],
        "mail down": ["1", "–", "1", "–", "1"],
    }
    assert (verdict.lines, verdict.calm_sites, verdict.calm_days) == (36, 1, 3)


def _found(*findings: tuple[str, str]) -> dict[str, tuple[Reported, ...]]:
    return {"findings": tuple(Reported(site, name, "medium") for site, name in findings)}


_BREAKS: dict[str, Callable[[Played], object]] = {
    "a finding is missing": lambda one: _change(one, 1, 1, **_found()),
    "a finding comes twice": lambda one: _change(
        one, 1, 1, **_found((_SILENT, "log-gap"), (_SILENT, "log-gap"))
    ),
    "another finding on the faulty day": lambda one: _change(
        one, 1, 1, **_found((_SILENT, "log-gap"), (_SILENT, "brute-force"))
    ),
    "another finding on it, later": lambda one: _change(
        one, 5, 1, **_found((_SILENT, "log-gap"), (_SILENT, "brute-force"))
    ),
    "the file of another site is named": lambda one: _change(
        one, 3, 3, page=f"cut {_SILENT}/{DAYS[3]}.log"
    ),
    "a false alarm": lambda one: _change(one, 5, 5, **_found((_CALM, "log-gap"))),
    "a false all-clear": lambda one: _change(one, 1, 1, verdict="clear"),
    "no all-clear without fault": lambda one: _change(one, 6, 5, verdict="look_today"),
    "a day that did not recover": lambda one: _change(one, 6, 3, **_found((_CUT, "log-gap"))),
    "a day after it that did not": lambda one: _change(one, 6, 4, **_found((_CUT, "log-gap"))),
    "a rotation that did not": lambda one: _change(one, 6, 2, **_found((_ROTATING, "log-gap"))),
    "an alarm beside a rotation": lambda one: _change(
        one, 3, 2, **_found((_ROTATING, "brute-force"))
    ),
    "no report of a night": lambda one: one.reports[DAYS[5]].pop(DAYS[5]),
    "a lost night not made up for": lambda one: one.reports[DAYS[3]].pop(DAYS[2]),
    "no report of a faulty day at all": lambda one: [
        reports.pop(DAYS[1], None) for reports in one.reports.values()
    ],
    "a night failed": lambda one: one.ended.update({DAYS[5]: Ended(1, "mimamori: it failed")}),
    "an outage without its message": lambda one: one.ended.update({DAYS[2]: Ended(1, "mimamori")}),
    "an outage that ends with a traceback": lambda one: one.ended.update(
        {DAYS[2]: Ended(1, f"Traceback …: {_DISK_FULL.says}")}
    ),
    "an outage reported twice": lambda one: one.ended.update(
        {DAYS[2]: Ended(1, f"{_DISK_FULL.says}; {_DISK_FULL.says}")}
    ),
    "a lost mail": lambda one: one.mails.remove(_mail(6, 6)),
    "a mail lost after upkeep was killed": lambda one: one.mails.remove(_mail(4, 4)),
    "its mail a night late": lambda one: one.mails.__setitem__(
        one.mails.index(_mail(4, 4)), _mail(5, 4)
    ),
    "a mail lost while the server was down": lambda one: one.mails.remove(_mail(4, 3, "b")),
    "a mail sent twice": lambda one: one.mails.append(_mail(6, 5)),
    "a mail more without news": lambda one: one.mails.append(_mail(6, 5, "b")),
    "mails that failed unnoticed": lambda one: one.delivered.update({DAYS[3]: Ended(0, "")}),
    "a sender that failed": lambda one: one.delivered.update({DAYS[5]: Ended(1, "refused")}),
}


@pytest.mark.parametrize("name", _BREAKS)
def test_one_thing_that_is_wrong_fails_it(played: Played, name: str) -> None:
    """Whatever it is, alone."""
    _BREAKS[name](played)
    assert _judged(played).wrong


@pytest.mark.parametrize(
    "lines",
    [
        Lines(9, lost=frozenset({1})),
        Lines(9, twice=frozenset({1})),
        Lines(9, invented=frozenset({1})),
        Lines(9, altered=frozenset({1})),
        Lines(9, unnumbered=1),
    ],
)
def test_one_line_that_is_wrong_fails_it(played: Played, lines: Lines) -> None:
    """On any site, faulty or not."""
    [wrong] = _judged(played, lines).wrong
    assert wrong.startswith(f"{_CALM}: 1 lines ")


def test_what_doctor_finds_fails_it(played: Played) -> None:
    """The lake's own proofs are believed when they say that something is wrong."""
    assert _judged(played, unproven=("rows: 3 missing",)).wrong == ["doctor: rows: 3 missing"]


def test_a_fault_of_each_kind_that_nobody_reports_fails_it(played: Played) -> None:
    """Unless nothing is wrong with what can be read."""
    for number, kind in enumerate(KINDS):
        rng = random.Random(number)  # noqa: S311 - no secret
        day = rng.choice((DAYS[4], DAYS[5]))
        plan = dataclasses.replace(PLAN, faults=(*PLAN.faults, Fault(kind, _CALM, day, day)))
        assert bool(_judged(played, plan=plan).wrong) == (not KINDS[kind].is_harmless), kind
