"""`mimamori rules add|remove|test`: Sigma rules into force, out of it, and on trial."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import DATE, Context, day_of, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.errors import UsageError
from pipelines.paths import DEFAULT_SETTINGS, IS_CHECKOUT
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.detect.sigma.problem import Problem
    from pipelines.detect.sigma.rule import Rule
    from pipelines.detect.sigma.share import Share
    from pipelines.detect.sigma.shelf import Candidate
    from pipelines.detect.sigma.trial import Trial
    from pipelines.settings.model import Settings

_LONGEST = 240
_EXAMPLES = 3


@click.command("add", help=command_help("cli.sigma.help.add.command", "cli.sigma.help.add.details"))
@click.argument(
    "sources", nargs=-1, required=True, metavar="FILE_OR_DIR...", type=click.Path(path_type=Path)
)
@click.option("--dry-run", is_flag=True, help=message("cli.sigma.help.add.dry_run"))
@click.option("--replace", is_flag=True, help=message("cli.sigma.help.add.replace"))
@click.option("--force", is_flag=True, help=message("cli.sigma.help.add.force"))
@json_option
@pass_context
def rules_add(
    context: Context,
    sources: tuple[Path, ...],
    dry_run: bool,
    replace: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Add Sigma rules.

    Copies them to rules/sigma/ beside the settings file. A bad file is named with its reason, the
    others are added (exit code 1). A rule that would match more than 1 % of the records of the last
    seven days is held back; --force adds it all the same.
    """
    from pipelines.detect.sigma import shelf
    from pipelines.detect.sigma.share import shares
    from pipelines.night.stages import yesterday
    from pipelines.settings.load import rules_beside

    settings = context.settings
    if not dry_run:
        _require_own(context.config)
    folder = rules_beside(context.config)
    files = [path for source in sources for path in shelf.sources_of(source)]
    installed = dict.fromkeys([folder, *settings.rules])
    intake = shelf.take_in(files, folder, list(installed), replace=replace)
    found = shares(context.home, settings, intake.book.rules, yesterday(settings))
    held = shelf.held_back(intake.candidates, found) if not force else {}
    added = [one for one in intake.candidates if one.source not in held]
    if not dry_run:
        shelf.write(added)
    problems = [*intake.problems, *held.values()]
    values: dict[str, Any] = {
        "added": [_candidate(one, found) for one in added],
        "unchanged": [str(path) for path in intake.unchanged],
        "refused": [_problem(one) for one in problems if not one.is_warning],
        "warnings": [_problem(one) for one in problems if one.is_warning],
        "dry_run": dry_run,
    }
    lines = [*_added_lines(added, found, dry_run), *(f"  = {path}" for path in intake.unchanged)]
    lines.append(
        message(
            "cli.sigma.sums",
            added=len(added),
            unchanged=len(intake.unchanged),
            refused=len(values["refused"]),
        )
    )
    print_result(values, as_json, "\n".join(lines))
    print_problems(problems)
    if values["refused"]:
        raise SystemExit(1)


def _require_own(config: Path) -> None:
    """Refuse to put rules beside settings that came with an installed package."""
    if config.resolve() == DEFAULT_SETTINGS and not IS_CHECKOUT:
        raise UsageError(message("cli.sigma.shipped_settings", at=config))


@click.command("remove", help=command_help("cli.sigma.help.remove.command"))
@click.argument("wanted", metavar="ID_OR_FILE")
@json_option
@pass_context
def rules_remove(context: Context, wanted: str, as_json: bool) -> None:
    """Remove a Sigma rule from rules/sigma/."""
    from pipelines.detect.sigma import shelf
    from pipelines.detect.sigma.rulebook import load_rulebook
    from pipelines.settings.load import rules_beside

    settings = context.settings
    path = shelf.find(rules_beside(context.config), wanted)
    book = load_rulebook(settings.rules)
    for rule in book.rules:
        if rule.path.resolve() == path.resolve() and rule.detector in settings.detectors:
            key = f"detectors.{rule.detector}"
            raise UsageError(message("cli.sigma.named_in_settings", at=context.config, name=key))
    before = {problem.path for problem in book.errors}
    path.unlink()
    broken = [one for one in load_rulebook(settings.rules).errors if one.path not in before]
    print_result(
        {"removed": str(path)}, as_json, message("cli.sigma.removed", path=visible(str(path)))
    )
    print_problems(broken)  # correlations that looked at it


@click.command(
    "test", help=command_help("cli.sigma.help.test.command", "cli.sigma.help.test.details")
)
@click.argument("wanted", metavar="RULE")
@click.option(
    "--log", "logs", multiple=True, metavar="FILE", help=message("cli.sigma.help.test.log")
)
@click.option(
    "--format",
    "format_text",
    default="auto",
    show_default=True,
    help=message("cli.sigma.help.test.format"),
)
@click.option("--timezone", help=message("cli.sigma.help.test.timezone"))
@click.option("--days", type=click.IntRange(1), help=message("cli.sigma.help.test.days"))
@click.option("--date", type=DATE, help=message("cli.sigma.help.test.date"))
@json_option
@pass_context
def rules_test(
    context: Context,
    wanted: str,
    logs: tuple[str, ...],
    format_text: str,
    timezone: str | None,
    days: int | None,
    date: dt.datetime | None,
    as_json: bool,
) -> None:
    """Show what a rule would have found, without writing.

    RULE is a file, a folder, or the id of a rule that was added; on log files (--log), or on past
    days of the lake (--days, --date; seven days when nothing is said).
    """
    from pipelines.detect.sigma.trial import try_on_days, try_on_files

    if logs and (days is not None or date is not None):
        raise click.UsageError(message("cli.sigma.log_or_days"))
    settings = context.settings
    rules, problems = _wanted_rules(settings, wanted)
    print_problems(problems)
    if not rules:
        raise SystemExit(1)
    if logs:
        trial = try_on_files(
            context.home, settings, rules, logs, _parse_options(format_text, timezone)
        )
    else:
        last = day_of(date, settings)
        count = days or (1 if date else 7)
        chosen = [last - dt.timedelta(days=ago) for ago in reversed(range(count))]
        trial = try_on_days(context.home, settings, rules, chosen)
    print_result(_trial_values(trial), as_json, "\n".join(_trial_lines(trial, rules)))
    for failure in trial.failures:
        click.echo(f"mimamori: {visible(failure)}", err=True)
    if trial.failures or any(not one.is_warning for one in problems):
        raise SystemExit(1)


def print_problems(problems: "Sequence[Problem]") -> None:
    """Print problems to standard error, one a line."""
    for problem in problems:
        mark = message("cli.sigma.note") if problem.is_warning else message("cli.sigma.refused")
        click.echo(f"{mark}: {visible(str(problem), 2 * _LONGEST)}", err=True)


def _wanted_rules(settings: "Settings", wanted: str) -> "tuple[tuple[Rule, ...], list[Problem]]":
    """The rules of a file or folder, or one of those in force by its id."""
    from pipelines.detect.sigma.parse import parse_file
    from pipelines.detect.sigma.rulebook import make_rulebook
    from pipelines.detect.sigma.shelf import sources_of

    path = Path(wanted)
    if path.exists():
        book = make_rulebook([parse_file(one) for one in sources_of(path)])
        return book.rules, list(book.problems)
    return rules_of(settings, wanted), []


def rules_of(settings: "Settings", wanted: str) -> "tuple[Rule, ...]":
    """Return a rule in force by its id, with those that it rests on.

    Raises:
        UsageError: none has that id.
    """
    from pipelines.detect.sigma.rulebook import load_rulebook

    book = load_rulebook(settings.rules)
    bare = wanted.removeprefix("sigma:").lower()
    number = next((n for n, rule in enumerate(book.rules) if rule.about.id == bare), None)
    if number is None:
        raise UsageError(message("cli.sigma.no_such_rule", at=wanted))
    return book.only(number)


def _parse_options(format_text: str, timezone: str | None) -> Any:
    from pipelines.cli.parse import checked
    from pipelines.ingest.convert import ParseOptions

    return ParseOptions(checked(format_text, "format"), checked(timezone, "timezone"))


def _problem(problem: "Problem") -> dict[str, Any]:
    return {"path": str(problem.path), "line": problem.line, "reason": problem.message}


def _candidate(one: "Candidate", found: "Mapping[str, Share]") -> dict[str, Any]:
    return {
        "path": str(one.source),
        "target": str(one.target),
        "replaced": [str(path) for path in one.replaced],
        "rules": [
            {
                "id": rule.about.id,
                "title": rule.about.title,
                "level": rule.about.level,
                "share": found[rule.detector].share if rule.detector in found else None,
            }
            for rule in one.rules
        ],
    }


def _added_lines(
    added: "Sequence[Candidate]", found: "Mapping[str, Share]", dry_run: bool
) -> list[str]:
    lines = []
    for one in added:
        mark = "?" if dry_run else "+"
        lines.append(f"  {mark} {visible(str(one.source), _LONGEST)} → {one.target.name}")
        for rule in one.rules:
            share = found.get(rule.detector)
            share_text = f" ({_in_words(share)})" if share else ""
            lines.append(
                f"      {rule.severity:8} {visible(rule.about.title, _LONGEST)}"
                f"  {rule.detector}{share_text}"
            )
    return lines


def _in_words(share: "Share") -> str:
    return message(
        "cli.sigma.share",
        days=share.days,
        matched=share.matched,
        records=share.records,
        share=share.share,
    )


def _trial_values(trial: "Trial") -> dict[str, Any]:
    return {
        "records": trial.records,
        "rejects": trial.rejects,
        "matched": sum(one.event_count for one in trial.findings),
        "findings": [one.as_json() for one in trial.findings],
    }


def _trial_lines(trial: "Trial", rules: "Sequence[Rule]") -> list[str]:
    lines = []
    for finding in trial.findings:
        lines.append(f"  {finding.date} {finding.severity:8} {visible(finding.summary, _LONGEST)}")
        paths = finding.evidence.get("paths", [])[:_EXAMPLES]
        lines += [f"      {visible(path, _LONGEST)}" for path in paths]
    silent = [rule for rule in rules if rule.is_reported] if not trial.findings else []
    lines += [
        f"  {message('cli.sigma.nothing', title=visible(rule.about.title, _LONGEST))}"
        for rule in silent
    ]
    found = message("cli.sigma.tried", records=trial.records, findings=len(trial.findings))
    rejects = message("cli.sigma.rejects", rejects=trial.rejects)
    lines.append(f"{found} ({rejects})" if trial.rejects else found)
    return lines
