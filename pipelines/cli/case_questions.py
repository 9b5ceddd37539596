"""`mimamori cases ask`, `answer` and `questions`: asking a manager for the reason."""

import datetime as dt
import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import (
    DATE,
    Context,
    author_of,
    author_option,
    json_option,
    note_option,
    pass_context,
)
from pipelines.cli.printing import print_json, print_result
from pipelines.errors import MimamoriError
from pipelines.extras import require
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.triage.cases.questions import Question


@click.command("ask", help=command_help("cli.cases.help.ask.command"))
@click.argument("case_id")
@click.option("--reply-by", type=DATE, help=message("cli.cases.help.ask.reply_by"))
@note_option
@author_option
@json_option
@pass_context
def cases_ask(
    context: Context,
    case_id: str,
    reply_by: dt.datetime | None,
    note: str | None,
    author: str | None,
    as_json: bool,
) -> None:
    """Write to the manager of the person of a case, and ask for the reason.

    Exit code 1 when the mail could not be sent: the question is put down, and the next night
    tries again.
    """
    from pipelines.night.deliveries import Outside, send_question
    from pipelines.night.stages import system_clock, today
    from pipelines.triage.cases.ask import ask

    by = author_of("--author", author)
    context.require_security()
    settings, day = context.settings, reply_by and reply_by.date()
    asked = ask(context.home, settings, case_id, day, note, by, system_clock)
    outside = Outside(os.environ.get, system_clock)
    with redirect_stdout(sys.stderr):  # where Airflow is asked for a connection, it logs there
        done = send_question(settings, context.home, asked.question_id, outside)
    failed = [one for one in done if one.status == "failed"]
    values = asked.as_json(today(settings)) | {"sent": not failed}
    text = message(
        "cli.cases.asked",
        at=case_id,
        reference=asked.question_id,
        manager=visible(asked.manager),
        reply_by=asked.reply_by,
    )
    print_result(values, as_json, text)
    if failed:
        if settings.deliver is not None and settings.deliver.airflow_key is not None:
            require("airflow", settings.deliver.airflow_key)
        at = asked.question_id
        raise MimamoriError(message("cli.cases.not_sent", at=at, reason=failed[0].message))


@click.command("answer", help=command_help("cli.cases.help.answer.command"))
@click.argument("case_id")
@click.option("--by", "answered_by", required=True, help=message("cli.cases.help.answer.by"))
@click.option(
    "--as",
    "outcome",
    type=click.Choice(["explained", "unexplained"]),
    required=True,
    help=message("cli.cases.help.answer.as"),
)
@click.option("--note", required=True, help=message("cli.cases.help.answer.note"))
@author_option
@json_option
@pass_context
def cases_answer(
    context: Context,
    case_id: str,
    answered_by: str,
    outcome: str,
    note: str,
    author: str | None,
    as_json: bool,
) -> None:
    """Put down what the manager answered; a reason closes the case."""
    from pipelines.night.stages import system_clock, today
    from pipelines.triage.cases.ask import answer

    by = author_of("--author", author)
    context.require_security()
    is_explained = outcome == "explained"
    settings = context.settings
    given = answer(
        context.home, settings, case_id, answered_by, note, by, system_clock,
        is_explained=is_explained,
    )  # fmt: skip
    closed = message("cli.cases.answered", at=case_id)
    text = closed if is_explained else message("cli.cases.unexplained", at=case_id)
    print_result(given.as_json(today(settings)), as_json, text)


@click.command("questions", help=command_help("cli.cases.help.questions.command"))
@json_option
@pass_context
def cases_questions(context: Context, as_json: bool) -> None:
    """The register of questions and answers, the newest first."""
    from pipelines import lake
    from pipelines.asking.send import as_sent
    from pipelines.deliver.ledger import Ledger
    from pipelines.night.stages import today
    from pipelines.triage.cases.questions import read_questions

    settings = context.settings
    day = today(settings)
    with lake.open_reader(context.home, settings.timezone) as con:
        found = read_questions(con)[::-1]
    ledger = Ledger(context.home)
    register = [as_sent(one, ledger) for one in found]
    context.put_on_record("cases questions", str(day), len(register))
    if as_json:
        print_json([_values(one, day) for one in register])
        return
    lines = [_line(one, day) for one in register]
    click.echo("\n".join(lines) or message("cli.cases.no_questions"))


def _values(one: "Question", day: dt.date) -> dict[str, Any]:
    from pipelines.findings import rfc3339

    return one.as_json(day) | {"sent_at": one.sent_at and rfc3339(one.sent_at)}


def _line(one: "Question", day: dt.date) -> str:
    parts = [
        f"{one.asked_at:%Y-%m-%d %H:%M}",
        one.question_id,
        one.case_id,
        f"{one.state_on(day):11}",
        f"{one.author} → {one.manager}",
        f"– {one.reply_by}",
    ]
    if one.answer is not None:
        parts.append(f"{one.answer.answered_at:%Y-%m-%d %H:%M} {one.answer.answered_by}:")
        parts.append(one.answer.note)
        if one.is_by_asker:
            parts.append("(is_by_asker)")
    return visible("  ".join(parts))
