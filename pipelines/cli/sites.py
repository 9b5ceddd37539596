"""`mimamori sites`: which sites are expected to send logs, and the state of each on a day."""

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pipelines.cli.options import (
    DATE,
    Context,
    author_of,
    begun_day_of,
    date_option,
    json_option,
    pass_context,
)
from pipelines.cli.printing import print_result
from pipelines.report.text_layout import padded
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.settings.model import Settings
    from pipelines.sites.state import SiteStatus

_LONGEST = 60
_CELLS = 24
_STATE = {
    "in": message("cli.sites.state.in"),
    "resting": message("cli.sites.state.rests"),
    "partial": message("cli.sites.state.partial"),
    "missing": message("cli.sites.state.missing"),
    "never": message("cli.sites.state.never"),
    "unlisted": message("cli.sites.state.unlisted"),
    "closed": message("cli.sites.state.closed"),
}
_site_argument = click.argument("site_id", metavar="SITE")
_reason_option = click.option("--reason", required=True, help=message("cli.sites.help.reason"))
_by_option = click.option("--by", help=message("cli.sites.help.by"))


@click.group(help=command_help("cli.sites.help.command"))
def sites() -> None:
    """The sites that are expected to send logs."""


@sites.command(
    "list", help=command_help("cli.sites.help.list.command", "cli.sites.help.list.details")
)
@date_option
@json_option
@pass_context
def sites_list(context: Context, date: dt.datetime | None, as_json: bool) -> None:
    """The state of each site on a day.

    A site that has once sent lines stays expected until it is closed.
    """
    from pipelines import lake
    from pipelines.findings import rfc3339
    from pipelines.sites.state import site_statuses

    settings = context.settings
    day = begun_day_of(date, settings)
    with lake.open_reader(context.home, settings.timezone) as con:
        found = site_statuses(con, settings, day)
    keys = ("site_id", "site_group", "franchise", "state", "last_record_at", "lines", "files")
    values = [
        {
            **{key: asdict(one)[key] for key in keys},
            "last_record_at": rfc3339(one.last_record_at) if one.last_record_at else None,
        }
        for one in found
    ]
    expected = [one for one in found if one.is_expected]
    silent = sum(one.is_missing for one in expected)
    lines = [_line(one, settings) for one in found]
    lines.append(message("cli.sites.sums", at=day, count=len(expected), silent=silent))
    print_result(values, as_json, "\n".join(lines))


@sites.command(
    "close", help=command_help("cli.sites.help.close.command", "cli.sites.help.close.details")
)
@_site_argument
@click.option("--on", type=DATE, required=True, help=message("cli.sites.help.close.on"))
@_reason_option
@_by_option
@json_option
@pass_context
def sites_close(
    context: Context,
    site_id: str,
    on: dt.datetime,
    reason: str,
    by: str | None,
    as_json: bool,
) -> None:
    """A closed site is not expected any more.

    The day may be in the future. Lines of later days are reported as unexpected.
    """
    _decide(context, site_id, on.date(), reason, by, as_json)


@sites.command("reopen", help=command_help("cli.sites.help.reopen.command"))
@_site_argument
@_reason_option
@_by_option
@json_option
@pass_context
def sites_reopen(
    context: Context, site_id: str, reason: str, by: str | None, as_json: bool
) -> None:
    """Expect a closed site again."""
    _decide(context, site_id, None, reason, by, as_json)


@sites.command(
    "suggest",
    help=command_help("cli.sites.help.suggest.command", "cli.sites.help.suggest.details"),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--format", "format_text", default="auto", help=message("cli.parse.help.format"))
@click.option("--timezone", help=message("cli.parse.help.timezone"))
@click.option("--group", default="main", help=message("cli.sites.help.suggest.group"))
@json_option
@pass_context
def sites_suggest(
    context: Context,
    files: tuple[str, ...],
    format_text: str,
    timezone: str | None,
    group: str,
    as_json: bool,
) -> None:
    """Settings proposed from sample logs.

    For reading: nothing of it is in force.
    """
    from pipelines.cli.parse import checked
    from pipelines.ingest.convert import ParseOptions
    from pipelines.suggest.fragment import fragment, resource_of, site_of
    from pipelines.suggest.resources import proposed
    from pipelines.suggest.sample import read_sample

    options = ParseOptions(checked(format_text, "format"), checked(timezone, "timezone"))
    sample = read_sample(list(files), context.settings, options)
    resources = proposed(sample.records)
    values = {
        "site": site_of(sample, resources, group),
        "resources": [
            {
                **resource_of(one),
                "requests": one.requests,
                "subjects": one.subjects,
                "statuses": {str(status): count for status, count in one.statuses.items()},
                "examples": one.examples,
            }
            for one in resources
        ],
    }
    print_result(values, as_json, fragment(sample, resources, group).rstrip("\n"))


def _decide(
    context: Context,
    site_id: str,
    on: dt.date | None,
    reason: str,
    by: str | None,
    as_json: bool,
) -> None:
    from pipelines.findings import rfc3339
    from pipelines.night.stages import system_clock
    from pipelines.sites.closure import Closure, decide

    closure = Closure(site_id, on, reason.strip(), author_of("--by", by), system_clock())
    decide(context.home, context.settings, closure)
    said = message("cli.sites.closed", on=on) if on else message("cli.sites.reopened")
    values = {
        **asdict(closure),
        "closed_on": on and on.isoformat(),
        "decided_at": rfc3339(closure.decided_at),
    }
    text = f"{visible(site_id, _LONGEST)}: {said} ({visible(closure.author, _LONGEST)})"
    print_result(values, as_json, text)


def _line(one: "SiteStatus", settings: "Settings") -> str:
    state = _STATE["resting" if one.is_resting else one.state]
    last = one.last_record_at
    parts = [
        padded(visible(one.site_id, _LONGEST), _CELLS),
        padded(state, _CELLS),
        f"{one.lines:>12,}",
        f"{one.files:>5,}",
        f"{last.astimezone(settings.zone):%Y-%m-%d %H:%M}" if last else "-",
    ]
    if one.closed_on is not None:
        parts.append(f"({message('cli.sites.closed_on', on=one.closed_on)})")
    return "  ".join(parts)
