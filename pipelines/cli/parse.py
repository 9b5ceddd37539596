"""`mimamori parse`: files normalised without the lake."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipelines.cli.options import Context, leave_threads_to_ingest, pass_context
from pipelines.errors import UsageError
from pipelines.text.messages import command_help, message


@click.command(help=command_help("cli.parse.help.command"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "format_text",
    default="auto",
    show_default=True,
    help=message("cli.parse.help.format"),
)
@click.option("--timezone", help=message("cli.parse.help.timezone"))
@click.option(
    "--user-from",
    multiple=True,
    metavar="NAME",
    help=message("cli.parse.help.user_from"),
)
@click.option(
    "--to",
    "form",
    type=click.Choice(["ndjson", "csv", "parquet"]),
    default="ndjson",
    show_default=True,
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help=message("cli.parse.help.out"))
@click.option("--rejects", type=click.Path(path_type=Path), help=message("cli.parse.help.rejects"))
@click.option("--raw", is_flag=True, help=message("cli.parse.help.raw"))
@click.option("--strict", is_flag=True, help=message("cli.parse.help.strict"))
@pass_context
def parse(
    context: Context,
    files: tuple[str, ...],
    format_text: str,
    timezone: str | None,
    user_from: tuple[str, ...],
    form: str,
    out: Path | None,
    rejects: Path | None,
    raw: bool,
    strict: bool,
) -> None:
    """Normalise files without the lake; - reads standard input."""
    leave_threads_to_ingest()
    from pipelines.formats.user_names import refused_names
    from pipelines.ingest.convert import ParseOptions, parse_files
    from pipelines.ingest.output import record_sink, reject_sink
    from pipelines.privacy.pseudonym import Pseudonyms
    from pipelines.private_files import target

    _refuse_overwriting([out, rejects], files)
    if files.count("-") > 1:
        raise UsageError(message("cli.parse.standard_input_twice"))
    names = tuple(checked(name, "user-from") for name in user_from)
    for _, reason in refused_names(format_text, names):
        raise UsageError(f"--user-from: {reason}")
    options = ParseOptions(
        checked(format_text, "format"),
        checked(timezone, "timezone"),
        raw,
        context.home.logs,
        names,
    )
    with (
        (
            target(rejects, sys.stdout.buffer) if rejects else Path(os.devnull).open("wb")
        ) as reject_stream,
        record_sink(form, out, sys.stdout.buffer) as sink,
    ):
        result = parse_files(
            list(files),
            context.settings,
            options,
            Pseudonyms.of(context.home),
            sink,
            reject_sink(reject_stream),
        )
    click.echo(
        f"{result.lines} lines: {result.records} records, {result.rejects} rejects, "
        f"{result.comments} comments (format {', '.join(result.formats) or '-'})",
        err=True,
    )
    for sureness in result.sureness:
        click.echo(f"auto: {sureness}", err=True)
    for failure in result.failures:
        click.echo(f"mimamori: {failure}", err=True)
    if result.failures or (strict and result.rejects):
        raise SystemExit(1)


def _refuse_overwriting(targets: list[Path | None], sources: tuple[str, ...]) -> None:
    read = {Path(name).resolve() for name in sources if name != "-"}
    for path in targets:
        if path is not None and path.resolve() in read:
            raise UsageError(message("cli.parse.one_of_the_files", at=path))


def checked(text: str | None, option: str) -> Any:
    """Return the option's value, or a usage error that says what would be right."""
    from pipelines.formats.check import check_format
    from pipelines.formats.user_names import checked_user_name
    from pipelines.normalise.time_form import check_zone

    checks: dict[str, Callable[[str], str]] = {
        "format": check_format,
        "timezone": check_zone,
        "user-from": checked_user_name,
    }
    try:
        return None if text is None else checks[option](text)
    except ValueError as error:
        raise UsageError(f"--{option}: {error}") from None
