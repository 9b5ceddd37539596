"""A request of a person that lasts over the turn of a month, of a year, or 29 February."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.records.verify import verify
from pipelines.subject.extract import extract
from pipelines.subject.person import Person
from pipelines.subject.register import Asked, begin_erasure, begun_erasures, end_erasure
from pipelines.subject.run import look
from tests.report.report_lake import settings_in

_ASKED = Asked("asked by letter", "st-desk", "st-second", "passport")
_PERSON = Person("user", "st-0001", ("st-0001",))
_MINUTES = dt.timedelta(minutes=5)


@pytest.mark.parametrize(
    "day",
    [
        "2027-01-01",
        *(pytest.param(day, marks=pytest.mark.further) for day in ("2028-02-29", "2028-03-01")),
    ],
)
def test_an_erasure_that_began_before_a_turn_ends_after_it(tmp_path: Path, day: str) -> None:
    """Its last record says the same as its first, and who looked before and after is told."""
    home, settings = Home(tmp_path), settings_in("en")
    turn = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00")
    with lake.open_writer(home, settings.timezone) as con:
        look(con, home, _PERSON, _ASKED, turn - 2 * _MINUTES)
        begin_erasure(con, home, _PERSON, _ASKED, turn - _MINUTES)
        look(con, home, _PERSON, _ASKED, turn)
        told = extract(con, home, settings, _PERSON, turn).looked
        (request,) = begun_erasures(con)
        end_erasure(con, home, request, turn + _MINUTES)
        assert begun_erasures(con) == []
    records = Records(home)
    begun, ended = records.entries(Series.ERASURES)
    assert (begun.what, ended.what) == ("subject erase begun", "subject erase")
    assert begun.about == ended.about
    days = [one.at[:10] for one in (begun, ended)]
    assert days == [str(turn.date() - dt.timedelta(days=1)), day]
    assert [one["at"][:10] for one in told] == [days[0], day, days[0]]
    assert verify(records).ok
