"""`mimamori findings`: look at findings and say what came of them."""

import datetime as dt
from typing import TYPE_CHECKING, cast

import click

from pipelines.cli.options import (
    DATE,
    Context,
    author_of,
    author_option,
    begun_day_of,
    date_option,
    json_option,
    note_option,
    pass_context,
    verdict_option,
)
from pipelines.cli.printing import (
    color_option,
    echo,
    entry_lines,
    output_layout,
    print_findings,
    print_json,
    print_result,
    rising_lines,
)
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.findings import Status
    from pipelines.settings.model import Settings
    from pipelines.text.words import Words
    from pipelines.triage.cases.read import Case
    from pipelines.triage.decisions import Decision, Verdict
    from pipelines.triage.suppressions import Suppression

_SHOWN = 20


@click.group(help=command_help("cli.findings.help.command"))
def findings() -> None:
    """Look at findings, and say what came of them."""


@findings.command("list", help=command_help("cli.findings.help.list.command"))
@date_option
@click.option("--all", "everything", is_flag=True, help=message("cli.findings.help.list.all"))
@click.option("--limit", type=click.IntRange(1), help=message("cli.findings.help.list.limit"))
@click.option("--shadow", is_flag=True, help=message("cli.findings.help.list.shadow"))
@color_option
@json_option
@pass_context
def findings_list(
    context: Context,
    date: dt.datetime | None,
    everything: bool,
    limit: int | None,
    shadow: bool,
    color: str,
    as_json: bool,
) -> None:
    """The findings of a day: first the cases that rose, then the riskiest incident."""
    from pipelines.triage.cases.commands import findings_and_cases
    from pipelines.triage.commands import is_examined
    from pipelines.triage.shadow import shadow_of

    settings = context.settings
    day = begun_day_of(date, settings)
    risen: list[Case] = []  # what is found in shadow is in no case
    if shadow:
        found = shadow_of(context.home, settings, day)
    else:
        found, risen = findings_and_cases(context.home, settings, day)
    if not found and not as_json and not is_examined(context.home, settings, day):
        click.echo(message("cli.findings.not_examined", day=day))
        return
    chosen = found if everything or as_json else [one for one in found if one.severity.needs_a_look]
    below = sum(one.is_over_budget for one in found) if len(chosen) < len(found) else 0
    at_most = limit or (None if everything else _SHOWN)
    shown = chosen if as_json else chosen[:at_most]
    what = "findings list --shadow" if shadow else "findings list"
    context.put_on_record(what, str(day), len(shown))
    values = [finding.as_json() for finding in chosen]
    layout = output_layout(color)
    if risen and not as_json:
        echo("\n".join([*rising_lines(risen, settings, layout), ""]), layout)
    print_findings(values, as_json, layout, at_most, len(found), below)


@findings.command("show", help=command_help("cli.findings.help.show.command"))
@click.argument("finding_id")
@color_option
@json_option
@pass_context
def findings_show(context: Context, finding_id: str, color: str, as_json: bool) -> None:
    """One finding in full, with what was decided about it."""
    from pipelines.report.finding_text import finding_rows
    from pipelines.text.words import Words
    from pipelines.triage.commands import history_of

    context.require_security()  # whether there is such a finding tells of a person already
    settings = context.settings
    history = history_of(context.home, settings, finding_id)
    context.put_on_record("findings show", finding_id, 1)
    if as_json:
        print_json(history.finding.as_json())
        return
    layout = output_layout(color)
    words = Words(settings.locale, settings.zone)
    rows = [*finding_rows(history.finding, words)]
    rows += [
        (words("finding_text.correction"), visible(f"{one.from_day} – {one.to_day}: {one.note}"))
        for one in history.finding.assessment.corrections
    ]
    decided = words("finding_text.history")
    rows += [(decided, line) for line in _decisions(history.decisions, words)]
    quiet = words("finding_text.suppression")
    rows += [(quiet, _in_words(rule, settings)) for rule in history.suppressions]
    echo("\n".join(line for key, text in rows for line in entry_lines(key, text, layout)), layout)


def _decide(
    context: Context,
    finding_ids: tuple[str, ...],
    status: str,
    note: str | None,
    author: str | None,
    as_json: bool,
    verdict: "Verdict | None" = None,
) -> None:
    from pipelines.night.stages import system_clock
    from pipelines.triage.commands import Word, decide

    word = Word(
        cast("Status", status),
        author_of("--author", author),
        verdict,
        note,
    )
    context.require_security()
    changed = decide(context.home, context.settings, finding_ids, word, system_clock)
    values = [one.as_json() for one in changed]
    text = "\n".join(f"{one.status}: {one.finding_id} {visible(one.summary)}" for one in changed)
    print_result(values if len(finding_ids) > 1 else values[0], as_json, text)


_ids_argument = click.argument("finding_ids", nargs=-1, required=True, metavar="FINDING_ID...")


@findings.command("ack", help=command_help("cli.findings.help.ack.command"))
@_ids_argument
@note_option
@author_option
@json_option
@pass_context
def findings_ack(
    context: Context,
    finding_ids: tuple[str, ...],
    note: str | None,
    author: str | None,
    as_json: bool,
) -> None:
    """Somebody is looking at it."""
    _decide(context, finding_ids, "acknowledged", note, author, as_json)


@findings.command("close", help=command_help("cli.findings.help.close.command"))
@_ids_argument
@verdict_option
@note_option
@author_option
@json_option
@pass_context
def findings_close(
    context: Context,
    finding_ids: tuple[str, ...],
    verdict: "Verdict | None",
    note: str | None,
    author: str | None,
    as_json: bool,
) -> None:
    """It is dealt with."""
    _decide(context, finding_ids, "closed", note, author, as_json, verdict)


@findings.command("reopen", help=command_help("cli.findings.help.reopen.command"))
@_ids_argument
@note_option
@author_option
@json_option
@pass_context
def findings_reopen(
    context: Context,
    finding_ids: tuple[str, ...],
    note: str | None,
    author: str | None,
    as_json: bool,
) -> None:
    """It is open again."""
    _decide(context, finding_ids, "new", note, author, as_json)


@findings.command(
    "suppress",
    help=command_help("cli.findings.help.suppress.command", "cli.findings.help.suppress.details"),
)
@click.argument("finding_id", required=False)
@click.option("--detector", help=message("cli.findings.help.suppress.detector"))
@click.option("--actor", help=message("cli.findings.help.suppress.actor"))
@click.option("--site", help=message("cli.findings.help.suppress.site"))
@click.option("--network", help=message("cli.findings.help.suppress.network"))
@click.option("--reason", required=True, help=message("cli.findings.help.suppress.reason"))
@click.option("--until", type=DATE, required=True, help=message("cli.findings.help.suppress.until"))
@author_option
@json_option
@pass_context
def findings_suppress(
    context: Context,
    finding_id: str | None,
    detector: str | None,
    actor: str | None,
    site: str | None,
    network: str | None,
    reason: str,
    until: dt.datetime,
    author: str | None,
    as_json: bool,
) -> None:
    """Keep findings quiet until a day.

    FINDING_ID stands for the detector, actor and site of that finding; without it give --detector
    and at least one more. What is critical stays open unless the actor is named.
    """
    from pipelines.night.stages import system_clock
    from pipelines.triage.commands import suppress
    from pipelines.triage.suppressions import Criteria

    others = (detector, actor, site, network)
    if finding_id is not None and any(one is not None for one in others):
        raise click.UsageError(message("cli.findings.id_or_criteria"))
    wanted: Criteria | str
    if finding_id is not None:
        wanted = finding_id
    elif detector is not None:
        _require_detector(detector)
        wanted = Criteria(detector, actor, site, network)
    else:
        raise click.UsageError(message("cli.findings.id_or_detector"))
    settings = context.settings
    context.require_security()
    rule, count = suppress(
        context.home,
        settings,
        wanted,
        reason,
        author_of("--author", author),
        until.date(),
        system_clock,
    )
    text = f"{_in_words(rule, settings)}\n{message('cli.findings.made_quiet', count=count)}"
    print_result({**rule.as_json(), "findings": count}, as_json, text)


@findings.command("suppressions", help=command_help("cli.findings.help.suppressions.command"))
@click.option(
    "--all", "everything", is_flag=True, help=message("cli.findings.help.suppressions.all")
)
@json_option
@pass_context
def findings_suppressions(context: Context, everything: bool, as_json: bool) -> None:
    """The suppressions in force."""
    from pipelines.night.stages import yesterday
    from pipelines.triage.commands import suppressions

    settings = context.settings
    # A night looks at the day before, so that a rule still counts on the day after its last.
    last = yesterday(settings)
    rules = [
        rule
        for rule in suppressions(context.home, settings)
        if everything or (rule.ended_at is None and rule.valid_until >= last)
    ]
    context.put_on_record("findings suppressions", rows=len(rules))
    text = "\n".join(_in_words(rule, settings) for rule in rules)
    print_result(
        [rule.as_json() for rule in rules],
        as_json,
        text or message("cli.findings.no_suppressions"),
    )


@findings.command("unsuppress", help=command_help("cli.findings.help.unsuppress.command"))
@click.argument("suppression_id")
@author_option
@json_option
@pass_context
def findings_unsuppress(
    context: Context, suppression_id: str, author: str | None, as_json: bool
) -> None:
    """End a suppression; it stays on record."""
    from pipelines.night.stages import system_clock
    from pipelines.triage.commands import unsuppress

    settings = context.settings
    context.require_security()
    by = author_of("--author", author)
    rule = unsuppress(context.home, settings, suppression_id, by, system_clock)
    print_result(rule.as_json(), as_json, _in_words(rule, settings))


def _require_detector(detector: str) -> None:
    from pipelines.detect.catalogue import load_catalogue

    if detector not in load_catalogue() and not detector.startswith("sigma:"):
        raise click.UsageError(
            message("cli.findings.no_such_detector", at=f"--detector {detector}")
        )


def _decisions(decisions: "tuple[Decision, ...]", words: "Words") -> list[str]:
    return [
        visible(
            f"{one.decided_at.astimezone(words.zone):%Y-%m-%d %H:%M} {one.author}:"
            f" {words(f'status.{one.status}')}"
            + (f" ({words(f'triage_verdict.{one.verdict}')})" if one.verdict else "")
            + (f" {one.note}" if one.note else "")
        )
        for one in decisions
    ]


def _in_words(rule: "Suppression", settings: "Settings") -> str:
    criteria = " ".join(f"{key}={value}" for key, value in vars(rule.criteria).items() if value)
    ended = ""
    if rule.ended_at is not None:
        ended = f" {message('cli.findings.ended', ended=rule.ended_at.astimezone(settings.zone))}"
    return visible(
        f"{rule.suppression_id} {criteria} – {rule.valid_until}{ended}: {rule.reason}"
        f" [{rule.author}]"
    )
