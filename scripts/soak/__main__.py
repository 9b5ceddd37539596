"""`make soak`: nights with faults of every kind from seeds, and what came of them."""

import argparse
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from targets import write_between_markers

from pipelines.paths import PROJECT_ROOT, Home
from soak.faults import KINDS
from soak.judge import judge
from soak.lines import lines_of_lake, proofs_that_fail
from soak.outages import FATAL, OTHERS
from soak.play import Plan, own_disk, play, world_of
from soak.two_years import growing, table_of
from soak.two_years import play as play_years
from soak.verdict import COLUMNS, Verdict

NIGHTS, YEARS = 14, 730
PAGE = PROJECT_ROOT / "docs" / "operations.md"

_ORDER = (
    *KINDS,
    "rotating during the run",
    *(one.name for one in (*FATAL, *OTHERS)),
    "mail down",
)


def main() -> int:
    """Play and judge each seed; return 1 where anything was not as it has to be."""
    options = _options()
    if options.two_years:
        return _two_years(options)
    failed, nights = False, options.nights or NIGHTS
    for seed in options.seeds:
        began = time.monotonic()
        verdict = soak(seed, nights, options.sites, options.folder, options.keep)
        print(f"\nseed {seed}, {nights} nights, {options.sites} sites\n")
        print(table(verdict))
        print(
            f"\n{verdict.lines:,} lines; {verdict.calm_sites} sites and {verdict.calm_days} days"
            " without fault;"
            f" {time.monotonic() - began:.0f} s"
        )
        for one in verdict.wrong:
            print(f"  ! {one}")
        failed |= bool(verdict.wrong)
        print("failed" if verdict.wrong else "passed", flush=True)
    return int(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seeds", type=_seeds, default=[1, 2, 3], help="default: 1,2,3")
    parser.add_argument("--two-years", action="store_true", help="small nights, and what grows")
    parser.add_argument("--write-docs", action="store_true", help=f"of these, to {PAGE.name}")
    parser.add_argument(
        "--nights", type=int, help="after the first (default: 14; with --two-years 730)"
    )
    parser.add_argument("--sites", type=int, default=40, help="(default: 40)")
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--keep", action="store_true", help="keep what was written")
    return parser.parse_args()


def _two_years(options: argparse.Namespace) -> int:
    folder = options.folder or Path(tempfile.mkdtemp(prefix="two-years-"))
    points = play_years(folder, options.nights or YEARS)
    if options.write_docs:
        write_between_markers(PAGE, "two-years", table_of(points))
    if not (options.keep or options.folder):
        shutil.rmtree(folder)
    wrong = growing(points)
    for one in wrong:
        print(f"  ! {one}")
    return int(bool(wrong))


def _seeds(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def soak(
    seed: int, nights: int, sites: int, folder: Path | None = None, keep: bool = False
) -> Verdict:
    """Play and judge one seed, in a folder of its own below `folder`."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    below = Path(tempfile.mkdtemp(prefix=f"soak-{seed}-", dir=folder))
    world = world_of(below, seed, sites)
    plan = Plan.drawn(seed, nights, [one.id for one in world.sites])
    try:
        with own_disk(below):
            played = play(below, plan, world, _free_port())
            home = Home(below / "home")
            lines = lines_of_lake(home, world)
            verdict = judge(plan, played, lines, proofs_that_fail(home), world.names(plan.days))
            if keep:
                shutil.copytree(below / "home", below / "kept")
            return verdict
    finally:
        if not keep:
            shutil.rmtree(below)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def table(verdict: Verdict) -> str:
    """Return the table of a verdict in Markdown."""
    rows = sorted(verdict.rows.items(), key=lambda one: _ORDER.index(one[0]))
    return "\n".join([
        _line(("fault", *COLUMNS)),
        "| --- |" + " ---: |" * len(COLUMNS),
        *(_line((name, *row.cells())) for name, row in rows),
    ])  # fmt: skip


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except PermissionError as error:
        print(f"make soak: only root may mount a disk of its own: {error}", file=sys.stderr)
        sys.exit(2)
