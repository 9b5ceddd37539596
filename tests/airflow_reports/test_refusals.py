"""What is refused all night fills no disk, and nothing of it is lost from the count."""

import datetime as dt
from pathlib import Path

import pytest

pytest.importorskip("airflow")

from pipelines import lake
from pipelines.airflow_reports.access import Event
from pipelines.airflow_reports.refusals import EACH, SPAN, Refusals
from pipelines.paths import Home
from pipelines.records import Act, Records, Series

_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)


class _Server:
    """Refusals of some accounts, and what stands on record of them."""

    def __init__(self, folder: Path) -> None:
        home = Home(folder)
        with lake.open_writer(home, "Asia/Tokyo"):
            self.records = Records(home)
        self.refusals = Refusals()
        self.audited: list[str] = []

    def refuse(self, times: int, who: str = "airflow:outsider", at: dt.datetime = _NOW) -> None:
        for _ in range(times):
            self.refusals.put_on_record(
                self.records, Act("report page: refused", "x", who=who, role="none"), "x",
                lambda event, _: self.audited.append(event), at,
            )  # fmt: skip

    def on_record(self) -> list[tuple[str, object, int | None]]:
        return [(one.who, one.about, one.rows) for one in self.records.entries(Series.USE)]


def test_the_first_are_told_one_by_one_then_their_number(tmp_path: Path) -> None:
    """Ten thousand requests are some twenty lines, and all of them are counted."""
    server = _Server(tmp_path)
    server.refuse(EACH)
    assert server.on_record() == [("airflow:outsider", "x", None)] * EACH
    server.refuse(10_000)
    summed = server.on_record()[EACH:]
    since = "2026-11-20T02:00:00.000000Z"
    assert summed == [
        ("airflow:outsider", {"since": since, "refusals": 200}, 180),
        ("airflow:outsider", {"since": since, "refusals": 2000}, 1800),
    ]
    assert server.audited == [Event.REFUSED] * (EACH + 2)
    # The rest is recorded after the hour, with the next refusal of any account.
    server.refuse(1, "airflow:other", _NOW + SPAN)
    rest, other = server.on_record()[EACH + 2 :]
    assert rest == ("airflow:outsider", {"since": since, "refusals": 10_020}, 8020)
    assert other == ("airflow:other", "x", None)
    assert EACH + sum(rows or 0 for *_, rows in summed) + 8020 == 10_020


def test_each_account_and_each_hour_has_its_own(tmp_path: Path) -> None:
    """One that floods hides nobody else, and none for ever."""
    server = _Server(tmp_path)
    server.refuse(EACH + 5)
    server.refuse(2, "airflow:other")
    assert [who for who, *_ in server.on_record()[EACH:]] == ["airflow:other"] * 2
    server.refuse(1, at=_NOW + SPAN)
    assert [rows for *_, rows in server.on_record()[EACH + 2 :]] == [5, None]
    server.refuse(EACH, at=_NOW + SPAN * 3 / 2)
    assert len(server.on_record()) == EACH + 2 + 2 + EACH - 1
