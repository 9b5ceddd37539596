"""The findings of one category by detector, and its most persistent actors: a table of few rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.findings import Category, Finding
from pipelines.report.finding_view import ID_LIMIT, RenderContext
from pipelines.text.display import SUMMARY_LIMIT, visible

ACTORS_SHOWN = 10
NAMED = 3


@dataclass(frozen=True)
class DetectorRow:
    """The findings of a detector; `finding_id` is the gravest, where the row leads."""

    title: str
    finding_id: str
    severity: str
    severity_label: str
    findings: int
    actors: int
    sites: str
    events: int
    successes: int
    example: str


@dataclass(frozen=True)
class ActorRow:
    """Who did most of it."""

    actor: str
    titles: str
    sites: str
    events: int
    successes: int


@dataclass(frozen=True)
class Digest:
    """A category of the day."""

    findings: int
    detectors: tuple[DetectorRow, ...]
    actors: tuple[ActorRow, ...]
    actors_cut: int


def digest_of(context: RenderContext, category: Category) -> Digest:
    """Return the day's findings of a category, whatever their severity and status."""
    found = [one for one in context.facts.findings if one.category == category]
    by_detector: dict[str, list[Finding]] = {}
    by_actor: dict[str, list[Finding]] = {}
    for one in found:
        by_detector.setdefault(one.detector, []).append(one)
        by_actor.setdefault(one.actor, []).append(one)
    detectors = sorted(by_detector.values(), key=_gravity)
    actors = sorted(by_actor.items(), key=lambda one: (-_events(one[1]), one[0]))
    return Digest(
        findings=len(found),
        detectors=tuple(_detector(context, members) for members in detectors),
        actors=tuple(_actor(context, actor, members) for actor, members in actors[:ACTORS_SHOWN]),
        actors_cut=max(len(actors) - ACTORS_SHOWN, 0),
    )


def _detector(context: RenderContext, members: Sequence[Finding]) -> DetectorRow:
    gravest = min(members, key=_rank)
    severity = gravest.severity_before_budget
    return DetectorRow(
        title=context.title(gravest),
        finding_id=gravest.finding_id,
        severity=severity,
        severity_label=context.words(f"severity.{severity}"),
        findings=len(members),
        actors=len({one.actor for one in members}),
        sites=_sites(context, members),
        events=_events(members),
        successes=_successes(members),
        example=visible(gravest.summary, SUMMARY_LIMIT),
    )


def _actor(context: RenderContext, actor: str, members: Sequence[Finding]) -> ActorRow:
    titles = dict.fromkeys(context.title(one) for one in sorted(members, key=_rank))
    return ActorRow(
        actor=visible(actor, ID_LIMIT),
        titles=_some(context, list(titles)),
        sites=_sites(context, members),
        events=_events(members),
        successes=_successes(members),
    )


def _gravity(members: Sequence[Finding]) -> tuple[int, int, str]:
    """The gravest detector first, then the one with most events."""
    return min(map(_rank, members))[0], -_events(members), members[0].detector


def _rank(finding: Finding) -> tuple[int, float, str]:
    return finding.severity_before_budget.rank, -finding.score, finding.finding_id


def _events(members: Iterable[Finding]) -> int:
    return sum(one.event_count for one in members)


def _successes(members: Iterable[Finding]) -> int:
    """Tries that were answered, as far as detectors count them."""
    found = (one.evidence.get("successes") for one in members)
    return sum(int(count) for count in found if isinstance(count, int | float))


def _sites(context: RenderContext, members: Iterable[Finding]) -> str:
    sites = sorted({one.site_id for one in members if one.site_id})
    return _some(context, [context.site(one) for one in sites])


def _some(context: RenderContext, names: Sequence[str]) -> str:
    more = len(names) - NAMED
    rest = [context.words("more", n=more)] if more > 0 else []
    return context.words("list_separator").join([*names[:NAMED], *rest])
