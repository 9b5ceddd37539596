"""`mimamori review`: security officers sign that they have read the days' reports."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import DATE, Context, author_of, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.audit.reviews import ReviewDay
    from pipelines.settings.model import Settings

_LONGEST = 120
_STATE = {
    "no_report": message("cli.review.state.no_report"),
    "unsigned": message("cli.review.state.unsigned"),
    "signed": message("cli.review.state.signed"),
    "changed": message("cli.review.state.changed"),
}


@click.group(help=command_help("cli.review.help.command"))
def review() -> None:
    """Signatures that the days' reports were read."""


@review.command(
    "sign", help=command_help("cli.review.help.sign.command", "cli.review.help.sign.details")
)
@click.option("--date", type=DATE, help=message("cli.review.help.sign.date"))
@click.option("--from", "first", type=DATE, help=message("cli.review.help.sign.from"))
@click.option("--to", "last", type=DATE, help=message("cli.review.help.sign.to"))
@click.option("--by", "author", required=True, help=message("cli.review.help.sign.by"))
@click.option("--note", help=message("cli.review.help.sign.note"))
@json_option
@pass_context
def review_sign(
    context: Context,
    date: dt.datetime | None,
    first: dt.datetime | None,
    last: dt.datetime | None,
    author: str,
    note: str | None,
    as_json: bool,
) -> None:
    """Sign that the report of a day was read.

    Signing again adds a signature; none is ever replaced. What is signed is the report as it is
    now: when the day changes later, the list and the audit say so.
    """
    from pipelines.audit.reviews import sign, span_of
    from pipelines.night.stages import system_clock

    if date is not None and first is None and last is None:
        days: tuple[dt.date, ...] = (date.date(),)
    elif date is None and first is not None and last is not None:
        days = span_of(first.date(), last.date())
    else:
        raise click.UsageError(message("cli.review.date_or_span"))
    settings = context.settings
    signed = sign(context.home, settings, days, author_of("--by", author), note, system_clock)
    _print(signed, settings, as_json)


@review.command("list", help=command_help("cli.review.help.list.command"))
@click.option("--month", metavar="YYYY-MM", help=message("cli.review.help.list.month"))
@json_option
@pass_context
def review_list(context: Context, month: str | None, as_json: bool) -> None:
    """The days of a month, signed and unsigned."""
    from pipelines.audit.reviews import list_reviews
    from pipelines.night.stages import today, yesterday
    from pipelines.text.month import Month, require_begun

    settings = context.settings
    wanted = Month.written(month) if month else Month.of(yesterday(settings))
    present = today(settings)
    require_begun(wanted, present)
    days = wanted.days_before(present)
    _print(list_reviews(context.home, settings, days), settings, as_json)


def _print(days: "tuple[ReviewDay, ...]", settings: "Settings", as_json: bool) -> None:
    lines = [_line(day, settings) for day in days]
    unsigned = sum(day.state in {"unsigned", "changed"} for day in days)
    lines.append(message("cli.review.to_be_signed", count=len(days), unsigned=unsigned))
    print_result([_values(day) for day in days], as_json, "\n".join(lines))


def _line(day: "ReviewDay", settings: "Settings") -> str:
    text = f"{day.on}  {_STATE[day.state]}"
    if day.signatures:
        last = day.signatures[-1]
        at = last.signed_at.astimezone(settings.zone)
        text += f"  {at:%Y-%m-%d %H:%M}  {visible(last.author, _LONGEST)}"
        if last.note:
            text += f"  {visible(last.note, _LONGEST)}"
    return text


def _values(day: "ReviewDay") -> dict[str, Any]:
    from pipelines.findings import rfc3339

    return {
        "date": str(day.on),
        "state": day.state,
        "reported_at": rfc3339(day.reported_at) if day.reported_at else None,
        "version": day.version or None,
        "signatures": [
            {
                "author": one.author,
                "note": one.note,
                "version": one.version,
                "reported_at": rfc3339(one.reported_at),
                "signed_at": rfc3339(one.signed_at),
            }
            for one in day.signatures
        ],
    }
