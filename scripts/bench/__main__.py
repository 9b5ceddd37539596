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

from bench import letting_go, night
from bench.entries import Plan, Skipped, entries, prepare
from bench.report import Row, best, machine, markdown, targets
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT

if TYPE_CHECKING:
    from bench.measure import Cost

PAGE = PROJECT_ROOT / "docs" / "performance.md"


def main() -> int:
    """Run the benchmark and return the exit code: 0 whether or not the targets are met."""
    options = _options()
    sizes = tuple(round(float(size) * 1_000_000) for size in options.sizes.split(","))
    folder = Path(os.environ.get("MIMAMORI_BENCH_DIR") or PROJECT_ROOT / ".bench").absolute()
    plan = Plan(folder, sizes, options.files, options.file_lines)
    try:
        rows = _measured(plan, options.rounds, options.skip.split(","))
        judged, facts = targets(plan, rows), machine()
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
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", default="1,5,20", help="millions of lines (default: 1,5,20)")
    parser.add_argument("--files", type=int, default=3_000, help="log files of the chain of shops")
    parser.add_argument("--file-lines", type=int, default=1_000, help="lines of each of them")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many counts")
    parser.add_argument("--skip", default="", help="rows to leave out: goaccess,chdb,polars,…")
    parser.add_argument("--json", type=Path, help="write the figures as JSON")
    parser.add_argument("--markdown", type=Path, help="write the tables as Markdown")
    parser.add_argument("--write-docs", action="store_true", help=f"put them into {PAGE.name}")
    return parser.parse_args()


def _measured(plan: Plan, rounds: int, skip: list[str]) -> list[Row]:
    """One row an entry; rounds go over all entries, so that a slow spell hits all alike."""
    _print_progress(f"making the input in {plan.folder}")
    prepare(plan)
    chosen = [*entries(plan), *night.entries(plan), *letting_go.entries(plan)]
    costs: dict[str, list[Cost]] = defaultdict(list)
    notes: dict[str, str] = {entry.key: "left out" for entry in chosen if entry.key in skip}
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
            costs[entry.key].append(cost)
            _print_progress(
                f"round {number}: {entry.title}: {cost.wall_seconds:.1f} s,"
                f" {cost.cpu_seconds:.1f} CPU s, {cost.peak_bytes / 1e6:,.0f} MB"
            )
    return [best(entry, costs[entry.key], notes.get(entry.key, "")) for entry in chosen]


def _print_progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
