"""`mimamori rules backtest`: what other values of a detector would have changed, on trial."""

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

import click

from pipelines.cli.options import DATE, Context, day_of, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.errors import UsageError
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.detect.catalogue import Detector
    from pipelines.findings import Finding
    from pipelines.night.backtest import Backtest, DayChange

_DAYS = 7
_MOST_DAYS = 366
_LONGEST = 240
_WHAT: tuple[Literal["gained"], Literal["lost"], Literal["changed"]] = ("gained", "lost", "changed")


@click.command(
    "backtest",
    help=command_help("cli.backtest.help.command", "cli.backtest.help.details"),
)
@click.argument("wanted", metavar="ID")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help=message("cli.backtest.help.set"),
)
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=_DAYS,
    show_default=True,
    help=message("cli.backtest.help.days"),
)
@click.option("--date", type=DATE, help=message("cli.backtest.help.date"))
@json_option
@pass_context
def rules_backtest(
    context: Context,
    wanted: str,
    assignments: tuple[str, ...],
    days: int,
    date: dt.datetime | None,
    as_json: bool,
) -> None:
    """Show which findings of a detector other values would have changed, without writing."""
    from pipelines.detect.catalogue import load_catalogue
    from pipelines.night.backtest import try_rules, try_values
    from pipelines.settings.detectors import SIGMA
    from pipelines.text.validate import unknown_name

    settings = context.settings
    context.require_security()
    last = day_of(date, settings)
    chosen = [last - dt.timedelta(days=ago) for ago in reversed(range(days))]
    detector = load_catalogue().get(wanted)
    if detector is not None:
        values = _values(detector, assignments)
        tried = try_values(context.home, settings, detector, values, chosen)
    elif not wanted.startswith(SIGMA):
        raise UsageError(unknown_name("ID", wanted, load_catalogue()))
    elif assignments:
        raise UsageError(message("settings.detectors.no_parameters", at="--set"))
    else:
        from pipelines.cli.sigma import rules_of

        values, wanted = {}, wanted.lower()
        rules = rules_of(settings, wanted)
        tried = try_rules(context.home, settings, rules, wanted, chosen)
    about = f"{wanted} {' '.join(assignments)} {chosen[0]} – {last}"
    shown = sum(tried.count(what) for what in _WHAT)
    context.put_on_record("rules backtest", about, shown)
    told: dict[str, Any] = {
        "detector": wanted,
        "from": chosen[0].isoformat(),
        "to": last.isoformat(),
        "set": dict(values),
        "compared_with": tried.compared_with,
        **{what: tried.count(what) for what in _WHAT},
        "days": [day.as_json() for day in tried.days],
    }
    print_result(told, as_json, "\n".join(_lines(tried)))


def _values(detector: "Detector", assignments: "Sequence[str]") -> "Mapping[str, Any]":
    """The values of `--set`, checked as those of the settings are.

    Raises:
        UsageError: one of them is no NAME=VALUE, no parameter, or no value that it may have.
    """
    import yaml

    from pipelines.settings.detectors import no_parameter, shipped_parameters, wrong_value
    from pipelines.text.yaml_text import read_yaml

    known = shipped_parameters(detector.id)
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign:
            raise UsageError(message("cli.backtest.no_assignment", at=f"--set {assignment!r}"))
        if name not in known:
            raise UsageError(f"--set {name!r}: {no_parameter(name, known)}")
        try:
            value = text if isinstance(known[name]["value"], str) else read_yaml(text)
        except yaml.YAMLError:
            value = None
        problem = wrong_value(name, value, known[name])
        if problem is not None:
            raise UsageError(f"--set {assignment!r}: {problem}")
        values[name] = value
    return values


def _lines(tried: "Backtest") -> list[str]:
    lines = [line for day in tried.days for line in _day_lines(day)]
    days = len(tried.days)
    gained, lost, changed = (tried.count(what) for what in _WHAT)
    lines.append(
        message("cli.backtest.sum_settings", days=days, gained=gained, lost=lost, changed=changed)
        if tried.compared_with == "settings"
        else message(
            "cli.backtest.sum_findings", days=days, gained=gained, lost=lost, changed=changed
        )
    )
    return lines


def _day_lines(day: "DayChange") -> list[str]:
    return [
        f"{day.on}  {day.before} → {day.after}",
        *(_line("+", f"{one.severity}", one) for one in day.gained),
        *(_line("-", f"{one.severity}", one) for one in day.lost),
        *(_line("~", f"{before} → {one.severity}", one) for before, one in day.changed),
    ]


def _line(mark: str, severity: str, one: "Finding") -> str:
    return f"  {mark} {severity:17} {one.finding_id}  {visible(one.summary, _LONGEST)}"
