"""The use of the watch, summed by person, role and act."""

import datetime as dt

from pipelines.records import Act, Records, Series
from pipelines.records.used import Used, Watch, watch_between
from tests.records.forged import AT

_MOMENT = dt.timedelta(microseconds=1)
_DAY = dt.timedelta(days=1)


def test_nobody_used_what_has_no_records(records: Records) -> None:
    """No account, no use, the head of an empty chain."""
    watch = watch_between(records, AT, AT + _DAY)
    assert watch == Watch("0" * 64, ())
    assert (watch.accounts, watch.times) == (0, 0)


def test_uses_are_summed_from_the_first_instant_to_just_before_the_last(records: Records) -> None:
    """A use at the first instant counts, one at the last does not."""
    times = (AT - _MOMENT, AT, AT + _DAY - _MOMENT, AT + _DAY)
    for rows, at in zip((1, 10, 100, 1000), times, strict=True):
        last = records.append(Series.USE, Act("sql", None, rows, "sato"), at)
    records.append(Series.DECISIONS, Act("review sign", who="sato"), AT)
    watch = watch_between(records, AT, AT + _DAY)
    assert watch.used == (Used("sato", "security", "sql", 2, 110),)
    assert watch.head == records.head().hash != last.hash


def test_the_most_frequent_uses_come_first(records: Records) -> None:
    """Of as many the names decide; rows that were not counted are none."""
    for who, role, what, rows in (
        ("tanaka", "security", "sql", None),
        ("tanaka", "security", "report", 3),
        ("tanaka", "privacy", "report", 4),
        ("sato", "security", "sql", 5),
        ("sato", "security", "sql", None),
        ("abe", "security", "sql", 0),
    ):
        records.append(Series.USE, Act(what, None, rows, who, role), AT)
    watch = watch_between(records, AT, AT + _DAY)
    assert watch.used == (
        Used("sato", "security", "sql", 2, 5),
        Used("abe", "security", "sql", 1, 0),
        Used("tanaka", "privacy", "report", 1, 4),
        Used("tanaka", "security", "report", 1, 3),
        Used("tanaka", "security", "sql", 1, 0),
    )
    assert (watch.accounts, watch.times) == (3, 6)


def test_uses_of_an_earlier_month_are_found(records: Records) -> None:
    """A time that begins in one month and ends in the next."""
    for days in (-30, 0, 30):
        records.append(Series.USE, Act("sql", who="sato"), AT + dt.timedelta(days=days))
    for days, count in ((-30, 3), (-29, 2), (0, 2), (1, 1), (31, 0)):
        first = AT + dt.timedelta(days=days)
        assert watch_between(records, first, AT + dt.timedelta(days=90)).times == count
