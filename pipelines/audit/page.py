"""The audit as one page: everything worded here, so that the template only lays out."""

from dataclasses import dataclass

from pipelines.audit.exceptions import exceptions_part
from pipelines.audit.facts import Facts
from pipelines.audit.gather import HOME_COUNTRY
from pipelines.audit.judge import Judged, Standing, overall
from pipelines.audit.measures import MARKS, measure_part
from pipelines.audit.sections import cover_part, kept_part, outside_part, reviews_part, rules_part
from pipelines.audit.teller import Teller
from pipelines.report.render import environment
from pipelines.worksheet.document import Headline, Part
from pipelines.worksheet.html import kind_of, moment


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


def month_in_words(tell: Teller, facts: Facts, key: str = "heading") -> str:
    """Return the month's name."""
    first = facts.month.first
    month_name = tell.words(f"month.{first.month}")
    return tell.say(key, year=str(first.year), month_name=month_name)


def audit_page(facts: Facts, verdicts: tuple[Judged, ...], tell: Teller) -> AuditPage:
    """Return the page of a month. Log values are in it as `Value`, not yet escaped."""
    say = tell.say
    counts = [
        say("overall_count", standing=say(f"standing_short.{standing}"), count=count)
        for standing in Standing
        if (count := sum(one.standing is standing for one in verdicts))
    ]
    over = len(facts.days)
    return AuditPage(
        title=say("title"),
        month=month_in_words(tell, facts),
        meta=(
            tell.words("product"),
            say("made_at", when=f"{tell.local(tell.made_at):%Y-%m-%d %H:%M}"),
            say("zone", zone=tell.words.zone_name(facts.month.first)),
        ),
        tone=overall(verdicts).tone,
        heading=say("overall", counts=tell.joined(counts)),
        sentence=say("sentence", over=over, sites=len(facts.sites), lines=facts.lines),
        interim="" if facts.is_over else say("interim", over=over, days=len(facts.month.days)),
        rows=tuple(
            VerdictRow(
                key=f"measure-{one.measure}",
                sign=MARKS[one.measure - 1],
                name=tell.words(f"measure.{one.measure}"),
                tone=one.standing.tone,
                label=say(f"standing.{one.standing}"),
                reasons=tell.reasons(one),
            )
            for one in verdicts
        ),
        figures=_figures(facts, tell),
        parts=(
            *(measure_part(facts, one, tell) for one in verdicts),
            cover_part(facts, tell),
            outside_part(facts, tell),
            reviews_part(facts, tell),
            kept_part(facts, tell),
            exceptions_part(facts, tell),
            rules_part(tell),
        ),
    )


def render(page: AuditPage, tell: Teller) -> str:
    """Return the page as one HTML file: no scripts, nothing loaded, printable to A4."""
    template = environment(tell.words).get_template("audit.html.j2")
    return template.render(page=page, t=tell.words, kind_of=kind_of, moment=moment)


def _figures(facts: Facts, tell: Teller) -> tuple[Headline, ...]:
    totals, states, cover = facts.totals, facts.review_states, facts.cover
    days = len(facts.days)
    examined = sum(bool(day.lines) and day.detected for day in facts.days)
    past = sum(cover[one] for one in ("complete", "doubt", "nothing", "unchecked"))
    abroad = sum(one.accesses for one in facts.accesses if one.country not in {None, HOME_COUNTRY})
    decided = totals.confirmed + totals.false_alarms + totals.explained
    closed = decided + totals.plain

    def figure(name: str, value: str, is_bad: bool = False, **counts: int) -> Headline:
        note = tell.say(f"figure.{name}_note", **counts)
        return Headline(tell.say(f"figure.{name}"), value, note, "medium" if is_bad else "")

    return (
        figure("days", tell.share(examined, days), examined < days),
        figure(
            "cover",
            tell.share(cover["complete"], past),
            cover["complete"] < past,
            doubt=cover["doubt"],
            nothing=cover["nothing"],
            unchecked=cover["unchecked"],
        ),
        figure(
            "accesses",
            tell.words.number(facts.accesses_of()),
            contractors=facts.accesses_of(user_type="contractor"),
            abroad=abroad,
        ),
        figure(
            "findings",
            tell.words.number(totals.found),
            totals.open_urgent > 0,
            urgent=totals.urgent,
            open=totals.open_urgent,
        ),
        figure(
            "decided",
            tell.share(decided, closed + totals.open_urgent),
            confirmed=totals.confirmed,
            false_alarms=totals.false_alarms,
            explained=totals.explained,
        ),
        figure(
            "signed",
            tell.share(states["signed"], days),
            states["signed"] < days,
            unsigned=states["unsigned"],
            changed=states["changed"],
        ),
    )
