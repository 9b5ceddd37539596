"""Figures beside what they have to be, as tables: what the benchmark and the evaluation share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import MimamoriError

_VERDICTS = {True: "met", False: "**not met**", None: "not measured"}


@dataclass(frozen=True)
class Target:
    """What a figure has to be, what it was, and whether that is met; None: not measured."""

    title: str
    wanted: str
    found: str
    met: bool | None


def at_least(title: str, limit: float, value: float | None, form: str) -> Target:
    """Return the target of a figure that has to be `limit` or more, both written in `form`."""
    met = None if value is None else value >= limit
    return Target(title, f"≥ {limit:{form}}", figure(value, form), met)


def at_most(title: str, limit: float, value: float | None, form: str) -> Target:
    """Return the target of a figure that has to be `limit` or less, both written in `form`."""
    met = None if value is None else value <= limit
    return Target(title, f"≤ {limit:{form}}", figure(value, form), met)


def figure(value: float | None, form: str) -> str:
    """Return a figure in `form`, a dash where there is none."""
    return "–" if value is None else format(value, form)


def target_table(targets: Iterable[Target]) -> str:
    """Return the targets as a table."""
    rows = ((one.title, one.wanted, one.found, _VERDICTS[one.met]) for one in targets)
    return table(("target", "wanted", "found", ""), rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table that is Markdown and can be read in a terminal; numbers stand to the right."""
    cells = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |"
        for row in cells
    ]
    rule = "| " + " | ".join(["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def write_between_markers(page: Path, name: str, text: str) -> None:
    """Replace what stands on a page between the two markers of this name.

    Raises:
        MimamoriError: the page does not have them.
    """
    page.write_text(between_markers(page, name, text), encoding="utf-8")


def between_markers(page: Path, name: str, text: str) -> str:
    """Return a page with this between its two markers of this name, in place of what is there.

    Raises:
        MimamoriError: the page does not have them.
    """
    first, last = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, begin, rest = page.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise MimamoriError(f"{page}: the markers {first} and {last} are not there; put them back")
    return f"{before}{first}\n\n{text}\n\n{last}{after}"
