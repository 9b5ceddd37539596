"""`mimamori sql`: questions to the lake, each answered in a process of its own."""

import datetime as dt
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.failures import code_of
from pipelines.cli.options import Context, pass_context
from pipelines.cli.printing import print_result
from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.settings.names import SECURITY
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.query.saved import Value
    from pipelines.query.watch import Question

_WIDEST = 10_000  # in a file or pipe no column is left out


@click.command(help=command_help("cli.sql.help.command", "cli.sql.help.details"))
@click.argument("query", required=False)
@click.option("--saved", metavar="NAME", help=message("cli.sql.help.saved"))
@click.option(
    "--param",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help=message("cli.sql.help.param"),
)
@click.option("--list-saved", is_flag=True, help=message("cli.sql.help.list_saved"))
@click.option(
    "--attach",
    is_flag=True,
    help=message("cli.sql.help.attach"),
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "parquet"]),
    default="table",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help=message("cli.sql.help.json"))
@click.option("--at", type=int, metavar="SNAPSHOT", help=message("cli.sql.help.at"))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=message("cli.sql.help.out"))
@click.option("--role", "wanted", metavar="ROLE", help=message("cli.sql.help.role"))
@pass_context
def sql(
    context: Context,
    query: str | None,
    saved: str | None,
    given: tuple[str, ...],
    list_saved: bool,
    attach: bool,
    form: str,
    as_json: bool,
    at: int | None,
    out: Path | None,
    wanted: str | None,
) -> None:
    """Ask the lake in SQL, read-only.

    Without QUERY and --saved, a shell.
    """
    if sum((query is not None, saved is not None, list_saved, attach)) > 1:
        raise click.UsageError(message("cli.sql.only_one"))
    if given and saved is None:
        raise click.UsageError(message("cli.sql.param_without_saved"))
    if list_saved:
        _print_saved(context, context.role(wanted), as_json)
        return
    role = context.role(wanted)
    if role != SECURITY and (attach or at is not None):
        raise UsageError(message("cli.sql.lake_only", at=f"--role {role}"))
    if attach:
        from pipelines import lake

        lake.require(context.home)
        context.put_on_record("sql --attach")
        click.echo(lake.reader_script(context.home, context.settings.timezone), nl=False)
        return
    from pipelines.query.saved import assignments, saved_query
    from pipelines.query.watch import Question

    today = dt.datetime.now(context.settings.zone).date()
    values: Mapping[str, Value] = {}
    if saved is not None:
        chosen = saved_query(saved)
        query, values = chosen.sql, chosen.bound(assignments(given), today)
    if query is None:
        _shell(context, role, at, today)
    else:
        question = Question(query, values, saved)
        _answer(context, role, question, "array" if as_json else form, at, out)


def _mart(home: Home, role: str) -> Path | None:
    from pipelines.query.mart import mart_of

    return None if role == SECURITY else mart_of(home, role)


def _shell(context: Context, role: str, at: int | None, today: dt.date) -> None:
    from pipelines.query.mart_use import keeper
    from pipelines.query.process import end_overdue, in_child
    from pipelines.query.shell.history import make_history_file
    from pipelines.query.watch import Line

    home, settings = context.home, context.settings
    if sys.stdin.isatty():
        make_history_file(home)  # the child may write to it, but not make it

    mart = _mart(home, role)
    with Line(settings.limits.sql_seconds) as line:

        def work() -> None:
            from pipelines.query.ask import shell

            shell(home, settings, at, today, end_overdue, line.watch, mart)

        hear = partial(line.hear, keeper(home, mart), partial(dt.datetime.now, dt.UTC), role)
        in_child(lambda: code_of(work), home, settings.limits.sql_memory_mb, hear, mart)


def _answer(
    context: Context,
    role: str,
    question: "Question",
    form: str,
    at: int | None,
    out: Path | None,
) -> None:
    from pipelines.private_files import target
    from pipelines.query.mart_use import keeper
    from pipelines.query.process import end_overdue, in_child
    from pipelines.query.watch import Line

    if form == "parquet" and out is None:
        raise UsageError(message("cli.sql.parquet_needs_a_file"))
    home, settings = context.home, context.settings
    mart = _mart(home, role)
    with Line(settings.limits.sql_seconds) as line, target(out, sys.stdout.buffer) as stream:
        width = None if out is None and sys.stdout.isatty() else _WIDEST

        def work() -> None:
            from pipelines.query.ask import run_query

            run_query(
                home, settings, question, form, stream,
                at=at, width=width, last_resort=end_overdue, watch=line.watch, mart=mart,
            )  # fmt: skip
            stream.flush()

        hear = partial(line.hear, keeper(home, mart), partial(dt.datetime.now, dt.UTC), role)
        in_child(lambda: code_of(work), home, settings.limits.sql_memory_mb, hear, mart)


def _print_saved(context: Context, role: str, as_json: bool) -> None:
    from dataclasses import asdict

    from pipelines.query.mart import mart_questions
    from pipelines.query.saved import saved_queries
    from pipelines.query.shell.commands import answerable, saved_list

    queries = list(saved_queries().values())
    mart = _mart(context.home, role)
    if mart is not None:
        settings = context.settings
        with mart_questions(mart, settings.timezone, settings.limits) as session:
            queries = answerable(session)
    print_result([asdict(each) for each in queries], as_json, saved_list(queries))
