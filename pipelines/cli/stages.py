"""The stages of a night: `mimamori ingest`, `check`, `detect`, `report`, and `run` for all four."""

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import (
    Context,
    begun_day_of,
    date_option,
    json_option,
    leave_threads_to_ingest,
    logs_option,
    pass_context,
)
from pipelines.cli.printing import color_option, echo, output_layout, print_findings, print_result
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.ingest.result import IngestResult


@click.command(
    help=command_help("cli.stages.help.ingest.command", "cli.stages.help.ingest.details")
)
@date_option
@click.option("--site", "sites", multiple=True, help=message("cli.stages.help.ingest.site"))
@logs_option
@json_option
@pass_context
def ingest(
    context: Context,
    date: dt.datetime | None,
    sites: tuple[str, ...],
    logs: Path | None,
    as_json: bool,
) -> None:
    """Read what is new under the landing folder into the lake.

    Lines go to their own days; those about days far from --date are counted as such.
    """
    leave_threads_to_ingest()
    from pipelines.night import stages

    day = begun_day_of(date, context.settings)
    result = stages.ingest(context.settings, context.home, logs, sites, on=day)
    print_result(_sums(result), as_json, _sentence(result))
    for told in (*result.warnings, *result.failures):
        click.echo(f"mimamori: {told}", err=True)
    if result.failures:
        raise SystemExit(1)


@click.command(help=command_help("cli.stages.help.check.command"))
@date_option
@json_option
@pass_context
def check(context: Context, date: dt.datetime | None, as_json: bool) -> None:
    """Run the data-quality suites."""
    from pipelines.night import stages

    settings = context.settings
    results = stages.check(settings, context.home, [begun_day_of(date, settings)])
    failed = [result for result in results if not result.success]
    values = [{**asdict(result), "log_date": str(result.log_date)} for result in results]
    lines: list[str] = [message("cli.stages.checks", count=len(results), failed=len(failed))]
    for result in failed:
        title = result.title_en if settings.locale == "en" else result.title_ja
        lines.append(
            f"  {result.severity:8} {result.site_id or '-':20} {title} ({result.observed})"
        )
    print_result(values, as_json, "\n".join(lines))


@click.command(help=command_help("cli.stages.help.detect.command"))
@date_option
@json_option
@pass_context
def detect(context: Context, date: dt.datetime | None, as_json: bool) -> None:
    """Run the detectors and write findings."""
    from pipelines.night import stages

    settings = context.settings
    findings = stages.detect(settings, context.home, [begun_day_of(date, settings)])
    print_findings([finding.as_json() for finding in findings], as_json, output_layout())


@click.command(help=command_help("cli.stages.help.report.command"))
@date_option
@click.option("--out", type=click.Path(path_type=Path), help=message("cli.stages.help.report.out"))
@click.option("--text", is_flag=True, help=message("cli.stages.help.report.text"))
@click.option("--pdf", is_flag=True, help=message("cli.stages.help.report.pdf"))
@color_option
@json_option
@pass_context
def report(
    context: Context,
    date: dt.datetime | None,
    out: Path | None,
    text: bool,
    pdf: bool,
    color: str,
    as_json: bool,
) -> None:
    """Write the reports."""
    if text and (as_json or out or pdf):
        raise click.UsageError(message("cli.stages.text_stands_alone"))
    from pipelines.night import stages

    settings = context.settings
    day = begun_day_of(date, settings)
    if text:
        from pipelines import lake
        from pipelines.report.text import day_text

        layout = output_layout(color)
        context.put_on_record("report --text", {"date": day.isoformat()})
        with lake.open_reader(context.home, settings.timezone) as con:
            echo(day_text(con, settings, day, stages.system_clock(), layout), layout)
        return
    pages = stages.report(settings, context.home, [day], out)
    values = {"reports": [str(page) for page in pages]}
    if pdf:
        from pipelines.report.pdf import write_pdf

        values["pdfs"] = [str(write_pdf(page)) for page in pages]
    print_result(values, as_json, "\n".join(path for paths in values.values() for path in paths))


@click.command(help=command_help("cli.stages.help.run.command"))
@date_option
@logs_option
@json_option
@pass_context
def run(context: Context, date: dt.datetime | None, logs: Path | None, as_json: bool) -> None:
    """The four stages in order, then retention: the nightly run without Airflow."""
    leave_threads_to_ingest()
    from pipelines.night import stages

    settings = context.settings
    day = begun_day_of(date, settings)
    result = stages.run(settings, context.home, day, logs)
    failed = [check for check in result.checks if not check.success]
    todays = [finding for finding in result.findings if finding.date == day]
    values = {
        "ingest": _sums(result.ingest),
        "failures": list(result.ingest.failures),
        "warnings": list(result.ingest.warnings),
        "days": [str(each) for each in result.days],
        "checks": len(result.checks),
        "checks_failed": len(failed),
        "findings": len(todays),
        "reports": [str(page) for page in result.reports],
        "retention": result.retained.as_json(),
    }
    lines = [
        _sentence(result.ingest),
        *(f"  ! {told}" for told in (*result.ingest.warnings, *result.ingest.failures)),
        message("cli.stages.checks_done", checks=len(result.checks), failed=len(failed)),
        message("cli.stages.findings", day=day, count=len(todays)),
        *(message("cli.stages.report", page=page) for page in result.reports[-1:]),
    ]
    if result.retained.acts:
        lines.append(message("cli.stages.retained", count=len(result.retained.acts)))
    print_result(values, as_json, "\n".join(lines))


def _sums(result: "IngestResult") -> dict[str, Any]:
    values = asdict(result)
    del values["failures"], values["warnings"], values["is_whole"]
    values["changed_days"] = [str(day) for day in result.changed_days]
    return values


def _sentence(result: "IngestResult") -> str:
    if not result.lines:
        return message("cli.stages.nothing_new")
    return message(
        "cli.stages.read",
        files=result.files,
        lines=result.lines,
        records=result.records,
        rejects=result.rejects,
        comments=result.comments,
        duplicates=result.duplicates,
    )
