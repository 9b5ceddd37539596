"""The audit as one page: everything worded here, so that the template only lays out."""

from dataclasses import dataclass

from pipelines.audit.detector_coverage import detectors_part
from pipelines.audit.disclosed_section import disclosed_part
from pipelines.audit.exceptions import exceptions_part
from pipelines.audit.facts import Facts
from pipelines.audit.gather import HOME_COUNTRY
from pipelines.audit.judge import Judged, Standing, overall
from pipelines.audit.measures import MARKS, measure_part
from pipelines.audit.questions_section import questions_part
from pipelines.audit.sections import cover_part, kept_part, outside_part, reviews_part, rules_part
from pipelines.audit.writer import AuditWriter
from pipelines.report.render import environment
from pipelines.worksheet.document import Headline, Part, kind_of, moment


@dataclass(frozen=True)
class VerdictRow:
    """A measure on the first screen, with its section's key."""

    key: str
    sign: str
    name: str
    tone: str
    label: str
    reasons: str


@dataclass(frozen=True)
class AuditPage:
    """All that the template needs."""

    title: str
    month: str
    meta: tuple[str, ...]
    tone: str
    heading: str
    sentence: str
    interim: str
    rows: tuple[VerdictRow, ...]
    figures: tuple[Headline, ...]
    parts: tuple[Part, ...]


def month_in_words(writer: AuditWriter, facts: Facts, key: str = "heading") -> str:
    """Return the month's name."""
    first = facts.month.first
    month_name = writer.words(f"month.{first.month}")
    return writer.sentence(key, year=str(first.year), month_name=month_name)


def audit_page(facts: Facts, verdicts: tuple[Judged, ...], writer: AuditWriter) -> AuditPage:
    """Return the page of a month. Log values are in it as `Value`, not yet escaped."""
    sentence = writer.sentence
    counts = [
        sentence("overall_count", standing=sentence(f"standing_short.{standing}"), count=count)
        for standing in Standing
        if (count := sum(one.standing is standing for one in verdicts))
    ]
    over = len(facts.days)
    return AuditPage(
        title=sentence("title"),
        month=month_in_words(writer, facts),
        meta=(
            writer.words("product"),
            sentence("made_at", when=f"{writer.local(writer.made_at):%Y-%m-%d %H:%M}"),
            sentence("zone", zone=writer.words.zone_name(facts.month.first)),
        ),
        tone=overall(verdicts).tone,
        heading=sentence("overall", counts=writer.joined(counts)),
        sentence=sentence("sentence", over=over, sites=len(facts.sites), lines=facts.lines),
        interim="" if facts.is_over else sentence("interim", over=over, days=len(facts.month.days)),
        rows=tuple(
            VerdictRow(
                key=f"measure-{one.measure}",
                sign=MARKS[one.measure - 1],
                name=writer.words(f"measure.{one.measure}"),
                tone=one.standing.tone,
                label=sentence(f"standing.{one.standing}"),
                reasons=writer.reasons(one),
            )
            for one in verdicts
        ),
        figures=_figures(facts, writer),
        parts=(
            *(measure_part(facts, one, writer) for one in verdicts),
            cover_part(facts, writer),
            detectors_part(facts, writer),
            outside_part(facts, writer),
            disclosed_part(facts, writer),
            questions_part(facts.questions, writer),
            reviews_part(facts, writer),
            kept_part(facts, writer),
            exceptions_part(facts, writer),
            rules_part(writer),
        ),
    )


def render(page: AuditPage, writer: AuditWriter) -> str:
    """Return the page as one HTML file: no scripts, nothing loaded, printable to A4."""
    template = environment(writer.words).get_template("audit.html.j2")
    return template.render(page=page, t=writer.words, kind_of=kind_of, moment=moment)


def _figures(facts: Facts, writer: AuditWriter) -> tuple[Headline, ...]:
    totals, states, cover = facts.totals, facts.review_states, facts.cover
    days = len(facts.days)
    examined = sum(bool(day.lines) and day.detected for day in facts.days)
    past = sum(cover[one] for one in ("complete", "doubt", "nothing", "unchecked"))
    abroad = sum(one.accesses for one in facts.accesses if one.country not in {None, HOME_COUNTRY})
    decided = totals.confirmed + totals.false_alarms + totals.explained
    closed = decided + totals.plain

    def figure(name: str, value: str, is_bad: bool = False, **counts: int) -> Headline:
        note = writer.sentence(f"figure.{name}_note", **counts)
        return Headline(writer.sentence(f"figure.{name}"), value, note, "medium" if is_bad else "")

    return (
        figure("days", writer.share(examined, days), examined < days),
        figure(
            "cover",
            writer.share(cover["complete"], past),
            cover["complete"] < past,
            doubt=cover["doubt"],
            nothing=cover["nothing"],
            unchecked=cover["unchecked"],
        ),
        figure(
            "accesses",
            writer.words.number(facts.accesses_of()),
            contractors=facts.accesses_of(user_type="contractor"),
            abroad=abroad,
        ),
        figure(
            "findings",
            writer.words.number(totals.found),
            totals.open_urgent > 0,
            urgent=totals.urgent,
            open=totals.open_urgent,
        ),
        figure(
            "decided",
            writer.share(decided, closed + totals.open_urgent),
            confirmed=totals.confirmed,
            false_alarms=totals.false_alarms,
            explained=totals.explained,
        ),
        figure(
            "signed",
            writer.share(states["signed"], days),
            states["signed"] < days,
            unsigned=states["unsigned"],
            changed=states["changed"],
        ),
    )
