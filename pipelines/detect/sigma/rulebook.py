"""All rules that stand together: each bound to the lake, filters applied, correlations resolved.

A file is whole or not there: one bad rule in it, or a correlation whose rule is missing, and none
of it is used. Files do not hurt each other.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import duckdb
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from pipelines.detect.sigma.backend import LakeBackend
from pipelines.detect.sigma.correlation import Correlation, plan, references_of
from pipelines.detect.sigma.logsource import misfit
from pipelines.detect.sigma.match import Match, any_of
from pipelines.detect.sigma.parse import (
    ParsedFile,
    ParsedFilter,
    ParsedRule,
    parse_file,
    problem_of,
)
from pipelines.detect.sigma.problem import Problem, RuleError
from pipelines.detect.sigma.proof import prove
from pipelines.detect.sigma.rule import Rule, about_of, is_retired

SUFFIXES = frozenset({".yml", ".yaml"})


@dataclass(frozen=True)
class Rulebook:
    """Rules by number, those that a correlation looks at before it, and what was wrong."""

    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Why files cannot be used."""
        return tuple(one for one in self.problems if not one.is_warning)

    def only(self, number: int) -> tuple[Rule, ...]:
        """Return a rule, after those that it looks at; only it is reported."""
        needed: set[int] = set()
        waiting = [number]
        while waiting:
            one = waiting.pop()
            needed.add(one)
            correlation = self.rules[one].correlation
            waiting += correlation.rules if correlation else ()
        places = {old: new for new, old in enumerate(sorted(needed))}
        return tuple(
            replace(
                self.rules[old],
                is_reported=old == number,
                correlation=_renumbered(self.rules[old].correlation, places),
            )
            for old in places
        )


def _renumbered(correlation: Correlation | None, places: Mapping[int, int]) -> Correlation | None:
    if correlation is None:
        return None
    return replace(
        correlation,
        rules=tuple(places[rule] for rule in correlation.rules),
        keys={places[rule]: columns for rule, columns in correlation.keys.items()},
        counted={places[rule]: columns for rule, columns in correlation.counted.items()},
    )


@dataclass
class _Draft:
    """A rule on its way into the book."""

    parsed: ParsedRule
    match: Match | None = None
    references: dict[str, "_Draft"] = field(default_factory=dict)
    is_reported: bool = True


def rule_files(folder: Path) -> list[Path]:
    """Return the rule files below a folder, in order, without hidden ones and linked folders."""
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(root, name) for name in sorted(names) if _is_rule_file(name)]
    return found


def _is_rule_file(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")


def load_rulebook(folders: Iterable[Path]) -> Rulebook:
    """Return the rules in some folders; a folder that is not there is a problem."""
    files: list[ParsedFile] = []
    for folder in folders:
        if folder.is_dir():
            files += [parse_file(path) for path in rule_files(folder)]
        else:
            problem = Problem(folder, None, "no such folder of rules (rules: in the settings)")
            files.append(ParsedFile(folder, problems=(problem,)))
    return make_rulebook(files)


def make_rulebook(files: Sequence[ParsedFile]) -> Rulebook:
    """Return the rules of the files; of two with one id or name the first counts.

    The rules of pySigma in `files` are changed by it: filters become part of them.
    """
    problems = [problem for file in files for problem in file.problems]
    bad = {problem.path for problem in problems}

    def refuse(problem: Problem) -> None:
        problems.append(problem)
        bad.add(problem.path)

    backend = LakeBackend()
    filters = [one for file in files if file.path not in bad for one in file.filters]
    for one in filters:
        problem = _filter_problem(backend, one)
        if problem is not None:
            refuse(problem)
    filters = [one for one in filters if one.path not in bad]
    drafts = [_Draft(rule) for file in files if file.path not in bad for rule in file.rules]
    unused = {id(one.filter): one for one in filters}
    for draft in drafts:
        for one in filters:
            if _applies(one, draft.parsed):
                one.filter.apply_on_rule(draft.parsed.rule)
                unused.pop(id(one.filter), None)
    with duckdb.connect() as con:
        for draft in drafts:
            problem = _bind(backend, con, draft)
            if problem is not None:
                refuse(problem)
    named = _named(drafts, bad, refuse)
    _resolve(drafts, named, bad, refuse)
    ordered = [draft for draft in _referenced_first(drafts) if draft.parsed.path not in bad]
    rules = _numbered(ordered, refuse)
    if len(rules) < len(ordered):  # a correlation could not be planned, and its file goes
        return _again(files, bad, problems)
    problems += [
        Problem(one.path, None, "the filter fits none of the rules", is_warning=True)
        for one in unused.values()
        if one.path not in bad
    ]
    problems += [warning for draft in ordered for warning in _warnings(draft.parsed)]
    return Rulebook(tuple(rules), tuple(problems))


def _again(files: Sequence[ParsedFile], bad: set[Path], problems: Sequence[Problem]) -> Rulebook:
    """The book of the files that are left, read anew, since filters had changed their rules."""
    left = [parse_file(file.path, file.content) for file in files if file.path not in bad]
    book = make_rulebook(left)
    return Rulebook(book.rules, (*problems, *book.problems))


def _filter_problem(backend: LakeBackend, one: ParsedFilter) -> Problem | None:
    reason = misfit(one.filter.logsource)
    if reason is not None:
        return Problem(one.path, one.document.line_of("logsource"), reason)
    try:
        backend.matches(one.filter.filter)
    except SigmaError as error:
        return problem_of(one.path, one.document, error)
    return None


def _applies(one: ParsedFilter, parsed: ParsedRule) -> bool:
    return isinstance(parsed.rule, SigmaRule) and one.filter._should_apply_on_rule(parsed.rule)  # noqa: SLF001 - pySigma tells it nowhere else


def _bind(backend: LakeBackend, con: duckdb.DuckDBPyConnection, draft: _Draft) -> Problem | None:
    """Give a draft its match on the lake, or return why it has none."""
    path, document, rule = draft.parsed.path, draft.parsed.document, draft.parsed.rule
    if not isinstance(rule, SigmaRule):
        return None
    reason = misfit(rule.logsource)
    if reason is not None:
        return Problem(path, document.line_of("logsource"), reason)
    try:
        draft.match = any_of(backend.matches_of(rule))
        prove(con, draft.match)
    except SigmaError as error:
        return problem_of(path, document, error)
    except RecursionError:
        return problem_of(path, document, RuleError("the condition is nested too deeply"))
    return None


def _named(
    drafts: Sequence[_Draft], bad: set[Path], refuse: Callable[[Problem], None]
) -> dict[str, _Draft]:
    """The drafts by id and by name."""
    named: dict[str, _Draft] = {}
    for draft in drafts:
        parsed = draft.parsed
        if parsed.path in bad:
            continue
        about = about_of(parsed.rule)
        for key, names in (("id", about.id), ("name", about.name)):
            if names is None:
                continue
            other = named.setdefault(names, draft)
            if other is not draft:
                where = "this file" if other.parsed.path == parsed.path else other.parsed.path
                message = f"the {key} {names!r} is that of a rule in {where} too"
                refuse(Problem(parsed.path, parsed.document.line_of(key), message))
    return named


def _resolve(
    drafts: Sequence[_Draft],
    named: dict[str, _Draft],
    bad: set[Path],
    refuse: Callable[[Problem], None],
) -> None:
    """Bind correlations to their rules; what lacks one falls, and what looks at that too."""
    correlations = [
        draft for draft in drafts if isinstance(draft.parsed.rule, SigmaCorrelationRule)
    ]
    has_fallen = True
    while has_fallen:
        has_fallen = False
        for draft in correlations:
            parsed = draft.parsed
            if parsed.path in bad or not isinstance(parsed.rule, SigmaCorrelationRule):
                continue
            for reference in references_of(parsed.rule):
                other = named.get(_id_or_name(reference))
                if other is None or other.parsed.path in bad or _reaches(other, draft):
                    line = parsed.document.line_of("correlation", "rules")
                    what = "itself" if other is not None and _reaches(other, draft) else "no rule"
                    message = (
                        f"the correlation looks at {reference!r}, which is {what} that is there"
                    )
                    if what == "itself":
                        message = f"the correlation looks at itself by way of {reference!r}"
                    refuse(Problem(parsed.path, line, message))
                    has_fallen = True
                    break
                draft.references[reference] = other
    for draft in correlations:
        rule = draft.parsed.rule
        if draft.parsed.path not in bad and isinstance(rule, SigmaCorrelationRule):
            for other in draft.references.values():
                other.is_reported = other.is_reported and rule.generate


def _id_or_name(reference: str) -> str:
    try:
        return str(UUID(reference))
    except ValueError:
        return reference


def _reaches(draft: _Draft, goal: _Draft) -> bool:
    return draft is goal or any(_reaches(one, goal) for one in draft.references.values())


def _referenced_first(drafts: Sequence[_Draft]) -> list[_Draft]:
    ordered: list[_Draft] = []
    placed: set[int] = set()

    def place(draft: _Draft) -> None:
        if id(draft) not in placed:
            placed.add(id(draft))
            for other in draft.references.values():
                place(other)
            ordered.append(draft)

    for draft in drafts:
        place(draft)
    return ordered


def _numbered(ordered: Sequence[_Draft], refuse: Callable[[Problem], None]) -> list[Rule]:
    """The rules, with correlations planned by the numbers of what they look at."""
    numbers: dict[int, int] = {}
    rules: list[Rule] = []
    for draft in ordered:
        parsed = draft.parsed
        correlation: Correlation | None = None
        if isinstance(parsed.rule, SigmaCorrelationRule):
            try:
                correlation = plan(
                    parsed.rule,
                    {name: numbers[id(other)] for name, other in draft.references.items()},
                )
            except SigmaError as error:
                refuse(problem_of(parsed.path, parsed.document, error))
                return rules
        numbers[id(draft)] = len(rules)
        about = about_of(parsed.rule)
        rules.append(Rule(about, parsed.path, draft.match, correlation, draft.is_reported))
    return rules


def _warnings(parsed: ParsedRule) -> Iterable[Problem]:
    about = about_of(parsed.rule)
    if is_retired(about):
        yield Problem(
            parsed.path,
            parsed.document.line_of("status"),
            f"status {about.status}: its author has given this rule up",
            is_warning=True,
        )
    if not about.has_own_id and about.name is None:
        yield Problem(
            parsed.path,
            parsed.document.line_of("title"),
            f"has no id; its findings are of sigma:{about.id}, by its title",
            is_warning=True,
        )
