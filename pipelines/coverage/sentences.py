"""What is lacking and what to set, in the report's language."""

from collections.abc import Sequence

from pipelines.coverage.judge import CONTEXT_PLACE
from pipelines.coverage.supply import SiteSupply
from pipelines.detect.prerequisites import KINDS
from pipelines.settings.model import Settings
from pipelines.text.words import Words

_ENTRIES = frozenset({"login", "logout", "admin"})


def geoip_notes(settings: Settings, words: Words) -> list[str]:
    """Return what the GeoIP databases and reverse DNS of the settings leave unknown."""
    geoip = settings.geoip
    has_names = settings.reverse_dns.enabled
    notes = {
        "country_only": geoip.city is None,
        "no_asn": geoip.asn is None,
        "no_domain": geoip.domain is None and not has_names,
        "no_names": geoip.domain is not None and not has_names,
    }
    return [words(f"coverage.geoip.{name}") for name, is_so in notes.items() if is_so]


def lack_words(name: str, sites: Sequence[SiteSupply], words: Words) -> str:
    """Return what is lacking at sites that are described alike, and what to set.

    Where it was counted, of how many records, over these sites.
    """
    if name.startswith(CONTEXT_PLACE):
        return words("coverage.lack.context", name=name.removeprefix(CONTEXT_PLACE))
    if name in KINDS:
        if name in sites[0].described:
            return words("coverage.lack.unmet", kind=name)
        key = "undescribed_entry" if name in _ENTRIES else "undescribed"
        return words(f"coverage.lack.{key}", kind=name)
    sentence = words(f"coverage.lack.{name}")
    shares = [site.shares[name] for site in sites if name in site.shares]
    expected = sum(one.expected for one in shares)
    if not expected:
        return sentence
    carried = sum(one.carried for one in shares)
    return f"{sentence} ({words('coverage.share', carried=carried, expected=expected)})"
