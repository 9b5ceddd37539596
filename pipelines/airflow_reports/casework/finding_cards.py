"""The findings of a case as cards: what was found, what decided, what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.airflow_reports.casework.history import title_of
from pipelines.airflow_reports.casework.report_links import link_to_report
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding, gravest
from pipelines.report.case_words import day_ranges, with_silence
from pipelines.report.figures import DECIDED, Figure, figures_of, saw_people, why_unusual
from pipelines.report.rule_words import title_in
from pipelines.report.site_label import site_label
from pipelines.triage.incidents import OPEN_STATUSES
from pipelines.triage.silences import status_of


@dataclass(frozen=True)
class FindingDay:
    """A day of a silence; `link` is empty where it has no page."""

    finding_id: str
    link: str
    day: str
    status_label: str


@dataclass(frozen=True)
class FindingCard:
    """A finding with its evidence; `link` is empty where its day has no page.

    The silence of a site over several days is one card: the newest day stands for all, `days` are
    all of them, empty on other cards.
    """

    finding_id: str
    link: str
    day: str
    severity: str
    severity_label: str
    title: str
    summary: str
    site: str
    when: str
    events: str
    people: str
    status: str
    status_label: str
    why: str
    figures: tuple[Figure, ...]
    more_figures: tuple[Figure, ...]
    playbook: tuple[str, ...]
    is_open: bool
    days: tuple[FindingDay, ...]


def finding_card(
    visit: Visit, group: Sequence[Finding], names: Mapping[str, str], *, is_full: bool
) -> FindingCard:
    """Return the card of a finding, or of those of one silence, the newest first.

    `names` are those of sites; figures and steps are on cards that are shown in full.
    """
    words, finding = visit.words, group[0]
    detector = load_catalogue().get(finding.detector)
    figures = figures_of(words, detector, finding) if is_full else []
    playbook = detector.playbook if detector and is_full else ()
    worst = gravest(one.severity for one in group)
    status = status_of([one.status for one in group])
    title = title_in(finding) or title_of(words, finding.detector)
    return FindingCard(
        finding_id=finding.finding_id,
        link=link_to_report(visit, finding.date, finding.finding_id),
        day=day_ranges(words, [one.date for one in group])
        if len(group) > 1
        else words.iso_day(finding.date),
        severity=worst,
        severity_label=words(f"severity.{worst}"),
        title=with_silence(words, title, group),
        summary=summary_in(finding, words.language, words.zone),
        site=site_label(words, finding.site_id, names.get(finding.site_id))
        if finding.site_id
        else "",
        when=words.span(finding.first_seen, finding.last_seen),
        events=words("finding.events", n=finding.event_count) if finding.event_count else "",
        people=words("finding.subjects", n=finding.subject_count)
        if finding.subject_count and saw_people(finding)
        else "",
        status=status,
        status_label=words(f"status.{status}"),
        why=why_unusual(words, detector, finding) if is_full else "",
        figures=tuple(figures[:DECIDED]),
        more_figures=tuple(figures[DECIDED:]),
        playbook=tuple(step.in_locale(words.language) for step in playbook),
        is_open=finding.status in OPEN_STATUSES,
        days=tuple(_day(visit, one) for one in group) if len(group) > 1 else (),
    )


def _day(visit: Visit, finding: Finding) -> FindingDay:
    words = visit.words
    return FindingDay(
        finding.finding_id,
        link_to_report(visit, finding.date, finding.finding_id),
        words.iso_day(finding.date),
        words(f"status.{finding.status}"),
    )
