"""What `make soak` does to sites and nights, and the truth it knows of each line."""

import datetime as dt
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from soak.faults import KINDS, Fault
from soak.lines import Entry, Lines, judged, number_in
from soak.outages import FATAL, OTHERS
from soak.play import Plan, world_of
from soak.traffic import Site, lines_of

DAY = dt.date(2026, 11, 4)


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_plan_has_every_kind_of_fault_and_sites_without(tmp_path: Path, seed: int) -> None:
    """Of forty sites, in fourteen nights, each of which that is left undone has one after it."""
    sites = [one.id for one in world_of(tmp_path, seed, 40).sites]
    plan = Plan.drawn(seed, 14, sites)
    assert {one.kind for one in plan.faults} == set(KINDS)
    faulty = Counter(one.site_id for one in plan.faults)
    assert set(faulty.values()) == {1}
    assert len(sites) - len(faulty) >= 10
    assert set(plan.outages.values()) == {*FATAL, *OTHERS}
    undone = [day for day, one in plan.outages.items() if one.is_fatal]
    for day in undone:
        after = plan.outages.get(plan.days[plan.days.index(day) + 1])
        assert after is None or not after.is_fatal
    assert not set(plan.rotating.values()) & faulty.keys()
    assert plan == Plan.drawn(seed, 14, sites)
    [*_, before_last, last] = plan.days
    shown = {
        one.last + dt.timedelta(days=KINDS[one.kind].neighbours) for one in plan.faults
    } | plan.rotating.keys()
    assert not shown & {before_last, last}
    gone = [one for one in plan.faults if one.kind == "gone"]
    assert {one.last for one in gone} == {plan.days[-4]}


def test_lines_carry_numbers_that_are_theirs_alone(tmp_path: Path) -> None:
    """On all days of a site; the same seed gives the same lines."""
    site = world_of(tmp_path, 1, 3).sites[1]
    days = [DAY + dt.timedelta(days=number) for number in range(5)]
    lines = [line for day in days for line in lines_of(site, day, 7)]
    assert len({line.number for line in lines}) == len(lines) > 300
    assert all(f" 200 {line.number} " in line.text for line in lines)
    assert lines_of(site, DAY, 7) == lines_of(site, DAY, 7) != lines_of(site, DAY, 8)


@pytest.mark.parametrize("name", KINDS)
def test_the_truth_knows_what_a_fault_delivers(tmp_path: Path, name: str) -> None:
    """What is written, now or before the next night, is what was sent: every line and no other."""
    world = world_of(tmp_path, random.Random(name).randrange(100), 8)  # noqa: S311 - no secret
    for site in world.sites[1:]:
        fault = Fault(name, site.id, DAY, DAY)
        KINDS[name].deliver(world, fault)
        follow = KINDS[name].follow
        if follow is not None:
            follow(world, fault)
        honest = {line.number for line in world.lines(site.id, DAY)}
        if name in {"silent", "gone", "empty"}:
            assert not world.sent[site.id]
        else:
            assert honest <= world.sent[site.id].keys()
        for number, text in world.sent[site.id].items():
            entry = Entry.expected(text)
            assert entry.number == number == number_in(text)
            assert (entry.path is None) == (name == "other format")
            assert entry.day == DAY or (name == "clock wrong" and entry.day > DAY)
        assert world.folder(site.id).exists() == (name != "gone")


def test_lines_that_are_wrong_are_seen() -> None:
    """Lost, doubled, invented, altered: each is named by its number; an unnumbered one counts."""
    site = Site("portal", 8, is_portal=True)
    sent = {one.number: one.text for one in lines_of(site, DAY, 7)}
    right = [Entry.expected(text) for text in sent.values()]
    assert {one.user for one in right} > {None, "st-001"}
    assert {one.path for one in right} > {"/", "/news"}
    assert judged(sent, right) == Lines(len(sent))
    assert judged(sent, right).are_right
    first, *others = right
    count, number = len(sent), frozenset({min(sent)})
    for wrong, seen in (
        (others, Lines(count, lost=number)),
        ([*right, first], Lines(count, twice=number)),
        ([*right, replace(first, number=9)], Lines(count, invented=frozenset({9}))),
        ([*right, Entry(None, DAY)], Lines(count, unnumbered=1)),
        *(
            ([replace(first, **value), *others], Lines(count, altered=number))
            for value in (
                {"day": DAY + dt.timedelta(days=1)}, {"path": "/other"}, {"user": "st-009"},
                {"path": None, "user": None},
            )
        ),
    ):  # fmt: skip
        assert judged(sent, wrong) == seen
        assert not seen.are_right
