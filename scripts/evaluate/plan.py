"""Which incidents happen in a world, and when: each kind once or more, in the days after the quiet ones."""

import datetime as dt
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from evaluate import decoys
from evaluate.dice import Dice
from evaluate.incidents import elsewhere, leaks, logins, operations, records
from evaluate.incidents.common import Maker
from evaluate.people import change_roles, crowd
from evaluate.scene import Scene
from evaluate.season import season
from evaluate.shape import shape
from evaluate.truth import Level, Truth

KINDS: dict[str, tuple[int, tuple[Maker, ...]]] = {  # how many of them, and of which variants
    "dormant-account-access": (1, (records.dormant,)),
    "off-hours-access": (1, (elsewhere.off_hours,)),
    "bulk-record-access": (2, (records.bulk, records.bulk, records.bulk_in_busy_team)),
    "record-enumeration": (2, (records.sequential, records.shuffled, records.slow,
                               records.by_customer, records.many_addresses, records.by_address)),
    "mass-export": (1, (records.export_by_count, records.export_by_bytes)),
    "new-location-access": (1, (elsewhere.new_location,)),
    "impossible-travel": (1, (elsewhere.travel,)),
    "cross-franchise-access": (1, (records.cross_franchise,)),
    "shared-account": (1, (elsewhere.shared_account,)),
    "unauthenticated-access": (1, (records.unauthenticated,)),
    "crawler-on-personal-data": (1, (records.crawler,)),
    "personal-data-in-url": (1, (leaks.in_urls,)),
    "forbidden-probing": (1, (records.forbidden,)),
    "brute-force": (1, (logins.brute_force, logins.brute_force_spread)),
    "password-spraying": (1, (logins.spraying, logins.spraying_network, logins.spraying_sites)),
    "login-after-failures": (1, (logins.after_failures,)),
    "session-hijack": (1, (logins.hijack,)),
    "log-gap": (1, (operations.log_gap,)),
    "volume-anomaly": (1, (operations.flood, operations.drought)),
    "server-error-spike": (1, (operations.server_errors,)),
    "parse-failure-spike": (1, (operations.broken_lines,)),
    "clock-skew": (1, (operations.wrong_clock,)),
    "duplicate-delivery": (1, (operations.copies,)),
}  # fmt: skip
_CLEAN_SHARE = 0.4
_MOST_A_DAY = 5


@dataclass(frozen=True)
class Plan:
    """A scene with everything in it, and which of its days are clean."""

    scene: Scene
    clean: tuple[dt.date, ...]

    def truth(self, lines: Mapping[int, int], heavy: AbstractSet[int]) -> Truth:
        """Return what happened; `lines` counts those of each incident in the logs.

        `heavy` are those that show in the figures of a site.
        """
        scene = self.scene
        return Truth(
            seed=scene.shape.seed, level=scene.level, days=tuple(scene.shape.dates),
            judged=tuple(scene.season.judged()), clean=self.clean,
            incidents=tuple(
                replace(one, lines=lines.get(one.number, 0),
                        is_heavy=one.is_heavy or one.number in heavy)
                for one in scene.incidents
            ),
            decoys=tuple(scene.decoys), standing=tuple(scene.standing),
        )  # fmt: skip


def plan(seed: int, level: Level, days: int, scale: float = 1.0) -> Plan:
    """Return a world with its incidents and decoys; all levels of a seed share a base."""
    base = shape(seed, days, scale)
    people = crowd(base)
    changed = change_roles(base, people)
    scene = Scene(base, season(base), people, level)
    scene.used.update(changed)
    dice = Dice(seed, level.value, "plan")
    judged = scene.season.judged()
    clean = set(dice.sample(judged, max(1, round(len(judged) * _CLEAN_SHARE))))
    _place(scene, dice, [day for day in judged if day not in clean])
    decoys.lay(scene, changed)
    touched = {day for one in scene.incidents for day in one.dates}
    return Plan(scene, tuple(day for day in judged if day not in touched))


def _place(scene: Scene, dice: Dice, days: list[dt.date]) -> None:
    load = dict.fromkeys(days, 0)
    wanted = [(kind, maker) for kind, (count, makers) in KINDS.items()
              for maker in dice.some(makers, count)]  # fmt: skip
    first = [pair for pair in wanted if pair[0] == "dormant-account-access"]
    rest = [pair for pair in wanted if pair not in first]
    dice.shuffle(rest)
    for number, (_, maker) in enumerate([*first, *rest]):
        # The quietest days first; a day may have more than its share when others do not suit.
        order = sorted(days, key=lambda day: (load[day], dice.random()))
        for day in order:
            if load[day] >= _MOST_A_DAY:
                continue
            incident = maker(scene, day, number)
            if incident is not None:
                scene.incidents.append(incident)
                load[day] += 1
                break
