"""Who is who: spellings of one user name, and names that only look alike."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.paths import Home
from tests.lake_requests import insert_requests

_FIRST = dt.date(2026, 11, 18)
_THEN = dt.date(2026, 11, 19)

_Days = dict[dt.date, list[tuple[str, str | None]]]  # users and their types


def _users(tmp_path: Path, days: _Days) -> dict[str, int]:
    """Days by user as the aggregates have them, of requests by users of these names and types."""
    with lake.open_writer(Home(tmp_path / "var"), "Asia/Tokyo") as con:
        for day, users in days.items():
            noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
            rows = [
                {
                    "event_id": number,
                    "time": noon,
                    "log_date": day,
                    "site_id": "site",
                    "user_id": user,
                    "user_type": user_type,
                    "status": 200,
                }
                for number, (user, user_type) in enumerate(users)
            ]
            insert_requests(con, rows)
            refresh_aggregates(con, [day])
        return dict(
            con.execute("select user_id, count(*) from lake.user_day group by user_id").fetchall()
        )


@pytest.mark.parametrize(
    "other",
    [
        "St-1",
        *(pytest.param(one, marks=pytest.mark.further) for one in ("CORP\\st-1", "corp\\ST-1")),
    ],
)
def test_another_spelling_is_the_same_person(tmp_path: Path, other: str) -> None:
    """By case, and with a domain; the spelling that was there first stands for all."""
    days: _Days = {_FIRST: [("st-1", "staff")], _THEN: [(other, None)]}
    assert _users(tmp_path, days) == {"st-1": 2}


@pytest.mark.further
def test_one_name_in_two_domains_is_two_people(tmp_path: Path) -> None:
    """Shops that give the same name in domains of their own."""
    days: _Days = {_FIRST: [("A\\sato", "franchise")], _THEN: [("B\\sato", "franchise")]}
    assert _users(tmp_path, days) == {"A\\sato": 1, "B\\sato": 1}


@pytest.mark.further
def test_a_customer_with_the_name_of_somebody_at_work_is_another_person(tmp_path: Path) -> None:
    """Who registers under such a name does not hide among that person's work."""
    days: _Days = {_FIRST: [("hq\\sato", "staff")], _THEN: [("sato", "customer")]}
    assert _users(tmp_path, days) == {"hq\\sato": 1, "sato": 1}


@pytest.mark.further
def test_a_spelling_stands_for_the_same_person_on_every_run(tmp_path: Path) -> None:
    """Even when it becomes the more frequent one."""
    days: _Days = {
        _FIRST: [("st-1", "staff")],
        _THEN: [("ST-1", None)],
        **{_THEN + dt.timedelta(days=n): [("ST-1", None)] for n in (1, 2)},
    }
    assert _users(tmp_path, days) == {"st-1": 4}
