"""How many people: three numbers, the method of each, and which triggers they may pull."""

from dataclasses import dataclass
from typing import Literal

from pipelines.worksheet.facts import Facts
from pipelines.worksheet.law import BytesPerPerson, Law, Trigger

State = Literal["reached", "indicated", "possible", "untold"]


@dataclass(frozen=True)
class People:
    """People affected, as distinct subjects.

    `minimum`: the most subjects that one resource showed to a user named on the line, within the
    time of the findings, with an answer body: no person is counted twice. `likely`: all numbers
    that the actors opened on that day, once within each party, and `from_exports` people by the
    size of exports. `maximum`: each number of each page for another person, lines of others at
    the same addresses too, and the size of lists and exports at the least bytes a person. It is
    bounded only where no list or export was answered and nothing speaks against the logs.
    """

    minimum: int
    likely: int
    maximum: int
    from_exports: int
    is_bounded: bool


@dataclass(frozen=True)
class Judged:
    """A trigger and what the logs say for it; never that it does not apply."""

    trigger: Trigger
    state: State
    signs: tuple[str, ...] = ()


def people_of(facts: Facts, size: BytesPerPerson) -> People:
    """Return the three numbers, `minimum` <= `likely` <= `maximum`."""
    reach = facts.reach
    from_exports = -(-reach.export_bytes // size.likely)
    likely = max(reach.sure, reach.likely + from_exports)
    most = reach.most + -(-reach.bulk_bytes // size.least)
    return People(
        minimum=reach.sure,
        likely=likely,
        maximum=max(likely, most),
        from_exports=from_exports,
        is_bounded=not reach.bulk_answers and facts.is_complete,
    )


def judge(facts: Facts, law: Law, people: People) -> tuple[Judged, ...]:
    """Return what the logs say for each trigger of Article 26."""
    return tuple(_judged(facts, people, trigger) for trigger in law.triggers)


def _judged(facts: Facts, people: People, trigger: Trigger) -> Judged:
    if trigger.id == "many_people":
        return Judged(trigger, _by_number(people, trigger.more_than_people))
    if trigger.id == "improper_purpose":
        is_confirmed = any(
            decided[-1].verdict == "confirmed" for decided in facts.decisions.values() if decided
        )
        means = {one.category for one in facts.chosen.findings}
        broken_in = bool(facts.taken) and bool(means & {"authentication", "web_attack"})
        return Judged(trigger, "indicated" if is_confirmed or broken_in else "possible")
    shown = facts.categories
    for state, signs in (("indicated", trigger.categories), ("possible", trigger.may_hold)):
        found = tuple(name for name in shown if name in signs)
        if found:
            return Judged(trigger, "indicated" if state == "indicated" else "possible", found)
    return Judged(trigger, "untold")


def _by_number(people: People, threshold: int) -> State:
    if people.minimum > threshold:
        return "reached"
    if people.likely > threshold:
        return "indicated"
    if people.maximum > threshold or not people.is_bounded:
        return "possible"
    return "untold"
