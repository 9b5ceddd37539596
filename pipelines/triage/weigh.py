"""From what detectors found to what people see: one order of weighing, each step on record.

1. A known reason and a habit that the detector itself sees (`lowers` in its header).
2. What goes on as it was told, and what is a habit by the findings of weeks and months.
3. What other people did as much, on other nights or of the same department, is for the record.
4. A partner's word about people of another party is at most `medium`.
5. Status by decisions and suppressions, and the score.
6. The night's budget.

What the detector found stays on record (`severity_found`), and each step from it to what is shown
(`lowered`).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import duckdb
import polars as pl

from pipelines.detect.catalogue import Detector, Measured, load_catalogue
from pipelines.detect.goes_on import Told, told_before
from pipelines.detect.score import Surroundings, scored
from pipelines.detect.trust import partners_files
from pipelines.detect.wording import attributed
from pipelines.findings import (
    LOOKS_LIKE,
    PARTNER_SITE,
    TOLD_ON,
    USER_CLAIMED,
    Finding,
    Severity,
    WeighedBy,
)
from pipelines.lake import make_table
from pipelines.settings.entries import SiteEntries
from pipelines.settings.model import Settings
from pipelines.settings.retention import HISTORY_DAYS
from pipelines.text.confusable import skeleton
from pipelines.text.words import Words
from pipelines.triage.budget import is_from_inside, within_budget
from pipelines.triage.decisions import with_status
from pipelines.triage.incidents import grouped
from pipelines.triage.others import Alike, others_alike
from pipelines.triage.pseudonymous import apart_from_pseudonyms
from pipelines.triage.suppressions import read_suppressions

_NAMED = 10
_USERS = """
select distinct user_id
from lake.user_day
where log_date between $day::date - $days::int and $day::date and user_id is not null
order by user_id
"""


def weigh(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    found: Sequence[Finding],
    pseudonyms: AbstractSet[str],
) -> list[Finding]:
    """Return the findings of a day as they are shown, with status and score.

    `found` have the detectors' strength as score. What names `pseudonyms`, of which nothing can be
    found any more, is as it stands in the lake. Reads only; the tables of the context must stand
    (`context.make_context_tables`).
    """
    others, standing = _by_what_is_known(con, settings, day, found, pseudonyms)
    return [
        *within_budget(_scored(con, settings, day, others), settings.findings_per_night),
        *standing,
    ]


def weigh_alone(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    found: Sequence[Finding],
    pseudonyms: AbstractSet[str],
) -> list[Finding]:
    """Return what is found in shadow, each finding weighed by itself, and none about `pseudonyms`.

    No other finding corroborates it, it takes no place of the night's budget, and nobody decides
    about it.
    """
    others, _ = _by_what_is_known(con, settings, day, found, pseudonyms)
    catalogue = load_catalogue()
    return [scored(one, Surroundings(measured=_measured(catalogue, one))) for one in others]


def _by_what_is_known(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    found: Sequence[Finding],
    pseudonyms: AbstractSet[str],
) -> tuple[list[Finding], list[Finding]]:
    """Mark those that go on, are habits or no more than what others do, or a partner's word.

    Beside them stands what the lake has about `pseudonyms` (`apart_from_pseudonyms`).
    """
    detectors = load_catalogue().values()
    told = told_before(con, settings, day, found, detectors)
    others = others_alike(con, day, found, detectors)
    files = partners_files(con, settings, day, found)
    words = Words(settings.locale, settings.zone)
    entries = SiteEntries(settings)
    alike = _look_alikes(con, day, found)
    known = [
        _marked(
            one,
            told.get(one.finding_id),
            others.get(one.finding_id),
            files.get(one.finding_id),
            words,
            alike.get(one.finding_id, ()),
            is_claimed=_is_user_claimed(entries, one),
        )
        for one in found
    ]
    return apart_from_pseudonyms(con, day, known, pseudonyms)


def _is_user_claimed(entries: SiteEntries, finding: Finding) -> bool:
    """Whether it is about a user, and the settings say that the site's log proves no names."""
    if finding.actor_kind != "user" or finding.site_id is None:
        return False
    entry = entries.entry(finding.site_id)
    return entry is not None and entry.user_is == "claimed"


def _look_alikes(
    con: duckdb.DuckDBPyConnection, day: dt.date, found: Sequence[Finding]
) -> dict[str, list[str]]:
    """Return by id of the finding the other users whose names look like that of its user (UTS 39).

    Of the users of as many days as detectors look at; other spellings and accounts of the person
    are none.
    """
    actors = {one.actor for one in found if one.actor_kind == "user"}
    if not actors:
        return {}
    wanted = {skeleton(actor) for actor in actors}
    likely: dict[str, list[str]] = {}
    rows = con.execute(_USERS, {"day": day, "days": HISTORY_DAYS}).fetchall()
    for (user,) in rows:
        if (own := skeleton(user)) in wanted:
            likely.setdefault(own, []).append(user)
    alike = {}
    for one in found:
        if one.actor_kind == "user":
            person = {
                one.actor,
                *one.evidence.get("spellings", ()),
                *one.evidence.get("accounts", ()),
            }
            others = [user for user in likely.get(skeleton(one.actor), ()) if user not in person]
            if others:
                alike[one.finding_id] = others[:_NAMED]
    return alike


def _marked(
    finding: Finding,
    told: Told | None,
    others: Alike | None,
    files: Sequence[str] | None,
    words: Words,
    alike: Sequence[str] = (),
    *,
    is_claimed: bool = False,
) -> Finding:
    marks: dict[str, object] = {USER_CLAIMED: True} if is_claimed else {}
    if alike:
        marks[LOOKS_LIKE] = list(alike)
    weighed = finding
    if told is not None:
        on = told.on.isoformat()
        marks[TOLD_ON] = on
        weighed = weighed.weighed(told.by, Severity.LOW, on)
    if others is not None:
        weighed = weighed.weighed(others.by, Severity.LOW, others.reason)
    if files is not None:
        marks |= {PARTNER_SITE: finding.site_id, "partner_files": list(files[:_NAMED])}
        severity = max(weighed.severity, Severity.MEDIUM, key=lambda one: one.rank)
        weighed = weighed.weighed(WeighedBy.PARTNER, severity, finding.site_id)
    if not marks:
        return weighed
    return replace(
        weighed,
        evidence={**marks, **finding.evidence},
        summary=attributed(words, marks, finding.summary),
    )


def _scored(
    con: duckdb.DuckDBPyConnection, settings: Settings, day: dt.date, findings: Sequence[Finding]
) -> list[Finding]:
    """Return the findings with status and score, as those of one actor bear each other out."""
    before = dict(
        con.execute(
            "select finding_id, status from lake.findings where date = ? and status <> 'new'",
            [day],
        ).fetchall()
    )
    known = [replace(one, status=before.get(one.finding_id, one.status)) for one in findings]
    statuses = with_status(con, known, read_suppressions(con), settings.zone)
    absent = _absent(con, known)
    catalogue = load_catalogue()
    found = []
    for group in grouped(known):
        loud = [one for one in group if one.severity.needs_a_look]
        for finding in group:
            # What anybody outside can cause in somebody's name says nothing about them at work.
            heard = {
                one.detector: one.category
                for one in loud
                if is_from_inside(one) or not is_from_inside(finding)
            }
            around = Surroundings(
                corroboration=tuple(
                    category for other, category in heard.items() if other != finding.detector
                ),
                measured=_measured(catalogue, finding),
                is_absent=finding.finding_id in absent,
            )
            found.append(replace(scored(finding, around), status=statuses[finding.finding_id]))
    return found


def _measured(catalogue: Mapping[str, Detector], finding: Finding) -> Measured | None:
    detector = catalogue.get(finding.detector)
    return detector.measured if detector else None


def _absent(con: duckdb.DuckDBPyConnection, findings: Sequence[Finding]) -> set[str]:
    """The findings of people who were away at the time."""
    people = [
        {
            "finding_id": one.finding_id,
            "user_id": one.actor,
            "first_seen": one.first_seen.astimezone(dt.UTC),
            "last_seen": one.last_seen.astimezone(dt.UTC),
        }
        for one in findings
        if one.actor_kind == "user"
    ]
    if not people:
        return set()
    make_table(con, "person_seen", pl.DataFrame(people))
    rows = con.execute(
        """
        select person_seen.finding_id
        from person_seen
        inner join context_absence as absence
            on absence.user_id = person_seen.user_id
            and absence.from_at <= person_seen.last_seen
            and absence.to_at >= person_seen.first_seen
        """
    ).fetchall()
    return {finding_id for (finding_id,) in rows}
