"""Log times to instants: offsets obeyed, impossible dates refused, never silently shifted."""

import datetime as dt

import polars as pl

from pipelines.normalise.time_form import MONTH_NUMBERS, expression_of

INSTANT = pl.Datetime("us", "UTC")
_FIRST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_AFTER_LAST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
_PIVOT = 69  # POSIX strptime: years of a century from 69 on are of the 20th
_UTC_NAMES = ("UTC", "GMT", "Z")
_MICROSECONDS = 6  # digits
_LAST_MICROSECOND = 999_999
_LEAP_SECOND = 60


def parse_times(texts: pl.Series, timezone: str, form: str = "clf") -> pl.Series:
    """Return instants (microseconds, UTC) for `texts`, null where none.

    `form` says how they are written, see `time_form.expression_of`: `17/May/2015:10:05:03 +0000`
    is `clf`, ISO 8601 and RFC 3339 are `iso`. Digits beyond the microsecond are cut off.

    A time without an offset is local to `timezone`: of an hour that comes twice when clocks go
    back the first is taken, and a time that clocks leap over is null. A zone's name (`%Z`) counts
    when it is UTC or GMT, and else tells which of the two hours is meant; a name that `timezone`
    does not bear at that time makes it null. A leap second (23:59:60 UTC on the last day of a
    month) is the last microsecond before the next day, so that it stays on its own; at any other
    time :60 is null. So are the 31st of June, offsets beyond 14:59 and years (UTC) outside 1970
    to 2099.

    Raises:
        ValueError: there is no such form.
    """
    expression = expression_of(form)
    # Lines stand in order of time: most repeat the time of the line before.
    runs = texts.cast(pl.String).rle().struct.field("value").alias("text")
    distinct = runs.unique()
    if 2 * len(distinct) > len(runs):
        times = _instants(runs, timezone, expression)
    else:
        known = pl.DataFrame({"text": distinct, "time": _instants(distinct, timezone, expression)})
        times = runs.to_frame().join(
            known, on="text", how="left", nulls_equal=True, maintain_order="left"
        ).get_column("time")  # fmt: skip
    return times if len(runs) == len(texts) else times.gather(texts.rle_id())


def _instants(texts: pl.Series, timezone: str, expression: str) -> pl.Series:
    """The instant of each text by an expression with named parts."""
    parts = _Parts(texts.str.extract_groups(expression).struct.unnest())
    if not parts.have("fraction") or parts.frame.get_column("fraction").null_count() == len(texts):
        return _whole_seconds(parts, timezone)
    # Lines of one second stand together and differ in its fraction.
    whole = parts.frame.drop("fraction").to_struct()
    seconds = whole.rle().struct.field("value").struct.unnest()
    time = _whole_seconds(_Parts(seconds), timezone).gather(whole.rle_id())
    micros = pl.when(parts.number("second") == _LEAP_SECOND).then(0).otherwise(parts.micros())
    past = pl.duration(microseconds=micros)
    return parts.frame.select(time=time + past).get_column("time")


def _whole_seconds(parts: "_Parts", timezone: str) -> pl.Series:
    """The instants without their fraction; a leap second is the microsecond before midnight."""
    epoch = pl.from_epoch(parts.number("epoch"), time_unit="s").cast(INSTANT)
    placed = epoch if parts.have("epoch") else _placed(parts, timezone)
    time = pl.col("time")
    is_of_a_log = (time >= _FIRST) & (time < _AFTER_LAST)
    found = parts.frame.select(time=placed, is_leap=parts.number("second") == _LEAP_SECOND)
    found = found.with_columns(time=pl.when(is_of_a_log).then(time))
    if found.get_column("is_leap").any():
        last = time + pl.duration(microseconds=_LAST_MICROSECOND)
        midnight = time + pl.duration(seconds=1)
        is_there = midnight == midnight.dt.truncate("1mo")
        leap = pl.when(is_there).then(last)
        found = found.with_columns(time=pl.when("is_leap").then(leap).otherwise(time))
    return found.get_column("time")


def _placed(parts: "_Parts", timezone: str) -> pl.Expr:
    """The whole second by its offset, else by its zone's name, else by `timezone`."""
    clock = parts.day() + parts.time_of_day()
    utc = clock.dt.replace_time_zone("UTC")
    local = clock.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    if parts.have("zone"):
        zone = pl.col("zone")
        second = clock.dt.replace_time_zone(timezone, ambiguous="latest", non_existent="null")
        local = (
            pl.when(local.dt.to_string("%Z") == zone)
            .then(local)
            .when(second.dt.to_string("%Z") == zone)
            .then(second)
            .when(zone.is_in(_UTC_NAMES))
            .then(utc.dt.convert_time_zone(timezone))
        )
    local = local.dt.convert_time_zone("UTC")
    if not parts.have("offset") and not parts.have("utc"):
        return local
    offset = parts.offset()
    return pl.when(offset.is_null()).then(local).otherwise(utc - pl.duration(minutes=offset))


class _Parts:
    """The named parts of times, as expressions over their frame; null where one is impossible."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def have(self, name: str) -> bool:
        return name in self.frame.columns

    def text(self, name: str) -> pl.Expr:
        return pl.col(name) if self.have(name) else pl.lit(None, dtype=pl.String)

    def number(self, name: str, default: int | None = None) -> pl.Expr:
        if not self.have(name):
            return pl.lit(default, dtype=pl.Int64)
        return pl.col(name).cast(pl.Int64)

    def day(self) -> pl.Expr:
        """Midnight at the beginning of the day (a zoneless instant)."""
        short = self.number("year_of_century")
        century = pl.when(short < _PIVOT).then(2000).otherwise(1900)
        year = pl.coalesce(self.number("year"), short + century)
        year = pl.when(year.is_between(_FIRST.year - 1, _AFTER_LAST.year)).then(year)
        if self.have("day"):
            day, month = self.number("day"), self.month()
            found = pl.date(year, month, 1) + pl.duration(days=day - 1)
            is_there = day.is_between(1, 31) & (found.dt.month() == month)
        else:
            day = self.number("day_of_year")
            found = pl.date(year, 1, 1) + pl.duration(days=day - 1)
            is_there = (day >= 1) & (found.dt.year() == year)
        return pl.when(is_there).then(found).cast(pl.Datetime("us"))

    def month(self) -> pl.Expr:
        """1 to 12."""
        if self.have("month_name"):
            return pl.col("month_name").replace_strict(
                MONTH_NUMBERS, default=None, return_dtype=pl.Int64
            )
        return pl.when(self.number("month").is_between(1, 12)).then(self.number("month"))

    def time_of_day(self) -> pl.Expr:
        """What has passed since midnight, in whole seconds; a leap second is the one before."""
        hour = self.number("hour")
        if self.have("hour_of_half") and not self.have("hour"):
            of_half = self.number("hour_of_half")
            is_afternoon = self.text("half").str.to_lowercase() == "pm"
            hour = pl.when(of_half.is_between(1, 12)).then(of_half % 12 + 12 * is_afternoon)
        minute, second = self.number("minute", 0), self.number("second", 0)
        is_there = hour.is_between(0, 23) & minute.is_between(0, 59) & second.is_between(0, 60)
        return pl.when(is_there).then(
            pl.duration(hours=hour, minutes=minute, seconds=second.clip(upper_bound=59))
        )

    def micros(self) -> pl.Expr:
        """The fraction of the second, cut off after the microsecond."""
        digits = self.text("fraction").str.replace(".", "", literal=True)
        digits = digits.str.slice(0, _MICROSECONDS).str.pad_end(_MICROSECONDS, "0")
        return digits.cast(pl.Int64).fill_null(0)

    def offset(self) -> pl.Expr:
        """Minutes east of Greenwich, where they are written."""
        written = self.text("offset").str.replace(":", "", literal=True)
        minutes = written.str.slice(1, 2).cast(pl.Int64) * 60 + written.str.slice(3, 2).cast(
            pl.Int64
        )
        hours = self.text("offset_hours")
        is_west = pl.coalesce(written, hours).str.starts_with("-")
        found = pl.coalesce(minutes, hours.str.slice(1, 2).cast(pl.Int64) * 60)
        utc = pl.when(self.text("utc").is_not_null()).then(0)
        return pl.coalesce(pl.when(is_west).then(-found).otherwise(found), utc)
