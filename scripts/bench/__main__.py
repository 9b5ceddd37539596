"""`make bench`: measure, print the tables, and write them down where asked."""

import argparse
import json
import os
import sys
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from targets import write_between_markers

from bench import commands, deployment, entries, letting_go, night, peers, sizing
from bench.plan import Entry, Plan, Skipped
from bench.report import Row, best, machine, markdown
from bench.wanted import targets
from pipelines.errors import MimamoriError, UsageError
from pipelines.paths import PROJECT_ROOT

if TYPE_CHECKING:
    from bench.measure import Cost

PAGE = PROJECT_ROOT / "docs" / "performance.md"
SIZING_PAGE = PROJECT_ROOT / "docs" / "operations.md"
_LEFT_OUT = "left out"
_FAILED = "failed"


def main() -> int:
    """Run the benchmark and return the exit code: 0 whether or not the targets are met.

    1 when a row failed; the others stand in the tables all the same.
    """
    options = _options()
    sizes = tuple(round(float(size) * 1_000_000) for size in options.sizes.split(","))
    folder = Path(os.environ.get("MIMAMORI_BENCH_DIR") or PROJECT_ROOT / ".bench").absolute()
    plan = Plan(folder, sizes, options.files, options.file_lines, options.days)
    try:
        if options.profile:
            print(night.profiled(plan, options.profile))
            return 0
        if options.sizing:
            text = sizing.sizing(plan)
            if options.write_docs:
                write_between_markers(SIZING_PAGE, "sizing", text)
            print(text)
            return 0
        rows = _measured(plan, options.rounds, _left_out(plan, options.only, options.skip))
        judged, facts = targets(plan, rows), machine()
        if options.only:
            rows = [row for row in rows if row.note != _LEFT_OUT]
            judged = [target for target in judged if target.met is not None]
        text = markdown(rows, judged, facts)
        if options.write_docs:
            write_between_markers(PAGE, "bench", text)
    except MimamoriError as error:
        print(f"make bench: {error}", file=sys.stderr)
        return error.exit_code
    print(text)
    if options.markdown:
        options.markdown.write_text(f"{text}\n", encoding="utf-8")
    if options.json:
        report = {
            "machine": facts,
            "rows": [asdict(row) for row in rows],
            "targets": [asdict(target) for target in judged],
        }
        options.json.write_text(
            json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
    return int(any(row.note.startswith(_FAILED) for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", default="1,5,20", help="millions of lines (default: 1,5,20)")
    parser.add_argument("--files", type=int, default=3_000, help="log files of the chain of shops")
    parser.add_argument("--file-lines", type=int, default=1_000, help="lines of each of them")
    parser.add_argument("--days", type=int, default=35, help="days of the backlog")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many counts")
    parser.add_argument("--skip", default=[], type=_keys, help="rows to leave out: goaccess,…")
    parser.add_argument("--only", default=[], type=_keys, help="these rows, and what they need")
    parser.add_argument(
        "--profile",
        nargs="?",
        const="night",
        metavar="NIGHT",
        help="instead of all rows the costliest statements of a night: night (default), backlog, …",
    )
    parser.add_argument(
        "--sizing", action="store_true", help="instead of all rows what a night of each size needs"
    )
    parser.add_argument("--json", type=Path, help="write the figures as JSON")
    parser.add_argument("--markdown", type=Path, help="write the tables as Markdown")
    parser.add_argument("--write-docs", action="store_true", help="put them into the page")
    return parser.parse_args()


def _keys(text: str) -> list[str]:
    return text.split(",")


def _entries(plan: Plan) -> list[Entry]:
    makers = (entries, commands, peers, night, letting_go, deployment)
    return [entry for maker in makers for entry in maker.entries(plan)]


def _left_out(plan: Plan, only: list[str], skip: list[str]) -> set[str]:
    """Return the keys of the rows that are not asked for; of `only`, not what they need.

    Raises:
        UsageError: no row has such a key.
    """
    needs = {entry.key: entry.needs for entry in _entries(plan)}
    unknown = {*only, *skip} - needs.keys()
    if unknown:
        raise UsageError(f"no row {min(unknown)}; there are {', '.join(needs)}")
    wanted, more = set[str](), set(only or needs)
    while more:
        wanted |= more
        more = {needed for key in more for needed in needs[key]} - wanted
    return (needs.keys() - wanted) | set(skip)


def _measured(plan: Plan, rounds: int, left_out: set[str]) -> list[Row]:
    """One row an entry; rounds go over all entries, so that a slow spell hits all alike."""
    chosen = _entries(plan)
    costs: dict[str, list[Cost]] = defaultdict(list)
    notes: dict[str, str] = {entry.key: _LEFT_OUT for entry in chosen if entry.key in left_out}
    for number in range(1, rounds + 1):
        for entry in chosen:
            if entry.key in notes:
                continue
            try:
                cost = entry.run().cost
            except Skipped as reason:
                notes[entry.key] = str(reason)
                _print_progress(f"{entry.title}: skipped, {reason}")
                continue
            except MimamoriError as error:  # hours of other rows are not lost with it
                notes[entry.key] = f"{_FAILED}: {_reason(error)}"
                _print_progress(f"{entry.title}: {error}")
                continue
            costs[entry.key].append(cost)
            _print_progress(
                f"round {number}: {entry.title}: {cost.wall_seconds:.1f} s,"
                f" {cost.cpu_seconds:.1f} CPU s, {cost.peak_bytes / 1e6:,.0f} MB"
            )
    return [
        best(entry, [] if entry.key in notes else costs[entry.key], notes.get(entry.key, ""))
        for entry in chosen
    ]


def _reason(error: MimamoriError) -> str:
    """The line of a failure that says most: the last, but what make adds to it."""
    lines = str(error).strip().splitlines()
    return [line for line in lines if not line.startswith("make: ***")][-1]


def _print_progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
