"""How mimamori is judged on strangers' worlds: what counts as found, as false, as an annoyance."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from strangers.nights import QUIET_DAYS, WORLDS, Seen, Shown, draw
from strangers.score import (
    FAMILIES,
    Share,
    families,
    flagged,
    judge,
    median_days,
    precision,
    recall,
)

from pipelines.findings import Finding, Severity
from pipelines.triage.incidents import incidents_of
from tests.detect.given_findings import make

_FIRST = dt.date(2026, 11, 2)
_DAYS = [_FIRST + dt.timedelta(days=number) for number in range(35)]


def _incident(actor: str, first: int, last: int, **values: Any) -> dict[str, Any]:
    return {
        "id": f"i-{actor}", "grade": "hard", "family": "amount", "woken": True, "actors": [actor],
        "first_day": _DAYS[first].isoformat(), "last_day": _DAYS[last].isoformat(), **values,
    }  # fmt: skip


def _found(day: int, actor: str, score: float = 50.0, **values: Any) -> Finding:
    one = make(score=score, severity=Severity.MEDIUM, date=_DAYS[day], actor=actor, **values)
    return replace(one, finding_id=f"{day} {actor}")


def _seen(*findings: Finding, incidents: Any = (), annoyances: Any = (), **values: Any) -> Seen:
    days = []
    for on in _DAYS[QUIET_DAYS:]:
        of_day = {one.finding_id: one for one in findings if one.date == on}
        cases = incidents_of(of_day.values())
        told = tuple((case, tuple(of_day[one] for one in case.finding_ids)) for case in cases)
        days.append(Shown(on, told, dict.fromkeys(FAMILIES, frozenset[str]())))
    truth = {
        "days": [on.isoformat() for on in _DAYS],
        "incidents": list(incidents),
        "annoyances": list(annoyances),
    }
    return replace(Seen("world", 1, truth, tuple(days), {}, 100), **values)


def test_an_incident_is_found_by_a_case_that_names_its_actor_in_time() -> None:
    """On one of its days or two after; its rank is the place among all cases of the day."""
    wanted = [_incident("a", 20, 22), _incident("b", 20, 20), _incident("c", 20, 20)]
    found = [_found(22, "a", 40.0), _found(22, "z", 90.0), _found(23, "b"), _found(22, "c")]
    score = judge(_seen(*found, incidents=wanted))
    fates = {one.incident["actors"][0]: (one.rank, one.days) for one in score.fates}
    assert fates == {"a": (3, 2), "b": (None, None), "c": (2, 2)}
    assert (recall([score]), recall([score], 2)) == (Share(2, 3), Share(1, 3))
    assert recall([score], grade="easy") == Share(0, 0)
    assert median_days([score]) == 2
    assert {one.case.actor for one in score.false} == {"z", "b"}
    assert precision([score]) == Share(2, 4)


def test_who_need_not_be_woken_is_false_and_an_annoyance_is_named() -> None:
    """A lone probe belongs on record only; what the author would be annoyed by is counted once."""
    probe = _incident("p", 20, 20, woken=False)
    busy = {**_incident("q", 19, 21), "id": "a-1"}
    over = {**_incident("r", 2, 3), "id": "a-2"}
    found = [_found(20, "p"), _found(20, "q"), _found(21, "q"), _found(22, "q")]
    score = judge(_seen(*found, incidents=[probe], annoyances=[busy, over]))
    assert (len(score.false), score.fates) == (4, ())
    assert flagged([score]) == Share(1, 1)


def test_a_session_and_a_network_stand_for_whom_they_belong_to() -> None:
    """Of a session its users and addresses, of an IPv6 network each address in it."""
    wanted = [_incident("u", 20, 20), _incident("2001:db8:1:2::77", 20, 20)]
    found = [
        _found(20, "s", actor_kind="session"),
        _found(20, "2001:db8:1:2::/64", actor_kind="ip"),
    ]
    owners = {"s": frozenset({"u", "192.0.2.1"})}
    assert recall([judge(_seen(*found, incidents=wanted, owners=owners))]) == Share(2, 2)


def test_a_family_is_compared_with_its_plain_query() -> None:
    """Each by what it finds of the family's incidents, and by whom it names for nothing."""
    seen = _seen(_found(20, "a"), _found(20, "x"), incidents=[_incident("a", 20, 20)])
    named = {**dict.fromkeys(FAMILIES, frozenset[str]()), "amount": frozenset({"x", "y"})}
    days = [replace(one, references=named) if one.on == _DAYS[20] else one for one in seen.days]
    detectors, query = families([judge(replace(seen, days=tuple(days)))])["amount"]
    assert (detectors.found, detectors.false) == (Share(1, 1), 1)
    assert (query.found, query.false) == (Share(0, 1), 2)


def test_an_interval_holds_the_share() -> None:
    """Wilson's, as tables have it: 8 of 10 lies between 0.49 and 0.94."""
    low, high = Share(8, 10).bounds()
    assert (round(low, 2), round(high, 2)) == (0.49, 0.94)
    assert Share(0, 0).bounds() == (0.0, 1.0)


@pytest.mark.further
@pytest.mark.parametrize("world", sorted(path.stem for path in WORLDS.glob("*.py")))
def test_a_world_is_the_same_each_time(world: str, tmp_path) -> None:
    """To the last byte, so that figures can be repeated; its truth lies within its days."""
    for name in ("one", "other"):
        draw(world, 5, 35, tmp_path / name)
    one, other = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (tmp_path / "one", tmp_path / "other")
    )
    assert one == other
    assert len(one) > 10
