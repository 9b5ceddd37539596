"""The laws of detection, tried on small companies drawn by chance with one misdeed each."""

import datetime as dt
import random
import re
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import Finding
from tests.detect import scenario
from tests.detect.replayed import detected, only
from tests.laws.companies import usual_work
from tests.laws.examples import is_excepted, outsider

pytestmark = [pytest.mark.further, pytest.mark.slow, pytest.mark.timeout(900)]

_DAY = dt.date(2026, 11, 19)
_WITHOUT_HOLIDAYS = dt.date(2026, 6, 11)  # since 7 May
_WHOLE_WEEKS = dt.timedelta(weeks=574)  # from 2026 to 2037
_World = dict[str, Any]
_Key = tuple[str, str, str, str]

# What somebody does on the day, when and how often. {x} and {i} make each another record.
_ACTS = yaml.safe_load("""
- {at: "09:00-17:30", least: 90, most: 250, user: st-0, request: "GET /customers/9{x} HTTP/1.1"}
- {at: "10:00-11:00", least: 60, most: 200, user: st-0, request: "GET /customers/C-5{i} HTTP/1.1"}
- {at: "02:00-03:30", least: 20, most: 60, user: st-0, request: "GET /customers/8{x} HTTP/1.1"}
- {at: "11:00-11:30", least: 20, most: 60, user: st-0, request: "GET /customers/7{x} HTTP/1.1",
   status: 403}
- {at: "03:00-03:40", least: 25, most: 90, ip: 198.51.100.9,
   request: "GET /customers/6{x} HTTP/1.1"}
- {at: "03:00-03:40", least: 40, most: 90, ip: 198.51.100.9,
   request: "GET /customers/6{i} HTTP/1.1", status: 401}
- {at: "04:00-04:30", least: 40, most: 120, ip: 198.51.100.9, user: st-0,
   request: "POST /login HTTP/1.1", status: 401}
- {at: "04:00-05:00", least: 70, most: 200, ip: 198.51.100.9, request: "GET /{x}.bak HTTP/1.1",
   status: 404}
""")


@st.composite
def _companies(draw: st.DrawFn) -> _World:
    """Return a company whose people have worked for weeks, and what somebody does on the day."""
    past = usual_work(
        draw(st.integers(15, 35)), people=draw(st.integers(3, 8)), records=draw(st.integers(8, 40))
    )
    act = {"days": 0, "ip": "192.0.2.0", **draw(st.sampled_from(_ACTS))}
    act["count"] = draw(st.integers(act.pop("least"), act.pop("most")))
    return {"date": _DAY, "traffic": [past, act]}


def _made(number: int, company: _World) -> scenario.Scenario:
    text = scenario.apart(yaml.safe_dump(company, allow_unicode=True), number)
    return scenario.of_text(text, number)


def _each(companies: list[_World], first: int = 1) -> list[scenario.Scenario]:
    """Return their worlds, in which nobody is twice."""
    return [_made(number, company) for number, company in enumerate(companies, first)]


def _found(worlds: Sequence[scenario.Scenario]) -> dict[_Key, Finding]:
    """Return what needs a look in one night of all of them, by site, detector and whom it names."""
    with tempfile.TemporaryDirectory() as folder, only(load_catalogue().keys()):
        found = detected(Path(folder), scenario.merged(worlds))
    return {
        (f"{one.site_id}", one.detector, one.actor_kind, one.actor): one
        for one in found
        if one.severity.needs_a_look and not is_excepted("outsider", one.detector, "")
    }


_companies_drawn = given(st.lists(_companies(), min_size=8, max_size=8))
_drawn = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@_drawn
@_companies_drawn
def test_an_outsider_lowers_nothing_and_names_nobody(companies: list[_World]) -> None:
    """Findings stay as severe and name the same actor; no other employee gets one."""
    worlds = _each(companies)
    before = _found(worlds)
    after = _found([outsider(world, number) for number, world in enumerate(worlds, 1)])
    assert len({site for site, *_ in before}) == len(worlds)
    assert before.keys() <= after.keys()
    for key, one in before.items():
        assert after[key].severity.rank <= one.severity.rank, key
        assert after[key].severity_found.rank <= one.severity_found.rank, key
    assert {key for key in after if "user" in key} <= before.keys()


@_drawn
@_companies_drawn
def test_more_of_the_same_is_never_less(companies: list[_World]) -> None:
    """With half as many requests again, the same detectors find it at least as severe."""
    more = deepcopy(companies)
    for company in more:
        company["traffic"][1]["count"] = company["traffic"][1]["count"] * 3 // 2
    found = _found(_each(more))
    for key, one in _found(_each(companies)).items():
        assert key in found
        assert found[key].severity_found.rank <= one.severity_found.rank, key


@_drawn
@_companies_drawn
def test_names_and_the_order_within_a_second_do_not_matter(companies: list[_World]) -> None:
    """Renaming people and addresses, and reordering lines of one second, changes no finding."""
    chance = random.Random(len(str(companies)))  # noqa: S311 - no secret
    others = [
        replace(
            world,
            lines={
                site: {
                    day: sorted(lines, key=lambda line: (_instant(line), chance.random()))
                    for day, lines in days.items()
                }
                for site, days in world.lines.items()
            },
        )
        for world in _each(companies, first=101)
    ]
    assert _figures(_found(_each(companies))) == _figures(_found(others))


@_drawn
@_companies_drawn
def test_whole_weeks_do_not_matter(companies: list[_World]) -> None:
    """The same requests eleven years later, where month ends fall on the same days of the week.

    Four weeks later they do not, and are days of another kind.
    """
    worlds = _each([{**company, "date": _WITHOUT_HOLIDAYS} for company in companies])
    assert _figures(_found(worlds)) == _figures(_found([_later(world) for world in worlds]))


def _later(world: scenario.Scenario) -> scenario.Scenario:
    """Return a world in the next year with the same calendar."""

    def of(line: str) -> str:
        head, at, tail = re.split(r"\[(.{11})(?=:)", line, maxsplit=1)
        on = dt.datetime.strptime(f"{at} +0000", "%d/%b/%Y %z") + _WHOLE_WEEKS
        return f"{head}[{on:%d/%b/%Y}{tail}"

    lines = {
        site: {day + _WHOLE_WEEKS: [of(line) for line in own] for day, own in days.items()}
        for site, days in world.lines.items()
    }
    return replace(world, date=world.date + _WHOLE_WEEKS, lines=lines)


def _instant(line: str) -> str:
    return line.partition("[")[2][:20]


def _figures(found: dict[_Key, Finding]) -> list[tuple[object, ...]]:
    return sorted(
        (site, detector, kind, one.severity, one.severity_found, one.score, one.event_count,
         one.subject_count)
        for (site, detector, kind, _), one in found.items()
    )  # fmt: skip
