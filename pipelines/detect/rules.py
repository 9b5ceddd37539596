"""Judges the shipped detectors: what is wrong with a header or a query, before a night meets it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.detect.catalogue import DETECTORS_DIR, Detector, load_catalogue
from pipelines.detect.day import bound_names, day_parameters
from pipelines.errors import MimamoriError
from pipelines.settings import Settings

KINDS = ("fires", "silent")
"""The examples that every detector has, `fires*` and `silent*` beside its query."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file of a detector."""

    path: Path
    message: str


def faults(settings: Settings, folder: Path = DETECTORS_DIR) -> list[Fault]:
    """Return what is wrong with the detectors below a folder, by file; empty when all is well.

    Headers are read, queries parsed (not run), what they bind is looked up among the day's and the
    detector's parameters, and examples of both kinds must be there.
    """
    try:
        catalogue = load_catalogue(folder)
    except MimamoriError as error:
        path, _, message = str(error).partition(": ")
        return [Fault(Path(path), message)]
    known = day_parameters(settings, dt.date(2026, 1, 1)).keys()
    return [
        fault
        for detector in catalogue.values()
        for fault in (
            *_query_faults(detector, folder, known),
            *_example_faults(detector, folder),
        )
    ]


def examples_of(detector: Detector, kind: str, folder: Path = DETECTORS_DIR) -> list[Path]:
    """Return the files of a detector that show it fire or stay silent."""
    paths = (folder / detector.id).iterdir()
    return sorted(path for path in paths if path.stem.split("-")[0] == kind)


def _query_faults(detector: Detector, folder: Path, known: Iterable[str]) -> Iterable[Fault]:
    names = {*known, *detector.parameters}
    header = folder / detector.id / "detector.yaml"
    queries = [(folder / detector.id / "query.sql", detector.query)]
    if detector.tests_query is not None:
        queries.append((header, detector.tests_query))
    for path, query in queries:
        for name in sorted(bound_names(query) - names):
            yield Fault(path, f"${name} is no parameter of {detector.id}")
        try:
            statements = duckdb.extract_statements(query)
        except duckdb.Error as error:
            yield Fault(path, str(error))
        else:
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                yield Fault(path, "a query is one select statement")
    used = set().union(*(bound_names(query) for _, query in queries))
    for name in sorted(detector.parameters.keys() - used):
        yield Fault(header, f"parameters.{name}: no query of {detector.id} binds it")


def _example_faults(detector: Detector, folder: Path) -> Iterable[Fault]:
    for kind in KINDS:
        if not examples_of(detector, kind, folder):
            yield Fault(folder / detector.id, f"there is no example {kind}.yaml or {kind}.log")
