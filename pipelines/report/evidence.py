"""A finding's evidence as typed values: what has its own place in a report, and the others by type.

Evidence comes from many detectors and from older versions of them. A value that is not of the type
that is declared for its key is left out and never breaks a report; a key that is declared no more
is kept as text. The whole of it stands in `findings.json`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pipelines.detect.catalogue import Detector
from pipelines.detect.codes import type_of
from pipelines.detect.evidence_types import EvidenceType
from pipelines.findings import number_in

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
class Typed:
    """A value under its key, with the type that is declared for it; None where it is not."""

    key: str
    type: EvidenceType | None
    value: Any


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
    others: tuple[Typed, ...]


_SHOWN_ELSEWHERE = {
    "series",
    "user_type",
    # Of a Sigma rule: in its title and description (`rule_words`).
    "title",
    "description",
    "false_positives",
}
KEYS_WITH_A_PLACE = (
    {field.name for field in fields(Evidence)} - {"days", "hours", "lists", "rejects", "others"}
    | {*LISTS, "reject_reasons"}
    | _SHOWN_ELSEWHERE
)
"""What a report shows in a place or sentence of its own; all else is shown by its type."""


def parse(evidence: Mapping[str, Any], detector: Detector | None) -> Evidence:
    """Return the evidence of a finding, points in order, lists cut to ten values.

    `detector` is the one that gave it, which declares the types of its own keys.
    """
    series = list(_objects(evidence.get("series")))
    days = {on: value for on, value in map(_day_point, series) if on is not None}
    hours = {hour: value for hour, value in map(_hour_point, series) if hour is not None}
    baseline_days = number_in(evidence.get("baseline_days"))
    return Evidence(
        observed=number_in(evidence.get("observed")),
        expected=number_in(evidence.get("expected")),
        upper=number_in(evidence.get("upper")),
        ratio=number_in(evidence.get("ratio")),
        p_value=number_in(evidence.get("p_value")),
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
        others=tuple(_others(evidence, detector))[:_OTHERS_LIMIT],
    )


def _others(evidence: Mapping[str, Any], detector: Detector | None) -> Iterable[Typed]:
    for key, value in evidence.items():
        if key in KEYS_WITH_A_PLACE or value is None:
            continue
        kind = type_of(detector, key)
        if kind is None:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield Typed(key, None, text)
        elif kind.fits(value):
            yield Typed(key, kind, value[:_LIST_LIMIT] if isinstance(value, list) else value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(str(item) for item in value if isinstance(item, str | int | float))[:_LIST_LIMIT]


def _objects(value: Any) -> Iterable[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _day_point(item: Mapping[str, Any]) -> tuple[dt.date | None, float]:
    value = number_in(item.get("value"))
    try:
        on = dt.date.fromisoformat(str(item.get("on"))[:10])
    except ValueError:
        return None, 0
    return (None, 0) if value is None or value < 0 else (on, value)


def _hour_point(item: Mapping[str, Any]) -> tuple[int | None, float]:
    hour, value = number_in(item.get("hour")), number_in(item.get("value"))
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
        count = number_in(item.get("count"))
        if count is not None:
            status = item.get("status")
            yield ("–" if status is None else str(status)), int(count)
