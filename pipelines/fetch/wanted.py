"""Which names of a source are wanted, which site each is for, and which names are refused.

Whoever can write to a source chooses the names there. A name becomes one below the landing folder
only as plain parts, each a single visible name, and only where a site's pattern claims it.
"""

from dataclasses import dataclass
from functools import lru_cache

from pipelines.ingest.discover import instance, shown
from pipelines.ingest.folder import DEEPEST, STAGING
from pipelines.settings.claims import Pattern, Reach
from pipelines.settings.model import Settings
from pipelines.settings.source_places import SourcePlace, reach_within
from pipelines.text.messages import Message, message

MANIFEST = "SHA256SUMS"  # beside the files: the digest that each must have
_LONGEST_NAME = 255  # bytes
_FOLDERS_KEPT = 65_536


@dataclass(frozen=True)
class Claim:
    """The name of a file below the landing folder, and the site that it is for."""

    path: str
    site_id: str
    template: str


@dataclass(frozen=True)
class Refused:
    """A name of a source that is not fetched, as text that can be shown, and why."""

    path: str
    reason: Message


class Wanted:
    """What one source's files become; with site ids (or ids of templates) only files of these."""

    def __init__(self, settings: Settings, place: SourcePlace, site_ids: frozenset[str]) -> None:
        """Take what the settings claim below the folder where the source's files go."""
        self._settings = settings
        self._place = place
        self._site_ids = site_ids
        self._root = reach_within(settings, place.into)
        self._reach = lru_cache(_FOLDERS_KEPT)(self._reach_of)
        self.folders_with_manifest: set[str] = set()

    def leads_to(self, folder: str) -> bool:
        """Return whether a wanted file can lie below a folder of the source."""
        return isinstance(self._reach(folder), Reach)

    def refused_folder(self, folder: str) -> Refused | None:
        """Return why a folder is not gone into where a pattern leads that its name does not fit."""
        found = self._reach(folder)
        return found if isinstance(found, Refused) else None

    def claim(self, path: str) -> Claim | Refused | None:
        """Return what a file of the source becomes; None where it is not wanted.

        Ask it of every file that is listed: it remembers which folders have a manifest. All files
        below a folder that is refused become this one refusal.
        """
        reason = refusal(path)
        if reason is not None:
            return Refused(shown(path), reason)
        folder, _, name = path.rpartition("/")
        if name == MANIFEST:
            self.folders_with_manifest.add(folder)
            return None
        reach = self._reach(folder)
        return self._claim(reach, path) if isinstance(reach, Reach) else reach

    def _claim(self, reach: Reach, path: str) -> Claim | Refused | None:
        """What a file becomes whose folder leads to `reach`."""
        landing = "/".join((*self._place.into, path))
        step = reach.step(path.rpartition("/")[2], landing)
        if not any(self._is_served(one) for one, _ in step.files):
            is_misnamed = any(self._is_served(one) for one, _ in step.misnamed_files)
            reason = message("fetch.wanted.no_site_name")
            return Refused(shown(path), reason) if is_misnamed else None
        pattern, values = step.files[0]
        if any(one.site is not pattern.site for one, _ in step.files):
            return Refused(shown(path), message("fetch.wanted.two_sites"))
        site = instance(self._settings, pattern.site, values)
        if self._site_ids and not self._site_ids & {site.id, site.template}:
            return None
        return Claim(landing, site.id, site.template)

    def claim_in_landing(self, path: str) -> Claim | Refused | None:
        """Return what a file would be that had this name below the landing folder."""
        into = "".join(f"{name}/" for name in self._place.into)
        return self.claim(path.removeprefix(into)) if path.startswith(into) else None

    def _reach_of(self, folder: str) -> Reach | Refused | None:
        if not folder:
            return self._root
        above, _, name = folder.rpartition("/")
        reach = self._reach(above)
        if not isinstance(reach, Reach) or name == STAGING:
            return reach if isinstance(reach, Refused) else None
        step = reach.step(name, "/".join((*self._place.into, folder)))
        leads = any(self._is_served(pattern) for pattern, _ in step.onward)
        if not leads and not any(self._is_served(one) for one, _ in step.misnamed_folders):
            return None
        reason = refusal(folder)
        if reason is None and leads:
            return Reach(step.onward)
        return Refused(f"{shown(folder)}/", reason or message("fetch.wanted.no_site_name"))

    def _is_served(self, pattern: Pattern) -> bool:
        return pattern.site.id in self._place.sites


def refusal(path: str) -> Message | None:
    """Return why a name of a source, its parts divided by `/`, is never one of the landing folder.

    That is a part that is empty, leads upwards or is too long, or holds what cannot be seen.
    """
    parts = path.split("/")
    if len(parts) > DEEPEST:
        return message("fetch.wanted.too_deep", deepest=DEEPEST)
    if any(part in {"", ".", ".."} or part == STAGING for part in parts):
        return message("fetch.wanted.leads_elsewhere")
    if not path.isprintable() or "\\" in path:
        return message("fetch.wanted.not_printable")
    if any(len(part.encode()) > _LONGEST_NAME for part in parts):
        return message("fetch.wanted.too_long")
    return None
