"""Who decided what: the log of reviews up to the day, and how much still waits."""

from dataclasses import dataclass

from pipelines.report.detail_facts import Reviewed
from pipelines.report.finding_view import ID_LIMIT, RenderContext
from pipelines.text.display import SUMMARY_LIMIT, visible


@dataclass(frozen=True)
class ReviewRow:
    """One decision; `link` is empty where the finding's day has no page."""

    when: str
    author: str
    day: str
    link: str
    title: str
    actor: str
    site: str
    decided: str
    note: str


@dataclass(frozen=True)
class ReviewView:
    """The log, the newest decision first."""

    sentence: str
    rows: tuple[ReviewRow, ...]
    cut: int


def review_view(context: RenderContext, days: int) -> ReviewView:
    """Return the decisions of the last `days` days and those about the day's findings."""
    words, review = context.words, context.detail.review
    return ReviewView(
        sentence=words(
            "review.sentence",
            days=days,
            n=review.asked,
            settled=review.asked - review.still_open,
            still_open=review.still_open,
        ),
        rows=tuple(_row(context, one) for one in review.decisions),
        cut=review.total - len(review.decisions),
    )


def _row(context: RenderContext, one: Reviewed) -> ReviewRow:
    words, decision = context.words, one.decision
    verdict = words.known(f"triage_verdict.{decision.verdict}", "")
    status = words.known(f"status.{decision.status}", visible(decision.status, ID_LIMIT))
    return ReviewRow(
        when=words.moment(decision.decided_at),
        author=visible(decision.author, ID_LIMIT),
        day=words.iso_day(one.on),
        link=context.link_to(one.on, decision.finding_id),
        title=context.title_of(one.detector),
        actor=visible(one.actor, ID_LIMIT),
        site=context.site(one.site_id),
        decided=words("with_detail", text=status, detail=verdict) if verdict else status,
        note=visible(decision.note or "", SUMMARY_LIMIT),
    )
