"""What others do as well on usual nights is for the record; nobody outside brings it about."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import Severity, WeighedBy
from pipelines.paths import Home
from pipelines.report.finding_view import steps_of
from pipelines.settings.model import Settings
from pipelines.text.words import Words
from pipelines.triage.others import NIGHTS, others_alike
from pipelines.triage.weigh import weigh
from tests.detect.given_findings import DAY, ZONE, make, settings_in
from tests.memory_lake import insert

_World = tuple[duckdb.DuckDBPyConnection, Settings]
_DETECTORS = load_catalogue().values()


@pytest.fixture(scope="module")
def lake_of_nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_World]:
    """A lake open for all tests of the file."""
    folder = tmp_path_factory.mktemp("others")
    settings = settings_in(folder, locale="en")
    with lake.open_writer(Home(folder / "var"), settings.timezone) as con:
        make_context_tables(con, settings)
        yield con, settings


@pytest.fixture
def world(lake_of_nights: _World) -> _World:
    """The same with nothing found."""
    con, _ = lake_of_nights
    for table in ("findings", "triage", "detector_day", "user_day"):
        con.execute(f"delete from lake.{table}")
    return lake_of_nights


def _found(con: duckdb.DuckDBPyConnection, person: str, ago: int, **values: Any) -> None:
    """Let the same have been found of somebody else some nights before."""
    evidence = {"strength": 60.0, **values.pop("evidence", {})}
    base: dict[str, Any] = {
        "finding_id": f"{person}-{ago}", "date": DAY - dt.timedelta(days=ago),
        "detector": "bulk-record-access", "actor_kind": "user", "actor": person, "site_id": "site",
        "severity": "high", "severity_found": "high", "status": "new", "event_count": 60,
        "subject_count": 60, "evidence": json.dumps(evidence),
    }  # fmt: skip
    insert(con, "findings", **{**base, **values})


def _is_excused(con: duckdb.DuckDBPyConnection, **values: Any) -> bool:
    return bool(others_alike(con, DAY, [make(**values)], _DETECTORS))


def _three_others(con: duckdb.DuckDBPyConnection, **values: Any) -> None:
    for person, ago in (("st-2", 3), ("st-3", 9), ("st-4", NIGHTS)):
        _found(con, person, ago, **values)


def test_three_others_on_several_nights_make_it_usual(world: _World) -> None:
    """Low, with the nights on record; as strong as the weakest that counts, and no stronger."""
    con, settings = world
    _three_others(con)
    for ago in range(1, NIGHTS + 1):
        insert(con, "detector_day", log_date=DAY - dt.timedelta(days=ago),
               detector="bulk-record-access", mode="active")  # fmt: skip
    (weighed,) = weigh(con, settings, DAY, [make()], frozenset())
    (step,) = weighed.lowered
    assert (step.by, step.reason, step.after) == (WeighedBy.OTHERS, "3/28", Severity.LOW)
    assert weighed.severity_found is Severity.HIGH
    (told,) = steps_of(Words("ja", ZONE), None, weighed)
    assert "3/28 夜" in told
    assert not _is_excused(con, score=60.1)
    assert _is_excused(con, score=59.9)


@pytest.mark.parametrize(
    "values",
    [
        {"severity": Severity.CRITICAL},
        {"severity": Severity.LOW},
        {"detector": "decoy-record-access"},
        {"actor_kind": "ip", "actor": "192.0.2.1"},
        {"evidence": {"is_worker": False}},
        {"evidence": {"partner_site": "shop-7"}},
    ],
)
def test_what_is_not_excused_by_others(world: _World, values: dict[str, Any]) -> None:
    """What is critical, a fact, or about nobody at work; what is for the record already."""
    con, _ = world
    _three_others(con, detector=values.get("detector", "bulk-record-access"))
    assert not _is_excused(con, **values)


@pytest.mark.parametrize(
    "values",
    [
        {"severity_found": "medium"},
        {"severity_found": "low"},
        {"evidence": {"strength": 59.0}},
        {"evidence": {"is_worker": False}},
        {"evidence": {"partner_site": "shop-7"}},
        {"franchise": "shop-7"},
        {"actor": "st-1"},
        {"actor": "st-2"},
        {"date": DAY},
        {"date": DAY - dt.timedelta(days=NIGHTS + 1)},
        {"detector": "mass-export"},
        {"status": "acknowledged"},
        {"status": "closed"},
        {"actor_kind": "ip"},
    ],
)
def test_who_does_not_count_among_the_others(world: _World, values: dict[str, Any]) -> None:
    """Less, from outside, of a partner, oneself, twice the same, of today, taken up, confirmed."""
    con, _ = world
    _three_others(con, **values)
    assert not _is_excused(con)


def test_a_false_alarm_counts_and_a_confirmed_one_does_not(world: _World) -> None:
    """By the last decision about each of those that are closed."""
    con, _ = world
    _three_others(con, status="closed")
    for name in ("st-2-3", "st-3-9", f"st-4-{NIGHTS}"):
        insert(con, "triage", finding_id=name, date=DAY, verdict="confirmed", decided_at=_at(1))
        insert(con, "triage", finding_id=name, date=DAY, verdict="explained", decided_at=_at(2))
    assert _is_excused(con)
    insert(con, "triage", finding_id="st-2-3", date=DAY, verdict="confirmed", decided_at=_at(3))
    assert not _is_excused(con)


def _at(hour: int) -> dt.datetime:
    return dt.datetime.combine(DAY, dt.time(hour), ZONE)


def test_a_single_night_of_many_is_no_usual_one(world: _World) -> None:
    """Three people on one night are one occasion; a rare second night is one in twenty."""
    con, _ = world
    for person in ("st-2", "st-3", "st-4"):
        _found(con, person, 3)
    assert not _is_excused(con)
    _found(con, "st-2", 4)
    assert _is_excused(con)


def test_a_shop_is_compared_with_other_places_and_never_by_its_own_word(world: _World) -> None:
    """Its own log could have said so; headquarters are never compared with shops."""
    con, _ = world
    _three_others(con, franchise="shop-7")
    assert not _is_excused(con, franchise="shop-7")
    assert _is_excused(con, franchise="shop-8")
    _found(con, "st-5", 4)
    assert not _is_excused(con)


@pytest.fixture
def department(world: _World) -> Iterator[duckdb.DuckDBPyConnection]:
    """Four people of one department, of whom one has two accounts, and three of another."""
    con, _ = world
    for user, usual, name in (
        *((f"st-{n}", f"st-{n}", "audit") for n in range(1, 5)),
        ("b-2", "st-2", "audit"),
        *((f"st-{n}", f"st-{n}", "sales") for n in range(5, 8)),
    ):
        con.execute(
            "insert into context_person by name"
            " select $user as user_id, $usual as usual_id, $name as department",
            {"user": user, "usual": usual, "name": name},
        )
    yield con
    con.execute("delete from context_person")


def _told(con: duckdb.DuckDBPyConnection, *people: str, **values: Any) -> dict[str, Any]:
    """What is excused of the same found of some people on the day, of the last with `values`."""
    found = [
        make(finding_id=one, actor=one, **(values if one == people[-1] else {})) for one in people
    ]
    return others_alike(con, DAY, found, _DETECTORS)


def test_what_most_of_a_department_do_on_a_day_is_its_work(
    department: duckdb.DuckDBPyConnection,
) -> None:
    """Three of four, each with about as much; half of it is no department, nor are other people."""
    told = _told(department, "st-1", "st-2", "st-3")
    assert {name: tuple(one) for name, one in told.items()} == dict.fromkeys(
        ("st-1", "st-2", "st-3"), (WeighedBy.DEPARTMENT, "3/4")
    )
    assert not _told(department, "st-1", "st-2")
    assert not _told(department, "st-1", "st-2", "st-5")
    assert not _told(department, "st-5")


@pytest.mark.parametrize(
    "values",
    [
        {"score": 53.9},
        {"severity": Severity.MEDIUM},
        {"detector": "mass-export"},
        {"franchise": "shop-7"},
        {"evidence": {"is_worker": False}},
    ],
)
def test_who_is_none_of_most_of_a_department(
    department: duckdb.DuckDBPyConnection, values: dict[str, Any]
) -> None:
    """Who did clearly less, something else, at a shop or is nobody at work excuses no colleague."""
    told = _told(department, "st-1", "st-2", "st-3", **values)
    assert not {"st-1", "st-2"} & told.keys()


def test_watched_people_are_compared_by_the_same_reason(
    department: duckdb.DuckDBPyConnection,
) -> None:
    """A relation of one's own is a fact, whoever else looks at staff or at theirs."""
    values = {"detector": "watched-subject-access", "severity": Severity.MEDIUM}

    def excused(reasons: list[str]) -> set[str]:
        found = [
            make(finding_id=f"st-{n}", actor=f"st-{n}", evidence={"reason": reason}, **values)
            for n, reason in enumerate(reasons, start=1)
        ]
        return set(others_alike(department, DAY, found, _DETECTORS))

    assert excused(["staff", "staff", "staff"]) == {"st-1", "st-2", "st-3"}
    assert not excused(["staff", "staff", "vip"])
    assert not excused(["relation", "relation", "relation"])


@pytest.mark.parametrize(
    ("reason", "nights", "is_excused"),
    [("no_right", 1, False), ("no_right", 2, True), ("other_rights", 2, False)],
)
def test_a_fact_against_a_list_is_usual_where_others_were_told_of_by_the_same_reason(
    world: _World, reason: str, nights: int, *, is_excused: bool
) -> None:
    """On more than one night in twenty, as amounts are."""
    con, _ = world
    detector = "access-without-right"
    for ago in range(1, NIGHTS + 1):
        insert(con, "detector_day", log_date=DAY - dt.timedelta(days=ago),
               detector=detector, mode="active")  # fmt: skip
        for person in ("st-2", "st-3", "st-4") if ago <= nights else ():
            _found(con, person, ago, detector=detector, evidence={"reason": reason})
    assert _is_excused(con, detector=detector, evidence={"reason": "no_right"}) is is_excused
