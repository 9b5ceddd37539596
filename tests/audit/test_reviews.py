"""Signatures under reports: kept for ever, tied to a version, and refused where there is none."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.audit.reviews import ReviewDay, list_reviews, sign, span_of
from pipelines.errors import MimamoriError, UsageError
from pipelines.findings import Severity
from pipelines.paths import DEFAULT_SETTINGS, Home
from pipelines.settings.load import load
from pipelines.triage.commands import Word, decide
from tests.audit.audit_lake import CONFIRMED, World, finding, night_after, small

DAY = CONFIRMED.date
SIGNED_AT = night_after(DAY) + dt.timedelta(hours=7)


@pytest.fixture(scope="module")
def lake_of_one_report(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A lake in which one day was detected and reported."""
    world = small(tmp_path_factory.mktemp("reviews"))
    world.detect(DAY, [CONFIRMED])
    world.stage("report", DAY, minutes=1)
    return world


def _sign(world: World, day: dt.date = DAY, author: str = "officer") -> ReviewDay:
    (signed,) = sign(world.home, world.settings, [day], author, None, lambda: SIGNED_AT)
    return signed


def _state(world: World, day: dt.date = DAY) -> str:
    (found,) = list_reviews(world.home, world.settings, [day])
    return found.state


def test_a_report_goes_from_unsigned_to_signed_to_changed(lake_of_one_report: World) -> None:
    """What people decide changes no version; another finding does, and a new signature mends it."""
    world = lake_of_one_report
    assert _state(world) == "unsigned"
    first = _sign(world)
    assert first.state == "signed"

    word = Word("closed", "officer", "explained")
    decide(world.home, world.settings, [CONFIRMED.finding_id], word, lambda: SIGNED_AT)
    assert _state(world) == "signed"

    world.detect(DAY, [CONFIRMED], minutes=10)
    world.stage("report", DAY, minutes=11)
    assert _state(world) == "signed"

    world.detect(DAY, [CONFIRMED, finding(DAY.day, 9, severity=Severity.LOW)], minutes=20)
    world.stage("report", DAY, minutes=21)
    assert _state(world) == "changed"

    again = _sign(world, author="other")
    assert again.state == "signed"
    assert [one.author for one in again.signatures] == ["officer", "other"]
    assert again.signatures[0].version != again.signatures[1].version
    assert again.signatures[0] == first.signatures[0]
    assert again.signatures[1].reported_at == night_after(DAY) + dt.timedelta(minutes=21)


@pytest.mark.further
def test_late_lines_change_what_was_signed(tmp_path: Path) -> None:
    """The same findings over more lines are another report."""
    world = small(tmp_path)
    world.detect(DAY, [CONFIRMED])
    world.stage("report", DAY, minutes=1)
    _sign(world)
    with lake.open_writer(world.home, "Asia/Tokyo") as con:
        con.execute(
            "update lake.site_day set records = records + 1 where log_date = ?"
            " and site_id = 'portal'",
            [DAY],
        )
    assert _state(world) == "changed"


def test_a_day_without_a_report_cannot_be_signed(lake_of_one_report: World) -> None:
    """Nor can a span with such a day in it: nothing is signed then."""
    world = lake_of_one_report
    before = list_reviews(world.home, world.settings, [DAY])
    days = span_of(DAY, DAY + dt.timedelta(days=2))
    with pytest.raises(UsageError, match=r"2026-11-05, 2026-11-06: .*no report"):
        sign(world.home, world.settings, days, "officer", None, lambda: SIGNED_AT)
    assert list_reviews(world.home, world.settings, [DAY]) == before


@pytest.mark.further
def test_a_report_older_than_its_detection_cannot_be_signed(tmp_path: Path) -> None:
    """The page that was read does not show what the lake has."""
    world = small(tmp_path)
    world.detect(DAY, [CONFIRMED])
    world.stage("report", DAY, minutes=1)
    world.detect(DAY, [], minutes=5)
    with pytest.raises(UsageError, match="detection ran after the report"):
        _sign(world)


@pytest.mark.further
@pytest.mark.parametrize("stage", ["check", "detect"])
def test_what_was_begun_again_since_cannot_be_signed(tmp_path: Path, stage: str) -> None:
    """Late lines that are counted already, or a detection that failed, are not on the page."""
    world = small(tmp_path)
    world.detect(DAY, [CONFIRMED])
    world.stage("report", DAY, minutes=1)
    world.stage(stage, DAY, "failed", minutes=5)
    with pytest.raises(UsageError, match="ran after the report"):
        _sign(world)


def test_a_day_that_was_never_detected_cannot_be_signed(tmp_path: Path) -> None:
    """Its page judges nothing."""
    world = small(tmp_path)
    world.stage("report", DAY, minutes=1)
    with pytest.raises(UsageError, match="detection is not done"):
        _sign(world)


@pytest.mark.parametrize("author", [" ", "\u200b", "-", "x" * 201, "officer\udcff"])
def test_somebody_must_sign(lake_of_one_report: World, author: str) -> None:
    """A name of blanks or of what nobody sees is none; nor is half a book, or what is no text."""
    with pytest.raises(UsageError, match="--by"):
        _sign(lake_of_one_report, author=author)


def test_signatures_need_a_lake(tmp_path: Path) -> None:
    """There is nothing to sign, and no lake is made."""
    home, settings = Home(tmp_path / "nowhere"), load(DEFAULT_SETTINGS)
    with pytest.raises(MimamoriError, match="no lake here yet"):
        sign(home, settings, [DAY], "officer", None, lambda: SIGNED_AT)
    assert not home.lake.exists()


def test_a_lake_of_an_earlier_release_is_told(tmp_path: Path) -> None:
    """A reader cannot make the table; the message says what does."""
    world = small(tmp_path)
    with lake.open_writer(world.home, "Asia/Tokyo") as con:
        con.execute("drop table lake.review")
        con.execute("delete from lake.migration where name = '009_reviews'")
    with pytest.raises(MimamoriError, match="made by an earlier release"):
        list_reviews(world.home, world.settings, [DAY])
    world.stage("report", DAY)
    assert _state(world) == "unsigned"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-02", "2026-11-01", "ends before it begins"),
        ("2025-01-01", "2026-11-01", "at most"),
    ],
)
def test_spans_are_of_some_days_and_not_too_many(first: str, last: str, said: str) -> None:
    """A year at once is enough."""
    with pytest.raises(UsageError, match=said):
        span_of(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
