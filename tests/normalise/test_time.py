"""Log times to instants."""

import datetime as dt

import polars as pl
import pytest

from pipelines.normalise.time import parse_times


@pytest.mark.parametrize(
    ("text", "timezone", "expected"),
    [
        ("17/May/2015:10:05:03 +0000", "Asia/Tokyo", "2015-05-17T10:05:03+00:00"),
        ("17/May/2015:10:05:03 +0900", "UTC", "2015-05-17T01:05:03+00:00"),
        ("17/May/2015:10:05:03 -0330", "UTC", "2015-05-17T13:35:03+00:00"),
        ("17/May/2015:10:05:03", "Asia/Tokyo", "2015-05-17T01:05:03+00:00"),
        # New York, 1 November 2026: 01:30 comes twice, the first is in summer time.
        ("01/Nov/2026:01:30:00", "America/New_York", "2026-11-01T05:30:00+00:00"),
        # … and on 8 March clocks leap over 02:30.
        ("08/Mar/2026:02:30:00", "America/New_York", None),
        ("31/Jun/2015:10:05:03 +0000", "UTC", None),
        ("29/Feb/2023:10:05:03 +0000", "UTC", None),
        ("17/May/2015:24:00:00 +0000", "UTC", None),
        ("17/May/2015:10:05:60 +0000", "UTC", None),
        ("17/May/2015:10:05:03 +9900", "UTC", None),
        ("17/Mai/2015:10:05:03 +0000", "UTC", None),
        ("-", "UTC", None),
        (None, "UTC", None),
    ],
)
def test_time_is_the_instant_that_was_meant(
    text: str | None, timezone: str, expected: str | None
) -> None:
    """Offsets are obeyed, local times read in their zone, impossible ones refused."""
    (found,) = parse_times(pl.Series([text], dtype=pl.String), timezone).to_list()
    assert found == (expected and dt.datetime.fromisoformat(expected))


def test_mixed_offsets_in_one_column_keep_their_rows() -> None:
    """Each line has the offset that it names."""
    texts = ["17/May/2015:10:00:00 +0000", "17/May/2015:10:00:00 +0900"] * 2
    hours = [instant.hour for instant in parse_times(pl.Series(texts), "UTC")]
    assert hours == [10, 1, 10, 1]
