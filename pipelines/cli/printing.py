"""How results are printed: text as wide as the terminal, or JSON and nothing else."""

import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len

from pipelines.findings import Severity
from pipelines.report.text_layout import TextLayout, padded
from pipelines.text.display import is_deceptive, visible
from pipelines.text.messages import message
from pipelines.text.terminal import bare

if TYPE_CHECKING:
    from pipelines.settings.model import Settings
    from pipelines.triage.cases.read import Case

_LONGEST = 240
_SUMMARY_INDENT = 7
_KEY_CELLS = 22
_RISEN_SHOWN = 10
_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e]")  # the line feeds are those between the values


def print_json(values: Any) -> None:
    """Print `values` as JSON: text as it is, characters that deceive a terminal as escapes."""
    text = json.dumps(values, ensure_ascii=False, indent=2, default=str)
    click.echo(_NOT_PLAIN.sub(lambda match: _escaped(match[0]), text))


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1] if is_deceptive(character) else character


def print_result(values: Any, as_json: bool, text: str) -> None:
    """Print `values` as JSON, or `text`."""
    if as_json:
        print_json(values)
    else:
        click.echo(text)


_STATUS = {
    "new": "",
    "acknowledged": f"[{message('cli.printing.status.acknowledged')}] ",
    "closed": f"[{message('cli.printing.status.closed')}] ",
    "suppressed": f"[{message('cli.printing.status.suppressed')}] ",
}


def print_findings(
    values: list[dict[str, Any]],
    as_json: bool,
    layout: TextLayout,
    limit: int | None = None,
    total: int | None = None,
    below: int = 0,
) -> None:
    """Print findings: the first `limit`, and how many of `total` are not shown.

    `below` of those not shown had no place in the night's budget. A pipe gets a line each; at a
    terminal the summary stands under it, as wide as the terminal.

    The risk stands at an incident's first finding, those that belong to it are set under it.
    """
    if as_json:
        print_json(values)
        return
    chosen = values[:limit]
    lines = []
    last = None
    for one in chosen:
        incident = one["evidence"].get("incident_id")
        lead = (
            "    └"
            if incident is not None and incident == last
            else f"{one['evidence'].get('risk', one['score']):5.1f}"
        )
        last = incident
        lines += _finding(one, lead, layout)
    hidden = (len(values) if total is None else total) - len(chosen)
    if hidden:
        lines.append(message("cli.printing.hidden", hidden=hidden))
    if below:
        lines.append(f"  {message('cli.printing.beyond_budget', below=below)}")
    echo("\n".join(lines) or message("cli.printing.no_findings"), layout)


def echo(text: str, layout: TextLayout) -> None:
    """Print a text with its colours, if the layout has any; values in it are `visible` by then."""
    stream = bare(sys.stdout) if layout.has_colour else sys.stdout
    click.echo(text, file=stream, color=layout.has_colour)


def _finding(one: dict[str, Any], lead: str, layout: TextLayout) -> list[str]:
    severity = layout.marked(f"{one['severity']:8}", Severity(one["severity"]))
    summary = _STATUS[one["status"]] + visible(one["summary"], _LONGEST)
    for noted in one["evidence"].get("corrections", ()):
        note = visible(noted["note"], _LONGEST)
        summary += f" {message('cli.printing.correction', note=note)}"
    if layout.width is None:
        return [f"{lead}  {severity}  {one['finding_id']}  {summary}"]
    detector = layout.strong(visible(one["detector"], _LONGEST))
    head = f"{lead}  {severity}  {layout.quiet(one['finding_id'])}  {detector}"
    return [head, *layout.wrapped(summary, _SUMMARY_INDENT)]


def entry_lines(key: str, text: str, layout: TextLayout) -> list[str]:
    """Return a name and its text, which is `visible` by then, as lines of two columns."""
    first, *others = layout.wrapped(text, _KEY_CELLS)
    name = layout.strong(padded(key, _KEY_CELLS))
    if cell_len(key) < _KEY_CELLS:
        return [name + first[_KEY_CELLS:], *others]
    if layout.width is None:
        return [f"{name} {text}"]
    return [name, first, *others]


def case_lines(cases: "Sequence[Case]", settings: "Settings", layout: TextLayout) -> list[str]:
    """Return cases as lines: risk, severity, id, and each in words of the report's language."""
    from pipelines.report.case_words import case_in_words
    from pipelines.text.words import Words

    words = Words(settings.locale, settings.zone)
    lines = []
    for one in cases:
        severity = layout.marked(f"{one.severity:8}", one.severity)
        head = f"{one.risk:5.1f}  {severity}  "
        text = case_in_words(words, one)
        if layout.width is None:
            lines.append(f"{head}{one.case_id}  {text}")
        else:
            lines += [head + layout.quiet(one.case_id), *layout.wrapped(text, _SUMMARY_INDENT)]
    return lines


def rising_lines(cases: "Sequence[Case]", settings: "Settings", layout: TextLayout) -> list[str]:
    """Return the cases that rose today below a heading, the first ones where they are many."""
    from pipelines.text.words import Words

    words = Words(settings.locale, settings.zone)
    more = len(cases) - _RISEN_SHOWN
    return [
        layout.strong(words("case.rose")),
        *case_lines(cases[:_RISEN_SHOWN], settings, layout),
        *([words("more", n=more)] if more > 0 else []),
    ]


color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help=message("cli.terminal.help.color"),
)


def output_layout(color: str = "auto") -> TextLayout:
    """Return what standard output is: a terminal of so many columns, or a pipe."""
    is_terminal = sys.stdout.isatty()
    wanted = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return TextLayout(
        width=shutil.get_terminal_size().columns if is_terminal else None,
        has_colour=color == "always" or (color == "auto" and wanted),
    )
