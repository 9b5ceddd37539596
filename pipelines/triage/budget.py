"""The night's budget: how many findings people are asked to look at, and which.

Whoever can cause findings at will (a scanner from many addresses, refused log-ins under invented
names, customers who register themselves, a shop that writes into its own log, a failing server)
must not push out those about a person at work who saw data. So places are given by who can cause a
finding, and nobody gets a place at the cost of those before.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

from pipelines.detect.score import banded, succeeded
from pipelines.findings import Finding, Severity, WeighedBy
from pipelines.triage.incidents import OPEN_STATUSES, incidents_of

_Share = tuple[Callable[[Finding], Hashable], int]
"""What findings have in common, and how many places those of one kind may take."""


def within_budget(findings: Sequence[Finding], places: int) -> list[Finding]:
    """Return the findings, those without a place as `low`.

    Only open findings above `low` need a place. Three lanes are served one after the other: people
    at work at the company's own sites, who may take all `places`; people at work at the sites of
    shops, and then everybody else, who each have what is left, and a quarter at least. Of everybody
    else each category and kind of actor has a place at least. Which findings of a lane have a place
    rests on that lane and those before it alone; what comes on top of `places` is that minimum.
    """
    waiting = [one for one in findings if one.severity.needs_a_look and one.status in OPEN_STATUSES]
    if len(waiting) <= places:
        return list(findings)
    quarter = max(1, places // 4)
    own = [one for one in waiting if is_from_inside(one) and one.franchise is None]
    shops = [one for one in waiting if is_from_inside(one) and one.franchise is not None]
    others = [one for one in waiting if not is_from_inside(one)]
    above = _placed(own, places, ((_detector, places // 2), (_actor, quarter)))
    left = max(quarter, places - len(above))
    above += _placed(shops, left, ((_detector, left // 2), (_shop, left // 4), (_actor, left // 4)))
    left = max(quarter, places - len(above))
    above += _of_each_kind(others, left)
    beyond = {one.finding_id for one in waiting} - {one.finding_id for one in above}
    return [_below(one) if one.finding_id in beyond else one for one in findings]


def is_from_inside(finding: Finding) -> bool:
    """Return whether a finding needs the account of somebody who works here, and let in.

    Others come from outside: whoever may register an account can make findings on it at will,
    whoever sends a request can name any user in it, and a partner can write into its log what it
    likes about anybody.
    """
    return (
        finding.actor_kind == "user"
        and not finding.is_partners_word
        and finding.evidence.get("is_worker") is not False
        and _was_let_in(finding)
    )


def _was_let_in(finding: Finding) -> bool:
    """Whether the server answered as it does to the user named: a refused request names anybody."""
    if succeeded(finding):
        return True
    if finding.category != "personal_data" or finding.evidence.get("unit") == "attempts":
        return False
    return finding.subject_count > 0 or "successes" not in finding.evidence


def _in_order_of_need(findings: Iterable[Finding]) -> list[Finding]:
    """By incident, those with a critical finding first, then by risk.

    Incidents are those of these findings alone, so that no other finding can change the order.
    """
    known = {one.finding_id: one for one in findings}
    incidents = incidents_of(known.values())
    ordered = sorted(incidents, key=lambda one: one.severity is not Severity.CRITICAL)
    return [known[finding_id] for incident in ordered for finding_id in incident.finding_ids]


def _placed(waiting: Iterable[Finding], places: int, shares: Sequence[_Share]) -> list[Finding]:
    """The findings that get a place: the shares hold in the first round, and not in the second."""
    taken: list[Finding] = []
    passed: list[Finding] = []
    counts: Counter[tuple[int, Hashable]] = Counter()
    for finding in _in_order_of_need(waiting):
        keys = [(number, kind(finding)) for number, (kind, _) in enumerate(shares)]
        at_most = (max(1, share) for _, share in shares)
        if len(taken) < places and all(
            counts[key] < share for key, share in zip(keys, at_most, strict=True)
        ):
            taken.append(finding)
            counts.update(keys)
        else:
            passed.append(finding)
    return taken + passed[: places - len(taken)]


def _of_each_kind(waiting: Sequence[Finding], places: int) -> list[Finding]:
    """Places for findings that somebody outside can cause: some for each kind, then by need."""
    kinds: dict[Hashable, list[Finding]] = {}
    for finding in waiting:
        kinds.setdefault(_kind(finding), []).append(finding)
    if not kinds:
        return []
    of_each = max(1, places // (2 * len(kinds)))
    shares: Sequence[_Share] = (
        (_detector, places // 4),
        (_partner, places // 4),
        (_kind, places // 2),
    )
    sure = [one for members in kinds.values() for one in _placed(members, of_each, shares)]
    known = {one.finding_id for one in sure}
    rest = [one for one in waiting if one.finding_id not in known]
    return sure + _placed(rest, max(0, places - len(sure)), shares)


def _detector(finding: Finding) -> Hashable:
    return finding.detector


def _actor(finding: Finding) -> Hashable:
    return finding.actor


def _shop(finding: Finding) -> Hashable:
    return finding.franchise


def _partner(finding: Finding) -> Hashable:
    """The site whose log alone says so; each other finding is one of its own."""
    return finding.site_id if finding.is_partners_word else finding.finding_id


def _kind(finding: Finding) -> Hashable:
    """Category and kind of actor; a partner's word is a kind of its own."""
    return finding.category, "partner" if finding.is_partners_word else finding.actor_kind


def _below(finding: Finding) -> Finding:
    return replace(
        finding.weighed(WeighedBy.BUDGET, Severity.LOW),
        score=banded(Severity.LOW, finding.score),
        assessment=replace(finding.assessment, score_before=finding.score),
    )
