"""The sections that stand across the measures: coverage, outside access, reviews, retention."""

from collections.abc import Mapping, Sequence

from pipelines.audit.facts import MEASURES, Cover, Facts, Person, Site
from pipelines.audit.gather import PEOPLE_SHOWN
from pipelines.audit.reviews import State
from pipelines.audit.use_sections import companies_table
from pipelines.audit.writer import AuditWriter
from pipelines.report.finding_view import ID_LIMIT
from pipelines.report.site_label import site_label
from pipelines.text.display import visible
from pipelines.worksheet.document import Cell, Mark, Part, Table, Value

SITES_SHOWN = 120
HOURS_SHOWN = 200
COUNTRIES_SHOWN = 60
_VERSION_SHOWN = 10

_SIGNS: Mapping[Cover, Mark] = {
    "complete": Mark("○", "complete"),
    "doubt": Mark("△", "doubt"),
    "nothing": Mark("×", "nothing"),
    "unchecked": Mark("?", "unchecked"),
    "before": Mark("·"),
    "closed": Mark("–"),
    "later": Mark(""),
}
_STATE_TONES: Mapping[State, str] = {
    "no_report": "nothing",
    "unsigned": "nothing",
    "signed": "complete",
    "changed": "doubt",
}


def cover_part(facts: Facts, writer: AuditWriter) -> Part:
    """Return the coverage by site and day, and by day; every state is a sign of its own."""
    shown = _sites_shown(facts.sites)
    days = tuple(str(day.day) for day in facts.month.days)
    matrix = Table(
        (writer.sentence("cover.columns"), *days, *writer.sentence("cover.tally").split("|")),
        tuple(
            (
                Value(site_label(writer.words, site.site_id, site.name)),
                *(_SIGNS[one] for one in site.cover),
                site.count("complete"),
                site.count("doubt"),
                site.count("nothing"),
                site.count("unchecked"),
                site.lines,
                site.rejects,
            )
            for site in shown
        ),
        kind="matrix",
    )
    by_day: list[tuple[Cell, ...]] = [
        (
            writer.words.iso_day(day.on),
            day.sites,
            day.lines,
            day.rejects,
            day.checks_failed,
            *(_done(writer, is_done) for is_done in (day.checked, day.detected, day.reported)),
        )
        for day in facts.days
    ]
    lacking = [
        (
            Value(site_label(writer.words, site.site_id, site.name)),
            writer.words.iso_day(on),
            writer.words("list_separator").join(f"{hour}:00–{hour + 1}:00" for hour in hours),
        )
        for site in shown
        for on, hours in site.lacking.items()
    ]
    others = len(facts.sites) - len(shown)
    cut = (writer.sentence("cover.others", n=others, shown=len(shown)),) if others else ()
    return Part(
        "cover",
        writer.sentence("cover.heading"),
        (
            writer.sentence(
                "cover.lead",
                sites=len(facts.sites),
                **{
                    name: facts.cover[name]
                    for name in ("complete", "doubt", "nothing", "unchecked")
                },
            ),
            writer.sentence("cover.legend"),
        ),
        (
            matrix,
            *([_lacking(lacking, writer)] if lacking else []),
            writer.table(
                "cover.days_columns", by_day, writer.sentence("cover.days_heading"), "days"
            ),
        ),
        (*cut, writer.sentence("cover.limits")),
    )


def _lacking(rows: Sequence[tuple[Cell, ...]], writer: AuditWriter) -> Table:
    """The hours without a record that always have some, as far as they are listed."""
    heading = writer.sentence("cover.lacking", n=len(rows))
    return writer.table("cover.lacking_columns", rows[:HOURS_SHOWN], heading, "people")


def _sites_shown(sites: Sequence[Site]) -> Sequence[Site]:
    """All sites in their order, or of very many those with most days lacking."""
    if len(sites) <= SITES_SHOWN:
        return sites
    worst = sorted(
        sites,
        key=lambda site: (-site.count("nothing"), -site.count("doubt", "unchecked"), site.site_id),
    )
    chosen = {site.site_id for site in worst[:SITES_SHOWN]}
    return [site for site in sites if site.site_id in chosen]


def _done(writer: AuditWriter, is_done: bool) -> Mark:
    if is_done:
        return Mark(writer.sentence("mark.done"), "complete")
    return Mark(writer.sentence("mark.missing"), "nothing")


def outside_part(facts: Facts, writer: AuditWriter) -> Part:
    """Return the access by contractors, and from countries other than the home country."""
    sentence, words = writer.sentence, writer.words
    tables: list[Table] = []
    lead: list[str] = []
    if facts.contractors:
        rows = [_person(one, writer) for one in facts.contractors]
        tables.append(
            writer.table(
                "outside.contractors_columns", rows, sentence("outside.contractors"), "people"
            )
        )
    else:
        lead.append(sentence("outside.no_contractors"))
    companies = companies_table(facts, writer)
    if companies is not None:
        tables.append(companies)
    if facts.countries:
        countries: list[tuple[Cell, ...]] = [
            (
                words.country(visible(one.code, ID_LIMIT)),
                sentence("outside.eea") if one.is_eea else "–",
                one.customers,
                one.workers,
                one.unnamed,
                one.people,
                one.exports,
                one.days,
            )
            for one in facts.countries[:COUNTRIES_SHOWN]
        ]
        tables.append(
            writer.table(
                "outside.countries_columns", countries, sentence("outside.countries"), "people"
            )
        )
    else:
        lead.append(sentence("outside.no_countries"))
    if facts.workers_abroad:
        workers = [
            (cells[0], words.known(f"user_type.{one.user_type}", "–"), *cells[1:])
            for one in facts.workers_abroad
            for cells in (_person(one, writer),)
        ]
        tables.append(
            writer.table("outside.workers_columns", workers, sentence("outside.workers"), "people")
        )
    unknown = sum(one.accesses for one in facts.accesses if one.country is None)
    if unknown:
        lead.append(sentence("outside.unknown", n=unknown))
    eea = writer.eea
    return Part(
        "outside",
        sentence("outside.heading"),
        tuple(lead),
        tuple(tables),
        (
            *(
                sentence("outside.cut", n=PEOPLE_SHOWN, total=count)
                for count in (facts.contractor_count, facts.workers_abroad_count)
                if count > PEOPLE_SHOWN
            ),
            *writer.cut(len(facts.countries) - COUNTRIES_SHOWN),
            sentence("outside.note"),
            sentence(
                "outside.eea_source",
                source=eea.source_in(words.language),
                since=eea.valid_from.isoformat(),
                checked=words(f"worksheet.checked.{eea.checked}"),
            ),
        ),
    )


def _person(one: Person, writer: AuditWriter) -> tuple[Cell, ...]:
    countries = writer.joined(
        writer.words.country(visible(code, ID_LIMIT)) for code in one.countries
    )
    return (
        Value(one.user_id),
        one.sites,
        one.days,
        one.accesses,
        one.people,
        one.exports,
        countries or "–",
    )


def reviews_part(facts: Facts, writer: AuditWriter) -> Part:
    """Return who signed which day's report, and which reports have changed since."""
    rows: list[tuple[Cell, ...]] = []
    for day in facts.reviews:
        last = day.signatures[-1] if day.signatures else None
        state = Mark(writer.sentence(f"reviews.state.{day.state}"), _STATE_TONES[day.state])
        rows.append(
            (
                writer.words.iso_day(day.on),
                writer.local(day.reported_at) if day.reported_at else "–",
                state,
                Value(last.author) if last else "–",
                writer.local(last.signed_at) if last else "–",
                Value(last.note) if last and last.note else "–",
                len(day.signatures),
                last.version[:_VERSION_SHOWN] if last else "–",
            )
        )
    states = facts.review_states
    return Part(
        "reviews",
        writer.sentence("reviews.heading"),
        (
            writer.sentence(
                "reviews.lead",
                signed=states["signed"],
                unsigned=states["unsigned"],
                changed=states["changed"],
                missing=states["no_report"],
            ),
        ),
        (writer.table("reviews.columns", rows, kind="reviews"),),
        (writer.sentence("reviews.note"),),
    )


def kept_part(facts: Facts, writer: AuditWriter) -> Part:
    """Return what was let go in the month, what is still there, and plainly what is not known."""
    sentence, kept = writer.sentence, facts.kept
    days = kept.settings.access_log_days
    if kept.oldest_on is None:
        lead = sentence("kept.empty")
    elif kept.overdue and kept.oldest_overdue_on is not None:
        lead = sentence(
            "kept.overdue_lead", n=kept.overdue, days=days, day=kept.oldest_overdue_on.isoformat()
        )
    else:
        lead = sentence("kept.within", day=kept.oldest_on.isoformat(), days=days)
    figures: list[tuple[Cell, ...]] = [
        (sentence("kept.keep_days"), sentence("kept.days", n=days)),
        (
            sentence("kept.pseudonymise_days"),
            sentence("kept.days", n=kept.settings.pseudonymise_after_days),
        ),
        (
            sentence("kept.oldest"),
            kept.oldest_on.isoformat() if kept.oldest_on else sentence("kept.none"),
        ),
        (sentence("kept.due_before"), kept.due_before.isoformat()),
        (sentence("kept.overdue"), kept.overdue),
    ]
    figures += [
        (sentence(f"kept.kind.{kind}"), day.isoformat() if day else sentence("kept.none"))
        for kind, day in kept.oldest_by_kind.items()
    ]
    figures += [
        (sentence("kept.waiting"), kept.waiting),
        (sentence("kept.holds"), kept.holds),
        (sentence("kept.held"), kept.held),
    ]
    if kept.oldest_overdue_on is not None:
        figures.append((sentence("kept.oldest_overdue"), kept.oldest_overdue_on.isoformat()))
    asked = ", ".join(f"{act} {count}" for act, count in kept.requests) or sentence("kept.none")
    gone = [
        (
            one.kind,
            sentence(f"kept.act.{one.act}"),
            one.site_group or "",
            one.rows,
            one.files,
            one.first_day.isoformat() if one.first_day else "",
            one.last_day.isoformat() if one.last_day else "",
        )
        for one in kept.let_go
    ]
    runs = [
        (writer.stage(one.stage), one.done, one.failed, writer.local(one.last_at))
        for one in facts.runs
    ]
    return Part(
        "kept",
        sentence("kept.heading"),
        (lead, sentence("kept.requests", requests=asked)),
        (
            writer.table("kept.columns", figures, kind="pairs"),
            writer.table("kept.let_go_columns", gone, sentence("kept.let_go"), "narrow"),
            writer.table("kept.runs_columns", runs, sentence("kept.runs"), "narrow"),
        ),
    )


def rules_part(writer: AuditWriter) -> Part:
    """Return the rules by which the verdicts are reached, and what no log can say."""
    each = tuple(writer.sentence(f"rules.each.{measure}") for measure in MEASURES)
    return Part(
        "rules",
        writer.sentence("rules.heading"),
        (writer.sentence("rules.lead"), writer.sentence("rules.any"), *each),
        notes=(writer.sentence("rules.limits"), writer.sentence("rules.data")),
    )
