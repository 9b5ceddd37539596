"""The detectors: each is a folder in `sql/detectors/` with a header and one query.

Adding a detector is adding a folder; nothing else knows the list.
"""

import re
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pipelines.detect.evidence_types import EvidenceType
from pipelines.detect.judgement import Judged
from pipelines.detect.prerequisites import RestsOn
from pipelines.errors import MimamoriError
from pipelines.findings import Category, Severity
from pipelines.paths import SQL_DIR
from pipelines.settings.detectors import Detectors, Tuning
from pipelines.settings.validation_errors import first_validation_error
from pipelines.text.bilingual import Text
from pipelines.text.messages import message
from pipelines.text.yaml_text import read_yaml

DETECTORS_DIR = SQL_DIR / "detectors"
JUDGEMENTS_DIR = SQL_DIR / "judgements"

QUERY = "query.sql"
_WITH = re.compile(r"(?:--[^\n]*\n|\s)*with\b")

_Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EvidenceKey(Text):
    """What a key of evidence is called, and the type of its values."""

    type: EvidenceType


class Parameter(_Header):
    """A figure that the query binds, with the reason for its value."""

    value: Any
    range: tuple[float, float] | None = Field(
        default=None,
        description="the lowest and the highest value that settings may give it, where"
        " `pipelines.settings.detectors.range_of` does not know",
    )
    reason: Text


class LawException(_Header):
    """A law of detection (tests/laws) that a detector cannot keep, and why."""

    law: Literal["outsider", "disguise", "spreading"] = Field(
        description="an outsider lowers nothing; a header is no disguise; spreading is no cover"
    )
    examples: tuple[str, ...] = Field(
        default=(), description="those of the detector that show it, where it is not all of them"
    )
    reason: Text


class Measured(_Header):
    """How often a detector was wrong where the truth is known; `make evaluate` writes it."""

    false_alarms_a_day: float = Field(description="over all sites, on days without cause")
    precision: float | None
    recall: dict[str, float] = Field(description="by level of the worlds")
    sites: int
    days: int


class Evaded(_Header):
    """The largest amount of an act that was never reported at `medium`, over some companies."""

    act: Text = Field(description="what somebody does; `n` stands for how much of it")
    least: int
    median: int
    most: int


class Detector(Judged, _Header):
    """The header of a detector, `detector.yaml`, with its query."""

    id: str
    title: Text
    description: Text
    category: Category
    severity: Severity = Field(description="the usual one; `severities` gives each finding its own")
    measures: tuple[int, ...] = Field(min_length=1)
    attack_ids: tuple[str, ...] = ()
    mode: Literal["active", "shadow"] = "active"
    needs: tuple[str, ...] = Field(
        default=(),
        description="tables of the day: when one of them has no row, the detector can find nothing"
        " and is not run",
    )
    rests_on: RestsOn
    parameters: dict[str, Parameter] = {}
    codes: dict[_Code, dict[_Code, Text]] = Field(
        default={},
        description="keys of evidence whose values are codes, and the words for each code; words"
        " may name other values of the evidence in braces",
    )
    evidence: dict[_Code, EvidenceKey] = Field(
        default={},
        description="types and labels of the keys of evidence that this detector alone gives; of"
        " those that several give the types stand in `sql/evidence.yaml`, the labels under `figure`"
        " in the report's locales",
    )
    goes_on: Literal["amount", "hours", "place", "silence"] | None = Field(
        default=None,
        description="whether a finding that is no more than the same was told as before is for the"
        " record (pipelines/detect/goes_on.py): by its amount; by its hours of the day too; by its"
        " amount, for weeks where it comes from addresses that somebody called harmless; or by"
        " being one silence without an interruption",
    )
    others_excuse: bool | tuple[str, ...] = Field(
        default=False,
        description="whether a finding is for the record where other people stood out as much on"
        " more than one of twenty nights (pipelines/triage/others.py); or only one of these codes"
        " of `reason`, compared with those of the same code",
    )
    doubts_logs: bool = Field(
        default=False, description="whether a finding speaks against the logs of its site and day"
    )
    is_confidential: bool = Field(
        default=False,
        description="whether a finding reveals whom or what is watched: it is not shown to shops,"
        " unless settings say so (`shops: true`)",
    )
    is_refused: bool = Field(
        default=False,
        description="whether all that a finding counts was refused, so that nobody's data was seen",
    )
    summary: Text = Field(
        description="one sentence; what it has in square brackets is left out where a value of it"
        " is not known"
    )
    evidence_query: str
    false_positives: Text
    exceptions: tuple[LawException, ...] = ()
    playbook: tuple[Text, ...] = Field(min_length=3, max_length=3)
    model: str | None = Field(
        default=None, description="page of `docs/` with the formulas that the query rests on"
    )
    tests_query: str | None = Field(
        default=None,
        description="counts the day's statistical tests, each of which chance passes as often as"
        " the parameter `max_p` says; the query then gives each row a p_value",
    )
    steps: tuple[str, ...] = Field(
        default=(),
        description="tables that the query reads, each a file beside it (`NAME.sql`, one select"
        " statement), in the order in which one reads the other",
    )
    unkept_steps: frozenset[str] = Field(
        default=frozenset(),
        description="those of them that are computed wherever they are read, since they have too"
        " many rows to be kept in memory",
    )
    files: dict[str, str] = Field(description="the SQL by file name: of the steps, then the query")
    measured: Measured | None = None
    evaded: tuple[Evaded, ...] = Field(default=(), description="`make evade` writes it")

    @cached_property
    def query(self) -> str:
        """The whole measurement as one statement: the steps are tables of its `with`."""
        if not self.steps:
            return self.files[QUERY]
        tables = ",\n".join(
            f"{name} as {'not materialized ' if name in self.unkept_steps else ''}"
            f"(\n{self.files[f'{name}.sql']})"
            for name in self.steps
        )
        own = _WITH.match(self.files[QUERY])
        rest = self.files[QUERY][own.end() :] if own else self.files[QUERY]
        return f"with {tables}{',' if own else ''}\n{rest}"

    @property
    def folder(self) -> Path:
        """Where the detector's files lie."""
        return DETECTORS_DIR / self.id


def kept_from_shops(detectors: Detectors) -> list[str]:
    """Return the detectors whose findings are not shown to shops under these settings."""
    return [
        name
        for name, one in load_catalogue().items()
        if one.is_confidential and not detectors.get(name, Tuning()).shops
    ]


@cache
def load_catalogue(folder: Path = DETECTORS_DIR) -> dict[str, Detector]:
    """Return the detectors below `folder` by id, in alphabetical order.

    Raises:
        MimamoriError: a header or a query is missing or wrong; the message names the file.
    """
    detectors = {}
    for header in sorted(folder.glob("*/detector.yaml")):
        try:
            values = read_yaml(header.read_text(encoding="utf-8"))
            names = [*(f"{step}.sql" for step in values.get("steps", ())), QUERY]
            values["files"] = {
                name: header.with_name(name).read_text(encoding="utf-8") for name in names
            }
            rates = header.with_name("measured.yaml")
            if rates.exists():
                values["measured"] = read_yaml(rates.read_text(encoding="utf-8"))
            sought = header.with_name("evaded.yaml")
            if sought.exists():
                values["evaded"] = read_yaml(sought.read_text(encoding="utf-8"))
            shared = values.pop("judged_as", None)
            if shared is not None:
                values = {**_judgement(shared), **values}
            detector = Detector.model_validate(values)
        except ValidationError as error:
            raise MimamoriError(f"{header}: {first_validation_error(error)}") from None
        except (OSError, TypeError, yaml.YAMLError) as error:
            raise MimamoriError(
                message("detect.catalogue.cannot_be_read", at=header, reason=error)
            ) from None
        if detector.id != header.parent.name:
            raise MimamoriError(message("detect.catalogue.another_id", at=header, id=detector.id))
        detectors[detector.id] = detector
    return detectors


@cache
def _judgement(name: str) -> dict[str, Any]:
    """The rules of severity and strength that several detectors share."""
    return dict(read_yaml((JUDGEMENTS_DIR / f"{name}.yaml").read_text(encoding="utf-8")))


def doubting_logs() -> list[str]:
    """Return the ids of the detectors whose findings speak against the logs of their day."""
    return [detector.id for detector in load_catalogue().values() if detector.doubts_logs]
