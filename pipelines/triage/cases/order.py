"""What a reader meets first: the findings and incidents of cases that rose on the day."""

from collections.abc import Iterable, Sequence

from pipelines.findings import Finding
from pipelines.triage.cases.read import Case
from pipelines.triage.incidents import Incident


def rising_first(
    findings: Iterable[Finding], incidents: Iterable[Incident], cases: Sequence[Case]
) -> tuple[list[Finding], list[Incident]]:
    """Return findings and incidents of a day, those of cases that rose first, else as they were.

    `cases` are those of the day. An incident stays together: with one of its findings all of them
    come first.
    """
    risen = {one.case_id for one in cases if one.rise is not None}
    known = list(findings)
    of_incidents = list(incidents)
    first = {one.finding_id for one in known if one.case_id in risen}
    leading = {one.incident_id for one in of_incidents if not first.isdisjoint(one.finding_ids)}
    for one in of_incidents:
        if one.incident_id in leading:
            first.update(one.finding_ids)
    return (
        sorted(known, key=lambda one: one.finding_id not in first),
        sorted(of_incidents, key=lambda one: one.incident_id not in leading),
    )
