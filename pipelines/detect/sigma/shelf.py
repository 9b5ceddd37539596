"""The folder of rules beside the settings file: what is put in, and what is taken out.

A name given to a file or a rule by its author is data: only its harmless part becomes the name of
a copy, and a copy never lands outside the folder or on another file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pipelines.detect.sigma.document import read_content
from pipelines.detect.sigma.parse import ParsedFile, parse_file
from pipelines.detect.sigma.problem import Problem
from pipelines.detect.sigma.rule import Rule
from pipelines.detect.sigma.rulebook import Rulebook, make_rulebook, rule_files
from pipelines.detect.sigma.share import LARGEST_SHARE, Share
from pipelines.errors import MimamoriError, UsageError
from pipelines.text.messages import message

_HARMLESS = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_STEM = 80


@dataclass(frozen=True)
class Candidate:
    """A file on its way into the folder, with its rules and where its copy will lie.

    `replaced` are files of the folder whose rules it takes the place of.
    """

    source: Path
    content: bytes
    rules: tuple[Rule, ...]
    target: Path
    replaced: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Intake:
    """What of some files can be added, what is there already, and what is wrong with the rest."""

    book: Rulebook
    candidates: tuple[Candidate, ...]
    unchanged: tuple[Path, ...]
    problems: tuple[Problem, ...]


def sources_of(path: Path) -> list[Path]:
    """Return the files that a path names: itself, or the rule files below it.

    Raises:
        UsageError: there is no such file or folder, or no rule file in it.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UsageError(message("detect.sigma.shelf.no_such_file", at=path))
    found = rule_files(path)
    if not found:
        raise UsageError(message("detect.sigma.shelf.no_rule_file", at=path))
    return found


def take_in(
    sources: Sequence[Path], folder: Path, installed: Sequence[Path], *, replace: bool
) -> Intake:
    """Judge files beside the rules that stand in the `installed` folders; nothing is written.

    With `replace`, a file takes the place of those in `folder` that hold a rule of the same id.
    """
    there = {path: path.read_bytes() for one in installed for path in _files_in(one)}
    contents: dict[Path, bytes] = {}
    problems: list[Problem] = []
    unchanged: list[Path] = []
    for source in sources:
        content = read_content(source)
        if isinstance(content, Problem):
            problems.append(content)
        elif content in there.values():
            unchanged.append(source)
        else:
            contents[source] = content
    new = {source: parse_file(source, content) for source, content in contents.items()}
    replaced = _replaced(new, [parse_file(path, content) for path, content in there.items()])
    gone = {path for paths in replaced.values() for path in paths} if replace else set()
    kept = [parse_file(path, content) for path, content in there.items() if path not in gone]
    book = make_rulebook(
        [*kept, *(parse_file(path, content) for path, content in contents.items())]
    )
    problems += [problem for problem in book.problems if problem.path in contents]
    bad = {problem.path for problem in problems if not problem.is_warning}
    taken = {path.name for path in there if path.parent == folder and path not in gone}
    candidates = []
    for source, content in contents.items():
        if source in bad:
            continue
        rules = tuple(rule for rule in book.rules if rule.path == source)
        outside = [path for path in replaced[source] if folder not in path.parents]
        if replace and outside:
            message = f"takes the place of {outside[0]}, which lies outside {folder}"
            problems.append(Problem(source, None, message))
            continue
        target = folder / _free_name(source, rules, taken)
        taken.add(target.name)
        old = tuple(replaced[source]) if replace else ()
        candidates.append(Candidate(source, content, rules, target, old))
    return Intake(book, tuple(candidates), tuple(unchanged), tuple(problems))


def held_back(candidates: Sequence[Candidate], found: Mapping[str, Share]) -> dict[Path, Problem]:
    """Return which files hold a rule that matches too much of the past, and what they would."""
    problems = {}
    for candidate in candidates:
        for rule in candidate.rules:
            share = found.get(rule.detector)
            if share is not None and share.is_too_much:
                problems[candidate.source] = Problem(
                    candidate.source,
                    None,
                    f"{rule.about.title}: would match {share.share:.1%} of the records of the last"
                    f" {share.days} days ({share.matched:,} of {share.records:,}), more than"
                    f" {LARGEST_SHARE:.0%}; not switched on (--force does it all the same)",
                )
    return problems


def write(candidates: Sequence[Candidate]) -> None:
    """Copy the files into the folder, each whole, and remove what they take the place of.

    Raises:
        MimamoriError: the folder or a file cannot be written, or a file has come there meanwhile.
    """
    for candidate in candidates:
        target = candidate.target
        try:
            for path in candidate.replaced:
                path.unlink()
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(candidate.content)
        except OSError as error:
            raise MimamoriError(
                message("detect.sigma.shelf.cannot_be_written", at=target, reason=error.strerror)
            ) from None


def find(folder: Path, wanted: str) -> Path:
    """Return the file of the folder that `wanted` names: a rule's id, or the file's name or path.

    Raises:
        UsageError: none does, or the file holds other rules too and was named by an id.
    """
    files = {path: parse_file(path) for path in _files_in(folder)}
    for path in files:
        if wanted in {path.name, str(path.relative_to(folder))} or Path(wanted) == path:
            return path
        if Path(wanted).is_file() and Path(wanted).resolve() == path.resolve():
            return path
    rule_id = _rule_id(wanted)
    for path, file in files.items():
        ids = {str(one.rule.id) for one in file.rules} | {
            rule.about.id for rule in make_rulebook([file]).rules
        }
        if rule_id in ids:
            if len(file.rules) > 1:
                raise UsageError(
                    message(
                        "detect.sigma.shelf.file_of_several_rules",
                        at=wanted,
                        name=path.name,
                        count=len(file.rules),
                    )
                )
            return path
    raise UsageError(message("detect.sigma.shelf.no_such_rule", at=wanted, folder=folder))


def _rule_id(wanted: str) -> str:
    bare = wanted.removeprefix("sigma:")
    try:
        return str(UUID(bare))
    except ValueError:
        return bare


def _files_in(folder: Path) -> list[Path]:
    return rule_files(folder) if folder.is_dir() else []


def _replaced(
    new: Mapping[Path, ParsedFile], there: Sequence[ParsedFile]
) -> dict[Path, list[Path]]:
    """By new file, the files there that hold a rule of the same id."""
    owners: dict[UUID, Path] = {
        one.rule.id: file.path for file in there for one in file.rules if one.rule.id is not None
    }
    return {
        path: list(
            dict.fromkeys(
                owners[one.rule.id]
                for one in file.rules
                if one.rule.id is not None and one.rule.id in owners
            )
        )
        for path, file in new.items()
    }


def _free_name(source: Path, rules: Sequence[Rule], taken: set[str]) -> str:
    """A name for the copy: the harmless part of the file's own, told apart where it is taken."""
    stem = _HARMLESS.sub("_", source.stem).strip("._-")[:_LONGEST_STEM] or "rule"
    names = [f"{stem}.yml", *(f"{stem}-{rule.about.id[:8]}.yml" for rule in rules[:1])]
    names += [f"{stem}-{number}.yml" for number in range(2, len(taken) + 3)]
    return next(name for name in names if name not in taken)
