"""Parts of a day's detection that are measured side by side, each over the tables that it reads.

A part is a category of detectors, or the Sigma rules: no query reads what another has found on the
day. What follows from all of them together comes after (`run.concluded`, `pipelines.triage`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.scripts import names_any, scripts_read
from pipelines.findings import Category

RULES = "rules"
"""The part of the Sigma rules."""
OF_REASONS: Category = "personal_data"
"""The part that also says what reasons on record explain, and which users are pseudonyms."""
PARTS: tuple[str, ...] = (*get_args(Category), RULES)

_READ_BESIDE = {RULES: "context_scanner_client", OF_REASONS: "day_request access_reason"}
_TRACES = "day_request day_worker"  # pipelines.detect.trace


def detectors_of(part: str) -> list[Detector]:
    """Return the detectors of a part, in the order of the catalogue."""
    return [one for one in load_catalogue().values() if one.category == part]


def scripts_of(part: str, scripts: Sequence[Path]) -> tuple[Path, ...]:
    """Return those of the files that make tables of the day which a part reads."""
    return scripts_read(scripts, _texts(part))


def reads_any(part: str, scripts: Sequence[Path], tables: Sequence[str]) -> bool:
    """Return whether a part, or one of the files that make its tables, names any of the tables."""
    return names_any(scripts, _texts(part), tables)


def _texts(part: str) -> list[str]:
    detectors = detectors_of(part)
    texts = [f"{one.query} {one.tests_query or ''}" for one in detectors]
    if any("user" in one.actors for one in detectors):
        texts.append(_TRACES)
    return [*texts, _READ_BESIDE.get(part, "")]
