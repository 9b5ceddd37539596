"""Which entry of the settings a site in the lake is of: its own, or a template."""

from pipelines.settings.globs import compiled
from pipelines.settings.model import Resource, Settings, Site


def may_be(entry: str, site_id: str) -> bool:
    """Return whether an id is that of an entry of the settings, or of a site of that template."""
    return entry == site_id or compiled(entry).values(site_id) is not None


class SiteEntries:
    """The entries of the settings by the sites that they stand for."""

    def __init__(self, settings: Settings) -> None:
        """Take the entries of `settings`."""
        self._resources = settings.resources
        self._plain = {site.id: site for site in settings.sites if not site.placeholders}
        self._templates = [site for site in settings.sites if site.placeholders]

    def entry(self, site_id: str) -> Site | None:
        """Return the entry of a site, else the first template it may be of; None for neither."""
        return self._plain.get(site_id) or next(
            (site for site in self._templates if may_be(site.id, site_id)), None
        )

    def resources(self, site_id: str) -> tuple[Resource, ...]:
        """Return the resources that the settings describe for a site."""
        entry = self.entry(site_id)
        return self._resources[entry.resources] if entry and entry.resources else ()
