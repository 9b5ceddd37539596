"""A finding's evidence as typed values: known keys are checked, unknown ones are kept as text.

Evidence comes from many detectors and from older versions of them. A value of the wrong shape is
left out and never breaks a report; the whole of it stands in `findings.json`.
"""

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

LISTS = ("subjects", "paths", "addresses", "users", "countries", "known_countries", "browsers")
_LIST_LIMIT = 10
_OTHERS_LIMIT = 12


@dataclass(frozen=True)
class DayPoint:
    """The value of one day."""

    on: dt.date
    value: float


@dataclass(frozen=True)
class HourPoint:
    """The value of one hour of the examined day, 0 to 23."""

    hour: int
    value: float


@dataclass(frozen=True)
class RejectedFor:
    """Why lines were rejected: the English sentence, its code and arguments (JSON)."""

    reason: str
    code: str | None = None
    arguments: str | None = None


@dataclass(frozen=True)
class Evidence:
    """The figures a finding rests on; empty where a detector gives none."""

    observed: float | None
    expected: float | None
    upper: float | None
    ratio: float | None
    p_value: float | None
    unit: str | None
    baseline: str | None
    reason: str | None
    query: str | None
    baseline_days: int | None
    days: tuple[DayPoint, ...]
    hours: tuple[HourPoint, ...]
    statuses: tuple[tuple[str, int], ...]
    lists: Mapping[str, tuple[str, ...]]
    rejects: tuple[RejectedFor, ...]
    others: tuple[tuple[str, str | float | bool | tuple[str, ...]], ...]


_SHOWN_ELSEWHERE = {
    "series",
    "user_type",
    # Of a Sigma rule: in its title and description (`rule_words`).
    "title",
    "description",
    "false_positives",
}
_KNOWN = (
    {field.name for field in fields(Evidence)} - {"days", "hours", "lists", "rejects", "others"}
    | {*LISTS, "reject_reasons"}
    | _SHOWN_ELSEWHERE
)


def parse(evidence: Mapping[str, Any]) -> Evidence:
    """Return the evidence of a finding, points in order, lists cut to ten values."""
    series = list(_objects(evidence.get("series")))
    days = {on: value for on, value in map(_day_point, series) if on is not None}
    hours = {hour: value for hour, value in map(_hour_point, series) if hour is not None}
    baseline_days = _number(evidence.get("baseline_days"))
    return Evidence(
        observed=_number(evidence.get("observed")),
        expected=_number(evidence.get("expected")),
        upper=_number(evidence.get("upper")),
        ratio=_number(evidence.get("ratio")),
        p_value=_number(evidence.get("p_value")),
        unit=_text(evidence.get("unit")),
        baseline=_text(evidence.get("baseline")),
        reason=_text(evidence.get("reason")),
        query=_text(evidence.get("query")),
        baseline_days=None if baseline_days is None else int(baseline_days),
        days=tuple(DayPoint(on, value) for on, value in sorted(days.items())),
        hours=tuple(HourPoint(hour, value) for hour, value in sorted(hours.items())),
        statuses=tuple(_statuses(evidence.get("statuses"))),
        lists={key: _strings(evidence.get(key)) for key in LISTS},
        rejects=tuple(_rejects(evidence.get("reject_reasons"))),
        others=tuple(
            (key, _other(value))
            for key, value in evidence.items()
            if key not in _KNOWN and value is not None
        )[:_OTHERS_LIMIT],
    )


def _other(value: Any) -> str | float | bool | tuple[str, ...]:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return tuple(str(one) for one in value[:_LIST_LIMIT])
    return json.dumps(value, ensure_ascii=False)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(str(item) for item in value if isinstance(item, str | int | float))[:_LIST_LIMIT]


def _objects(value: Any) -> Iterable[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _day_point(item: Mapping[str, Any]) -> tuple[dt.date | None, float]:
    value = _number(item.get("value"))
    try:
        on = dt.date.fromisoformat(str(item.get("on"))[:10])
    except ValueError:
        return None, 0
    return (None, 0) if value is None or value < 0 else (on, value)


def _hour_point(item: Mapping[str, Any]) -> tuple[int | None, float]:
    hour, value = _number(item.get("hour")), _number(item.get("value"))
    if hour is None or value is None or value < 0 or not 0 <= hour < 24:  # noqa: PLR2004 - a day
        return None, 0
    return int(hour), value


def _rejects(value: Any) -> Iterable[RejectedFor]:
    """Reasons with their codes; those of earlier versions are sentences alone."""
    for item in value[:_LIST_LIMIT] if isinstance(value, list) else ():
        if isinstance(item, str):
            yield RejectedFor(item)
        elif isinstance(item, dict) and isinstance(item.get("reason"), str):
            arguments = item.get("arguments")
            yield RejectedFor(
                item["reason"],
                _text(item.get("code")),
                json.dumps(arguments) if arguments else None,
            )


def _statuses(value: Any) -> Iterable[tuple[str, int]]:
    for item in _objects(value):
        count = _number(item.get("count"))
        if count is not None:
            status = item.get("status")
            yield ("–" if status is None else str(status)), int(count)
