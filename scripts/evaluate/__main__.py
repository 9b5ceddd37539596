"""`make evaluate`: simulate worlds, let mimamori look at them, and print how well it did."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from targets import write_between_markers

from evaluate.rates import write_rates
from evaluate.report import World, as_json, details, markdown
from evaluate.task import Task, world_of
from evaluate.truth import Level
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "evaluation.md"
HELD_OUT = "301,302,303,304,305"
_FEWEST_DAYS = min(level.days for level in Level)


def main() -> int:
    """Run the evaluation and return the exit code: 0 whether or not the targets are met.

    `strangers` as the first argument judges on worlds that were drawn by others.
    """
    if sys.argv[1:2] == ["strangers"]:
        from strangers.__main__ import main as judge_strangers  # noqa: PLC0415

        judge_strangers(sys.argv[2:])
        return 0
    options = _options()
    if options.rates_of:
        write_rates([json.loads(file.read_text(encoding="utf-8")) for file in options.rates_of])
        return 0
    tasks = [
        Task(seed, level, options.days or level.days, options.keep, options.again, options.context)
        for level in options.levels
        for seed in options.seeds
    ]
    worlds: list[World] = []
    try:
        for world in _worlds(tasks, options.jobs):
            worlds.append(world)
            _print_progress(_sentence(world))
        worlds.sort(key=lambda world: (list(Level).index(world.level), world.seed))
        text = markdown(worlds)
        if options.write_docs:
            write_between_markers(PAGE, "evaluate", text)
        if options.write_rates:
            write_rates([as_json(worlds)])
    except MimamoriError as error:
        print(f"make evaluate: {error}", file=sys.stderr)
        return error.exit_code
    print("\n".join([*details(worlds), "", text]))
    if options.json:
        options.json.write_text(
            json.dumps(as_json(worlds), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make evaluate", description=__doc__)
    parser.add_argument("--seeds", type=_seeds, default=_seeds(HELD_OUT),
                        help=f"worlds, as in 1,2 or 1-20 (default: {HELD_OUT})")  # fmt: skip
    parser.add_argument(
        "--levels", type=_levels, default=list(Level), help="easy,medium,hard,weeks,listed,web"
    )
    parser.add_argument("--days", type=_days,
                        help="days of each world (35; weeks 63, listed 49, web 28)")  # fmt: skip
    parser.add_argument("--jobs", type=int, default=1, help="worlds at a time")
    parser.add_argument("--context", action="store_true", help="with files that explain decoys")
    parser.add_argument("--json", type=Path, help="write the figures and details as JSON")
    parser.add_argument("--keep", type=Path, help="keep logs, truth and lakes in this folder")
    parser.add_argument("--again", action="store_true",
                        help="worlds that --keep kept are not made and read again")  # fmt: skip
    parser.add_argument("--write-docs", action="store_true", help=f"put them into {PAGE.name}")
    parser.add_argument("--write-rates", action="store_true",
                        help="put each detector's into its folder, measured.yaml")  # fmt: skip
    parser.add_argument("--rates-of", type=Path, nargs="+", metavar="FILE",
                        help="simulate nothing, put those of --json files there")  # fmt: skip
    options = parser.parse_args()
    if options.again and not options.keep:
        parser.error("--again needs the folder of --keep")
    return options


def _seeds(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _levels(text: str) -> list[Level]:
    return [Level(part) for part in text.split(",")]


def _days(text: str) -> int:
    days = int(text)
    if days < _FEWEST_DAYS:
        raise argparse.ArgumentTypeError(f"a world has at least {_FEWEST_DAYS} days")
    return days


def _worlds(tasks: list[Task], jobs: int) -> Iterator[World]:
    if jobs == 1:
        yield from map(world_of, tasks)
        return
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(world_of, task) for task in tasks]):
            yield done.result()


def _sentence(world: World) -> str:
    fates, seconds = world.score.fates, world.seconds
    found = sum(fate.is_found for fate in fates)
    false = sum(one.is_false for one in world.score.findings)
    return (
        f"seed {world.seed} {world.level}: {found} of {len(fates)} found, {false} false alarms,"
        f" {len(world.score.flagged)} of {len(world.score.truth.decoys)} decoys flagged;"
        f" {world.lines:,} lines, {seconds.simulated:.0f} s simulated, {seconds.read:.0f} s read,"
        f" {seconds.detected:.0f} s detected"
    )


def _print_progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
