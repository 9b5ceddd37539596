"""`mimamori cases`: the findings on one actor over days, who has them, and closing them."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pipelines.cli.case_questions import cases_answer, cases_ask, cases_questions
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
    case_lines,
    color_option,
    echo,
    entry_lines,
    output_layout,
    print_json,
    print_result,
)
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.report.text_layout import TextLayout
    from pipelines.settings.model import Settings
    from pipelines.triage.cases.commands import CaseHistory
    from pipelines.triage.cases.read import Case
    from pipelines.triage.decisions import Verdict

_SHOWN = 20
_ids_argument = click.argument("case_ids", nargs=-1, required=True, metavar="CASE_ID...")


@click.group(help=command_help("cli.cases.help.command"))
def cases() -> None:
    """All findings on one actor over days."""


for _command in (cases_ask, cases_answer, cases_questions):
    cases.add_command(_command)


@cases.command("list", help=command_help("cli.cases.help.list.command"))
@date_option
@click.option("--all", "everything", is_flag=True, help=message("cli.cases.help.list.all"))
@click.option("--owner", help=message("cli.cases.help.list.owner"))
@click.option("--limit", type=click.IntRange(1), help=message("cli.cases.help.list.limit"))
@color_option
@json_option
@pass_context
def cases_list(
    context: Context,
    date: dt.datetime | None,
    everything: bool,
    owner: str | None,
    limit: int | None,
    color: str,
    as_json: bool,
) -> None:
    """The open cases, first those that rose on the day."""
    from pipelines.triage.cases.commands import cases_of

    settings = context.settings
    day = begun_day_of(date, settings)
    found = [
        one
        for one in cases_of(context.home, settings, day, everything=everything)
        if owner is None or (one.assignment is not None and one.assignment.owner == owner)
    ]
    # Whoever asks for JSON asks for all that is open.
    chosen = [one for one in found if everything or as_json or one.needs_a_look]
    at_most = limit or (None if everything or as_json else _SHOWN)
    shown = chosen[:at_most]
    context.put_on_record("cases list", str(day), len(shown))
    if as_json:
        print_json([one.as_json() for one in shown])
        return
    layout = output_layout(color)
    lines = case_lines(shown, settings, layout)
    if hidden := len(found) - len(shown):
        lines.append(message("cli.cases.hidden", hidden=hidden))
    echo("\n".join(lines) or message("cli.cases.none"), layout)


@cases.command("show", help=command_help("cli.cases.help.show.command"))
@click.argument("case_id")
@date_option
@color_option
@json_option
@pass_context
def cases_show(
    context: Context, case_id: str, date: dt.datetime | None, color: str, as_json: bool
) -> None:
    """One case: its days, findings and decisions."""
    from pipelines.triage.cases.commands import history_of

    context.require_security()  # whether there is such a case tells of a person already
    settings = context.settings
    day = begun_day_of(date, settings)
    history = history_of(context.home, settings, case_id, day)
    context.put_on_record("cases show", case_id, len(history.findings))
    values = history.case.as_json() | {
        "open_findings": [one.as_json() for one in history.findings],
        "closed_findings": [one.as_json() for one in history.closed],
        "decisions": [one.as_json() for one in history.decisions],
    }
    if as_json:
        print_json(values)
        return
    layout = output_layout(color)
    echo("\n".join(_shown(history, settings, layout)), layout)


@cases.command("assign", help=command_help("cli.cases.help.assign.command"))
@_ids_argument
@click.option("--to", "--owner", "owner", required=True, help=message("cli.cases.help.assign.to"))
@click.option("--due", type=DATE, help=message("cli.cases.help.assign.due"))
@note_option
@author_option
@json_option
@pass_context
def cases_assign(
    context: Context,
    case_ids: tuple[str, ...],
    owner: str,
    due: dt.datetime | None,
    note: str | None,
    author: str | None,
    as_json: bool,
) -> None:
    """Somebody takes cases until a day."""
    from pipelines.night.stages import system_clock
    from pipelines.triage.cases.commands import assign

    by = author_of("--author", author)
    context.require_security()
    due_on = due and due.date()
    changed = assign(
        context.home, context.settings, case_ids, owner, due_on, note, by, system_clock
    )
    text = "\n".join(
        message(
            "cli.cases.assigned",
            at=one.case_id,
            owner=visible(one.assignment.owner),
            due_on=one.assignment.due_on,
        )
        for one in changed
        if one.assignment is not None
    )
    _print_changed(changed, as_json, text)


@cases.command("close", help=command_help("cli.cases.help.close.command"))
@_ids_argument
@verdict_option
@click.option(
    "--reason", "--note", "reason", required=True, help=message("cli.cases.help.close.reason")
)
@author_option
@json_option
@pass_context
def cases_close(
    context: Context,
    case_ids: tuple[str, ...],
    verdict: "Verdict | None",
    reason: str,
    author: str | None,
    as_json: bool,
) -> None:
    """Close cases with all their open findings."""
    from pipelines.night.stages import system_clock
    from pipelines.triage.cases.commands import close

    by = author_of("--author", author)
    context.require_security()
    changed = close(context.home, context.settings, case_ids, verdict, reason, by, system_clock)
    text = "\n".join(message("cli.cases.closed", at=one.case_id) for one in changed)
    _print_changed(changed, as_json, text)


@cases.command("comment", help=command_help("cli.cases.help.comment.command"))
@click.argument("case_id")
@click.option("--note", required=True, help=message("cli.cases.help.comment.note"))
@author_option
@json_option
@pass_context
def cases_comment(
    context: Context, case_id: str, note: str, author: str | None, as_json: bool
) -> None:
    """A note about a case, which changes neither owner nor state."""
    from pipelines.night.stages import system_clock
    from pipelines.triage.cases.commands import comment

    by = author_of("--author", author)
    context.require_security()
    case = comment(context.home, context.settings, case_id, note, by, system_clock)
    _print_changed([case], as_json, message("cli.cases.commented", at=case.case_id))


def _print_changed(changed: "Sequence[Case]", as_json: bool, text: str) -> None:
    values = [one.as_json() for one in changed]
    print_result(values if len(values) > 1 else values[0], as_json, text)


def _shown(history: "CaseHistory", settings: "Settings", layout: "TextLayout") -> list[str]:
    case = history.case
    zone = settings.zone
    rows = [
        (key, str(value))
        for key, value in case.as_json().items()
        if key not in {"days", "detectors", "site_ids", "question"} and value is not None
    ]
    rows += [("detectors", ", ".join(case.detectors)), ("site_ids", ", ".join(case.site_ids))]
    rows += [
        (
            "day",
            f"{one.on}  {one.risk:5.1f} = {one.carried:.1f} + {one.risk - one.carried:.1f}"
            f"  new {len(one.news)}, unchanged {len(one.repeats)}"
            + (f"  ↑ {one.rise}" if one.rise else ""),
        )
        for one in case.course
    ]
    rows += [
        ("finding", f"{one.date} {one.severity} {one.finding_id} {one.summary}")
        for one in history.findings
    ]
    rows += [
        (str(one.status), f"{one.date} {one.severity} {one.finding_id} {one.summary}")
        for one in history.closed
    ]
    said = [
        (
            one.decided_at,
            f"{one.author}: {one.act}"
            + (f" {one.person}" if one.person else "")
            + (f" {one.owner}" if one.owner else "")
            + (f" – {one.due_on}" if one.due_on else "")
            + (f" ({one.verdict})" if one.verdict else "")
            + (f" {one.note}" if one.note else ""),
        )
        for one in history.decisions
    ]
    for rule in history.suppressions:
        what = f"{rule.criteria.detector} – {rule.valid_until} {rule.reason}"
        said.append((rule.created_at, f"{rule.author}: suppressed {what}"))
        if rule.ended_at is not None:
            said.append((rule.ended_at, f"{rule.ended_by}: unsuppressed {rule.criteria.detector}"))
    rows += [
        ("history", f"{at.astimezone(zone):%Y-%m-%d %H:%M} {text}") for at, text in sorted(said)
    ]
    return [line for key, text in rows for line in entry_lines(key, visible(text), layout)]
