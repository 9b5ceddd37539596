"""What a hold covers, how it is made and released, and what is on record of it."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.retention.holds import (
    ActorKind,
    Criteria,
    Hold,
    add_hold,
    held_sql,
    read_holds,
    release_hold,
)
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.memory_lake import insert

_DAY = dt.date(2026, 3, 10)
_AT = dt.datetime(2026, 3, 20, 3, 0, tzinfo=dt.UTC)


def _hold(
    actor: tuple[ActorKind, str] | None = None,
    site: str | None = None,
    first: int | None = None,
    last: int | None = None,
) -> Hold:
    """Return a hold; the days are counted from `_DAY`."""
    from_day, to_day = (
        None if one is None else _DAY + dt.timedelta(days=one) for one in (first, last)
    )
    kind, name = actor or (None, None)
    return Hold("h1", kind, name, site, from_day, to_day, "court", "legal", _AT)


_DAYS = [
    ((None, None), (True, True, True)),
    ((0, None), (False, True, True)),
    ((None, 0), (True, True, False)),
    ((0, 0), (False, True, False)),
    ((-1, 1), (True, True, True)),
    ((1, None), (False, False, True)),
    ((None, -1), (True, False, False)),
]


@pytest.mark.parametrize(("ends", "covered"), _DAYS)
def test_a_hold_covers_its_first_and_its_last_day(
    ends: tuple[int | None, int | None], covered: tuple[bool, ...]
) -> None:
    """And all days before or after where it names no end; in SQL too."""
    hold = _hold(None, "main", *ends)
    days = [_DAY + dt.timedelta(days=one) for one in (-1, 0, 1)]
    assert tuple(map(hold.covers_day, days)) == covered
    assert _held([hold], [(day, "main", "st-1") for day in days]) == list(covered)


def _held(
    holds: Sequence[Hold],
    rows: Sequence[tuple[dt.date, str | None, str | None]],
    *,
    has_site: bool = True,
    has_user: bool = True,
) -> list[bool]:
    """Return which of these rows of a day, a site and a user the SQL says are held."""
    site = "own.site" if has_site else None
    columns: dict[ActorKind, str] = {"user": "own.user_id = {}"} if has_user else {}
    held, bound = held_sql(holds, "own.day", site, columns)
    with duckdb.connect() as con:
        con.execute("create table own (number integer, day date, site varchar, user_id varchar)")
        for number, row in enumerate(rows):
            con.execute("insert into own values (?, ?, ?, ?)", [number, *row])
        found = con.execute(f"select {held} from own order by number", bound).fetchall()
    return [is_held for (is_held,) in found]


_ROWS = ((_DAY, "main", "st-1"), (_DAY, "shop", "st-1"), (_DAY, "main", "st-2"), (_DAY, None, None))


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        ([], [False, False, False, False]),
        ([_hold()], [True, True, True, True]),
        ([_hold(site="main")], [True, False, True, False]),
        ([_hold(("user", "st-1"))], [True, True, False, False]),
        ([_hold(("user", "st-1"), "main")], [True, False, False, False]),
        ([_hold(("user", "st-1"), "main", 1)], [False, False, False, False]),
        ([_hold(("user", "st-1"), "shop"), _hold(("user", "st-2"))], [False, True, True, False]),
        ([_hold(("ip", "192.0.2.1"))], [True, True, True, True]),
        ([_hold(("ip", "192.0.2.1"), "shop")], [False, True, False, False]),
    ],
)
def test_all_that_a_hold_names_must_fit(holds: Sequence[Hold], expected: list[bool]) -> None:
    """One of several holds is enough; a kind of person that rows do not tell counts as meant."""
    assert _held(holds, _ROWS) == expected


def test_a_table_without_sites_or_persons_is_held_where_it_could_be_meant() -> None:
    """Its days alone tell that it is not."""
    holds = [_hold(("user", "st-1"), "main", 0, 0)]
    rows = [
        (_DAY, "shop", "st-1"),
        (_DAY, "main", "st-2"),
        (_DAY + dt.timedelta(1), "main", "st-1"),
    ]
    assert _held(holds, rows) == [False, False, False]
    assert _held(holds, rows, has_site=False) == [True, False, False]
    assert _held(holds, rows, has_user=False) == [False, True, False]
    assert _held(holds, rows, has_site=False, has_user=False) == [True, True, False]


def test_holds_in_force_are_read_the_oldest_first(
    lake_in_memory: duckdb.DuckDBPyConnection,
) -> None:
    """Released ones where all are asked for; at one instant by their ids."""
    for hold_id, day, released in (("b", 1, None), ("a", 1, None), ("c", 0, _AT), ("d", 0, None)):
        at = _AT + dt.timedelta(days=day)
        insert(lake_in_memory, "legal_hold", hold_id=hold_id, created_at=at, released_at=released)
    assert [one.hold_id for one in read_holds(lake_in_memory)] == ["d", "a", "b"]
    assert [one.hold_id for one in read_holds(lake_in_memory, in_force=False)] == [*"cdab"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of one site."""
    config = tmp_path / "mimamori.yaml"
    config.write_text(
        'sites: [{id: main, group: main, domains: [main.example], logs: ["main/*.log"]}]\n'
    )
    return load(config)


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Home:
    """A working folder whose lake knows that site."""
    made = Home(tmp_path / "var")
    with lake.open_writer(made, settings.timezone) as con:
        insert(con, "site", site_id="main")
    return made


def test_a_hold_is_on_record_until_and_after_its_release(home: Home, settings: Settings) -> None:
    """With its days, its site and a keyed hash of the person, by one who is named."""
    criteria = Criteria("user", " st-1 ", "main", _DAY, _DAY)
    made = add_hold(home, settings, criteria, " court ", "legal", _AT)
    other = add_hold(home, settings, Criteria(site_id="main"), "court", "legal", _AT)
    later = _AT + dt.timedelta(days=1)
    released = release_hold(home, settings, made.hold_id, " over ", "judge", later)
    assert made.as_json() == {
        "hold_id": made.hold_id, "actor_kind": "user", "actor": "st-1", "site_id": "main",
        "from_day": "2026-03-10", "to_day": "2026-03-10", "reason": "court", "author": "legal",
        "created_at": "2026-03-20T03:00:00.000000Z", "released_at": None, "released_by": None,
        "release_reason": None,
    }  # fmt: skip
    assert released.as_json() == made.as_json() | {
        "released_at": "2026-03-21T03:00:00.000000Z", "released_by": "judge",
        "release_reason": "over",
    }  # fmt: skip
    assert (len(made.hold_id), other.as_json()["from_day"]) == (12, None)
    with lake.open_reader(home, settings.timezone) as con:
        assert read_holds(con, in_force=False) == sorted(
            (released, other), key=lambda one: one.hold_id
        )
        assert read_holds(con) == [other]
    about = {
        "hold": made.hold_id, "actor_kind": "user", "actor": Records(home).hashed("st-1"),
        "site": "main", "from": "2026-03-10", "to": "2026-03-10",
    }  # fmt: skip
    of_other = {**dict.fromkeys(about), "hold": other.hold_id, "site": "main"}
    told = [(one.what, one.about) for one in Records(home).entries(Series.ERASURES)]
    assert told == [("hold add", about), ("hold add", of_other), ("hold release", about)]


def test_a_hold_may_name_an_ipv6_64_as_findings_do(home: Home, settings: Settings) -> None:
    """Other networks are no address."""
    named = Criteria("ip", "2001:db8:0:1::/64")
    assert add_hold(home, settings, named, "court", "legal", _AT).actor == named.actor
    for network in ("2001:db8::/48", "192.0.2.0/24"):
        with pytest.raises(UsageError, match="no IP address"):
            add_hold(home, settings, Criteria("ip", network), "court", "legal", _AT)


def test_what_cannot_be_held_or_released_is_refused(home: Home, settings: Settings) -> None:
    """And says why; days may be the same."""

    def add(criteria: Criteria, reason: str = "court", author: str = "legal") -> Hold:
        return add_hold(home, settings, criteria, reason, author, _AT)

    def release(hold_id: str, reason: str = "over", author: str = "legal") -> Hold:
        return release_hold(home, settings, hold_id, reason, author, _AT)

    later = _DAY + dt.timedelta(days=1)
    for refused, why in (
        (lambda: add(Criteria()), "what is to be held"),
        (lambda: add(Criteria(from_day=later, to_day=_DAY)), "first day"),
        (lambda: add(Criteria(site_id="mian")), "main"),
        (lambda: add(Criteria("ip", "st-1")), "no IP address"),
        (lambda: add(Criteria("user", "st-1"), reason=" "), "--reason"),
        (lambda: add(Criteria("user", "st-1"), author=" "), "--by"),
        (lambda: release("0"), "no such hold"),
    ):
        with pytest.raises(UsageError, match=why):
            refused()
    with lake.open_writer(home, settings.timezone) as con:
        for hold_id in ("ab1", "ab2"):
            insert(con, "legal_hold", hold_id=hold_id, created_at=_AT)
    for refused, why in (
        (lambda: release(""), "no such hold"),
        (lambda: release("b1"), "no such hold"),
        (lambda: release("ab"), "several ids"),
        (lambda: release("ab1", reason="-"), "--reason"),
        (lambda: release("ab1", author="-"), "--by"),
    ):
        with pytest.raises(UsageError, match=why):
            refused()
    release("ab1")
    release("ab")
    with lake.open_reader(home, settings.timezone) as con:
        assert read_holds(con) == []
