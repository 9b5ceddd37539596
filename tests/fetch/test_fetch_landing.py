"""The landing folder: what may be put there, what leaves it, and what a lost process leaves."""

import datetime as dt
import fcntl
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.night import stages
from pipelines.report.worded import _failed_sources
from tests.fetch.remotes import NOW, Place, Remote, lines

_DAY = dt.timedelta(days=1)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A shop's folder as the source."""
    source = {"kind": "folder", "path": "source"}
    place = Place(Remote("folder", source, tmp_path / "source"), tmp_path)
    place.remote.put("012/access.log", lines(20))
    return place


def _ingest(place: Place) -> int:
    read = stages.ingest(
        place.settings(), place.home, clock=lambda: place.now, progress_to=io.StringIO()
    )
    assert read.failures == ()
    return read.records


@pytest.mark.further
def test_a_rotated_log_is_not_fetched_again(place: Place) -> None:
    """Under its new name it is the file that it was; ingest has each line once."""
    place.fetch()
    assert _ingest(place) == 20
    place.remote.rename("012/access.log", "012/access.log.1")
    place.remote.put("012/access.log", lines(5, start=100), age_seconds=10)
    result = place.fetch()
    assert result.sources[0].brought == ("shops/012/access.log",)
    assert sum(result.sources[0].bytes.values()) == len(lines(5, start=100))
    assert result.sources[0].kept == ()
    assert _ingest(place) == 5
    place.remote.rename("012/access.log.1", "012/access.log.2")
    place.remote.rename("012/access.log", "012/access.log.1")
    place.remote.put("012/access.log", lines(6, start=200), age_seconds=5)
    assert place.fetch().sources[0].brought == ("shops/012/access.log",)
    assert _ingest(place) == 6
    assert place.fetch().sources[0].unchanged == 3


def test_what_was_not_read_yet_keeps_its_content(place: Place) -> None:
    """A night without an ingest loses no line, wherever the source has it by then."""
    place.fetch()
    place.remote.rename("012/access.log", "012/access.log.1")
    place.remote.put("012/access.log", lines(5, start=100), age_seconds=10)
    (kept,) = place.fetch().sources[0].kept
    assert place.landed()[kept] == lines(20)
    assert place.fetch().sources[0].unchanged == 2
    assert _ingest(place) == 25


def test_a_file_that_others_delivered_is_not_written_over(place: Place) -> None:
    """Where no other name fits the site's patterns, it is left and told until it was read."""
    place.site = {"logs": ["shops/{franchise}/access.log"]}
    own = place.logs / "shops" / "012" / "access.log"
    own.parent.mkdir(parents=True)
    own.write_bytes(lines(3, start=500))
    (failure,) = place.fetch().failures
    assert "has not been read yet" in failure
    assert place.landed() == {"shops/012/access.log": lines(3, start=500)}
    assert _ingest(place) == 3
    assert place.fetch().failures == ()
    assert place.landed() == {"shops/012/access.log": lines(20)}


def test_a_link_in_the_landing_folder_leads_nowhere(place: Place) -> None:
    """Whoever owns a shop's folder cannot have files written or taken away elsewhere."""
    elsewhere = place.folder / "elsewhere"
    elsewhere.mkdir()
    (place.logs / "shops").mkdir(parents=True)
    (place.logs / "shops" / "012").symlink_to(elsewhere)
    (place.logs / "shops" / "013").mkdir()
    (place.logs / "shops" / "013" / "access.log").symlink_to(elsewhere / "target")
    place.remote.put("013/access.log", lines(3))
    (failure,) = place.fetch().failures
    assert "(and 1 more)" in failure
    assert list(elsewhere.iterdir()) == []
    assert place.parts() != []  # what has come waits for the next try


def test_limits_are_told_and_nothing_is_half_written(place: Place) -> None:
    """What fits comes; raised, the next fetch brings the rest."""
    place.remote.put("013/access.log", lines(400))
    place.more = {"limits": {"landing_bytes": 10_000}}
    result = place.fetch()
    (problem,) = result.sources[0].problems
    assert (problem.path, problem.entry) == ("013/access.log", "shop-{franchise}")
    assert "limits.landing_bytes (10000 bytes)" in problem.reason
    assert place.landed() == {"shops/012/access.log": lines(20)}
    assert sum(path.stat().st_size for path in place.parts()) == 0
    place.more = {"limits": {"landing_free_bytes": 1 << 60}}
    assert "limits.landing_free_bytes" in place.fetch().failures[0]
    place.more = {"limits": {"fetch_names": 1}}
    assert "limits.fetch_names (1)" in place.fetch().failures[0]
    place.more = {}
    assert place.fetch().failures == ()
    assert place.landed()["shops/013/access.log"] == lines(400)


def test_a_part_of_another_file_is_not_gone_on_with(place: Place) -> None:
    """What came before a file was replaced is not its beginning any more."""
    content = lines(3000)
    place.remote.put("012/access.log", content)
    place.fetch(dry_run=True)
    place.more = {"limits": {"landing_bytes": 1}}
    place.fetch()
    (part,) = place.parts()
    part.write_bytes(lines(1000, start=7000))
    place.more = {}
    assert sum(place.fetch().sources[0].bytes.values()) == len(content)
    assert place.landed() == {"shops/012/access.log": content}
    assert place.parts() == []


def test_two_fetches_at_once_do_not_mix(place: Place) -> None:
    """The second leaves a file to the first, and says so."""
    place.more = {"limits": {"landing_bytes": 1}}
    place.fetch()
    place.more = {}
    (part,) = place.parts()
    with part.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another process is fetching" in place.fetch().failures[0]
    assert place.fetch().failures == ()


def test_parts_that_nobody_goes_on_with_are_let_go(place: Place) -> None:
    """After a week."""
    place.more = {"limits": {"landing_bytes": 1}}
    place.fetch()
    (part,) = place.parts()
    place.remote.clear()
    os.utime(part, (NOW.timestamp(), NOW.timestamp()))
    place.now += 8 * _DAY
    place.fetch()
    assert place.parts() == []


def test_a_fetched_file_that_was_lost_unread_comes_again(place: Place) -> None:
    """One that the lake has read does not."""
    place.fetch()
    (place.logs / "shops/012/access.log").unlink()
    assert place.fetch().sources[0].brought == ("shops/012/access.log",)
    assert _ingest(place) == 20
    (place.logs / "shops/012/access.log").unlink()
    assert place.fetch().sources[0].brought == ()
    place.home.fetched.unlink()  # nothing is known any more: it comes again, and is known by ingest
    assert place.fetch().sources[0].brought == ("shops/012/access.log",)
    assert _ingest(place) == 0


def test_files_leave_when_they_were_read_and_their_time_is_over(place: Place) -> None:
    """Fetched ones, read whole; they are not fetched again, and what others delivered stays."""
    place.more = {"landing": {"keep_days": 30}}
    own = place.logs / "shops" / "013" / "access.log"
    own.parent.mkdir(parents=True)
    own.write_bytes(lines(3, start=500))
    place.fetch()
    assert _ingest(place) == 23
    place.remote.put("014/access.log", lines(4, start=900))
    place.now += 31 * _DAY
    assert place.fetch(dry_run=True).removed == ("shops/012/access.log",)
    result = place.fetch()
    assert result.removed == ("shops/012/access.log",)
    unread = {"shops/013/access.log", "shops/014/access.log"}
    assert place.landed().keys() == unread
    place.now += 40 * _DAY
    assert place.fetch().removed == ()
    assert place.landed().keys() == unread
    assert place.fetch().sources[0].unchanged == 2
    place.more = {"landing": {"keep_days": 30, "removes": "all"}}
    assert place.fetch().removed == ("shops/013/access.log",)


def test_without_a_source_what_others_delivered_leaves(place: Place) -> None:
    """It is all that `keep_days` can be about."""
    place.site = {"source": None}
    place.more = {"landing": {"keep_days": 1}}
    own = place.logs / "shops" / "013" / "access.log"
    own.parent.mkdir(parents=True)
    own.write_bytes(lines(3))
    assert place.fetch().removed == ()
    _ingest(place)
    own.with_name("access.log.1").write_bytes(lines(2, start=600))
    place.now += 2 * _DAY
    assert place.fetch().removed == ("shops/013/access.log",)
    assert own.with_name("access.log.1").exists()


def test_one_source_serves_all_sites_without_their_own(place: Place) -> None:
    """Its folders are those of the landing folder; a site that nobody knows is a mistake."""
    place.site = {"source": None}
    place.remote.put("shops/015/access.log", lines(2))
    place.more = {"landing": {"source": {"kind": "folder", "path": "source"}}}
    result = place.fetch()
    assert result.sources[0].source == "landing"
    assert place.landed() == {"shops/015/access.log": lines(2)}
    with pytest.raises(UsageError, match="no-such"):
        place.fetch("no-such")


def _failed(place: Place, day: dt.date) -> list[str]:
    settings = place.settings()
    begin = dt.datetime.combine(day, dt.time(), settings.zone)
    with lake.open_reader(place.home, settings.timezone) as con:
        return [one.source for one in _failed_sources(con, settings, begin, "en")]


@pytest.mark.further
def test_a_day_is_not_clear_until_its_source_could_be_fetched(place: Place) -> None:
    """A failure counts until all came once after the day's end, whichever night that is."""
    yesterday, today = dt.date(2026, 11, 26), dt.date(2026, 11, 27)
    place.fetch()
    _ingest(place)
    assert _failed(place, yesterday) == []
    place.remote.root.rename(place.folder / "away")
    place.now += dt.timedelta(minutes=5)
    assert place.fetch().failures
    _ingest(place)
    assert _failed(place, yesterday) == []  # it came whole at 12:00 of the next day
    assert _failed(place, today) == ["shop-{franchise}"]
    place.now += _DAY
    place.fetch()
    _ingest(place)
    assert _failed(place, today) == ["shop-{franchise}"]
    (place.folder / "away").rename(place.remote.root)
    place.fetch("shop-012")  # one shop of many says nothing about the others
    _ingest(place)
    assert _failed(place, today) == ["shop-{franchise}"]
    place.now += dt.timedelta(minutes=5)
    place.fetch()
    _ingest(place)
    assert _failed(place, today) == []
    # No night has fetched since: the day after is not known to be in.
    assert _failed(place, today + _DAY) == ["shop-{franchise}"]


@pytest.fixture(autouse=True)
def _for_its_owner_alone() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)
