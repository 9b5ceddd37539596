"""Whether the logs could prove that nothing else was seen: by site and hour, with every doubt."""

from pipelines.text.words import Words
from pipelines.worksheet.document import Cell, Part, Table, Value
from pipelines.worksheet.facts import Facts, SiteCover
from pipelines.worksheet.writer import span_of

_HOURS = tuple(f"{hour:02}" for hour in range(24))


def cover_part(facts: Facts, words: Words) -> Part:
    """Return the section: a verdict that is never more than "nothing speaks against it"."""

    def sentence(key: str, **values: object) -> str:
        return words(f"worksheet.cover.{key}", **values)

    day = span_of(words, facts.chosen.days)
    is_long = len(facts.chosen.days) > 1
    doubtful = {site.site_id for site in facts.sites if not site.is_gapless}
    if not facts.sites:
        lead = sentence("no_site")
    elif doubtful:
        lead = sentence("incomplete", n=len(doubtful), day=day)
    else:
        lead = sentence("complete", day=day)
    hours = Table(
        (sentence("columns"), *_HOURS),
        tuple((_place(site, words, is_long), *site.hours) for site in facts.sites),
        kind="hours",
    )
    doubts = Table(
        (sentence("columns"), sentence("verdict"), *sentence("further").split("|")),
        tuple((_place(site, words, is_long), *_doubts(site, words)) for site in facts.sites),
        kind="cover",
        marks=tuple("" if site.is_gapless else "high" for site in facts.sites),
    )
    silent = (sentence("silent", n=facts.silent_sites),) if facts.silent_sites else ()
    names = [f"{one.detector} ({words(f'detector_mode.{one.mode}')})" for one in facts.changed]
    changed = (sentence("changed", names=words("list_separator").join(names)),) if names else ()
    return Part(
        "cover",
        sentence("heading"),
        (lead, *silent),
        (doubts, hours) if facts.sites else (),
        (sentence("note", zone=words.zone_name(facts.on)), sentence("limits"), *changed),
    )


def _place(site: SiteCover, words: Words, is_long: bool) -> Value:
    return Value(f"{site.site_id} {words.iso_day(site.on)}" if is_long else site.site_id)


def _doubts(site: SiteCover, words: Words) -> tuple[Cell, ...]:
    judgement = "good" if site.is_gapless else "bad"
    return (
        words(f"worksheet.cover.judgement.{judgement}"),
        len(site.empty_hours),
        site.rejects,
        site.gaps,
        site.unreadable,
        site.checks_failed,
        words(f"worksheet.cover.{'present' if site.has_later_lines else 'absent'}"),
    )
