"""What other people do as well on a usual night: it says little about the one who is named.

How unusual something is rests on models of what people do, and in some companies more people are
busy, curious or on the road than a model expects. So what is found of somebody is compared with
what was found of others on the nights before: where others stood out as much on more than one night
in twenty, somebody innocent would on such a night, and the finding is for the record. This is a
conformal test over nights (Vovk et al. 2005, Algorithmic Learning in a Random World) with the
detector's strength as the measure; its chance of error does not grow with the number of people.

What nobody outside can bring about: only findings about people at work count, none that rests on
the word of the site's own party, and none that somebody has taken up or confirmed. Three people
have to have been told of, each at `medium` or above, before the next is not.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from pipelines.detect.catalogue import Detector
from pipelines.detect.score import strength_of
from pipelines.findings import Finding, Severity
from pipelines.triage.budget import is_from_inside

NIGHTS = 28
CHANCE = 1 / 20
"""Of the nights: on how many somebody innocent may look as bad, for a finding to be told."""
LEAST_NIGHTS, LEAST_PEOPLE = 2, 3

_PEOPLE = """
select user_id, usual_id from context_person where user_id in (select unnest($actors::varchar[]))
"""
_NIGHTS = """
select detector, count(distinct log_date)
from lake.detector_day
where log_date between $date - $nights::int and $date - 1
    and mode <> 'failed' and detector in (select unnest($detectors::varchar[]))
group by detector
"""
_OTHERS = """
select
    finding.detector, finding.date, coalesce(person.usual_id, finding.actor), finding.franchise,
    finding.severity_found, try_cast(finding.evidence ->> '$.strength' as double)
from lake.findings as finding
left join context_person as person on person.user_id = finding.actor
left join (
    select finding_id, arg_max(verdict, decided_at) as verdict from lake.triage group by finding_id
) as decision on decision.finding_id = finding.finding_id
where finding.date between $date - $nights::int and $date - 1
    and finding.detector in (select unnest($detectors::varchar[]))
    and finding.actor_kind = 'user'
    and finding.severity_found in ('critical', 'high', 'medium')
    and (finding.evidence ->> '$.is_worker') is distinct from 'false'
    and (finding.evidence ->> '$.partner_site') is null
    and finding.status <> 'acknowledged'
    and not (finding.status = 'closed' and coalesce(decision.verdict, 'confirmed') = 'confirmed')
"""


@dataclass(frozen=True)
class Alike:
    """On how many of the nights before other people stood out as much, and on how many not."""

    nights: int
    examined: int

    def __str__(self) -> str:
        """As the step on record has it, `4/28`."""
        return f"{self.nights}/{self.examined}"


def others_alike(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    findings: Sequence[Finding],
    detectors: Collection[Detector],
) -> dict[str, Alike]:
    """Return by id those at `high` or `medium` that are no more than others on usual nights.

    Of detectors with `others_excuse` in their header. A finding at a shop is compared with others
    at other places, one at the company's own sites with others there, so that no party's log makes
    a finding about its own people less. The tables of the context must stand.
    """
    compared = [one.id for one in detectors if one.others_excuse]
    wanted = [
        one
        for one in findings
        if one.detector in compared
        and one.severity in (Severity.HIGH, Severity.MEDIUM)
        and is_from_inside(one)
    ]
    if not wanted:
        return {}
    actors = sorted({one.actor for one in wanted})
    people = dict(con.execute(_PEOPLE, {"actors": actors}).fetchall())
    window = {"date": day, "nights": NIGHTS, "detectors": compared}
    examined = dict(con.execute(_NIGHTS, window).fetchall())
    before = [_Before(*row) for row in con.execute(_OTHERS, window).fetchall()]
    found = {}
    for one in wanted:
        person = people.get(one.actor) or one.actor
        alike = [other for other in before if other.is_as_much(one, person)]
        nights = len({other.on for other in alike})
        of = max(examined.get(one.detector, 0), nights)
        if (
            len({other.person for other in alike}) >= LEAST_PEOPLE
            and nights >= LEAST_NIGHTS
            and nights > CHANCE * of
        ):
            found[one.finding_id] = Alike(nights, of)
    return found


@dataclass(frozen=True)
class _Before:
    """A finding of a night before, about somebody at work."""

    detector: str
    on: dt.date
    person: str
    franchise: str | None
    severity: str
    strength: float | None

    def is_as_much(self, finding: Finding, person: str) -> bool:
        """Whether it is about somebody else whom the detector found to be at least as far out."""
        return (
            self.detector == finding.detector
            and self.person != person
            and (self.franchise is None or self.franchise != finding.franchise)
            and (self.franchise is None or finding.franchise is not None)
            and Severity(self.severity).rank <= finding.severity_found.rank
            and self.strength is not None
            and self.strength >= strength_of(finding)
        )
