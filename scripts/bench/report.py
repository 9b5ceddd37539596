"""The figures as tables, and the machine they are of."""

import datetime as dt
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil
from targets import Target, figure, table, target_table

from bench.measure import Cost
from bench.peers import OTHER_PYTHON
from bench.plan import Entry
from pipelines.cores import usable_cores


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

    @property
    def wall(self) -> float | None:
        """Seconds on the wall; None where it was not measured."""
        return self.cost.wall_seconds if self.cost else None

    @property
    def cpu(self) -> float | None:
        """CPU seconds; None where it was not measured."""
        return self.cost.cpu_seconds if self.cost else None


def best(entry: Entry, costs: Sequence[Cost], note: str) -> Row:
    """Return the row of an entry that was measured several times, or never."""
    if not costs:
        return Row(entry.key, entry.title, entry.lines, None, note)
    quickest = min(costs, key=lambda cost: cost.wall_seconds)
    peak = max(cost.peak_bytes for cost in costs)
    cost = Cost(quickest.wall_seconds, quickest.cpu_seconds, peak)
    return Row(entry.key, entry.title, entry.lines, cost)


def machine() -> dict[str, str]:
    """Return what the figures depend on: processor, memory, system and versions."""
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": str(usable_cores()),
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
            *([target_table(judged)] if judged else []),
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
