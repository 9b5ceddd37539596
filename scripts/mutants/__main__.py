"""`make mutants`: what share of small faults the tests of each package notice."""

import argparse
import contextlib
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import yaml

from mutants.draw import PLACES, Mutant, sample
from mutants.run import Outcome, Runner, WrongBeginningError, folders_of

ROOT = Path(__file__).parents[2]
TARGET = 0.9
UNCHANGED = Path(__file__).with_name("unchanged.yaml")


def main() -> int:
    """Draw, try and tell; return 1 below the target, 2 where nothing could be tried."""
    options = _options()
    drawn = [
        one for one in sample(ROOT, options.seed, options.count) if one.place in options.places
    ]
    if options.list:
        for one in drawn:
            print(f"{one.path}:{one.line}  {one.change}\n  - {one.was}\n  + {one.became}")
        return 0
    began = time.monotonic()
    folder = ROOT / "build" / "mutants"
    try:
        runner = Runner(ROOT, folder, options.jobs)
        files = runner.measured(folders_of(drawn))
    except WrongBeginningError as error:
        print(error, file=sys.stderr)
        return 2
    # In an order by chance, so that what was tried until the run is interrupted is a sample too.
    random.Random(options.seed).shuffle(drawn)  # noqa: S311 - no secret
    kept = folder / f"seed-{options.seed}-{runner.commit[:12]}.ndjson"
    outcomes = _of_before(kept, drawn)
    tried = {_told(one.mutant) for one in outcomes}
    try:
        with contextlib.suppress(KeyboardInterrupt), kept.open("a", encoding="utf-8") as into:
            for outcome in runner.try_all([one for one in drawn if _told(one) not in tried], files):
                outcomes.append(outcome)
                told = {**asdict(outcome), "mutant": json.loads(_told(outcome.mutant))}
                print(json.dumps(told), file=into, flush=True)
    except WrongBeginningError as error:
        print(error, file=sys.stderr)
        return 2
    outcomes.sort(key=lambda one: PLACES.index(one.mutant.place))
    reasons = _reasons()
    print(report(outcomes, reasons))
    of = f"{len(outcomes)} of {len(drawn)} faults"
    print(f"seed {options.seed}, {of}, {time.monotonic() - began:.0f} s")
    return int(share([one for one in outcomes if _changes(one, reasons)]) < TARGET)


def _of_before(kept: Path, drawn: Sequence[Mutant]) -> list[Outcome]:
    """Return what a run of this commit and seed had tried before it was interrupted."""
    if not kept.exists():
        return []
    known = {_told(one): one for one in drawn}
    told = map(json.loads, kept.read_text(encoding="utf-8").splitlines())
    return [
        Outcome(known[json.dumps(one["mutant"])], one["noticed"], one["by"], one["seconds"])
        for one in told
    ]


def _told(mutant: Mutant) -> str:
    return json.dumps({**asdict(mutant), "text": None})


def share(outcomes: Sequence[Outcome]) -> float:
    """Return which share of the faults was noticed, 0 to 1."""
    return sum(one.noticed for one in outcomes) / max(len(outcomes), 1)


def _changes(outcome: Outcome, reasons: dict[tuple[str, str, str], str]) -> bool:
    """Whether a fault changes anything: it was noticed, or nobody has said why it does not."""
    return outcome.noticed or outcome.mutant.key not in reasons


def report(outcomes: Sequence[Outcome], reasons: dict[tuple[str, str, str], str]) -> str:
    """Return a table by place, and each fault that no test noticed, with its reason if any."""
    lines = ["", f"{'':<12}{'faults':>8}{'noticed':>9}{'%':>7}"]
    for place in (*PLACES, "all"):
        of = [one for one in outcomes if place in ("all", one.mutant.place)]
        if of:
            noticed = sum(one.noticed for one in of)
            lines.append(f"{place:<12}{len(of):>8}{noticed:>9}{share(of):>7.0%}")
    able = [one for one in outcomes if _changes(one, reasons)]
    lines.append(f"without the {len(outcomes) - len(able)} that change nothing: {share(able):.0%}")
    for one in outcomes:
        if not one.noticed:
            mutant = one.mutant
            lines += [
                "",
                f"{mutant.path}:{mutant.line}  {mutant.change}",
                f"  - {mutant.was}",
                f"  + {mutant.became}",
                f"  {reasons.get(mutant.key, 'no reason is known: a test is missing')}",
            ]
    return "\n".join(lines)


def _reasons() -> dict[tuple[str, str, str], str]:
    """Return why some faults change nothing that anybody could see."""
    listed = yaml.safe_load(UNCHANGED.read_text(encoding="utf-8")) or []
    return {(one["path"], one["was"], one["became"]): one["why"] for one in listed}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which sample (default: 1)")
    parser.add_argument("--count", type=int, default=405, help="how many faults (default: 405)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (default: 2)")
    parser.add_argument("--list", action="store_true", help="only tell which faults are drawn")
    parser.add_argument(
        "--places",
        type=lambda text: text.split(","),
        default=PLACES,
        help=f"some of {','.join(PLACES)}",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
