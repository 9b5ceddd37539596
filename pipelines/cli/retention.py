"""`mimamori retention` lets go of what is past its time; `mimamori hold` keeps what must stay."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from pipelines.cli.options import (
    DATE,
    Context,
    author_of,
    begun_day_of,
    day_of,
    json_option,
    pass_context,
)
from pipelines.cli.printing import print_result
from pipelines.errors import UsageError
from pipelines.report.text_layout import padded
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.retention.holds import Hold
    from pipelines.retention.result import LetGo, Retained

_LONGEST = 80
_CELLS = 16
_ACTS = {
    "deleted": message("cli.retention.act.deleted"),
    "pseudonymised": message("cli.retention.act.pseudonymised"),
}
_by_option = click.option("--by", help=message("cli.sites.help.by"))
_reason_option = click.option("--reason", required=True, help=message("cli.retention.help.reason"))


@click.command(
    help=command_help("cli.retention.help.command", "cli.retention.help.details"),
)
@click.option("--date", type=DATE, help=message("cli.retention.help.date"))
@click.option("--dry-run", is_flag=True, help=message("cli.retention.help.dry_run"))
@json_option
@pass_context
def retention(context: Context, date: dt.datetime | None, dry_run: bool, as_json: bool) -> None:
    """Delete and pseudonymise what is past its time.

    The night does it by itself. A dry run may look at a day to come.
    """
    from pipelines.night import stages

    settings = context.settings
    on = day_of(date, settings) if dry_run else begun_day_of(date, settings)
    result = stages.retention(settings, context.home, on, is_dry_run=dry_run)
    print_result(result.as_json(), as_json, "\n".join(_lines(result)))


def _lines(result: "Retained") -> list[str]:
    head = (
        message("cli.retention.would_go", night=result.night)
        if result.is_dry_run
        else message("cli.retention.went", night=result.night)
    )
    lines = [head, *map(_line, result.acts)]
    if not result.acts:
        lines.append(message("cli.retention.nothing"))
    if result.waiting_rows:
        lines.append(
            message("cli.retention.waiting", rows=result.waiting_rows, people=result.waiting_people)
        )
    if result.held_rows:
        lines.append(message("cli.retention.held", rows=result.held_rows))
    return [str(line) for line in lines]


def _line(one: "LetGo") -> str:
    parts = [
        padded(one.kind, _CELLS),
        padded(_ACTS[one.act], 2 * _CELLS),
        padded(visible(one.site_group or "-", _LONGEST), _CELLS),
        message("cli.retention.amount", rows=f"{one.rows:,}", files=f"{one.files:,}"),
    ]
    if one.days:
        parts.append(f"({one.first_day} – {one.last_day})")
    return "  " + "  ".join(parts)


@click.group(help=command_help("cli.hold.help.command"))
def hold() -> None:
    """Legal holds, which beat retention and erasure."""


@hold.command("add", help=command_help("cli.hold.help.add.command", "cli.hold.help.add.details"))
@click.option("--user", help=message("cli.hold.help.user"))
@click.option("--ip", help=message("cli.hold.help.ip"))
@click.option("--subject", help=message("cli.hold.help.subject"))
@click.option("--site", help=message("cli.hold.help.site"))
@click.option("--from", "from_day", type=DATE, help=message("cli.hold.help.from"))
@click.option("--to", "to_day", type=DATE, help=message("cli.hold.help.to"))
@_reason_option
@_by_option
@json_option
@pass_context
def hold_add(
    context: Context,
    user: str | None,
    ip: str | None,
    subject: str | None,
    site: str | None,
    from_day: dt.datetime | None,
    to_day: dt.datetime | None,
    reason: str,
    by: str | None,
    as_json: bool,
) -> None:
    """Keep what all the options together cover.

    It is neither deleted nor pseudonymised nor erased until the hold is released.
    """
    from pipelines.night.stages import system_clock
    from pipelines.retention.holds import Criteria, add_hold

    named = [
        (kind, value)
        for kind, value in (("user", user), ("ip", ip), ("subject", subject))
        if value is not None
    ]
    if len(named) > 1:
        raise UsageError(message("retention.holds.one_person", at="--user / --ip / --subject"))
    kind, value = named[0] if named else (None, None)
    criteria = Criteria(
        kind,  # type: ignore[arg-type] # one of the three
        value,
        site,
        from_day.date() if from_day else None,
        to_day.date() if to_day else None,
    )
    made = add_hold(
        context.home,
        context.settings,
        criteria,
        reason,
        author_of("--by", by),
        system_clock(),
    )
    print_result(made.as_json(), as_json, _hold_line(made))


@hold.command("list", help=command_help("cli.hold.help.list.command"))
@click.option("--all", "with_released", is_flag=True, help=message("cli.hold.help.list.all"))
@json_option
@pass_context
def hold_list(context: Context, with_released: bool, as_json: bool) -> None:
    """The holds that are in force."""
    from pipelines import lake
    from pipelines.retention.holds import read_holds

    with lake.open_reader(context.home, context.settings.timezone) as con:
        found = read_holds(con, in_force=not with_released)
    text = "\n".join(map(_hold_line, found)) or message("cli.hold.none")
    print_result([one.as_json() for one in found], as_json, text)


@hold.command("release", help=command_help("cli.hold.help.release.command"))
@click.argument("hold_id", metavar="ID")
@_reason_option
@_by_option
@json_option
@pass_context
def hold_release(
    context: Context, hold_id: str, reason: str, by: str | None, as_json: bool
) -> None:
    """Let the periods hold again for what a hold covered."""
    from pipelines.night.stages import system_clock
    from pipelines.retention.holds import release_hold

    now = system_clock()
    done = release_hold(context.home, context.settings, hold_id, reason, author_of("--by", by), now)
    print_result(done.as_json(), as_json, _hold_line(done))


def _hold_line(one: "Hold") -> str:
    parts = [one.hold_id]
    if one.actor is not None:
        parts.append(f"{one.actor_kind}={visible(one.actor, _LONGEST)}")
    if one.site_id is not None:
        parts.append(f"site={visible(one.site_id, _LONGEST)}")
    parts.append(f"{one.from_day or '…'} – {one.to_day or '…'}")
    parts.append(visible(one.reason, _LONGEST))
    parts.append(f"({visible(one.author, _LONGEST)}, {one.created_at:%Y-%m-%d})")
    if one.released_at is not None:
        parts.append(str(message("cli.hold.released", at=f"{one.released_at:%Y-%m-%d}")))
    return "  ".join(parts)
