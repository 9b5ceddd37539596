"""The targets of the rows: rates and times are of the wall, shares of CPU seconds."""

from collections.abc import Sequence

from targets import Target, at_least, at_most

from bench.entries import BUSY
from bench.night import QUIET
from bench.plan import Plan
from bench.report import Row
from pipelines.cores import usable_cores

_MIN_RATE = 500_000
_MIN_OF_CHDB = 0.9
_MIN_OF_GOACCESS = 10.0
_MAX_INGEST_BYTES = 700_000_000
_MAX_ERASURE_BYTES = 1_000_000_000
_MAX_GROWTH = 4.2  # of the time of 20 M lines over 5 M
_GROWTH_SIZES = (5_000_000, 20_000_000)
_MIN_OF_CHAIN = 0.5
_MAX_AGAIN_SECONDS = 3.0
_MAX_REDACTION_SHARE = 0.15
_MAX_OF_FAIR_SHARE = 1.25
_MAX_DETECT_SECONDS = 15.0
_MAX_DETECT_GROWTH = 1.1  # of the time with 90 days of history over that with 30
_MAX_SIGMA_GROWTH = 2.0  # of the time with a hundred rules over that with none
_MAX_WEB_SECONDS = 15.0
_MAX_NIGHT_SECONDS = 25.0
_MAX_NIGHT_BYTES = 900_000_000
_MAX_NIGHT_OF_INGEST = 2.5
_MAX_LATER_NIGHT_SECONDS = 28.0
_MAX_HOSTILE_GROWTH = 2.0  # of a night's time with hostile requests and files over that without
_MAX_CHAIN_NIGHT_SECONDS = 30.0
_MAX_QUIET_CPU_SECONDS = 4.0
_MAX_BACKLOG_SECONDS = 80.0
_MIN_PARSE_RATES = {"parquet": 450_000, "ndjson": 250_000}
_MAX_REPORT_SECONDS = 2.0
_MAX_START_SECONDS = 0.7
_MAX_AIRFLOW_SECONDS = 15.0
_MAX_NIGHTLY_SECONDS = 120.0
_MAX_RETENTION_SHARE = 0.10
_MAX_ERASURE_SECONDS = 30.0


def targets(plan: Plan, rows: Sequence[Row]) -> list[Target]:
    """Judge the rows, in the order in which they are measured."""
    row = {row.key: row for row in rows}
    return [
        *_ingest_targets(plan, row),
        *_detect_targets(row),
        *_command_targets(row),
        *_night_targets(plan, row),
        *_letting_go_targets(row),
        *_deployment_targets(row),
    ]


def _ingest_targets(plan: Plan, row: dict[str, Row]) -> list[Target]:
    main = row[f"ingest-{plan.reference}"]
    sizes = [row[f"ingest-{lines}"] for lines in plan.sizes]
    small, large = (row.get(f"ingest-{lines}") for lines in _GROWTH_SIZES)
    growth = _ratio(large.wall, small.wall) if small and large else None
    # Of so many busy processes, each takes a processor as much as each thread of ingest does.
    fair = (BUSY + usable_cores()) / usable_cores()
    return [
        at_least(f"lines/s, {plan.reference:,} lines", _MIN_RATE, main.rate, ",.0f"),
        at_least("rate beside chDB", _MIN_OF_CHDB, _ratio(main.rate, row["chdb"].rate), ".2f"),
        at_least("rate beside GoAccess", _MIN_OF_GOACCESS,
                 _ratio(main.rate, row["goaccess"].rate), ".1f"),
        *(_peak(f"ingest, {size.lines:,} lines", _MAX_INGEST_BYTES, size) for size in sizes),
        at_most("time of 20 M over 5 M", _MAX_GROWTH, growth, ".2f"),
        at_least("rate of many files over one", _MIN_OF_CHAIN,
                 _ratio(row["chain"].rate, main.rate), ".2f"),
        at_most(f"time beside {BUSY} busy processes, of a fair {fair:.1f} times",
                _MAX_OF_FAIR_SHARE,
                _ratio(_ratio(row["ingest-busy"].wall, main.wall), fair), ".2f"),
        at_most("second run, s", _MAX_AGAIN_SECONDS,
                row[f"ingest-{plan.reference}-again"].wall, ".1f"),
        at_most("second run, many files, s", _MAX_AGAIN_SECONDS, row["chain-again"].wall, ".1f"),
        at_most("share of redaction", _MAX_REDACTION_SHARE, _redaction(plan, row), ".2f"),
    ]  # fmt: skip


def _detect_targets(row: dict[str, Row]) -> list[Target]:
    short, long = row["detect-30"].wall, row["detect-90"].wall
    return [
        at_most("all detectors, 90 days before, s", _MAX_DETECT_SECONDS, long, ".1f"),
        at_most("web attacks and Sigma rules, s", _MAX_WEB_SECONDS, row["web"].wall, ".1f"),
        at_most("time of 90 days before over 30", _MAX_DETECT_GROWTH, _ratio(long, short), ".2f"),
        at_most("time with 100 Sigma rules over none", _MAX_SIGMA_GROWTH,
                _ratio(row["sigma-30"].wall, short), ".2f"),
    ]  # fmt: skip


def _command_targets(row: dict[str, Row]) -> list[Target]:
    return [
        *(
            at_least(f"lines/s, parse to {form}", rate, row[f"parse-{form}"].rate, ",.0f")
            for form, rate in _MIN_PARSE_RATES.items()
        ),
        at_most("report of a day with 500 findings, s", _MAX_REPORT_SECONDS,
                row["report"].wall, ".1f"),
        at_most("findings list, s", _MAX_START_SECONDS, row["findings"].wall, ".2f"),
        at_most("sql to its prompt, s", _MAX_START_SECONDS, row["sql"].wall, ".2f"),
    ]  # fmt: skip


def _night_targets(plan: Plan, row: dict[str, Row]) -> list[Target]:
    night = row["night"]
    return [
        at_most("first night, s", _MAX_NIGHT_SECONDS, night.wall, ".1f"),
        _peak("first night", _MAX_NIGHT_BYTES, night),
        at_most("first night over ingest alone", _MAX_NIGHT_OF_INGEST,
                _ratio(night.wall, row[f"ingest-{plan.reference}"].wall), ".2f"),
        at_most("night with 90 days before, s", _MAX_LATER_NIGHT_SECONDS,
                row["night-after-90"].wall, ".1f"),
        at_most("night with hostile logs over without", _MAX_HOSTILE_GROWTH,
                _ratio(row["night-hostile"].wall, night.wall), ".2f"),
        at_most("night of a chain, s", _MAX_CHAIN_NIGHT_SECONDS, row["night-chain"].wall, ".1f"),
        at_most(f"backlog of {plan.days} days, s", _MAX_BACKLOG_SECONDS,
                row["backlog"].wall, ".1f"),
        at_most("night without new lines, CPU s", _MAX_QUIET_CPU_SECONDS,
                _worst(*(row[key].cpu for key in QUIET)), ".1f"),
    ]  # fmt: skip


def _letting_go_targets(row: dict[str, Row]) -> list[Target]:
    erasure = row["erase"]
    return [
        at_most("retention, share of its night", _MAX_RETENTION_SHARE,
                _ratio(row["retention"].cpu, row["night-90"].cpu), ".2f"),
        at_most("erasing a user of every day, s", _MAX_ERASURE_SECONDS, erasure.wall, ".1f"),
        _peak("erasing", _MAX_ERASURE_BYTES, erasure),
    ]  # fmt: skip


def _deployment_targets(row: dict[str, Row]) -> list[Target]:
    return [
        at_most("make airflow to its page, s", _MAX_AIRFLOW_SECONDS, row["airflow"].wall, ".1f"),
        at_most("make nightly on a fresh clone, s", _MAX_NIGHTLY_SECONDS,
                row["nightly"].wall, ".1f"),
    ]  # fmt: skip


def _redaction(plan: Plan, row: dict[str, Row]) -> float | None:
    whole, without = row[f"ingest-{min(plan.sizes)}"].cpu, row["unredacted"].cpu
    if whole is None or without is None:
        return None
    return (whole - without) / whole


def _peak(what: str, most: int, row: Row) -> Target:
    found = row.cost.peak_bytes / 1e6 if row.cost else None
    return at_most(f"peak memory, MB, {what}", most / 1e6, found, ",.0f")


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _worst(*figures: float | None) -> float | None:
    """The largest, where none is missing."""
    found = [one for one in figures if one is not None]
    return max(found) if len(found) == len(figures) else None
