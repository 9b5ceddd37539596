"""The types of evidence: each key is declared with one, and a report shows its value by it.

A key that one detector gives is declared in its header, all others in `sql/evidence.yaml`.
"""

import datetime as dt
import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipelines.findings import number_in
from pipelines.paths import SQL_DIR
from pipelines.text.yaml_text import read_yaml

SHARED = SQL_DIR / "evidence.yaml"
_HOURS = 24
_HIGHEST_LEVEL = 3


class EvidenceType(StrEnum):
    """What a value of evidence is; absent values are of any type."""

    COUNT = "count"
    NUMBER = "number"
    RATIO = "ratio"
    PROBABILITY = "probability"
    LEVEL = "level"
    MINUTES = "minutes"
    SECONDS = "seconds"
    BYTES = "bytes"
    HOUR = "hour"
    TIME = "time"
    RECORD_NUMBER = "record_number"
    FLAG = "flag"
    TEXT = "text"
    TEXTS = "texts"
    CODE = "code"
    CODES = "codes"
    COUNTRIES = "countries"
    SERIES = "series"
    STATUSES = "statuses"
    REJECTS = "rejects"

    @property
    def is_amount(self) -> bool:
        """True for what is shown as a number."""
        return self in _AMOUNTS

    @property
    def is_of_codes(self) -> bool:
        """True for what is shown in the words for its codes."""
        return self in {EvidenceType.CODE, EvidenceType.CODES}

    def fits(self, value: Any) -> bool:
        """Tell whether a value as it is stored in JSON is of this type."""
        return value is None or _FITS[self](value)


class _Shared(BaseModel):
    """`sql/evidence.yaml`: the keys that several detectors give, and those of the program."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    detectors: dict[str, EvidenceType]
    program: dict[str, EvidenceType]


@cache
def shared() -> _Shared:
    """Return the types of the keys that are not of one detector alone."""
    return _Shared.model_validate(read_yaml(SHARED.read_text(encoding="utf-8")))


def shared_type(key: str) -> EvidenceType | None:
    """Return the type of a key that is not of one detector alone; None where there is none."""
    return shared().detectors.get(key) or shared().program.get(key)


def _is_number(value: Any) -> bool:
    return number_in(value) is not None


def _is_up_to(highest: float) -> Callable[[Any], bool]:
    return lambda value: _is_number(value) and 0 <= value <= highest


def _is_whole_up_to(highest: float) -> Callable[[Any], bool]:
    return lambda value: _is_up_to(highest)(value) and float(value).is_integer()


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_read_by(read: Callable[[str], object]) -> Callable[[Any], bool]:
    def is_read(value: Any) -> bool:
        try:
            read(value)
        except (TypeError, ValueError):
            return False
        return True

    return is_read


def _is_list_of(is_one: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(is_one, value))


_is_date = _is_read_by(dt.date.fromisoformat)
_is_hour = _is_whole_up_to(_HOURS - 1)


def _is_point(value: Any) -> bool:
    if not isinstance(value, Mapping) or not _is_up_to(math.inf)(value.get("value")):
        return False
    return _is_date(value.get("on")) or _is_hour(value.get("hour"))


def _is_status(value: Any) -> bool:
    return isinstance(value, Mapping) and _is_whole_up_to(math.inf)(value.get("count"))


def _is_reject(value: Any) -> bool:
    """A reason with its code; those of earlier versions are a sentence alone."""
    return _is_text(value.get("reason") if isinstance(value, Mapping) else value)


_AMOUNTS: Mapping[EvidenceType, Callable[[Any], bool]] = {
    EvidenceType.COUNT: _is_whole_up_to(math.inf),
    EvidenceType.NUMBER: _is_number,
    EvidenceType.RATIO: _is_up_to(math.inf),
    EvidenceType.PROBABILITY: _is_up_to(1),
    EvidenceType.LEVEL: _is_whole_up_to(_HIGHEST_LEVEL),
    EvidenceType.MINUTES: _is_up_to(math.inf),
    EvidenceType.SECONDS: _is_up_to(math.inf),
    EvidenceType.BYTES: _is_whole_up_to(math.inf),
    EvidenceType.HOUR: _is_hour,
}
_FITS: Mapping[EvidenceType, Callable[[Any], bool]] = {
    **_AMOUNTS,
    EvidenceType.TIME: _is_read_by(dt.time.fromisoformat),
    EvidenceType.RECORD_NUMBER: _is_whole_up_to(math.inf),
    EvidenceType.FLAG: lambda value: isinstance(value, bool),
    EvidenceType.TEXT: _is_text,
    EvidenceType.TEXTS: _is_list_of(_is_text),
    EvidenceType.CODE: _is_text,
    EvidenceType.CODES: _is_list_of(_is_text),
    EvidenceType.COUNTRIES: _is_list_of(_is_text),
    EvidenceType.SERIES: _is_list_of(_is_point),
    EvidenceType.STATUSES: _is_list_of(_is_status),
    EvidenceType.REJECTS: _is_list_of(_is_reject),
}
