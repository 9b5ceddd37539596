"""From the documents of a file to pySigma's rules, with every mistake at its line."""

import re
from dataclasses import dataclass
from pathlib import Path

import re2
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import (
    SigmaConditionError,
    SigmaCorrelationConditionError,
    SigmaCorrelationRuleError,
    SigmaCorrelationTypeError,
    SigmaDateError,
    SigmaDetectionError,
    SigmaError,
    SigmaIdentifierError,
    SigmaLevelError,
    SigmaLogsourceError,
    SigmaRegularExpressionError,
    SigmaStatusError,
    SigmaTagError,
    SigmaTimespanError,
    SigmaTitleError,
)
from sigma.filters import SigmaFilter
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine, RegexPattern
from sigma.rule import SigmaRule

from pipelines.detect.sigma.document import Document, parse_documents, read_content
from pipelines.detect.sigma.problem import Problem, RuleError, UnknownFieldError, brief

AnyRule = SigmaRule | SigmaCorrelationRule

_PLACES: dict[type[SigmaError], tuple[str, ...]] = {
    SigmaIdentifierError: ("id",),
    SigmaTitleError: ("title",),
    SigmaLevelError: ("level",),
    SigmaStatusError: ("status",),
    SigmaTagError: ("tags",),
    SigmaDateError: ("date",),
    SigmaLogsourceError: ("logsource",),
    SigmaConditionError: ("detection", "condition"),
    SigmaDetectionError: ("detection",),
    SigmaCorrelationTypeError: ("correlation", "type"),
    SigmaTimespanError: ("correlation", "timespan"),
    SigmaCorrelationConditionError: ("correlation", "condition"),
    SigmaCorrelationRuleError: ("correlation",),
}
_NO_RE2 = "RE2 cannot run this regular expression (it has no look-around and no back-references)"


class _QuietEngine(RegexEngine):
    """RE2, which runs in linear time, without its own messages on standard error."""

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:
        letters = "".join(
            letter
            for letter, flag in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL))
            if int(flags) & int(flag)
        )
        options = re2.Options()
        options.log_errors = False
        compiled: RegexPattern = re2.compile(
            f"(?{letters}){pattern}" if letters else pattern, options
        )
        return compiled

    @property
    def error(self) -> type[Exception]:
        error: type[Exception] = re2.error
        return error


_POLICY = SigmaPolicy(regex_engine=_QuietEngine())


@dataclass(frozen=True)
class ParsedRule:
    """A rule of pySigma's, where it is from, and the document that knows its lines."""

    path: Path
    document: Document
    rule: AnyRule


@dataclass(frozen=True)
class ParsedFilter:
    """A filter of pySigma's, likewise."""

    path: Path
    document: Document
    filter: SigmaFilter


@dataclass(frozen=True)
class ParsedFile:
    """What a file holds; with problems that are no warnings it cannot be used."""

    path: Path
    content: bytes = b""
    rules: tuple[ParsedRule, ...] = ()
    filters: tuple[ParsedFilter, ...] = ()
    problems: tuple[Problem, ...] = ()


def parse_file(path: Path, content: bytes | None = None) -> ParsedFile:
    """Return the rules and filters of a file, or its problems; `content` where it is read already.

    A file with problems cannot be used.
    """
    given = read_content(path) if content is None else content
    if isinstance(given, Problem):
        return ParsedFile(path, problems=(given,))
    documents = parse_documents(path, given)
    if isinstance(documents, Problem):
        return ParsedFile(path, given, problems=(documents,))
    groups = [documents] if _has_actions(documents) else [(one,) for one in documents]
    rules: list[ParsedRule] = []
    filters: list[ParsedFilter] = []
    problems: list[Problem] = []
    for group in groups:
        try:
            found = SigmaCollection.from_dicts(
                [document.values for document in group],
                collect_errors=True,
                collect_filters=True,
                resolve_references=False,
                policy=_POLICY,
            )
        except Exception as error:  # noqa: BLE001 - pySigma answers unknown types with what Python raises
            problems.append(problem_of(path, group[0], error))
            continue
        problems += [problem_of(path, group[0], error) for error in found.errors]
        rules += [ParsedRule(path, group[0], rule) for rule in found.rules]
        filters += [ParsedFilter(path, group[0], one) for one in found.filters]
    if not problems and not rules and not filters:
        problems.append(Problem(path, None, "holds no rule"))
    return ParsedFile(path, given, tuple(rules), tuple(filters), tuple(problems))


def problem_of(path: Path, document: Document, error: Exception) -> Problem:
    """Return an error about a document as a problem, with its line where that is known."""
    if isinstance(error, UnknownFieldError):
        return Problem(path, document.line_of_field(error.field), str(error))
    if isinstance(error, RuleError):
        line = document.line_of(*error.keys) if error.keys else document.line_of("detection")
        return Problem(path, line, str(error))
    if isinstance(error, SigmaRegularExpressionError):
        reason = _reason_of(error)
        return Problem(path, document.line_of("detection"), f"{_NO_RE2}: {reason}")
    if isinstance(error, SigmaError):
        place = next((keys for kind, keys in _PLACES.items() if isinstance(error, kind)), None)
        keys = place or _first_of(document, "detection", "correlation", "filter")
        return Problem(path, document.line_of(*keys), brief(error))
    reason = f"{type(error).__name__}: {brief(error)}"
    return Problem(path, document.line_of(), f"is no valid Sigma rule: {reason}")


def _reason_of(error: SigmaRegularExpressionError) -> str:
    """RE2's own words, without the expression, which may be long."""
    cause = error.__cause__.args[0] if error.__cause__ and error.__cause__.args else error
    text = cause.decode(errors="replace") if isinstance(cause, bytes) else str(cause)
    return brief(text)


def _first_of(document: Document, *keys: str) -> tuple[str, ...]:
    return next(((key,) for key in keys if key in document.values), ())


def _has_actions(documents: tuple[Document, ...]) -> bool:
    """Whether documents build on each other, as collections of `action: global` do."""
    return any("action" in document.values for document in documents)
