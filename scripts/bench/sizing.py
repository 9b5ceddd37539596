"""What a night needs by the lines of its day: CPU, memory, disk. `make bench ARGS=--sizing`.

Each size is a first night of one site. Its time is given as that on a core of its own, by the CPU
seconds, which hardly depend on what else runs on the machine.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from targets import table

from bench.night import first_night
from bench.plan import Plan
from bench.report import machine
from pipelines.paths import Home
from pipelines.settings.retention import Retention

_HEADER = (
    "一日の行 / lines a day", "一コアで / on one core, minutes", "メモリ / memory, MB",
    "届いたログ / delivered gz, MB", "レイク / lake, MB", "一行 / a line, bytes",
    "カタログ / catalog, MB", "報告書 / report, MB", "レイク / lake, {days} 日 / days, GB",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """What the night of a day of so many lines took, and what it left on the disk, in bytes."""

    lines: int
    cpu_seconds: float
    peak_bytes: int
    delivered: int
    lake: int
    catalog: int
    reports: int

    def cells(self, days: int) -> tuple[str, ...]:
        """Return its row of the table; `days` is how long records are kept."""
        return (
            f"{self.lines:,}",
            f"{self.cpu_seconds / 60:.1f}",
            f"{self.peak_bytes / 1e6:,.0f}",
            f"{self.delivered / 1e6:,.1f}",
            f"{self.lake / 1e6:,.1f}",
            f"{self.lake / self.lines:.0f}",
            f"{self.catalog / 1e6:.1f}",
            f"{self.reports / 1e6:.1f}",
            f"{self.lake * days / 1e9:,.1f}",
        )


def sizing(plan: Plan) -> str:
    """Return the table of all sizes of the plan, and below it what it was measured on.

    Raises:
        MimamoriError: a night failed.
    """
    days = Retention().access_log_days
    header = [one.format(days=days) for one in _HEADER]
    rows = [_measured(plan, lines).cells(days) for lines in sorted(plan.sizes)]
    facts = "; ".join(
        f"{name} {value}" for name, value in machine().items() if name not in {"chDB", "GoAccess"}
    )
    return f"{table(header, rows)}\n\n{facts}"


def _measured(plan: Plan, lines: int) -> Size:
    night = first_night(plan, f"sizing-{lines}", lines)
    outcome = night.measure()
    home = Home(plan.work(night.key))
    read = json.loads(outcome.output)["ingest"]["lines"]
    return Size(
        lines=int(read),
        cpu_seconds=outcome.cost.cpu_seconds,
        peak_bytes=outcome.cost.peak_bytes,
        delivered=plan.packed(lines).stat().st_size,
        lake=_bytes(home.lake.rglob("*")),
        catalog=_bytes(home.keys.glob(f"{home.catalog.name}*")),
        reports=_bytes(home.reports.rglob("*")),
    )


def _bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())
