"""`mimamori review`: security officers sign that they have read the days' reports."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import DATE, Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.text.display import visible

if TYPE_CHECKING:
    from pipelines.audit.reviews import ReviewDay
    from pipelines.settings.model import Settings

_LONGEST = 120
_STATE = {
    "no_report": "報告書なし / no report",
    "unsigned": "未署名 / unsigned",
    "signed": "署名済み / signed",
    "changed": "署名後に変化 / changed since signed",
}


@click.group()
def review() -> None:
    """報告書を読んだことの署名 / signatures that the days' reports were read."""


@review.command("sign")
@click.option("--date", type=DATE, help="読んだ報告書の日 / day of the report that was read.")
@click.option("--from", "first", type=DATE, help="この日から / from this day on.")
@click.option("--to", "last", type=DATE, help="この日まで / up to this day.")
@click.option("--by", "author", required=True, help="署名する人 / who signs.")
@click.option("--note", help="覚え書き / a note for others.")
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
    """一日または期間の報告書に署名する / sign that the report of a day was read.

    二度目の署名は加わるだけで、前のものは残ります。

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
        raise click.UsageError(
            "--date か、--from と --to を / give either --date, or --from and --to"
        )
    settings = context.settings
    signed = sign(context.home, settings, days, author, note, system_clock)
    _print(signed, settings, as_json)


@review.command("list")
@click.option("--month", metavar="YYYY-MM", help="既定は昨日の月 / by default that of yesterday.")
@json_option
@pass_context
def review_list(context: Context, month: str | None, as_json: bool) -> None:
    """月の各日の署名、未署名の日も / the days of a month, signed and unsigned."""
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
    lines.append(f"{len(days)} 日のうち署名が要る日 {unsigned} / to be signed, of {len(days)} days")
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
