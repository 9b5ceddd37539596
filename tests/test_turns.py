"""What is made on the first of a month, on 1 January and on 29 February: each knows its days.

The last day before is read in its own night. People decide in the last minutes of the month in UTC,
which are the morning of the first in Japan, and in the first minutes after.
"""

import datetime as dt
import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from pipelines import lake
from pipelines.audit.proof import proof_of
from pipelines.audit.reviews import list_reviews, sign
from pipelines.bundle.make import is_on_record, make_bundle
from pipelines.bundle.verify import verify
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.subject.extract import extract
from pipelines.subject.person import Person, person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import look
from pipelines.text.month import Month
from pipelines.triage.cases.commands import close
from pipelines.triage.commands import Word, decide
from pipelines.triage.detected import replace_findings
from tests.audit.audit_lake import stage_row
from tests.worksheet.worksheet_lake import SETTINGS, every_hour, finding, line

ZONE = ZoneInfo("Asia/Tokyo")
_DAYS = [
    "2027-01-01",
    *(pytest.param(day, marks=pytest.mark.further) for day in ("2028-02-29", "2028-03-01")),
    pytest.param("2026-12-01", marks=pytest.mark.further),
]
_ASKED = Asked("asked by letter", "st-desk")


@dataclass(frozen=True)
class Turn:
    """A working folder on its `day`, whose night has reported the day before."""

    day: dt.date
    home: Home
    settings: Settings

    @property
    def last(self) -> dt.date:
        """The day before, which everything is about."""
        return self.day - dt.timedelta(days=1)

    @property
    def night(self) -> dt.datetime:
        """Two in the night, the day before in UTC."""
        return dt.datetime.combine(self.day, dt.time(2), ZONE)

    @property
    def evening(self) -> dt.datetime:
        """The last minutes of the day before in UTC, the morning of the day in Japan."""
        return self.morning - dt.timedelta(minutes=10)

    @property
    def morning(self) -> dt.datetime:
        """The first minutes of the day in UTC."""
        return dt.datetime.combine(self.day, dt.time(0, 5), dt.UTC)

    def person(self) -> Person:
        """The one whom all is about."""
        with lake.open_reader(self.home, self.settings.timezone) as con:
            return person_of(con, user="st-1", ip=None, subject=None)

    def seqs(self, series: Series, what: str) -> list[int]:
        """The numbers of the records of what was done."""
        return [one.seq for one in Records(self.home).entries(series) if one.what == what]


@pytest.fixture(scope="module", params=_DAYS)
def turn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Turn:
    """A day that is read and reported, and what people did on both sides of midnight in UTC."""
    root = tmp_path_factory.mktemp("turn")
    (root / "mimamori.yaml").write_text(SETTINGS, encoding="utf-8")
    day = dt.date.fromisoformat(request.param)
    made = Turn(day, Home(root / "var"), load(root / "mimamori.yaml"))
    home, settings, last = made.home, made.settings, made.last
    path = home.logs / "shop" / "001" / "access.log"
    path.parent.mkdir(parents=True)
    lines = [*every_hour(last), line("23:59", "GET /customers/12", day=last)]
    lines.append(line("00:00", "GET /customers/13", day=day))
    path.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
    stages.ingest(settings, home, clock=lambda: made.night, on=last)
    seen = dt.datetime.combine(last, dt.time(23, 59), ZONE)
    found = finding(date=last, first_seen=seen, last_seen=seen)
    with lake.open_writer(home, settings.timezone) as con:
        refresh_aggregates(con, [last])
        lake.insert_rows(con, "stage_run", [stage_row(one, last) for one in ("check", "detect")])
        replace_findings(con, last, [found], [], lambda: made.night)
        look(con, home, Person("user", "st-1", ("st-1",)), _ASKED, made.evening)
    word = Word("acknowledged", "st-officer")
    (told,) = decide(home, settings, [found.finding_id], word, lambda: made.evening)
    assert told.case_id is not None
    stages.report(settings, home, [last], clock=lambda: made.evening)
    close(home, settings, [told.case_id], "confirmed", "a leak", "st-officer", lambda: made.morning)
    with lake.open_writer(home, settings.timezone) as con:
        look(con, home, Person("user", "st-1", ("st-1",)), _ASKED, made.morning)
    return made


@pytest.mark.further
def test_a_whole_night_is_about_the_day_before(turn: Turn, tmp_path: Path) -> None:
    """Of the same logs: that day alone is examined, reported and left to retention."""
    home = Home(tmp_path / "var")
    shutil.copytree(turn.home.logs, home.logs)
    done = stages.run(turn.settings, home, turn.last, clock=lambda: turn.night)
    assert done.days == (turn.last,)
    assert (done.ingest.records, done.retained.night) == (26, turn.last)
    assert [page.parent.name for page in done.reports] == [str(turn.last)]
    assert proof_of(home).first_bad is None


def test_the_page_of_a_night_is_of_the_day_before(turn: Turn) -> None:
    """One page, of the last day, with the lines of that day alone."""
    pages = sorted(turn.home.reports.glob("*-*-*/index.html"))
    assert [page.parent.name for page in pages] == [str(turn.last)]
    summary = json.loads((pages[0].parent / "summary.json").read_text(encoding="utf-8"))
    assert (summary["on"], summary["lines"]) == (str(turn.last), 25)
    assert json.loads(turn.home.last_report.read_text())["date"] == str(turn.last)
    assert stages.yesterday(turn.settings, lambda: turn.night) == turn.last


def test_its_review_is_signed_on_the_first(turn: Turn) -> None:
    """The signature is of the day, and the month's list has it."""
    sign(turn.home, turn.settings, [turn.last], "st-officer", None, lambda: turn.morning)
    days = Month.of(stages.yesterday(turn.settings, lambda: turn.morning)).days_before(turn.day)
    reviews = list_reviews(turn.home, turn.settings, days)
    assert [one.on for one in reviews if one.state != "no_report"] == [turn.last]
    assert reviews[-1].state == "signed"


def test_the_audit_is_of_the_month_of_that_day(turn: Turn, tmp_path: Path) -> None:
    """All its days, the last among them; by default where the month is over."""
    is_over = turn.day.day == 1
    month = Month.of(turn.last)
    made = stages.audit(
        turn.settings, turn.home, None if is_over else month, tmp_path, lambda: turn.morning
    )
    told: dict[str, Any] = json.loads(made.data.read_text(encoding="utf-8"))
    assert (told["month"], told["is_over"]) == (f"{turn.last:%Y-%m}", is_over)
    assert [day["on"] for day in told["days"]] == [str(on) for on in month.days_before(turn.day)]
    assert [day["lines"] for day in told["days"]][-1] == 25
    assert told["findings"]["total"]["confirmed"] == 1
    assert told["sites"][0]["days"][turn.last.day - 1] not in {"?", "-"}
    # What is done on the first in Japan is of the next month, in whichever file it stands.
    assert told["watch"]["uses"] == 0 if is_over else 2
    assert told["watch"]["records"]["ok"]


def test_the_records_of_both_sides_are_proved(turn: Turn) -> None:
    """With the pages and the audit that hold their heads."""
    stages.audit(turn.settings, turn.home, Month.of(turn.last), clock=lambda: turn.morning)
    assert turn.seqs(Series.DECISIONS, "findings: acknowledged")
    assert turn.seqs(Series.DECISIONS, "cases close")
    months = [f"{at.astimezone(dt.UTC):%Y-%m}" for at in (turn.evening, turn.morning)]
    files = Records(turn.home).files(Series.DECISIONS)
    assert [path.name for path in files] == [
        f"decisions-{one}.jsonl" for one in dict.fromkeys(months)
    ]
    assert proof_of(turn.home).first_bad is None


def test_a_bundle_has_the_decisions_of_both_sides(turn: Turn, tmp_path: Path) -> None:
    """About the finding and about its case, the nights of the day, and the lines of that day."""
    made = make_bundle(
        turn.home,
        turn.settings,
        finding().finding_id,
        None,
        tmp_path / "evidence.zip",
        lambda: turn.morning,
        author="st-auditor",
        landing=turn.home.logs,
    )
    assert (made.date, made.lines, made.lines_proven) == (turn.last, 1, 1)
    with zipfile.ZipFile(made.file) as file:
        records = [json.loads(one) for one in file.read("records.ndjson").decode().splitlines()]
        (record,) = map(json.loads, file.read("lines.ndjson").decode().splitlines())
        manifest = json.loads(file.read("manifest.json"))
    assert record["log_date"] == str(turn.last)
    assert manifest["made_at"].startswith(f"{turn.day}T00:05")
    told = [one["what"] for one in records]
    assert told == ["findings: acknowledged", "night", "cases close"]
    assert verify(str(made.file))["ok"]
    assert is_on_record(Records(turn.home), made.manifest_sha256)


def test_a_person_is_told_who_looked_on_both_sides(turn: Turn) -> None:
    """In an extract of the morning, with the requests of both days."""
    with lake.open_writer(turn.home, turn.settings.timezone) as con:
        told = extract(con, turn.home, turn.settings, turn.person(), turn.morning).as_json()
    looked = cast("list[dict[str, Any]]", told["looked"])
    assert [one["at"][:16] for one in looked if one["what"] == "subject list"] == [
        f"{at:%Y-%m-%dT%H:%M}" for at in (turn.evening, turn.morning)
    ]
    assert [one["time"][:16] for one in cast("list[dict[str, Any]]", told["requests"])] == [
        f"{turn.last}T15:00",
        f"{turn.last}T14:59",
    ]
