"""Log times to instants."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.normalise.time import INSTANT, parse_times
from pipelines.normalise.time_form import expression_of

ZONES = ["UTC", "Asia/Tokyo", "America/New_York", "Europe/London", "Australia/Lord_Howe"]
MOMENTS = st.datetimes(  # as a clock shows them, in no zone yet
    dt.datetime(1970, 1, 3),  # noqa: DTZ001
    dt.datetime(2099, 12, 29),  # noqa: DTZ001
)
OFFSETS = st.integers(-14 * 60 - 59, 14 * 60 + 59)


def instant_of(text, timezone="UTC", form="clf"):
    """The one instant of one text."""
    (found,) = parse_times(pl.Series([text], dtype=pl.String), timezone, form).to_list()
    return found


def at(text):
    """An instant written in ISO 8601; None stays None."""
    return text and dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "timezone", "expected"),
    [
        ("17/May/2015:10:05:03 +0000", "Asia/Tokyo", "2015-05-17T10:05:03+00:00"),
        ("17/May/2015:10:05:03 +0900", "UTC", "2015-05-17T01:05:03+00:00"),
        ("17/May/2015:10:05:03 -0330", "UTC", "2015-05-17T13:35:03+00:00"),
        ("17/May/2015:10:05:03 +0545", "UTC", "2015-05-17T04:20:03+00:00"),
        ("17/May/2015:10:05:03 +1459", "UTC", "2015-05-16T19:06:03+00:00"),
        ("17/May/2015:10:05:03", "Asia/Tokyo", "2015-05-17T01:05:03+00:00"),
        ("09/Dec/2013:12:59:46.633", "Asia/Tokyo", "2013-12-09T03:59:46.633+00:00"),
        ("17/May/2015:10:05:03.123456789 +0000", "UTC", "2015-05-17T10:05:03.123456+00:00"),
        # New York, 1 November 2026: 01:30 comes twice, the first is in summer time.
        ("01/Nov/2026:01:30:00", "America/New_York", "2026-11-01T05:30:00+00:00"),
        # … and on 8 March clocks leap over 02:30.
        ("08/Mar/2026:02:30:00", "America/New_York", None),
        ("31/Jun/2015:10:05:03 +0000", "UTC", None),
        ("29/Feb/2023:10:05:03 +0000", "UTC", None),
        ("00/May/2015:10:05:03 +0000", "UTC", None),
        ("17/May/2015:24:00:00 +0000", "UTC", None),
        ("17/May/2015:10:60:03 +0000", "UTC", None),
        ("17/May/2015:10:05:03 +9900", "UTC", None),
        ("17/May/2015:10:05:03 +1500", "UTC", None),
        ("17/May/2015:10:05:03 +0060", "UTC", None),
        ("17/Mai/2015:10:05:03 +0000", "UTC", None),
        ("17/May/1969:10:05:03 +0000", "UTC", None),
        ("17/May/2100:10:05:03 +0000", "UTC", None),
        ("１７/May/2015:10:05:03 +0000", "UTC", None),
        ("17/May/2015:10:05:03 +0000\n", "UTC", None),
        ("17/May/2015:10:05:03." + "1" * 100_000, "UTC", None),
        ("-", "UTC", None),
        ("", "UTC", None),
        (None, "UTC", None),
    ],
)
def test_time_is_the_instant_that_was_meant(text, timezone, expected):
    """Offsets are obeyed, local times read in their zone, impossible ones refused."""
    assert instant_of(text, timezone) == at(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31/Dec/2016:23:59:60 +0000", "2016-12-31T23:59:59.999999+00:00"),
        ("01/Jan/2017:08:59:60 +0900", "2016-12-31T23:59:59.999999+00:00"),
        ("30/Jun/2015:23:59:60.250 +0000", "2015-06-30T23:59:59.999999+00:00"),
        ("17/May/2015:10:05:60 +0000", None),
        ("17/May/2015:23:59:60 +0000", None),
        ("31/Dec/2016:23:59:61 +0000", None),
    ],
)
def test_a_leap_second_stays_on_its_day(text, expected):
    """It is the last microsecond of a month in UTC, and nowhere else a time."""
    assert instant_of(text) == at(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-05-17T10:05:03Z", "2015-05-17T10:05:03+00:00"),
        ("2015-05-17 10:05:03", "2015-05-17T01:05:03+00:00"),
        ("2015-05-17t10:05:03z", "2015-05-17T10:05:03+00:00"),
        ("2015-05-17T10:05:03+09:00", "2015-05-17T01:05:03+00:00"),
        ("2015-05-17T10:05:03-0330", "2015-05-17T13:35:03+00:00"),
        ("2015-05-17T10:05:03+09", "2015-05-17T01:05:03+00:00"),
        ("2015-05-17 10:05:03.5 +0900", "2015-05-17T01:05:03.5+00:00"),
        ("2015-05-17T10:05:03.999999999Z", "2015-05-17T10:05:03.999999+00:00"),
        ("2015-05-17T10:05:03,25Z", "2015-05-17T10:05:03.25+00:00"),
        ("2015-05-17T10:05:03.1234567890Z", None),
        ("2015-13-17T10:05:03Z", None),
        ("2015-02-29T10:05:03Z", None),
        ("2015-05-17", None),
        ("15-05-17T10:05:03Z", None),
    ],
)
def test_iso_8601_is_read(text, expected):
    """With `T` or a space, up to nine digits of a fraction, and any offset or none."""
    assert instant_of(text, "Asia/Tokyo", "iso") == at(expected)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("1431857103", "epoch_s", "2015-05-17T10:05:03+00:00"),
        ("1431857103.655", "epoch_s", "2015-05-17T10:05:03.655+00:00"),
        ("1646861401.5241024", "epoch_s", "2022-03-09T21:30:01.524102+00:00"),
        ("1431857103655", "epoch_ms", "2015-05-17T10:05:03.655+00:00"),
        ("1431857103655.25", "epoch_ms", "2015-05-17T10:05:03.655250+00:00"),
        ("1431857103655321", "epoch_us", "2015-05-17T10:05:03.655321+00:00"),
        ("1431857103655321999", "epoch_ns", "2015-05-17T10:05:03.655321+00:00"),
        ("1431857103655", "epoch_s", None),
        ("-5", "epoch_s", None),
        ("1e9", "epoch_s", None),
        ("4102444800", "epoch_s", None),
        ("", "epoch_s", None),
    ],
)
def test_seconds_since_1970_are_read_to_the_microsecond(text, form, expected):
    """As nginx, Caddy, Squid and Apache write them."""
    assert instant_of(text, "Asia/Tokyo", form) == at(expected)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2015-05-17 10:05:03", "%F %T", "2015-05-17T01:05:03+00:00"),
        ("05/17/15 10:05", "%D %R", "2015-05-17T01:05:00+00:00"),
        ("Sun May  7 10:05:03 2017", "%a %b %e %H:%M:%S %Y", "2017-05-07T01:05:03+00:00"),
        ("Sun May  7 10:05:03 2017", "%c", "2017-05-07T01:05:03+00:00"),
        ("Wednesday, 17. September 2025 03:05:03 PM", "%A, %d. %B %Y %r", "2025-09-17T06:05:03Z"),
        ("17/May/2015 12:05:03 am +0900", "%d/%h/%Y %I:%M:%S %P %z", "2015-05-16T15:05:03+00:00"),
        ("7/5/2015 9:05:03", "%-d/%-m/%Y %k:%M:%S", "2015-05-07T00:05:03+00:00"),
        (" 7/MAY/2015 10:05:03", "%_d/%^b/%Y %OH:%EM:%S", "2015-05-07T01:05:03+00:00"),
        ("2024-366T23:59:59", "%Y-%jT%H:%M:%S", "2024-12-31T14:59:59+00:00"),
        ("2023-366T23:59:59", "%Y-%jT%H:%M:%S", None),
        ("1431857103.655", "%s.%msec_frac", "2015-05-17T10:05:03.655+00:00"),
        ("17/May/2015:10:05:03.123456", "%d/%b/%Y:%T.%usec_frac", "2015-05-17T01:05:03.123456Z"),
        ("2015/05/17T10:05:03.123+0000", "%Y/%m/%dT%H:%M:%S.%3f%z", "2015-05-17T10:05:03.123Z"),
        ("20150517100503", "%Y%m%d%H%M%S", "2015-05-17T01:05:03+00:00"),
        ("2015年05月17日 10時05分03秒", "%Y年%m月%d日 %H時%M分%S秒", "2015-05-17T01:05:03+00:00"),
        ("70-01-02 10:00:00", "%y-%m-%d %T", "1970-01-02T01:00:00+00:00"),
        ("100%\t2015-05-17 10:05:03", "100%%%t%F %T", "2015-05-17T01:05:03+00:00"),
        ("2015-05-17 13:05:03 PM", "%F %I:%M:%S %p", None),
        ("2015-05-17 00:05:03 PM", "%F %I:%M:%S %p", None),
    ],
)
def test_a_strftime_format_is_read_as_the_server_wrote_it(text, form, expected):
    """Every directive that tells a time, by C's strftime and Apache's and Envoy's additions."""
    assert instant_of(text, "Asia/Tokyo", "strftime:" + form) == at(expected)


@pytest.mark.parametrize(
    ("text", "timezone", "expected"),
    [
        ("2026-11-01 01:30:00 EDT", "America/New_York", "2026-11-01T05:30:00+00:00"),
        ("2026-11-01 01:30:00 EST", "America/New_York", "2026-11-01T06:30:00+00:00"),
        ("2026-07-01 01:30:00 EST", "America/New_York", None),
        ("2026-07-01 10:30:00 JST", "Asia/Tokyo", "2026-07-01T01:30:00+00:00"),
        ("2026-07-01 10:30:00 JST", "UTC", None),
        ("2026-07-01 10:30:00 UTC", "Asia/Tokyo", "2026-07-01T10:30:00+00:00"),
        ("2026-07-01 10:30:00 GMT", "Asia/Tokyo", "2026-07-01T10:30:00+00:00"),
    ],
)
def test_a_zone_name_counts_where_the_zone_bears_it(text, timezone, expected):
    """It tells apart the hour that comes twice; a foreign name is no guess at an offset."""
    assert instant_of(text, timezone, "strftime:%F %T %Z") == at(expected)


@pytest.mark.parametrize(
    "form",
    ["", "CLF", "strftime:", "strftime:%H:%M", "strftime:%F", "strftime:%F %I:%M", "strftime:%F %q",
     "strftime:%F %T %", "strftime:%d.%m. %T", "strftime:" + "%F %T" * 100],
)  # fmt: skip
def test_a_form_that_tells_no_instant_is_refused(form):
    """Unknown names and directives, and formats that lack a day or an hour."""
    with pytest.raises(ValueError, match="time"):
        expression_of(form)
    with pytest.raises(ValueError, match="time"):
        parse_times(pl.Series(["2015-05-17 10:05:03"]), "UTC", form)


@given(MOMENTS, OFFSETS)
@example(dt.datetime(2000, 2, 29, 23, 59, 59, 999_999), 345)  # noqa: DTZ001
def test_every_instant_survives_being_written(moment, offset):
    """In each form, and at each offset, to the digits that the form has."""
    moment = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=offset)))
    whole = moment.replace(microsecond=0)
    assert instant_of(whole.strftime("%d/%b/%Y:%H:%M:%S %z")) == whole
    assert instant_of(moment.isoformat(timespec="microseconds"), form="iso") == moment
    micros = (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    assert instant_of(f"{micros // 10**6}.{micros % 10**6:06}", form="epoch_s") == moment
    assert instant_of(str(micros), form="epoch_us") == moment
    assert instant_of(f"{micros}999", form="epoch_ns") == moment
    for form in ("%a %b %e %I:%M:%S %p %Y %z", "%c %z", "%Y-%j %T %z", "%A %d %B %Y %r %z"):
        text = whole.strftime(form.replace("%r", "%I:%M:%S %p"))
        assert instant_of(text, form="strftime:" + form) == whole


@given(MOMENTS, st.sampled_from(ZONES))
def test_local_times_are_those_of_the_zone(moment, timezone):
    """The first of two, null where clocks leap over it."""
    zone = ZoneInfo(timezone)
    moment = moment.replace(microsecond=0)
    instant = moment.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    is_there = instant.astimezone(zone).replace(tzinfo=None) == moment
    found = instant_of(moment.strftime("%Y-%m-%d %H:%M:%S"), timezone, "iso")
    if moment.year < 2037:  # beyond, libraries differ on the rules of summer time
        assert found == (instant if is_there else None)


@given(st.text(max_size=40), st.sampled_from(["clf", "iso", "epoch_s", "strftime:%c %z"]))
def test_no_text_is_trouble(text, form):
    """Whatever stands there, the answer is an instant or null."""
    found = instant_of(text, "Asia/Tokyo", form)
    assert found is None or 1969 < found.year < 2100


@given(st.lists(st.sampled_from(["17/May/2015:10:00:00 +0000", "17/May/2015:10:00:00 +0900",
                                 "17/May/2015:10:00:01", "junk", None])))  # fmt: skip
def test_a_column_keeps_its_rows(texts):
    """In order, repeated or not, each with the offset that it names."""
    found = parse_times(pl.Series("x", texts, dtype=pl.String), "UTC")
    assert found.dtype == INSTANT
    assert found.to_list() == [instant_of(text, "UTC") for text in texts]


def test_the_zone_of_the_machine_does_not_matter(monkeypatch):
    """Neither for local times nor for those with an offset."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert instant_of("17/May/2015:10:05:03", "Asia/Tokyo") == at("2015-05-17T01:05:03Z")
    finally:
        monkeypatch.undo()
        time.tzset()
