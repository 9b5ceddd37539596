"""Days of one silence of a site are shown as one thing, other gaps by themselves."""

import datetime as dt

from pipelines.findings import Finding, Severity
from pipelines.triage.silences import LOG_GAP, by_silence
from tests.detect.given_findings import DAY, at, make


def gap(ago: int, begins_at: dt.datetime, ends_at: dt.datetime, site: str = "s") -> Finding:
    """Return what a night says of a gap that ended on a day, or with it."""
    return make(
        LOG_GAP, finding_id=f"{site}{ago}", date=_day(ago), site_id=site, actor=site,
        actor_kind="site", severity=Severity.HIGH, first_seen=begins_at, last_seen=ends_at,
    )  # fmt: skip


def _day(ago: int) -> dt.date:
    return DAY - dt.timedelta(days=ago)


def _silent(ago: int, since: dt.datetime, site: str = "s") -> Finding:
    return gap(ago, since, at("00:00", _day(ago - 1)), site)


def test_the_days_of_a_silence_are_one_group() -> None:
    """Each reaches back to the last record; a weekend of rest between them changes nothing."""
    since = at("22:10", _day(6))
    days = [_silent(ago, since) for ago in (0, 1, 4, 5)]
    assert by_silence(days) == [tuple(days)]


def test_gaps_that_do_not_meet_stay_apart() -> None:
    """A gap of the day on which the silence began, another site's, and what is no gap at all."""
    since = at("22:10", _day(2))
    first, second = (_silent(ago, since) for ago in (0, 1))
    earlier = gap(2, at("10:00", _day(2)), at("12:00", _day(2)))
    other, person = _silent(1, since, "t"), make(date=_day(1))
    found = [first, person, second, other, earlier]
    assert by_silence(found) == [(first, second), (person,), (other,), (earlier,)]


def test_a_gap_until_midnight_is_the_first_day_of_the_silence_that_follows() -> None:
    """The evening on which the site fell silent belongs to it."""
    evening = gap(1, at("22:10", _day(1)), at("00:00", _day(0)))
    next_day = _silent(0, at("22:10", _day(1)))
    assert by_silence([next_day, evening]) == [(next_day, evening)]
