"""What went wrong on the way to the findings: missing sites, failed checks, unread files, stages.

These stand on the first screen, since a finding that could not be made looks like no finding.
"""

from dataclasses import dataclass
from itertools import groupby

from pipelines.context.entry import KINDS, SERVICES
from pipelines.report.facts import (
    CheckFailure,
    DayFacts,
    FailedDetector,
    Reading,
    SiteDay,
    StageRun,
)
from pipelines.report.limits_passed import LimitPassed
from pipelines.report.site_label import site_label, site_of
from pipelines.text.display import visible
from pipelines.text.words import Words

_NAMES_SHOWN = 5
_NAME_LIMIT = 60
_TEXT_LIMIT = 200


@dataclass(frozen=True)
class Problem:
    """One line of the first screen, and the part of the page that has more of it."""

    text: str
    anchor: str
    critical: bool = True


def problems_of(facts: DayFacts, words: Words) -> tuple[Problem, ...]:
    """Return the problems of a day in the order of their weight.

    There is one for every trouble of the day. A missing site is named as such, not by the checks
    that it fails.
    """
    found = [*_stages(facts, words), *_sites(facts, words), *_checks(facts, words)]
    found += _sources(facts, words)
    found += _files(facts, words)
    found += [_limit(passed, words) for passed in facts.limits_passed]
    found += [*_unsettled(facts, words), *_learning(facts, words)]
    for lost in facts.lost_context:
        path = visible(lost.source, _TEXT_LIMIT)
        kind = KINDS.get(lost.name, SERVICES)
        key = "lost_directory" if kind.is_listed else "lost_context"
        text = words(f"problem.{key}", name=lost.name, path=path)
        found.append(Problem(text, "about", critical=False))
    return tuple(sorted(found, key=lambda problem: not problem.critical))


def _stages(facts: DayFacts, words: Words) -> list[Problem]:
    found = []
    for name in ("check", "detect"):
        run = facts.stage(name)
        stage = words(f"stage.{name}")
        if run is None:
            found.append(Problem(words("problem.stage_missing", stage=stage), "about"))
        elif not run.done:
            found.append(_failed(run, words))
        elif facts.is_outdated(run):
            found.append(Problem(words("problem.stage_outdated", stage=stage), "about"))
        elif name == "check" and not facts.checks_judged:
            found.append(Problem(words("problem.nothing_checked"), "checks"))
    if facts.failed_detectors:
        detectors = [_detector(one, facts, words) for one in facts.failed_detectors[:_NAMES_SHOWN]]
        names = first_names(detectors, len(facts.failed_detectors), words)
        text = words("problem.detectors_failed", n=len(facts.failed_detectors), names=names)
        found.append(Problem(text, "about"))
    last = facts.intake.last
    if last is not None and not last.done:
        found.append(_failed(last, words))
    elif not facts.intake.is_after_day:
        found.append(Problem(words("problem.not_ingested"), "about"))
    return found


def _detector(failed: FailedDetector, facts: DayFacts, words: Words) -> str:
    name = visible(failed.name, _NAME_LIMIT)
    if not failed.sites:
        return name
    sites = [site_of(words, facts, site) for site in failed.sites[:_NAMES_SHOWN]]
    return words("with_detail", text=name, detail=first_names(sites, len(failed.sites), words))


def _failed(run: StageRun, words: Words) -> Problem:
    message = visible(run.message or words("unknown"), _TEXT_LIMIT)
    text = words("problem.stage_failed", stage=words(f"stage.{run.stage}"), message=message)
    return Problem(text, "about")


def _sites(facts: DayFacts, words: Words) -> list[Problem]:
    """Sites that sent nothing, nothing that can be read, nothing that is counted, or too much."""
    found = []
    if not facts.lines:
        found.append(Problem(words("problem.no_lines"), "sites"))
    if facts.missing_sites:
        found.append(_missing(facts.missing_sites, words))
    for key, sites in (
        ("unread_sites", [site.site_id for site in facts.unread_sites]),
        ("uncounted_sites", list(facts.uncounted_sites)),
        ("unlisted_sites", [site.site_id for site in facts.unlisted_sites]),
    ):
        if sites:
            shown = [site_of(words, facts, site) for site in sites[:_NAMES_SHOWN]]
            names = first_names(shown, len(sites), words)
            found.append(Problem(words(f"problem.{key}", n=len(sites), names=names), "sites"))
    return found


def _missing(sites: tuple[SiteDay, ...], words: Words) -> Problem:
    def named(site: SiteDay) -> str:
        last = site.last_seen_on
        since = (
            words("problem.last_seen", day=words.month_day(last))
            if last
            else words("problem.never_seen")
        )
        return words("with_detail", text=site_label(words, site.site_id, site.name), detail=since)

    names = first_names([named(site) for site in sites[:_NAMES_SHOWN]], len(sites), words)
    text = words("problem.missing_sites", n=len(sites), names=names)
    return Problem(text, "sites", critical=any(site.state != "never" for site in sites))


def _unsettled(facts: DayFacts, words: Words) -> list[Problem]:
    """Grave cases of earlier days that nobody has, or that are past their due date."""
    cases = facts.unsettled_cases
    if not cases:
        return []
    shown = [visible(one.actor, _NAME_LIMIT) for one in cases[:_NAMES_SHOWN]]
    names = first_names(shown, len(cases), words)
    return [Problem(words("problem.cases_unsettled", n=len(cases), names=names), "cases")]


def _learning(facts: DayFacts, words: Words) -> list[Problem]:
    if facts.learning is None:
        return []
    until = words.month_day(facts.learning.until)
    text = words("problem.learning", n=facts.learning.sites, until=until)
    return [Problem(text, "sites", critical=False)]


def _sources(facts: DayFacts, words: Words) -> list[Problem]:
    """Sources of which not everything came, one line each."""
    found = []
    for failed in facts.failed_sources:
        names = [site_of(words, facts, site) for site in failed.sites[:_NAMES_SHOWN]]
        sites = first_names(names, len(failed.sites), words)
        if failed.message is None:
            source = visible(failed.source, _NAME_LIMIT)
            text = words("problem.source_not_fetched", source=source, names=sites)
        else:
            said = visible(failed.message, _TEXT_LIMIT)
            text = words("problem.source_failed", message=said, names=sites)
        found.append(Problem(text, "sites"))
    return found


def _files(facts: DayFacts, words: Words) -> list[Problem]:
    """Files that could not be read, one line a site: whoever delivers many hides nothing else."""

    def site_of(reading: Reading) -> tuple[str, bool]:
        return reading.site_id, reading.status != "unreadable"

    found = []
    for (_, is_damaged), readings in groupby(sorted(facts.unreadable, key=site_of), key=site_of):
        first, *others = readings
        text = words(
            "problem.damaged" if is_damaged else "problem.unreadable",
            path=visible(first.path, _NAME_LIMIT),
            message=visible(first.message or words("unknown"), _TEXT_LIMIT),
        )
        if others:
            shown = [visible(one.path, _NAME_LIMIT) for one in others[: _NAMES_SHOWN - 1]]
            names = first_names(shown, len(others), words)
            text = words("problem.other_files", text=text, n=len(others), names=names)
        found.append(Problem(text, "files"))
    return found


def _limit(passed: LimitPassed, words: Words) -> Problem:
    names = [visible(place, _NAME_LIMIT) for place in passed.examples]
    text = words(
        f"problem.limit.{passed.limit}",
        n=passed.places,
        seen=passed.seen,
        allowed=passed.allowed,
        lines=passed.lines,
        names=first_names(names, passed.places, words),
    )
    return Problem(text, "files")


def _checks(facts: DayFacts, words: Words) -> list[Problem]:
    found = []
    missing = {site.site_id for site in facts.missing_sites}
    shown = [failure for failure in facts.check_failures if failure.site_id not in missing]
    for _, failures in groupby(shown, key=lambda one: (one.critical, one.suite, one.check_id)):
        members = list(failures)
        first = members[0]
        text = words("problem.check", site=_site(first, facts, words), title=first.title)
        if len(members) > 1:
            names = [_site(failure, facts, words) for failure in members[1:_NAMES_SHOWN]]
            others = first_names(names, len(members) - 1, words)
            text = words("problem.check_others", text=text, n=len(members) - 1, names=others)
        found.append(Problem(visible(text), "checks", critical=first.critical))
    return found


def _site(failure: CheckFailure, facts: DayFacts, words: Words) -> str:
    return site_of(words, facts, failure.site_id) or words("problem.whole_day")


def first_names(names: list[str], total: int, words: Words) -> str:
    """Return some of `total` names, and how many others there are."""
    text = words("list_separator").join(names)
    if total > len(names):
        text += words("list_separator") + words("more", n=total - len(names))
    return text
