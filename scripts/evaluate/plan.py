"""Which incidents happen in a world, and when: each kind, in the days after the quiet ones."""

import datetime as dt
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from evaluate import decoys, explained, habits, weeks
from evaluate.dice import Dice
from evaluate.incidents import (
    elsewhere,
    enumeration,
    leaks,
    listed,
    logins,
    operations,
    records,
    slow,
    web,
)
from evaluate.incidents.common import Maker
from evaluate.people import change_roles, crowd, move_office
from evaluate.scene import Scene
from evaluate.season import season
from evaluate.shape import shape
from evaluate.truth import (
    LEVELS_OF_A_DAY,
    Incident,
    Level,
    Truth,
)

KINDS: dict[str, tuple[int, tuple[Maker, ...]]] = {  # how many of them, and of which variants
    "dormant-account-access": (1, (records.dormant,)),
    "off-hours-access": (1, (elsewhere.off_hours,)),
    "bulk-record-access": (2, (records.bulk, records.bulk, records.bulk_in_busy_team,
                               records.bulk_for_days)),
    "record-enumeration": (2, (enumeration.sequential, enumeration.shuffled, enumeration.slow,
                               enumeration.by_customer, enumeration.many_addresses,
                               enumeration.by_address, enumeration.by_session)),
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
_THIN = 0.12  # visitors and customers of a world that is not one of single days
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


def plan(
    seed: int, level: Level, days: int, scale: float = 1.0, *, with_context: bool = False
) -> Plan:
    """Return a world with its incidents and decoys; all levels of days of a seed share a base."""
    base = (shape(seed, days, scale) if level in LEVELS_OF_A_DAY
            else shape(seed, days, scale * _THIN, staff=scale, record_level=2))  # fmt: skip
    people = crowd(base)
    changed = change_roles(base, people)
    scene = Scene(base, season(base), people, level)
    scene.used.update(changed)
    moved = move_office(base, people)
    habits.owners(scene)
    dice = Dice(seed, level.value, "plan")
    judged = scene.season.judged()
    if level is Level.WEEKS:
        weeks.prepare(scene)
        slow.lay(scene)
        weeks.lay(scene)
    elif level in LEVELS_OF_A_DAY:
        scene.clean = frozenset(dice.sample(judged, max(1, round(len(judged) * _CLEAN_SHARE))))
        _place(scene, dice, [day for day in judged if day not in scene.clean])
    decoys.lay(scene, changed)
    habits.lay(scene)
    if level is Level.LISTED:
        listed.lay(scene)
    if level is Level.WEB:
        web.lay(scene)
    if moved:
        at_office = [one for one in people.workers if one.moved_to == moved[1]]
        decoys.add_decoy(scene, "office-moved",
                         [("ip", moved[1]), *(("user", one.user) for one in at_office)],
                         [moved[0]])  # fmt: skip
    if with_context:
        explained.lay(scene)
    if level not in LEVELS_OF_A_DAY:  # something happens on every day, and every day counts
        return Plan(scene, tuple(judged))
    touched = {day for one in scene.incidents for day in one.dates}
    return Plan(scene, tuple(day for day in judged if day not in touched))


def _place(scene: Scene, dice: Dice, days: list[dt.date]) -> None:
    load = dict.fromkeys(days, 0)
    wanted = [
        (kind, [makers[(number + turn) % len(makers)] for turn in range(len(makers))])
        for kind, (count, variants) in KINDS.items()
        for makers in [dice.sample(variants, len(variants))]
        for number in range(count)
    ]
    # What needs a long past comes first, as only the last days suit it.
    first = [one for one in wanted if one[0] == "dormant-account-access"]
    rest = [one for one in wanted if one not in first]
    dice.shuffle(rest)
    for number, (_, makers) in enumerate([*first, *rest]):
        incident = _one(scene, dice, load, makers, number)
        if incident is not None:
            scene.incidents.append(incident)
            load[incident.dates[0]] += 1


def _one(
    scene: Scene, dice: Dice, load: dict[dt.date, int], makers: list[Maker], number: int
) -> Incident | None:
    """The first variant that suits a day; the days on which least happens are asked first."""
    order = sorted(load, key=lambda day: (load[day], dice.random()))
    for maker in makers:
        for day in order:
            if load[day] < _MOST_A_DAY and (incident := maker(scene, day, number)) is not None:
                return incident
    return None
