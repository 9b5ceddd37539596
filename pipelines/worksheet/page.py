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
from pipelines.worksheet.maker import Maker
from pipelines.worksheet.people import People, State, judge, people_of

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


def worksheet(facts: Facts, maker: Maker) -> Worksheet:
    """Return the worksheet of an incident. Log values are in it as `Value`, not yet escaped."""
    incident = facts.chosen.incident
    say, words = maker.say, maker.words
    people = people_of(facts, maker.law.bytes_per_person)
    known_at = maker.known_at or facts.told_at
    ends = deadlines(maker.law.periods, known_at)
    titles = list(dict.fromkeys(maker.title(one) for one in facts.chosen.findings))
    more = len(titles) - _TITLES_NAMED
    named = [*titles[:_TITLES_NAMED], *([words("more", n=more)] if more > 0 else [])]
    kind = words(f"actor_kind.{incident.actor_kind}")
    actor = visible(incident.actor, ID_LIMIT)
    questions = tuple(say(f"questions.{one}") for one in _QUESTIONS)
    parts = (
        _people(facts, people, maker),
        _triggers(facts, people, maker),
        clocks_part(ends, known_at, maker),
        _taken(facts, maker),
        _who(facts, maker),
        cover_part(facts, words),
        _eea(facts, maker),
        _timeline(facts, maker),
        _other_days(facts, maker),
        Part("questions", say("questions.heading"), questions=questions),
        _about(facts, maker),
    )
    return Worksheet(
        title=say("title"),
        actor=Value(actor),
        tone=str(incident.severity),
        tone_label=words(f"severity.{incident.severity}"),
        sentence=say(
            "subject",
            kind=kind,
            actor=actor,
            day=words.long_day(facts.on),
            n=len(facts.chosen.findings),
            titles=maker.joined(named),
        ),
        meta=(
            say("incident_id", id=incident.incident_id),
            words.iso_day(facts.on),
            say("made_at", when=f"{maker.local(maker.made_at):%Y-%m-%d %H:%M}"),
            say("zone", zone=words.zone_name(facts.on)),
        ),
        warning=say("warning"),
        people=_headlines(people, maker),
        clocks=clock_headlines(ends, maker),
        parts=parts,
        footer=f"{words('product')} (mimamori) · {say('warning')}",
    )


def _headlines(people: People, maker: Maker) -> tuple[Headline, ...]:
    say = maker.say
    most = "figure" if people.is_bounded else "at_least"
    limit = "bounded" if people.is_bounded else "unbounded"
    return (
        Headline(
            say("people.minimum"),
            say("people.figure", n=people.minimum),
            say("people.minimum_note"),
        ),
        Headline(
            say("people.likely"), say("people.figure", n=people.likely), say("people.likely_note")
        ),
        Headline(
            say("people.maximum"),
            say(f"people.{most}", n=people.maximum),
            say(f"people.{limit}"),
            "" if people.is_bounded else "medium",
        ),
    )


def _people(facts: Facts, people: People, maker: Maker) -> Part:
    say, size, reach = maker.say, maker.law.bytes_per_person, facts.reach
    lead = [
        say("method.minimum"),
        say(
            "method.likely",
            records=reach.likely,
            exports=people.from_exports,
            bytes=reach.export_bytes,
            size=size.likely,
        ),
        say(
            "method.maximum",
            records=reach.most,
            bulk=-(-reach.bulk_bytes // size.least),
            size=size.least,
        ),
    ]
    notes = [say("method.numbers")]
    if reach.bulk_answers:
        notes.append(say("method.bulk", n=reach.bulk_answers))
        notes.append(
            say(
                "method.assumption",
                source=size.source_in(maker.words.language),
                checked=say(f"checked.{size.checked}"),
            )
        )
    if reach.bulk_without_size:
        notes.append(say("method.bulk_without_size", n=reach.bulk_without_size))
    return Part("people", say("method.heading"), tuple(lead), notes=tuple(notes))


def _taken(facts: Facts, maker: Maker) -> Part:
    say = maker.say
    rows = tuple(
        (
            Value(one.site_id),
            Value(one.resource_id),
            say(f"kind.{one.kind}"),
            one.level,
            maker.joined(one.categories) or say("taken.unknown"),
            one.accesses,
            one.with_body,
            one.subjects,
            one.bytes,
            maker.local(one.first_at),
            maker.local(one.last_at),
        )
        for one in facts.taken
    )
    notes = [say("taken.note")] if rows else []
    if facts.masked:
        notes.append(say("taken.masked", kinds=maker.joined(facts.masked)))
    return Part(
        "taken",
        say("taken.heading"),
        () if rows else (say("taken.none"),),
        (Table(maker.columns("taken.columns"), rows),) if rows else (),
        tuple(notes),
    )


def _who(facts: Facts, maker: Maker) -> Part:
    say, words = maker.say, maker.words
    rows: list[tuple[Cell, ...]] = [
        (
            Value(one.user_id) if one.user_id is not None else say("who.nobody"),
            words.known(f"user_type.{one.user_type}", "–"),
            Value(one.client_ip or "–"),
            words.country(one.country) if one.country else "–",
            Value(one.as_org or "–"),
            Value(maker.joined(one.browsers) or "–"),
            one.sessions,
            one.requests,
            one.accesses,
            one.refused,
            one.credited,
            maker.local(one.first_at),
            maker.local(one.last_at),
        )
        for one in facts.takers
    ]
    notes = [say("who.note")]
    if len(rows) == TAKERS_SHOWN:
        notes.append(say("who.cut", n=TAKERS_SHOWN))
    tables = (Table(maker.columns("who.columns"), tuple(rows)),) if rows else ()
    return Part("who", say("who.heading"), tables=tables, notes=tuple(notes))


def _triggers(facts: Facts, people: People, maker: Maker) -> Part:
    say = maker.say
    rows: list[tuple[Cell, ...]] = []
    tones = []
    for judged in judge(facts, maker.law, people):
        trigger = judged.trigger
        threshold = trigger.more_than_people
        last = trigger.valid_to
        tones.append(_TONES[judged.state])
        rows.append(
            (
                say(f"triggers.name.{trigger.id}"),
                say(f"triggers.state.{judged.state}"),
                say("triggers.threshold", n=threshold) if threshold else say("triggers.any"),
                maker.joined(judged.signs) or say("triggers.none"),
                trigger.source_in(maker.words.language),
                say("triggers.between", first=trigger.valid_from.isoformat(), last=last.isoformat())
                if last
                else say("triggers.since", first=trigger.valid_from.isoformat()),
            )
        )
    table = Table(
        maker.columns("triggers.columns"), tuple(rows), kind="triggers", marks=tuple(tones)
    )
    return Part("triggers", say("triggers.heading"), tables=(table,), notes=(say("triggers.note"),))


def _timeline(facts: Facts, maker: Maker) -> Part:
    say = maker.say
    rows: list[tuple[dt.datetime, tuple[Cell, ...]]] = [
        (
            one.first_at,
            (
                maker.local(one.first_at),
                maker.local(one.last_at),
                say(f"timeline.what.{one.what}"),
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
        what = say("timeline.finding", title=maker.title(finding))
        rows.append(
            _event(maker, finding.first_seen, what, finding.site_id, finding.actor, finding)
        )
    rows.append(_event(maker, facts.told_at, say("timeline.what.told")))
    for decisions in facts.decisions.values():
        for one in decisions:
            status = maker.words(f"status.{one.status}")
            what = say("timeline.what.decided", status=status)
            rows.append(_event(maker, one.decided_at, what, None, one.author))
    rows.sort(key=lambda row: row[0])
    table = Table(maker.columns("timeline.columns"), tuple(row for _, row in rows), kind="timeline")
    cut = (say("timeline.cut", n=BURSTS_SHOWN),) if len(facts.bursts) == BURSTS_SHOWN else ()
    return Part("timeline", say("timeline.heading"), tables=(table,), notes=cut)


def _event(
    maker: Maker,
    at: dt.datetime,
    what: str,
    site_id: str | None = None,
    actor: str | None = None,
    finding: Finding | None = None,
) -> tuple[dt.datetime, tuple[Cell, ...]]:
    last = maker.local(finding.last_seen if finding else at)
    counts: tuple[Cell, ...] = (
        (finding.event_count, finding.subject_count, "") if finding else ("", "", "")
    )
    return at, (maker.local(at), last, what, Value(site_id or "–"), Value(actor or "–"), *counts)


def _other_days(facts: Facts, maker: Maker) -> Part:
    say = maker.say
    rows = tuple(
        (maker.words.iso_day(one.on), one.accesses, one.subjects) for one in facts.other_days
    )
    return Part(
        "others",
        say("others.heading"),
        () if rows else (say("others.none", days=facts.looked_back_days),),
        (Table(maker.columns("others.columns"), rows, kind="narrow"),) if rows else (),
        (say("others.note"),),
    )


def _eea(facts: Facts, maker: Maker) -> Part:
    say, eea = maker.say, facts.eea
    key = "eea.people" if eea.people_seen else "eea.nobody"
    countries = [maker.words.country(code) for code in eea.actor_countries]
    return Part(
        "eea",
        say("eea.heading"),
        (
            say(key, seen=eea.people_seen, n=eea.people, days=eea.days),
            say("eea.countries", countries=maker.joined(countries))
            if eea.has_countries
            else say("eea.no_countries"),
        ),
        notes=(say("eea.note"),),
    )


def _about(facts: Facts, maker: Maker) -> Part:
    say = maker.say
    return Part(
        "about",
        say("about.heading"),
        (
            say("about.resource"),
            say("about.law", day=facts.on.isoformat()),
            say("about.command", command=maker.command),
        ),
    )
