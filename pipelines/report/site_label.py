"""How a site is named on pages: by its id, and by the name that the roster gives it."""

from collections.abc import Iterable, Mapping

from pipelines.report.facts import DayFacts
from pipelines.text.display import visible
from pipelines.text.words import Words

_LONGEST = 80


def site_label(words: Words, site_id: str, name: str | None, limit: int = _LONGEST) -> str:
    """Return `benry-001 (Benry Sapporo)`, the id alone without a name; each cut to `limit`."""
    shown = visible(site_id, limit)
    return words("with_detail", text=shown, detail=visible(name, limit)) if name else shown


def actor_label(
    words: Words, kind: str, actor: str, names: Mapping[str, str], limit: int = _LONGEST
) -> str:
    """Return who a case or finding is about, where that is a site with its name."""
    return site_label(words, actor, names.get(actor) if kind == "site" else None, limit)


def sites_in_words(words: Words, site_ids: Iterable[str], names: Mapping[str, str]) -> str:
    """Return sites with their names, one after the other."""
    return words("list_separator").join(site_label(words, one, names.get(one)) for one in site_ids)


def site_of(words: Words, facts: DayFacts, site_id: str | None) -> str:
    """Return the label of a site of the day; empty for none."""
    return site_label(words, site_id or "", facts.site_name(site_id))
