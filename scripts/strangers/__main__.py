"""Judges mimamori on strangers' worlds: `make evaluate ARGS="strangers --worlds NAME"`."""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from targets import write_between_markers

from pipelines.paths import PROJECT_ROOT
from strangers.nights import DAYS, WEEKS, WORLDS, see
from strangers.report import as_json, details_of, tables_of
from strangers.score import Score, judge

PAGE = PROJECT_ROOT / "docs" / "evaluation.md"
Task = tuple[str, int, int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the worlds, see their nights, print the figures."""
    known = sorted(path.stem for path in WORLDS.glob("*.py"))
    parser = argparse.ArgumentParser(prog="make evaluate ARGS=strangers", description=__doc__)
    parser.add_argument("--worlds", nargs="+", choices=known, default=known)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--days", nargs="+", type=int, choices=(DAYS, WEEKS), default=[DAYS, WEEKS])
    parser.add_argument("--jobs", type=int, default=1, help="worlds at a time")
    parser.add_argument("--json", type=Path, help="write each miss and false case as JSON")
    parser.add_argument("--write-docs", action="store_true", help=f"put them into {PAGE.name}")
    options = parser.parse_args(arguments)
    tasks = [
        (world, seed, days)
        for world in options.worlds
        for days in options.days
        for seed in options.seeds
    ]
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    scores: list[Score] = []
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for (world, seed, days), score in zip(tasks, pool.map(_score, tasks), strict=True):
            found = sum(one.is_found for one in score.fates)
            print(f"{world} {seed}, {days} days: {found} of {len(score.fates)} found,"
                  f" {len(score.false)} false, {score.seen.lines:,} lines", flush=True)  # fmt: skip
            scores.append(score)
    text = "\n".join(tables_of(scores))
    print(text, *details_of(scores), sep="\n")
    if options.write_docs:
        write_between_markers(PAGE, "strangers", text)
    if options.json:
        text = json.dumps(as_json(scores), ensure_ascii=False, indent=1)
        options.json.write_text(f"{text}\n", encoding="utf-8")


def _score(task: Task) -> Score:
    world, seed, days = task
    with tempfile.TemporaryDirectory(prefix="strangers-") as folder:
        return judge(see(world, seed, days, Path(folder)))


if __name__ == "__main__":
    main()
