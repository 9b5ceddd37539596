"""`mimamori incident` and `mimamori case`: papers for those who must decide about them."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from pipelines.cli.options import DATE, Context, author_of, json_option, logs_option
from pipelines.cli.printing import print_result
from pipelines.extras import require
from pipelines.records import Act, Records
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.text.words import Language
    from pipelines.worksheet.make import Format, Made

_KNOWN = click.DateTime(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


@click.group(help=command_help("cli.incident.help.command", "cli.incident.help.details"))
@click.argument("name", metavar="INCIDENT")
@click.pass_context
def incident(context: click.Context, name: str) -> None:
    """Papers about one incident.

    INCIDENT is its place in the day's report (1 is the riskiest), its id, or the id of a finding in
    it.
    """
    context.meta["mimamori.incident"] = name


@click.group(help=command_help("cli.case.help.command", "cli.case.help.details"))
@click.argument("case_id", metavar="CASE")
@click.pass_context
def case(context: click.Context, case_id: str) -> None:
    """Papers about a whole case, all its days together."""
    context.meta["mimamori.case"] = case_id


def _meant(context: click.Context, date: dt.datetime | None) -> tuple[str, dt.date | None, bool]:
    """Return the name and the day of an incident, or the id of a case, and whether it is one."""
    case_id = context.meta.get("mimamori.case")
    if case_id is None:
        return context.meta["mimamori.incident"], date.date() if date else None, False
    if date is not None:
        raise click.UsageError(message("cli.case.no_date"))
    return case_id, None, True


@incident.command(help=command_help("cli.incident.help.worksheet.command"))
@click.option(
    "--date",
    type=DATE,
    help=message("cli.incident.help.worksheet.date"),
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "pdf", "xlsx"]),
    help=message("cli.incident.help.worksheet.format"),
)
@click.option(
    "--lang",
    type=click.Choice(["ja", "en"]),
    help=message("cli.incident.help.worksheet.lang"),
)
@click.option(
    "--known-at",
    type=_KNOWN,
    metavar="YYYY-MM-DDTHH:MM",
    help=message("cli.incident.help.worksheet.known_at"),
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help=message("cli.incident.help.worksheet.out"),
)
@json_option
@click.pass_context
def worksheet(
    click_context: click.Context,
    date: dt.datetime | None,
    form: str | None,
    lang: str | None,
    known_at: dt.datetime | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """The breach worksheet."""
    from pipelines.night.stages import system_clock, today, yesterday
    from pipelines.records.disclosures import given, register
    from pipelines.worksheet.law import JAPAN
    from pipelines.worksheet.make import Wanted, make_worksheet

    context = click_context.find_object(Context)
    assert context is not None  # noqa: S101 - the command line's root sets it
    settings = context.settings
    context.require_security()
    ending = out.suffix.lower().lstrip(".") if out else ""
    form = form or (ending if ending in {"pdf", "xlsx"} else "html")
    if ending in {"html", "pdf", "xlsx"} and ending != form:
        raise click.UsageError(message("cli.incident.another_ending", ending=ending, form=form))
    if form == "xlsx":
        require("spreadsheet", "--format xlsx")
    name, on, is_case = _meant(click_context, date)
    wanted = Wanted(
        name=name,
        date=on,
        is_case=is_case,
        form=cast("Format", form),
        language=cast("Language", lang or settings.locale),
        out=out,
        known_at=known_at.replace(tzinfo=JAPAN) if known_at else None,
    )
    about = _named(name, on, is_case) | {"to": form}
    records = Records(context.home)
    with records.use(Act(f"{_kind(is_case)} worksheet", about), system_clock) as use:
        made = make_worksheet(context.home, settings, wanted, yesterday(settings), system_clock())
        use.rows = 1
    recipient = settings.disclosures.of("worksheet")
    whose = f"{_kind(is_case)} {made.incident_id} {made.date}"
    reached = (str(made.file),)
    out_given = given("worksheet", recipient, today(settings), whose, ("worksheet",), reached)
    register(records, out_given, system_clock(), made.people.likely)
    print_result(_values(made), as_json, str(made.file))


@incident.command(
    "evidence",
    help=command_help("cli.incident.help.evidence.command", "cli.incident.help.evidence.details"),
)
@click.option("--date", type=DATE, help=message("cli.incident.help.worksheet.date"))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help=message("cli.incident.help.evidence.out"),
)
@click.option("--no-hold", is_flag=True, help=message("cli.incident.help.evidence.no_hold"))
@click.option("--by", help=message("cli.sites.help.by"))
@logs_option
@json_option
@click.pass_context
def evidence(
    click_context: click.Context,
    date: dt.datetime | None,
    out: Path,
    no_hold: bool,
    by: str | None,
    logs: Path | None,
    as_json: bool,
) -> None:
    """What an incident rests on, in one file that anybody can verify."""
    from pipelines.bundle.make import make_bundle
    from pipelines.night.stages import system_clock, today
    from pipelines.records.disclosures import given, register

    context = click_context.find_object(Context)
    assert context is not None  # noqa: S101 - the command line's root sets it
    settings = context.settings
    context.require_security()
    name, on, is_case = _meant(click_context, date)
    made = make_bundle(
        context.home,
        settings,
        name,
        on,
        out,
        system_clock,
        is_case=is_case,
        author=author_of("--by", by),
        landing=logs or context.home.logs,
        holds=not no_hold,
    )
    whose = f"{_kind(is_case)} {made.incident_id} {made.date}"
    recipient = settings.disclosures.of("worksheet")
    out_given = given("worksheet", recipient, today(settings), whose, ("evidence",), (str(out),))
    register(Records(context.home), out_given, system_clock(), made.lines)
    text = [
        message(
            "cli.incident.evidence_made",
            at=made.file,
            files=made.files,
            lines=f"{made.lines:,}",
            proven=f"{made.lines_proven:,}",
        ),
        message("cli.incident.evidence_digest", sha256=made.manifest_sha256),
    ]
    if made.hold_ids:
        text.append(message("cli.incident.evidence_held", ids=", ".join(made.hold_ids)))
    print_result(made.as_json(), as_json, "\n".join(text))


case.add_command(worksheet)
case.add_command(evidence)


@case.command(
    "people",
    help=command_help("cli.case.help.people.command", "cli.case.help.people.details"),
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help=message("cli.case.help.people.out"),
)
@json_option
@click.pass_context
def people(click_context: click.Context, out: Path, as_json: bool) -> None:
    """Whose data was opened in a case."""
    from pipelines.night.stages import system_clock, today
    from pipelines.records.disclosures import given, register
    from pipelines.worksheet.affected import write_affected

    context = click_context.find_object(Context)
    assert context is not None  # noqa: S101 - the command line's root sets it
    settings = context.settings
    context.require_security()
    case_id, _, _ = _meant(click_context, None)
    records = Records(context.home)
    with records.use(Act("case people", {"case": case_id}), system_clock) as use:
        use.rows = count = write_affected(context.home, settings, case_id, out)
    recipient = settings.disclosures.of("worksheet")
    out_given = given(
        "worksheet", recipient, today(settings), f"case {case_id}", ("records",), (str(out),)
    )
    register(records, out_given, system_clock(), count)
    text = f"{out}\n{message('cli.case.people_made', count=f'{count:,}')}"
    print_result({"file": str(out), "people": count}, as_json, text)


def _kind(is_case: bool) -> str:
    return "case" if is_case else "incident"


def _named(name: str, on: dt.date | None, is_case: bool) -> dict[str, object]:
    return {"case": name} if is_case else {"incident": name, "date": on and str(on)}


def _values(made: "Made") -> dict[str, object]:
    people = made.people
    return {
        "file": str(made.file),
        "incident_id": made.incident_id,
        "date": str(made.date),
        "people": {
            "minimum": people.minimum,
            "likely": people.likely,
            "maximum": people.maximum,
            "is_bounded": people.is_bounded,
        },
        "logs_complete": made.is_complete,
    }
