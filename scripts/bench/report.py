"""The figures as a table, the targets they have to meet, and the machine they are of."""

import datetime as dt
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil
from targets import Target, at_least, at_most, figure, table, target_table

from bench.entries import OTHER_PYTHON, Entry, Plan
from bench.measure import Cost

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
_MAX_SIGMA_GROWTH = 2.0  # of the time with a hundred rules over that with none
_MAX_WEB_SECONDS = 15.0
_MAX_HOSTILE_GROWTH = 2.0  # of a night's time with hostile requests and files over that without
_MAX_RETENTION_SHARE = 0.10
_MAX_ERASURE_SECONDS = 30.0
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


def best(entry: Entry, costs: Sequence[Cost], note: str) -> Row:
    """Return the row of an entry that was measured several times, or never."""
    if not costs:
        return Row(entry.key, entry.title, entry.lines, None, note)
    quickest = min(costs, key=lambda cost: cost.wall_seconds)
    peak = max(cost.peak_bytes for cost in costs)
    cost = Cost(quickest.wall_seconds, quickest.cpu_seconds, peak)
    return Row(entry.key, entry.title, entry.lines, cost)


def targets(plan: Plan, rows: Sequence[Row]) -> list[Target]:
    """Judge the rows; rates and times are of the wall, shares of CPU seconds."""
    row = {row.key: row for row in rows}
    main = row[f"ingest-{plan.reference}"]
    found = [
        at_least(f"lines/s, {plan.reference:,} lines", _MIN_RATE, main.rate, ",.0f"),
        at_least("rate beside chDB", _MIN_OF_CHDB, _ratio(main.rate, row["chdb"].rate), ".2f"),
        at_least("rate beside GoAccess", _MIN_OF_GOACCESS,
                  _ratio(main.rate, row["goaccess"].rate), ".1f"),
    ]  # fmt: skip
    for lines in plan.sizes:
        cost = row[f"ingest-{lines}"].cost
        found.append(at_most(f"peak memory, MB, {lines:,} lines", _MAX_BYTES / 1e6,
                              cost.peak_bytes / 1e6 if cost else None, ",.0f"))  # fmt: skip
    small, large = (row.get(f"ingest-{lines}") for lines in _GROWTH_SIZES)
    found += [
        at_most("time of 20 M over 5 M", _MAX_GROWTH, _ratio(_wall(large), _wall(small)), ".2f"),
        at_least("rate of many files over one", _MIN_OF_CHAIN,
                  _ratio(row["chain"].rate, main.rate), ".2f"),
        at_most("second run, s", _MAX_AGAIN_SECONDS,
                 _wall(row[f"ingest-{plan.reference}-again"]), ".1f"),
        at_most("second run, many files, s", _MAX_AGAIN_SECONDS, _wall(row["chain-again"]), ".1f"),
        at_most("share of redaction", _MAX_REDACTION_SHARE, _redaction(plan, row), ".2f"),
        at_most("all detectors, 90 days before, s", _MAX_DETECT_SECONDS,
                 _wall(row["detect-90"]), ".1f"),
        at_most("web attacks and Sigma rules, s", _MAX_WEB_SECONDS, _wall(row["web"]), ".1f"),
        at_most("time of 90 days before over 30", _MAX_DETECT_GROWTH,
                 _ratio(_wall(row["detect-90"]), _wall(row["detect-30"])), ".2f"),
        at_most("time with 100 Sigma rules over none", _MAX_SIGMA_GROWTH,
                 _ratio(_wall(row["sigma-30"]), _wall(row["detect-30"])), ".2f"),
        at_most("night with hostile logs over without", _MAX_HOSTILE_GROWTH,
                 _ratio(_wall(row["night-hostile"]), _wall(row["night"])), ".2f"),
        at_most("retention, share of its night", _MAX_RETENTION_SHARE,
                 _ratio(_cpu(row["retention"]), _cpu(row["night-90"])), ".2f"),
        at_most("erasing a user of every day, s", _MAX_ERASURE_SECONDS, _wall(row["erase"]), ".1f"),
        at_most("peak memory, MB, erasing", _MAX_BYTES / 1e6, _peak(row["erase"]), ",.0f"),
    ]  # fmt: skip
    return found


def _redaction(plan: Plan, row: dict[str, Row]) -> float | None:
    whole, without = row[f"ingest-{min(plan.sizes)}"].cost, row["unredacted"].cost
    if whole is None or without is None:
        return None
    return (whole.cpu_seconds - without.cpu_seconds) / whole.cpu_seconds


def _wall(row: Row | None) -> float | None:
    return row.cost.wall_seconds if row and row.cost else None


def _cpu(row: Row) -> float | None:
    return row.cost.cpu_seconds if row.cost else None


def _peak(row: Row) -> float | None:
    return row.cost.peak_bytes / 1e6 if row.cost else None


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


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
    return "\n\n".join(
        [
            "; ".join(f"{name} {value}" for name, value in facts.items()) + ".",
            table(
                ("what", "wall s", "CPU s", "lines/s", "lines/CPU s", "peak MB"), map(_cells, rows)
            ),
            *(f"{row.title}: {row.note}." for row in rows if row.note),
            target_table(judged),
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
        figure(row.rate, ",.0f"),
        figure(row.lines / cost.cpu_seconds if row.lines else None, ",.0f"),
        f"{cost.peak_bytes / 1e6:,.0f}",
    )
