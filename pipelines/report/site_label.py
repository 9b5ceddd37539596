"""How a site is named on pages: by its id, and by the name that the roster gives it."""

from pipelines.report.facts import DayFacts
from pipelines.text.display import visible
from pipelines.text.words import Words

_LONGEST = 80


def site_label(words: Words, site_id: str, name: str | None, limit: int = _LONGEST) -> str:
    """Return `benry-001 (Benry Sapporo)`, the id alone without a name; each cut to `limit`."""
    shown = visible(site_id, limit)
    return words("with_detail", text=shown, detail=visible(name, limit)) if name else shown


def site_of(words: Words, facts: DayFacts, site_id: str | None) -> str:
    """Return the label of a site of the day; empty for none."""
    return site_label(words, site_id or "", facts.site_name(site_id))
