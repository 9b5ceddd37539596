"""The rules of masking for each site: those of its resources, compiled once."""

from pathlib import Path

from pipelines.privacy.redact import Redactor
from pipelines.settings.globs import compiled
from pipelines.settings.model import Resource, Settings


class Redactors:
    """Redactors by the resources of sites; not to be used by several threads at once."""

    def __init__(self, settings: Settings) -> None:
        """Take the rules and the sites from the settings; nothing is compiled yet."""
        self._settings = settings
        self._by_resources: dict[int, Redactor] = {}

    def of(self, resources: tuple[Resource, ...]) -> Redactor:
        """Return the rules for the sites of a set of resources of these settings, or of none."""
        key = id(resources) if resources else 0  # the settings hold them
        if key not in self._by_resources:
            self._by_resources[key] = Redactor(self._settings.redaction, resources)
        return self._by_resources[key]

    def of_file(self, name: str, landing: Path | None) -> Redactor:
        """Return the rules of the site that a file in the landing folder is of, else of no site."""
        if landing is None:
            return self.of(())
        try:
            path = str(Path(name).resolve().relative_to(landing.resolve()))
        except ValueError:
            return self.of(())
        resources = [
            self._settings.resources[site.resources]
            for site in self._settings.sites
            if site.resources and any(compiled(logs).values(path) is not None for logs in site.logs)
        ]
        return self.of(resources[0] if resources else ())
