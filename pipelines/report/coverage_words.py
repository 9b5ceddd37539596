"""What the first screen says of what was looked at: blind and closed sites, explained accesses."""

from pipelines.report.facts import DayFacts
from pipelines.report.finding_view import ID_LIMIT
from pipelines.report.site_label import site_label, site_of
from pipelines.text.display import visible
from pipelines.text.words import Words

CLOSED_SITES_NAMED = 12
BLIND_SITES_NAMED = 3


def blind_in_words(facts: DayFacts, words: Words) -> str:
    """Return on which sites detectors of personal data can find nothing; empty for none."""
    sites = facts.blind_sites
    if not sites:
        return ""
    named = [
        words("blind.site", site=site_of(words, facts, one.site_id), n=len(one.detectors))
        for one in sites[:BLIND_SITES_NAMED]
    ]
    more = ["…"] if len(sites) > BLIND_SITES_NAMED else []
    return words("blind.value", n=len(sites), sites=words("list_separator").join([*named, *more]))


def aside_in_words(facts: DayFacts, words: Words) -> str:
    """Return the sites whose day critical checks set aside; empty for none."""
    aside = [site for site in facts.sites if site.checks_failed_critical]
    named = [site_label(words, one.site_id, one.name) for one in aside[:CLOSED_SITES_NAMED]]
    more = len(aside) - len(named)
    return words("list_separator").join([*named, *([words("more", n=more)] if more else [])])


def quiet_in_words(facts: DayFacts, words: Words) -> tuple[str, ...]:
    """Return what was read on a day without a finding to look at, and what could have been found.

    Empty on other days, and where nothing was read.
    """
    reach = facts.reach
    if reach is None or not facts.lines:
        return ()
    read = words(
        "quiet.read",
        n=facts.records,
        sites=sum(site.lines > 0 for site in facts.sites),
        accesses=facts.personal_accesses,
    )
    ran = reach.shipped - len(facts.failed_detectors)
    found = words("quiet.found", ran=ran, shipped=reach.shipped, n=reach.detectors)
    pairs = words(
        "quiet.pairs",
        total=reach.works + reach.partly + reach.blind,
        works=reach.works,
        partly=reach.partly,
        blind=reach.blind,
    )
    return (read, found, pairs)


def closed_in_words(facts: DayFacts, words: Words) -> str:
    """Return which sites are closed, the last one first, each with its last day; empty for none."""
    last_first = sorted(facts.closed_sites, key=lambda one: one.closed_on, reverse=True)
    named = [
        words(
            "with_detail",
            text=site_label(words, one.site_id, one.name),
            detail=words("sites.closed_on", day=words.iso_day(one.closed_on)),
        )
        for one in last_first[:CLOSED_SITES_NAMED]
    ]
    more = len(last_first) - len(named)
    return words("list_separator").join([*named, *([words("more", n=more)] if more else [])])


def explained_in_words(facts: DayFacts, words: Words) -> str:
    """Return how many accesses have a reason on record, by where that is from; empty for none."""
    if not facts.explained:
        return ""
    parts = [
        words(
            "explained.part",
            source=words.known(f"explained.source.{one.source}", visible(one.source, ID_LIMIT)),
            n=one.accesses,
        )
        for one in facts.explained
    ]
    return words(
        "explained.value",
        n=sum(one.accesses for one in facts.explained),
        total=facts.personal_accesses,
        parts=words("list_separator").join(parts),
    )
