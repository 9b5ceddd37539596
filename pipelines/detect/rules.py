"""Judges the shipped detectors: what is wrong with a header or a query, before a night meets it."""

import datetime as dt
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.detect.catalogue import DETECTORS_DIR, QUERY, Detector, load_catalogue
from pipelines.detect.codes import FIELD, has_shared_label, has_words, type_of
from pipelines.detect.day import DAY_TABLES, bound_names, day_parameters, tables_of_scripts
from pipelines.detect.emitted_codes import Emitted, column, columns, columns_read, emitted
from pipelines.detect.evidence_types import SHARED, shared, shared_type
from pipelines.detect.judgement import expressions, judged, mistakes
from pipelines.detect.literals import unnamed_figures
from pipelines.detect.prerequisites import NAMES
from pipelines.errors import MimamoriError
from pipelines.settings.model import Settings
from pipelines.text.bilingual import Text
from pipelines.text.messages import message

_CODE = re.compile(r"[a-z][a-z0-9_]*")
_TOLD_WITH_OTHERS = {"baseline", "baseline_days", "series", "unit", "upper", "user_type"}
"""Keys that need no label: they stand in charts, or in the sentences of others."""
KINDS = ("fires", "silent")
"""The examples that every detector has, `fires*` and `silent*` beside its query."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file of a detector."""

    path: Path
    message: str


def faults(settings: Settings, folder: Path = DETECTORS_DIR) -> list[Fault]:
    """Return what is wrong with the detectors below a folder, by file; empty when all is well.

    Headers are read, queries parsed (not run), a figure in them that has no name is told, what they
    bind is looked up among the day's and the detector's parameters, what they need is a table of
    the day, what they rest on a thing that sites can have, rules of severity and strength are over
    columns that the query gives, every key that it can give is declared with its type,
    every key and code has words and every declared one can come, and examples of both kinds must
    be there. With all shipped detectors, so are the tables of the day that they read.
    """
    try:
        catalogue = load_catalogue(folder)
    except MimamoriError as error:
        path, _, problem = str(error).partition(": ")
        return [Fault(Path(path), problem)]
    known = day_parameters(settings, dt.date(2026, 1, 1)).keys()
    found = [
        fault
        for detector in catalogue.values()
        for fault in (
            *_query_faults(detector, folder, known),
            *_rest_faults(detector, folder, known),
            *_file_faults(detector, folder),
            *_judgement_faults(detector, folder),
            *_word_faults(detector, folder),
            *_example_faults(detector, folder),
        )
    ]
    if folder == DETECTORS_DIR:  # a part of the detectors tells nothing of what they share
        found += [*_shared_faults(catalogue.values()), *_day_faults()]
    return found


def examples_of(detector: Detector, kind: str, folder: Path = DETECTORS_DIR) -> list[Path]:
    """Return the files of a detector that show it fire or stay silent."""
    paths = (folder / detector.id).iterdir()
    return sorted(path for path in paths if path.stem.split("-")[0] == kind)


def _query_faults(detector: Detector, folder: Path, known: Iterable[str]) -> Iterable[Fault]:
    names = {*known, *detector.parameters}
    header = folder / detector.id / "detector.yaml"
    path = folder / detector.id / QUERY
    queries = [(path, detector.query)]
    if detector.tests_query is not None:
        queries.append((header, detector.tests_query))
    for path, query in queries:
        try:
            statements = duckdb.extract_statements(query)
        except duckdb.Error as error:
            yield Fault(path, str(error))
        else:
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                yield Fault(path, message("detect.rules.one_select"))
    judged_query = judged(detector.query, detector)
    used = bound_names(judged_query) | bound_names(detector.tests_query or "")
    for name in sorted(used - names):
        yield Fault(header, message("detect.rules.no_parameter", name=name, detector=detector.id))
    for name in sorted(detector.parameters.keys() - used):
        yield Fault(
            header,
            message("detect.rules.unbound", at=f"parameters.{name}", detector=detector.id),
        )
    for name in sorted(set(detector.needs) - tables_of_scripts()):
        yield Fault(header, message("detect.rules.no_table_of_day", at="needs", name=name))


def _rest_faults(detector: Detector, folder: Path, known: Iterable[str]) -> Iterable[Fault]:
    header = folder / detector.id / "detector.yaml"
    names = {*known, *detector.parameters}
    for name in sorted(detector.rests_on.names() - NAMES):
        yield Fault(header, message("detect.rules.no_prerequisite", at="rests_on", name=name))
    history = detector.rests_on.history_days
    if history is not None and history not in names:
        at = "rests_on.history_days"
        yield Fault(
            header, message("detect.rules.no_parameter", at=at, name=history, detector=detector.id)
        )


def _day_faults() -> Iterable[Fault]:
    """Figures without a name in what makes the tables of the day."""
    for path in sorted(DAY_TABLES.rglob("*.sql")):
        for line, figure in unnamed_figures(path.read_text(encoding="utf-8")):
            at = f"line {line}"
            yield Fault(path, message("detect.rules.unnamed_figure_of_day", at=at, figure=figure))


def _file_faults(detector: Detector, folder: Path) -> Iterable[Fault]:
    path = folder / detector.id / QUERY
    for name in sorted({one.name for one in path.parent.glob("*.sql")} - detector.files.keys()):
        yield Fault(path.with_name(name), message("detect.rules.no_step"))
    for name, text in detector.files.items():
        for line, figure in unnamed_figures(text):
            told = message("detect.rules.unnamed_figure", at=f"line {line}", figure=figure)
            yield Fault(path.with_name(name), told)
    for _, figure in unnamed_figures(detector.tests_query or ""):
        told = message("detect.rules.unnamed_figure", at="tests_query", figure=figure)
        yield Fault(path.with_name("detector.yaml"), told)


def _judgement_faults(detector: Detector, folder: Path) -> Iterable[Fault]:
    header = folder / detector.id / "detector.yaml"
    for mistake in mistakes(detector):
        yield Fault(header, mistake)
    if detector.severity not in {rule.severity for rule in detector.severities}:
        yield Fault(
            header,
            message("detect.rules.severity_never_given", at="severity", severity=detector.severity),
        )
    try:
        given = columns(detector.query) | {"severity"}
        actors = column(detector.query, "actor_kind").codes
    except duckdb.Error:
        return  # the query's own faults say why
    for where, expression in expressions(detector).items():
        for fault in _expression_faults(expression, given):
            yield Fault(header, f"{where}: {fault}")
    for kind in sorted(actors.symmetric_difference(detector.actors)):
        yield Fault(header, message("detect.rules.actors_differ", at="actors", kind=kind))


def _expression_faults(expression: str, given: Collection[str]) -> Iterable[str]:
    for _, figure in unnamed_figures(expression):
        yield message("detect.rules.unnamed_figure", figure=figure)
    try:
        read = columns_read(expression)
    except duckdb.Error as error:
        yield str(error)
    else:
        for name in sorted(read.difference(given)):
            yield message("detect.rules.no_column", name=name)


def _word_faults(detector: Detector, folder: Path) -> Iterable[Fault]:
    header = folder / detector.id / "detector.yaml"
    query = header.with_name(QUERY)
    try:
        given = emitted(detector.query)
    except duckdb.Error:
        return  # the query's own faults say why
    yield from _label_faults(detector, header, given.keys())
    for key, one in given.items():
        for code in sorted(filter(_CODE.fullmatch, one.codes)):
            if not has_words(detector, key, code):
                yield Fault(
                    query,
                    message(
                        "detect.rules.code_without_words",
                        at=f"evidence {key!r}",
                        code=code,
                        name=key,
                    ),
                )
        if key == "reason" and one.is_open:
            yield Fault(query, message("detect.rules.text_for_a_code", at="evidence 'reason'"))
    for key, codes in detector.codes.items():
        kind = type_of(detector, key)
        if kind is not None and not kind.is_of_codes:
            yield Fault(header, message("detect.rules.codes_of_another_type", at=f"codes.{key}"))
        one = given.get(key, Emitted())
        for code in sorted(codes.keys() - one.codes if not one.is_open else ()):
            yield Fault(header, message("detect.rules.code_never_given", at=f"codes.{key}.{code}"))
        for code, text in codes.items():
            yield from _place_faults(header, f"codes.{key}.{code}", text, given.keys())


def _label_faults(detector: Detector, header: Path, given: Collection[str]) -> Iterable[Fault]:
    query = header.with_name(QUERY)
    for key in sorted({*given} - detector.evidence.keys()):
        if shared_type(key) is None:
            yield Fault(query, message("detect.rules.key_not_declared", name=key))
        elif key not in _TOLD_WITH_OTHERS and not has_shared_label(key):
            yield Fault(query, message("detect.rules.key_without_label", name=key))
    for key in sorted(detector.evidence):
        if key not in given:
            yield Fault(header, message("detect.rules.key_never_given", at=f"evidence.{key}"))
        elif shared_type(key) is not None or has_shared_label(key):
            yield Fault(header, message("detect.rules.shared_key", at=f"evidence.{key}"))


def _shared_faults(detectors: Iterable[Detector]) -> Iterable[Fault]:
    given: set[str] = set()
    for detector in detectors:
        try:
            given |= emitted(detector.query).keys()
        except duckdb.Error:
            return  # the query's own faults say why
    for key in sorted(shared().detectors.keys() - given):
        yield Fault(SHARED, message("detect.rules.key_never_given", at=f"detectors.{key}"))


def _place_faults(
    header: Path, where: str, text: Text, evidence: Collection[str]
) -> Iterable[Fault]:
    places = [set(FIELD.findall(words)) for words in (text.ja, text.en)]
    if places[0] != places[1]:
        yield Fault(header, message("detect.rules.languages_differ", at=where))
    for name in sorted(set().union(*places).difference(evidence)):
        yield Fault(header, message("detect.rules.no_evidence", at=where, name=name))


def _example_faults(detector: Detector, folder: Path) -> Iterable[Fault]:
    for kind in KINDS:
        if not examples_of(detector, kind, folder):
            yield Fault(folder / detector.id, message("detect.rules.no_example", kind=kind))
