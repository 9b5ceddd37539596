"""What `make soak` does to sites and nights, and the truth it knows of each line."""

import datetime as dt
import random
from collections import Counter
from pathlib import Path

import pytest
from soak.faults import KINDS, Fault
from soak.lines import Lines, judged
from soak.outages import FATAL, OTHERS
from soak.play import Plan, world_of
from soak.traffic import lines_of

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
            assert honest <= world.sent[site.id]
        assert world.rejected[site.id] == (honest if name == "other format" else set())
        assert world.folder(site.id).exists() == (name != "gone")


def test_lines_that_are_lost_doubled_invented_or_misplaced_are_seen() -> None:
    """Each is named by its number; a line that no format fits belongs among the rejected."""
    right = judged({1, 2, 3}, {3}, Counter({1: 1, 2: 1}), Counter({3: 1}))
    assert right == Lines(3, frozenset(), frozenset(), frozenset())
    assert right.are_right
    wrong = judged({1, 2, 3, 4}, {3}, Counter({1: 2, 3: 1, 9: 1}), Counter({4: 1}))
    assert wrong == Lines(4, frozenset({2}), frozenset({1}), frozenset({3, 4, 9}))
    assert not wrong.are_right
