"""`mimamori disclosure`: the register of what left the team, and of what came in."""

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click

from pipelines.cli.options import DATE, Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.errors import UsageError
from pipelines.private_files import target
from pipelines.records import Records
from pipelines.settings.names import Ground
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message
from pipelines.text.validate import LONGEST_NAME, LONGEST_NOTE, require_text

if TYPE_CHECKING:
    from pipelines.records.disclosures import Direction, Registered

_COUNTRY_LETTERS = 2


@click.group(help=command_help("cli.disclosure.help.command"))
def disclosure() -> None:
    """The register of disclosures."""


@disclosure.command(
    "add", help=command_help("cli.disclosure.help.add.command", "cli.disclosure.help.add.details")
)
@click.option("--in", "direction", flag_value="in", help=message("cli.disclosure.help.add.in"))
@click.option(
    "--out",
    "direction",
    flag_value="out",
    default=True,
    help=message("cli.disclosure.help.add.out"),
)
@click.option("--name", required=True, help=message("cli.disclosure.help.add.name"))
@click.option("--address", help=message("cli.disclosure.help.add.address"))
@click.option("--country", metavar="XX", help=message("cli.disclosure.help.add.country"))
@click.option(
    "--ground",
    type=click.Choice(get_args(Ground)),
    required=True,
    help=message("cli.disclosure.help.add.ground"),
)
@click.option("--whose", required=True, help=message("cli.disclosure.help.add.whose"))
@click.option(
    "--subject", "subjects", multiple=True, help=message("cli.disclosure.help.add.subject")
)
@click.option(
    "--item", "items", multiple=True, required=True, help=message("cli.disclosure.help.add.item")
)
@click.option("--on", type=DATE, help=message("cli.disclosure.help.add.on"))
@click.option("--note", help=message("cli.disclosure.help.add.note"))
@json_option
@pass_context
def disclosure_add(
    context: Context,
    direction: str,
    name: str,
    address: str | None,
    country: str | None,
    ground: str,
    whose: str,
    subjects: tuple[str, ...],
    items: tuple[str, ...],
    on: dt.datetime | None,
    note: str | None,
    as_json: bool,
) -> None:
    """Put a disclosure into the register that no route of the settings makes."""
    from pipelines.night.stages import system_clock, today
    from pipelines.normalise.person import person_value
    from pipelines.records.disclosures import Disclosure, register, without_values

    for option, text, longest in (
        ("--name", name, LONGEST_NAME),
        ("--address", address, LONGEST_NOTE),
        ("--whose", whose, LONGEST_NOTE),
        ("--note", note, LONGEST_NOTE),
        *(("--item", item, LONGEST_NAME) for item in items),
    ):
        if text is not None:
            require_text(option, text, longest)
    values = [person_value("subject", one) for one in subjects]
    if country is not None and not (
        len(country) == _COUNTRY_LETTERS and country.isascii() and country.isalpha()
    ):
        raise UsageError(message("cli.disclosure.not_a_country", at=f"--country {country!r}"))
    records = Records(context.home)
    present = today(context.settings)
    day = on.date() if on else present
    if day > present:
        raise UsageError(message("cli.options.not_begun_yet", at=f"--on {day}"))
    told = Disclosure(
        direction=cast("Direction", direction),
        route="by hand",
        on=day,
        name=name,
        address=address,
        country=country and country.upper(),
        ground=cast("Ground", ground),
        whose=whose,
        items=items,
        note=note,
    )
    made = register(records, without_values(records, told, values), system_clock())
    print_result(made.as_values(), as_json, _line(made))


_from_option = click.option("--from", "first", type=DATE, help=message("cli.disclosure.help.from"))
_until_option = click.option(
    "--until", "last", type=DATE, help=message("cli.disclosure.help.until")
)


@disclosure.command("list", help=command_help("cli.disclosure.help.list.command"))
@_from_option
@_until_option
@json_option
@pass_context
def disclosure_list(
    context: Context, first: dt.datetime | None, last: dt.datetime | None, as_json: bool
) -> None:
    """The register of the last three years, or of some days."""
    register = _chosen(context, first, last)
    context.put_on_record("disclosure list", rows=len(register))
    text = "\n".join(map(_line, register)) or message("cli.disclosure.none")
    print_result([one.as_values() for one in register], as_json, text)


@disclosure.command("export", help=command_help("cli.disclosure.help.export.command"))
@_from_option
@_until_option
@click.option(
    "--format", "form", type=click.Choice(["csv", "html"]), default="csv", show_default=True
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help=message("cli.disclosure.help.export.out")
)
@pass_context
def disclosure_export(
    context: Context,
    first: dt.datetime | None,
    last: dt.datetime | None,
    form: str,
    out: Path | None,
) -> None:
    """The register as a page or a CSV file."""
    from pipelines.disclosure.register_page import as_csv, as_page
    from pipelines.night.stages import system_clock
    from pipelines.text.words import Words

    settings = context.settings
    register = _chosen(context, first, last)
    context.put_on_record("disclosure export", form, len(register))
    words = Words(settings.locale, settings.zone)
    text = as_csv(register) if form == "csv" else as_page(register, words, system_clock())
    with target(out, sys.stdout.buffer) as stream:
        stream.write(text.encode())


def _chosen(
    context: Context, first: dt.datetime | None, last: dt.datetime | None
) -> "list[Registered]":
    from pipelines.night.stages import today
    from pipelines.records.disclosures import KEPT_DAYS, listed

    if first and last and first > last:
        raise UsageError(message("retention.holds.days_reversed", at="--from"))
    begin = first.date() if first else today(context.settings) - dt.timedelta(days=KEPT_DAYS)
    return listed(Records(context.home), begin, last.date() if last else None)


def _line(one: "Registered") -> str:
    given = one.disclosure
    sign = "→" if given.direction == "out" else "←"
    who = given.name or message("cli.disclosure.unstated")
    ground = given.ground or message("cli.disclosure.unstated")
    items = ", ".join(given.items)
    return visible(f"{given.on}  {sign} {who}  [{ground}]  {given.route}: {items}  {given.whose}")
