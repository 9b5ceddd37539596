"""The figures as a table, the targets they have to meet, and the machine they are of."""

import datetime as dt
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.entries import OTHER_PYTHON, Entry, Plan
from bench.measure import Cost
from pipelines.errors import MimamoriError

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"

_MIN_RATE = 500_000
_MIN_OF_CHDB = 0.5
_MIN_OF_GOACCESS = 10.0
_MAX_BYTES = 1_000_000_000
_MAX_GROWTH = 4.2  # of the time of 20 M lines over 5 M
_GROWTH_SIZES = (5_000_000, 20_000_000)
_MIN_OF_CHAIN = 0.5
_MAX_AGAIN_SECONDS = 3.0
_MAX_REDACTION_SHARE = 0.15
_MAX_DETECT_SECONDS = 15.0
_MAX_DETECT_GROWTH = 1.1  # of the time with 90 days of history over that with 30


@dataclass(frozen=True)
class Row:
    """An entry with the best of its rounds; without a cost, `note` says why it has none.

    Wall and CPU seconds are those of the quickest round, `peak_bytes` the most of all rounds.
    """

    key: str
    title: str
    lines: int
    cost: Cost | None
    note: str = ""

    @property
    def rate(self) -> float | None:
        """Lines a second on the wall; None where there is none."""
        return self.lines / self.cost.wall_seconds if self.cost and self.lines else None


@dataclass(frozen=True)
class Target:
    """What a figure has to be, what it was, and whether that is met; None: not measured."""

    title: str
    wanted: str
    found: str
    met: bool | None


def best(entry: Entry, costs: Sequence[Cost], note: str) -> Row:
    """Return the row of an entry that was measured several times, or never."""
    if not costs:
        return Row(entry.key, entry.title, entry.lines, None, note)
    quickest = min(costs, key=lambda cost: cost.wall_seconds)
    peak = max(cost.peak_bytes for cost in costs)
    cost = Cost(quickest.wall_seconds, quickest.cpu_seconds, peak)
    return Row(entry.key, entry.title, entry.lines, cost)


def targets(plan: Plan, rows: Sequence[Row]) -> list[Target]:
    """Judge the rows; rates and times are of the wall, the share of redaction of CPU seconds."""
    row = {row.key: row for row in rows}
    main = row[f"ingest-{plan.reference}"]
    found = [
        _at_least(f"lines/s, {plan.reference:,} lines", _MIN_RATE, main.rate, ",.0f"),
        _at_least("rate beside chDB", _MIN_OF_CHDB, _ratio(main.rate, row["chdb"].rate), ".2f"),
        _at_least("rate beside GoAccess", _MIN_OF_GOACCESS,
                  _ratio(main.rate, row["goaccess"].rate), ".1f"),
    ]  # fmt: skip
    for lines in plan.sizes:
        cost = row[f"ingest-{lines}"].cost
        found.append(_at_most(f"peak memory, MB, {lines:,} lines", _MAX_BYTES / 1e6,
                              cost.peak_bytes / 1e6 if cost else None, ",.0f"))  # fmt: skip
    small, large = (row.get(f"ingest-{lines}") for lines in _GROWTH_SIZES)
    found += [
        _at_most("time of 20 M over 5 M", _MAX_GROWTH, _ratio(_wall(large), _wall(small)), ".2f"),
        _at_least("rate of many files over one", _MIN_OF_CHAIN,
                  _ratio(row["chain"].rate, main.rate), ".2f"),
        _at_most("second run, s", _MAX_AGAIN_SECONDS,
                 _wall(row[f"ingest-{plan.reference}-again"]), ".1f"),
        _at_most("second run, many files, s", _MAX_AGAIN_SECONDS, _wall(row["chain-again"]), ".1f"),
        _at_most("share of redaction", _MAX_REDACTION_SHARE, _redaction(plan, row), ".2f"),
        _at_most("all detectors, 90 days before, s", _MAX_DETECT_SECONDS,
                 _wall(row["detect-90"]), ".1f"),
        _at_most("time of 90 days before over 30", _MAX_DETECT_GROWTH,
                 _ratio(_wall(row["detect-90"]), _wall(row["detect-30"])), ".2f"),
    ]  # fmt: skip
    return found


def _redaction(plan: Plan, row: dict[str, Row]) -> float | None:
    whole, without = row[f"ingest-{min(plan.sizes)}"].cost, row["unredacted"].cost
    if whole is None or without is None:
        return None
    return (whole.cpu_seconds - without.cpu_seconds) / whole.cpu_seconds


def _wall(row: Row | None) -> float | None:
    return row.cost.wall_seconds if row and row.cost else None


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _at_least(title: str, limit: float, value: float | None, form: str) -> Target:
    met = None if value is None else value >= limit
    return Target(title, f"≥ {limit:{form}}", _text(value, form), met)


def _at_most(title: str, limit: float, value: float | None, form: str) -> Target:
    met = None if value is None else value <= limit
    return Target(title, f"≤ {limit:{form}}", _text(value, form), met)


def _text(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def machine() -> dict[str, str]:
    """Return what the figures depend on: processor, memory, system and versions."""
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "DuckDB": version("duckdb"),
        "Polars": version("polars"),
        "chDB": _first_line(
            [OTHER_PYTHON, "-c", "from importlib.metadata import version; print(version('chdb'))"]
        ),
        "GoAccess": _first_line(["goaccess", "--version"])
        .removeprefix("GoAccess - ")
        .removesuffix("."),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _first_line(command: Sequence[str | Path]) -> str:
    if shutil.which(command[0]) is None:
        return "–"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0]


def markdown(rows: Sequence[Row], judged: Sequence[Target], facts: dict[str, str]) -> str:
    """Return both tables and the machine as Markdown."""
    verdicts = {True: "met", False: "**not met**", None: "not measured"}
    return "\n\n".join(
        [
            "; ".join(f"{name} {value}" for name, value in facts.items()) + ".",
            _table(
                ("what", "wall s", "CPU s", "lines/s", "lines/CPU s", "peak MB"), map(_cells, rows)
            ),
            *(f"{row.title}: {row.note}." for row in rows if row.note),
            _table(
                ("target", "wanted", "found", ""),
                ((one.title, one.wanted, one.found, verdicts[one.met]) for one in judged),
            ),
        ]
    )


def _cells(row: Row) -> tuple[str, ...]:
    cost = row.cost
    if cost is None:
        return row.title, "–", "–", "–", "–", "–"
    return (
        row.title,
        f"{cost.wall_seconds:.1f}",
        f"{cost.cpu_seconds:.1f}",
        _text(row.rate, ",.0f"),
        _text(row.lines / cost.cpu_seconds if row.lines else None, ",.0f"),
        f"{cost.peak_bytes / 1e6:,.0f}",
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table that is Markdown and can be read in a terminal; numbers stand to the right."""
    cells = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |"
        for row in cells
    ]
    rule = "| " + " | ".join(["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def write_between_markers(page: Path, text: str) -> None:
    """Replace what stands between the two markers of a page."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MimamoriError(f"{page}: the markers {BEGIN} and {END} are not there; put them back")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
