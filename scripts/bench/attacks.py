"""A day on which much is found: ordinary traffic of twenty shops, and attackers on each of them.

Each attacker comes from an address of their own and tries the examples of one kind of attack, some
of which another kind's detector knows too: 500 findings, beside those of ordinary traffic.
"""

import datetime as dt
import sys
from pathlib import Path

from bench.generate import DAY, write_chain
from pipelines.detect.web.signatures import Place, example_uri, load_families

FINDINGS = 500
SHOPS = 20
SHOP_LINES = 2_900  # 58,000 lines a day
_TRIES = 12
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0"


def example_targets() -> dict[str, list[str]]:
    """Return by kind of attack the requests that its signatures give as examples."""
    return {
        name: [
            example_uri(signature.example, family.targets_of(signature))
            for signature in family.signatures
            if signature.example and family.targets_of(signature) != (Place.AGENT,)
        ]
        for name, family in load_families().items()
    }


def write_day(folder: Path) -> None:
    """Write the landing folder of the day."""
    write_chain(folder, SHOPS, SHOP_LINES)
    kinds = [targets for targets in example_targets().values() if targets]
    for shop in range(1, SHOPS + 1):
        path = folder / f"{shop:04d}" / "access.log.attacks"
        lines = [
            line for number, targets in enumerate(kinds) for line in _tries(shop, number, targets)
        ]
        path.write_text("".join(lines), encoding="utf-8")


def _tries(shop: int, number: int, targets: list[str]) -> list[str]:
    """The lines of one attacker, a try in five seconds, all but the first refused."""
    begins = dt.datetime.combine(DAY, dt.time(9)) + dt.timedelta(minutes=10 * number)
    times = (begins + dt.timedelta(seconds=5 * at) for at in range(_TRIES))
    return [
        f"203.{shop}.113.{number + 1} - - [{time:%d/%b/%Y:%H:%M:%S} +0900]"
        f' "GET {target} HTTP/1.1" {404 if time.second else 200} 512 "-" "{_AGENT}"\n'
        for time, target in zip(times, targets, strict=False)
    ]


if __name__ == "__main__":
    write_day(Path(sys.argv[1]))
