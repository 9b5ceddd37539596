"""`mimamori rules`: detectors and Sigma rules, how often each was wrong, whether all are sound."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.backtest import rules_backtest
from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.cli.sigma import print_problems, rules_add, rules_remove, rules_test
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.detect.catalogue import Detector
    from pipelines.detect.sigma.rule import Rule
    from pipelines.settings.detectors import Detectors
    from pipelines.triage.decisions import Precision


@click.group(help=command_help("cli.rules.help.command"))
def rules() -> None:
    """Detectors and Sigma rules."""


for _command in (rules_add, rules_remove, rules_test, rules_backtest):
    rules.add_command(_command)


@rules.command(
    "list", help=command_help("cli.rules.help.list.command", "cli.rules.help.list.details")
)
@json_option
@pass_context
def rules_list(context: Context, as_json: bool) -> None:
    """Detectors and rules, how often each was wrong.

    Measured rates are false alarms a day in simulated worlds; precision is that of your own closed
    findings.
    """
    from pipelines.detect.catalogue import load_catalogue
    from pipelines.detect.sigma.rulebook import load_rulebook
    from pipelines.triage.commands import precision_by_detector

    settings = context.settings
    turned_out = precision_by_detector(context.home, settings)
    values = [
        _values(one, turned_out.get(one.id), settings.detectors)
        for one in load_catalogue().values()
    ]
    book = load_rulebook(settings.rules)
    values += [
        _rule_values(one, turned_out.get(one.detector), settings.detectors)
        for one in book.rules
        if one.is_reported
    ]
    print_result(values, as_json, "\n".join(_line(one) for one in values))
    print_problems(book.errors)


@rules.command(
    "check", help=command_help("cli.rules.help.check.command", "cli.rules.help.check.details")
)
@click.argument("paths", nargs=-1, metavar="[FILE_OR_DIR]...", type=click.Path(path_type=Path))
@json_option
@pass_context
def rules_check(context: Context, paths: tuple[Path, ...], as_json: bool) -> None:
    """Check the detectors and the Sigma rules.

    Headers, queries and examples of the detectors, and the Sigma rules of the settings; with files
    or folders, only the rules in these.
    """
    from pipelines.detect.catalogue import load_catalogue
    from pipelines.detect.rules import faults
    from pipelines.detect.sigma.parse import parse_file
    from pipelines.detect.sigma.rulebook import load_rulebook, make_rulebook
    from pipelines.detect.sigma.shelf import sources_of

    settings = context.settings
    values: list[dict[str, Any]] = []
    if paths:
        book = make_rulebook([parse_file(one) for path in paths for one in sources_of(path)])
    else:
        book = load_rulebook(settings.rules)
        values += [
            {"path": str(one.path), "line": None, "message": one.message, "is_warning": False}
            for one in faults(settings)
        ]
    values += [{**vars(one), "path": str(one.path)} for one in book.problems]
    lines = [_problem_line(one) for one in values]
    has_failed = any(not one["is_warning"] for one in values)
    if not has_failed:
        if not paths:
            lines.append(message("cli.rules.detectors_sound", count=len(load_catalogue())))
        lines.append(message("cli.rules.sigma_rules_run", count=len(book.rules)))
    print_result(values, as_json, "\n".join(lines))
    if has_failed:
        raise SystemExit(1)


def _problem_line(values: dict[str, Any]) -> str:
    place = values["path"] if values["line"] is None else f"{values['path']}:{values['line']}"
    mark = f"{message('cli.rules.note')} " if values["is_warning"] else ""
    return visible(f"{mark}{place}: {values['message']}")


def _rule_values(
    rule: "Rule", turned_out: "Precision | None", detectors: "Detectors"
) -> dict[str, Any]:
    from pipelines.detect.tuning import tuned

    return {
        "id": rule.detector,
        "title": {"ja": rule.about.title, "en": rule.about.title},
        "category": "web_attack",
        "severity": str(rule.severity),
        "mode": tuned(detectors, rule.detector, "active", {}).mode,
        "settings": _said(detectors, rule.detector),
        "parameters": {},
        "measured": None,
        "closed": _closed(turned_out),
        "path": str(rule.path),
    }


def _closed(turned_out: "Precision | None") -> dict[str, Any]:
    return {
        "confirmed": turned_out.confirmed if turned_out else 0,
        "false_alarms": turned_out.false_alarms if turned_out else 0,
        "explained": turned_out.explained if turned_out else 0,
        "precision": turned_out.share if turned_out else None,
    }


def _said(detectors: "Detectors", detector: str) -> dict[str, Any] | None:
    """What the settings change of a detector."""
    tuning = detectors.get(detector)
    return tuning.model_dump(exclude_defaults=True) if tuning else None


def _values(
    detector: "Detector", turned_out: "Precision | None", detectors: "Detectors"
) -> dict[str, Any]:
    from pipelines.detect.tuning import tuned
    from pipelines.settings.detectors import range_of

    measured = detector.measured
    shipped = {name: one.value for name, one in detector.parameters.items()}
    ways = tuned(detectors, detector.id, detector.mode, shipped)
    return {
        "id": detector.id,
        "title": {"ja": detector.title.ja, "en": detector.title.en},
        "category": detector.category,
        "severity": str(detector.severity),
        "mode": ways.mode,
        "settings": _said(detectors, detector.id),
        "parameters": {
            name: {
                "value": ways.general.values[name],
                "shipped": value,
                "range": range_of(name, detector.parameters[name].model_dump(exclude_none=True)),
            }
            for name, value in shipped.items()
        },
        "measured": measured.model_dump() if measured else None,
        "closed": _closed(turned_out),
    }


def _line(values: dict[str, Any]) -> str:
    measured, closed = values["measured"], values["closed"]
    rate = (
        message("cli.rules.false_alarms", rate=measured["false_alarms_a_day"])
        if measured
        else message("cli.rules.not_measured")
    )
    ja, en = values["title"]["ja"], values["title"]["en"]
    title = visible(ja if ja == en else f"{ja} / {en}")
    line = f"{values['id']:27} {values['mode']:7} {title}\n{'':35} {rate}"
    if closed["precision"] is not None:
        judged = closed["confirmed"] + closed["false_alarms"]
        share = f"{closed['confirmed']}/{judged}"
        line += f"; {message('cli.rules.precision', share=share)}"
    if values["settings"]:
        said = json.dumps(values["settings"], ensure_ascii=False)
        line += f"\n{'':35} {message('cli.rules.settings', said=visible(said))}"
    return line
