"""Thresholds, periods and lists as they stood on a day: data in `law.yaml`, none of it in code."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from pipelines.errors import MimamoriError
from pipelines.normalise.country_groups import Countries, country_groups
from pipelines.text.dated import Dated
from pipelines.text.messages import message
from pipelines.text.yaml_text import read_yaml

JAPAN = ZoneInfo("Asia/Tokyo")
_FILE = Path(__file__).parent / "law.yaml"


_Row = TypeVar("_Row", bound=Dated)


class Trigger(Dated):
    """A case in which a breach is to be reported: more people than this, and what suggests it."""

    id: Literal["special_care", "property_damage", "improper_purpose", "many_people"]
    more_than_people: int
    categories: tuple[str, ...]
    may_hold: tuple[str, ...]


class Period(Dated):
    """A time limit from the instant of knowing, in calendar days of Japan or in hours."""

    id: Literal["preliminary", "final", "final_improper", "gdpr"]
    law: Literal["appi", "gdpr"]
    days: tuple[int, ...]
    hours: int | None
    counts_first_day: bool


class BytesPerPerson(Dated):
    """How many bytes of a list or an export stand for one person."""

    likely: int
    least: int


class _Law(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    triggers: tuple[Trigger, ...]
    clocks: tuple[Period, ...]
    bytes_per_person: tuple[BytesPerPerson, ...]


@dataclass(frozen=True)
class Law:
    """What held on one day."""

    triggers: tuple[Trigger, ...]
    periods: tuple[Period, ...]
    eea: Countries
    bytes_per_person: BytesPerPerson


@dataclass(frozen=True)
class Deadline:
    """A period with its ends: instants in Japan time, the last moment of a day or of 72 hours."""

    period: Period
    ends_at: tuple[dt.datetime, ...]


@cache
def _read() -> _Law:
    return _Law.model_validate(read_yaml(_FILE.read_text(encoding="utf-8")))


def law_on(day: dt.date) -> Law:
    """Return the rows that hold on `day`.

    Raises:
        MimamoriError: the file has no row for that day.
    """
    law = _read()
    found = Law(
        tuple(one for one in law.triggers if one.holds_on(day)),
        tuple(one for one in law.clocks if one.holds_on(day)),
        _the_one([row for row in country_groups() if row.group == "eea"], day, "eea"),
        _the_one(law.bytes_per_person, day, "bytes_per_person"),
    )
    if not found.triggers or not found.periods:
        raise _nothing_for(day, "triggers, clocks")
    return found


def _the_one(rows: Sequence[_Row], day: dt.date, key: str) -> _Row:
    for row in rows:
        if row.holds_on(day):
            return row
    raise _nothing_for(day, key)


def _nothing_for(day: dt.date, key: str) -> MimamoriError:
    return MimamoriError(message("worksheet.law.no_row_for_day", at=f"{_FILE}: {key}", day=day))


def deadlines(periods: Sequence[Period], known_at: dt.datetime) -> tuple[Deadline, ...]:
    """Return when each period ends, counted from the aware instant of knowing.

    Days are calendar days of Japan, weekends and holidays among them, and end at 23:59; nothing is
    put off to the next working day.
    """
    known = known_at.astimezone(JAPAN)
    return tuple(Deadline(period, _ends(period, known)) for period in periods)


def _ends(period: Period, known: dt.datetime) -> tuple[dt.datetime, ...]:
    if period.hours is not None:
        # Through UTC: a span of time, whatever clocks do on the way.
        later = known.astimezone(dt.UTC) + dt.timedelta(hours=period.hours)
        return (later.astimezone(JAPAN),)
    before = 1 if period.counts_first_day else 0
    days = (known.date() + dt.timedelta(days=number - before) for number in period.days)
    return tuple(dt.datetime.combine(day, dt.time(23, 59), JAPAN) for day in days)
