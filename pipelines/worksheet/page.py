"""The worksheet in the reader's language: every sentence and table, from facts and law."""

import datetime as dt
from collections.abc import Mapping

from pipelines.findings import Finding
from pipelines.report.finding_view import ID_LIMIT
from pipelines.text.display import visible
from pipelines.worksheet.clocks import clock_headlines, clocks_part
from pipelines.worksheet.cover import cover_part
from pipelines.worksheet.document import Cell, Headline, Part, Table, Value, Worksheet
from pipelines.worksheet.facts import Facts
from pipelines.worksheet.gather import BURSTS_SHOWN, TAKERS_SHOWN
from pipelines.worksheet.law import deadlines
from pipelines.worksheet.people import People, State, judge, people_of
from pipelines.worksheet.writer import WorksheetWriter, span_of

_TITLES_NAMED = 5
_QUESTIONS = (
    *("purpose", "identity", "contents", "counts", "gaps", "other_days", "whereabouts"),
    *("protected", "known", "party", "eea", "my_number", "preserve"),
)
_TONES: Mapping[State, str] = {
    "reached": "critical",
    "indicated": "high",
    "possible": "medium",
    "untold": "low",
}


def worksheet(facts: Facts, writer: WorksheetWriter) -> Worksheet:
    """Return the worksheet of an incident. Log values are in it as `Value`, not yet escaped."""
    incident = facts.chosen.incident
    sentence, words, days = writer.sentence, writer.words, facts.chosen.days
    people = people_of(facts, writer.law.bytes_per_person)
    known_at = writer.known_at or facts.told_at
    ends = deadlines(writer.law.periods, known_at)
    titles = list(dict.fromkeys(writer.title(one) for one in facts.chosen.findings))
    more = len(titles) - _TITLES_NAMED
    named = [*titles[:_TITLES_NAMED], *([words("more", n=more)] if more > 0 else [])]
    kind = words(f"actor_kind.{incident.actor_kind}")
    actor = visible(incident.actor, ID_LIMIT)
    questions = tuple(sentence(f"questions.{one}") for one in _QUESTIONS)
    parts = (
        _people(facts, people, writer),
        _triggers(facts, people, writer),
        clocks_part(ends, known_at, writer),
        _taken(facts, writer),
        _who(facts, writer),
        cover_part(facts, words),
        _eea(facts, writer),
        _timeline(facts, writer),
        _other_days(facts, writer),
        Part("questions", sentence("questions.heading"), questions=questions),
        _about(facts, writer),
    )
    return Worksheet(
        title=sentence("title"),
        actor=Value(actor),
        tone=str(incident.severity),
        tone_label=words(f"severity.{incident.severity}"),
        sentence=sentence(
            "subject",
            kind=kind,
            actor=actor,
            day=words.long_day(facts.on) if len(days) == 1 else span_of(words, days),
            n=len(facts.chosen.findings),
            titles=writer.joined(named),
        ),
        meta=(
            sentence("case_id" if facts.chosen.case_id else "incident_id", id=incident.incident_id),
            span_of(words, days),
            sentence("made_at", when=f"{writer.local(writer.made_at):%Y-%m-%d %H:%M}"),
            sentence("zone", zone=words.zone_name(facts.on)),
        ),
        warning=sentence("warning"),
        people=_headlines(people, writer),
        clocks=clock_headlines(ends, writer),
        parts=parts,
        footer=f"{words('product')} (mimamori) · {sentence('warning')}",
    )


def _headlines(people: People, writer: WorksheetWriter) -> tuple[Headline, ...]:
    sentence = writer.sentence
    most = "figure" if people.is_bounded else "at_least"
    limit = "bounded" if people.is_bounded else "unbounded"
    return (
        Headline(
            sentence("people.minimum"),
            sentence("people.figure", n=people.minimum),
            sentence("people.minimum_note"),
        ),
        Headline(
            sentence("people.likely"),
            sentence("people.figure", n=people.likely),
            sentence("people.likely_note"),
        ),
        Headline(
            sentence("people.maximum"),
            sentence(f"people.{most}", n=people.maximum),
            sentence(f"people.{limit}"),
            "" if people.is_bounded else "medium",
        ),
    )


def _people(facts: Facts, people: People, writer: WorksheetWriter) -> Part:
    sentence, size, reach = writer.sentence, writer.law.bytes_per_person, facts.reach
    days = facts.chosen.days
    lead = [
        sentence("method.minimum"),
        sentence(
            "method.likely",
            records=reach.likely,
            exports=people.from_exports,
            bytes=reach.export_bytes,
            size=size.likely,
        ),
        sentence(
            "method.maximum",
            records=reach.most,
            bulk=-(-reach.bulk_bytes // size.least),
            size=size.least,
        ),
    ]
    notes = [sentence("method.numbers")]
    if reach.bulk_answers:
        notes.append(sentence("method.bulk", n=reach.bulk_answers))
        notes.append(
            sentence(
                "method.assumption",
                source=size.source_in(writer.words.language),
                checked=sentence(f"checked.{size.checked}"),
            )
        )
    if reach.bulk_without_size:
        notes.append(sentence("method.bulk_without_size", n=reach.bulk_without_size))
    rows = tuple(
        (writer.words.iso_day(one.on), one.accesses, one.people, one.new) for one in facts.by_day
    )
    return Part(
        "people",
        sentence("method.heading"),
        tuple(lead),
        (Table(writer.columns("by_day"), rows, kind="narrow"),) if len(days) > 1 else (),
        tuple(notes),
    )


def _taken(facts: Facts, writer: WorksheetWriter) -> Part:
    sentence = writer.sentence
    rows = tuple(
        (
            Value(one.site_id),
            Value(one.resource_id),
            sentence(f"kind.{one.kind}"),
            one.level,
            writer.joined(one.categories) or sentence("taken.unknown"),
            one.accesses,
            one.with_body,
            one.subjects,
            one.bytes,
            writer.local(one.first_at),
            writer.local(one.last_at),
        )
        for one in facts.taken
    )
    notes = [sentence("taken.note")] if rows else []
    if facts.masked:
        notes.append(sentence("taken.masked", kinds=writer.joined(facts.masked)))
    return Part(
        "taken",
        sentence("taken.heading"),
        () if rows else (sentence("taken.none"),),
        (Table(writer.columns("taken.columns"), rows),) if rows else (),
        tuple(notes),
    )


def _who(facts: Facts, writer: WorksheetWriter) -> Part:
    sentence, words = writer.sentence, writer.words
    rows: list[tuple[Cell, ...]] = [
        (
            Value(one.user_id) if one.user_id is not None else sentence("who.nobody"),
            words.known(f"user_type.{one.user_type}", "–"),
            Value(one.client_ip or "–"),
            words.country(one.country) if one.country else "–",
            Value(one.as_org or "–"),
            Value(writer.joined(one.browsers) or "–"),
            one.sessions,
            one.requests,
            one.accesses,
            one.refused,
            one.credited,
            writer.local(one.first_at),
            writer.local(one.last_at),
        )
        for one in facts.takers
    ]
    notes = [sentence("who.note")]
    if len(rows) == TAKERS_SHOWN:
        notes.append(sentence("who.cut", n=TAKERS_SHOWN))
    tables = (Table(writer.columns("who.columns"), tuple(rows)),) if rows else ()
    return Part("who", sentence("who.heading"), tables=tables, notes=tuple(notes))


def _triggers(facts: Facts, people: People, writer: WorksheetWriter) -> Part:
    sentence = writer.sentence
    rows: list[tuple[Cell, ...]] = []
    tones = []
    for judged in judge(facts, writer.law, people):
        trigger = judged.trigger
        threshold = trigger.more_than_people
        last = trigger.valid_to
        tones.append(_TONES[judged.state])
        rows.append(
            (
                sentence(f"triggers.name.{trigger.id}"),
                sentence(f"triggers.state.{judged.state}"),
                sentence("triggers.threshold", n=threshold)
                if threshold
                else sentence("triggers.any"),
                writer.joined(judged.signs) or sentence("triggers.none"),
                trigger.source_in(writer.words.language),
                sentence(
                    "triggers.between", first=trigger.valid_from.isoformat(), last=last.isoformat()
                )
                if last
                else sentence("triggers.since", first=trigger.valid_from.isoformat()),
            )
        )
    table = Table(
        writer.columns("triggers.columns"), tuple(rows), kind="triggers", marks=tuple(tones)
    )
    return Part(
        "triggers",
        sentence("triggers.heading"),
        tables=(table,),
        notes=(sentence("triggers.note"),),
    )


def _timeline(facts: Facts, writer: WorksheetWriter) -> Part:
    sentence = writer.sentence
    rows: list[tuple[dt.datetime, tuple[Cell, ...]]] = [
        (
            one.first_at,
            (
                writer.local(one.first_at),
                writer.local(one.last_at),
                sentence(f"timeline.what.{one.what}"),
                Value(" ".join(part for part in (one.site_id, one.resource_id) if part)),
                Value(one.actor or "–"),
                one.lines,
                one.subjects,
                one.bytes,
            ),
        )
        for one in facts.bursts
    ]
    for finding in facts.chosen.findings:
        what = sentence("timeline.finding", title=writer.title(finding))
        rows.append(
            _event(writer, finding.first_seen, what, finding.site_id, finding.actor, finding)
        )
    rows.append(_event(writer, facts.told_at, sentence("timeline.what.told")))
    for decisions in facts.decisions.values():
        for one in decisions:
            status = writer.words(f"status.{one.status}")
            what = sentence("timeline.what.decided", status=status)
            rows.append(_event(writer, one.decided_at, what, None, one.author))
    rows.sort(key=lambda row: row[0])
    table = Table(
        writer.columns("timeline.columns"), tuple(row for _, row in rows), kind="timeline"
    )
    cut = (sentence("timeline.cut", n=BURSTS_SHOWN),) if len(facts.bursts) == BURSTS_SHOWN else ()
    return Part("timeline", sentence("timeline.heading"), tables=(table,), notes=cut)


def _event(
    writer: WorksheetWriter,
    at: dt.datetime,
    what: str,
    site_id: str | None = None,
    actor: str | None = None,
    finding: Finding | None = None,
) -> tuple[dt.datetime, tuple[Cell, ...]]:
    last = writer.local(finding.last_seen if finding else at)
    counts: tuple[Cell, ...] = (
        (finding.event_count, finding.subject_count, "") if finding else ("", "", "")
    )
    return at, (writer.local(at), last, what, Value(site_id or "–"), Value(actor or "–"), *counts)


def _other_days(facts: Facts, writer: WorksheetWriter) -> Part:
    sentence = writer.sentence
    rows = tuple(
        (writer.words.iso_day(one.on), one.accesses, one.subjects) for one in facts.other_days
    )
    return Part(
        "others",
        sentence("others.heading"),
        () if rows else (sentence("others.none", days=facts.looked_back_days),),
        (Table(writer.columns("others.columns"), rows, kind="narrow"),) if rows else (),
        (sentence("others.note"),),
    )


def _eea(facts: Facts, writer: WorksheetWriter) -> Part:
    sentence, eea = writer.sentence, facts.eea
    key = "eea.people" if eea.people_seen else "eea.nobody"
    countries = [writer.words.country(code) for code in eea.actor_countries]
    return Part(
        "eea",
        sentence("eea.heading"),
        (
            sentence(key, seen=eea.people_seen, n=eea.people, days=eea.days),
            sentence("eea.countries", countries=writer.joined(countries))
            if eea.has_countries
            else sentence("eea.no_countries"),
        ),
        notes=(sentence("eea.note"),),
    )


def _about(facts: Facts, writer: WorksheetWriter) -> Part:
    sentence = writer.sentence
    return Part(
        "about",
        sentence("about.heading"),
        (
            sentence("about.resource"),
            sentence("about.law", day=facts.on.isoformat()),
            sentence("about.command", command=writer.command),
        ),
    )
