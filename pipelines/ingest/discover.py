"""Which log files lie in the landing folder, and which site each belongs to."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipelines.errors import UsageError
from pipelines.ingest.folder import (
    DEEPEST,
    STAGING,
    Entry,
    Folder,
    Kind,
    problem_of,
    unreadable_landing,
)
from pipelines.normalise.site import canonical_domain
from pipelines.settings.claims import Pattern, Reach, State
from pipelines.settings.entries import may_be
from pipelines.settings.globs import PLACEHOLDER
from pipelines.settings.model import Resource, Settings, Site
from pipelines.text.messages import message

_MOST_UNREADABLE = 20  # names of one folder that are reported one by one
_OF_THE_FILE_SYSTEM = "lost+found"  # which is root's alone, and holds no logs
_ODD_NAME = message("ingest.discover.name_cannot_be_a_site")


@dataclass(frozen=True)
class SiteInstance:
    """A site with every placeholder of its template filled in."""

    id: str
    template: str
    group: str
    franchise: str | None
    domains: tuple[str, ...]
    format: str
    timezone: str
    trusted_proxies: tuple[str, ...]
    resource_set: str | None
    resources: tuple[Resource, ...]
    hours: str
    trust: str
    session_cookie: str | None
    user_from: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """False when nothing is known to stand for a placeholder, so that it is no site yet."""
        return not PLACEHOLDER.search(self.id)


@dataclass(frozen=True)
class LogFile:
    """A file of a site as it lies in the landing folder now, or what lies there in place of one.

    `path` is relative to the landing folder, `relative` the same as text that can be kept and
    shown. `problem` says why it cannot be read; the site is then no whole one if the names of the
    folders do not tell which it is.
    """

    site: SiteInstance
    path: str
    relative: str
    disk_bytes: int = 0
    modified_ns: int = 0
    problem: str | None = None


@dataclass(frozen=True)
class Landing:
    """Files to be read, and every site that is known, whether it has sent any or not.

    `absent` are sites that were asked for and have nothing there.
    """

    folder: Folder
    files: list[LogFile]
    sites: list[SiteInstance]
    absent: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, folder: Folder, site_ids: Iterable[str]) -> Self:
        """Look through `folder` once; `site_ids` and errors as in `of_sites`."""
        found = files_in(settings, folder)
        wanted = set(site_ids)
        chosen = of_sites(settings, found, wanted)
        lying = {name for file in chosen for name in (file.site.id, file.site.template)}
        plain = {site.id for site in settings.sites}
        return cls(folder, chosen, sites_of(settings, found), tuple(sorted(wanted - lying - plain)))


def discover(settings: Settings, landing: Path) -> list[LogFile]:
    """Return the files below the folder `landing` that sites claim, in order of site and path.

    What a site claims and nobody can read is among them, with its problem.

    Raises:
        MimamoriError: there is no landing folder.
    """
    with Folder.at(landing) as folder:
        return files_in(settings, folder)


def files_in(settings: Settings, folder: Folder) -> list[LogFile]:
    """Return what `discover` does, of a folder that is open.

    Raises:
        MimamoriError: the folder itself cannot be read; one below it is among the files.
    """
    found = _Found(settings)
    try:
        found.look_through(folder, Reach.of(settings))
    except OSError as error:
        raise unreadable_landing(folder.path, error) from None
    return sorted(found.result(), key=lambda file: (file.site.id, file.relative))


class _Found:
    """What has been found so far; whatever lies in a folder, the others are looked through."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = {id(site): place for place, site in enumerate(settings.sites)}
        self._claimed: list[tuple[Pattern, dict[str, str], tuple[str, ...], Entry]] = []
        self._files: list[LogFile] = []
        self._unreadable: Counter[tuple[str, ...]] = Counter()  # names in a folder
        self._beyond: dict[tuple[str, ...], SiteInstance] = {}

    def look_through(self, folder: Folder, reach: Reach, above: tuple[str, ...] = ()) -> None:
        """Look through a folder; `above` are the names that lead to it.

        Raises:
            OSError: it cannot be read.
        """
        for entry in folder.entries():
            names = (*above, entry.name)
            if names == (STAGING,):
                continue
            step = reach.step(entry.name, "/".join(names))
            if entry.kind is Kind.UNREADABLE:
                self._report(step.claims(), names, entry.problem)
            elif entry.kind is Kind.FILE and step.files:
                self._take(step.files, names, entry)
            elif entry.kind is Kind.FILE:
                self._report(step.misnamed_files, names, _ODD_NAME)
            elif step.onward:
                self._descend(folder, step.onward, names)
            else:
                self._report(step.misnamed_folders, names, _ODD_NAME)

    def result(self) -> list[LogFile]:
        """Return every file with its site, and what cannot be read, when all has been seen."""
        owners = {site.id: site for site in self._settings.sites if not site.placeholders}
        # Of two templates that make one id the first in the settings has it, whatever lies there.
        for pattern, values, names, entry in sorted(
            self._claimed, key=lambda claimed: self._places[id(claimed[0].site)]
        ):
            site = instance(self._settings, pattern.site, values)
            if owners.setdefault(site.id, pattern.site) is pattern.site:
                path, relative = "/".join(names), shown("/".join(names))
                file = LogFile(site, path, relative, entry.disk_bytes, entry.modified_ns)
                self._files.append(file)
            else:
                problem = message("ingest.discover.name_of_another_site", id=site.id)
                self._add(instance(self._settings, pattern.site, {}), names, problem)
        for names, site in self._beyond.items():
            count = self._unreadable[names] - _MOST_UNREADABLE
            problem = message("ingest.discover.more_names_cannot_be_read", count=count)
            self._files.append(
                LogFile(site, "/".join(names), shown("/".join(names)) + "/", problem=problem)
            )
        return self._files

    def _descend(self, folder: Folder, onward: list[State], names: tuple[str, ...]) -> None:
        if len(names) > DEEPEST:
            problem = message("ingest.discover.too_deep", deepest=DEEPEST)
            self._report(onward, names, problem)
            return
        try:
            with folder.folder(names[-1]) as inner:
                self.look_through(inner, Reach(onward), names)
        except OSError as error:
            if names != (_OF_THE_FILE_SYSTEM,):
                self._report(onward, names, problem_of(error))

    def _take(
        self, claims: list[tuple[Pattern, dict[str, str]]], names: tuple[str, ...], entry: Entry
    ) -> None:
        """Keep a regular file for the one site that claims it."""
        pattern, values = claims[0]
        others = [one.site.id for one, _ in claims if one.site is not pattern.site]
        if others:
            problem = message(
                "ingest.discover.two_sites_claim_it", first=pattern.site.id, other=others[0]
            )
            self._report([(pattern, len(pattern.parts))], names, problem)
        else:
            self._claimed.append((pattern, values, names, entry))

    def _report(self, claims: Iterable[State], names: tuple[str, ...], problem: str | None) -> None:
        """Keep what cannot be read for the first site that needs it, if one does."""
        claim = next(iter(claims), None)
        if claim is not None:
            pattern, count = claim
            values = pattern.values("/".join(names), count) or {}
            self._add(instance(self._settings, pattern.site, values), names, problem)

    def _add(self, site: SiteInstance, names: tuple[str, ...], problem: str | None) -> None:
        """Add what cannot be read; what is beyond many in one folder is told by one more."""
        above = names[:-1]
        self._unreadable[above] += 1
        if self._unreadable[above] <= _MOST_UNREADABLE:
            self._files.append(
                LogFile(site, "/".join(names), shown("/".join(names)), problem=problem)
            )
        else:
            self._beyond[above] = site


def of_sites(
    settings: Settings, files: Sequence[LogFile], site_ids: Iterable[str]
) -> list[LogFile]:
    """Return the files of these sites; the id of a template stands for all its sites.

    Without any id these are all files. What cannot be read and is of no whole site is always
    among them, as there is no other id by which it would be asked for.

    Raises:
        UsageError: a site id that no entry of the settings can have.
    """
    wanted = set(site_ids)
    if not wanted:
        return list(files)
    require_known(settings, wanted)
    return [
        file
        for file in files
        if not file.site.is_whole or wanted & {file.site.id, file.site.template}
    ]


def require_known(settings: Settings, site_ids: Iterable[str]) -> None:
    """Raise UsageError for a site id that no entry of the settings can have."""
    unknown = {one for one in site_ids if not any(may_be(site.id, one) for site in settings.sites)}
    if unknown:
        raise UsageError(
            message("ingest.discover.no_such_site", at=f"{min(unknown)!r}", name=min(unknown))
        )


def sites_of(settings: Settings, files: Iterable[LogFile]) -> list[SiteInstance]:
    """Return every plain site, and the sites of templates that have a file among `files`."""
    sites = {
        site.id: instance(settings, site, {}) for site in settings.sites if not site.placeholders
    }
    for file in files:
        if file.site.is_whole:
            sites.setdefault(file.site.id, file.site)
    return sorted(sites.values(), key=lambda site: site.id)


def known_sites(settings: Settings, landing: Path) -> list[SiteInstance]:
    """Return every plain site, and the sites of templates for which a file or a link lies there.

    Raises:
        MimamoriError: there is no landing folder.
    """
    return sites_of(settings, discover(settings, landing))


def instance(settings: Settings, site: Site, values: dict[str, str]) -> SiteInstance:
    """Return `site` with `values` in place of its placeholders, defaults filled in."""

    def filled(text: str) -> str:
        return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)

    return SiteInstance(
        id=filled(site.id),
        template=site.id,
        group=site.group,
        franchise=None if site.franchise is None else filled(site.franchise),
        domains=tuple(
            canonical_domain(filled(domain)) or filled(domain).lower() for domain in site.domains
        ),
        format=site.format,
        timezone=site.timezone or settings.timezone,
        trusted_proxies=site.trusted_proxies,
        resource_set=site.resources,
        resources=settings.resources[site.resources] if site.resources else (),
        hours=site.hours,
        trust=site.trust or ("own" if site.franchise is None else "partner"),
        session_cookie=site.session_cookie,
        user_from=site.user_from,
    )


def shown(path: str) -> str:
    r"""Return a path as text that can be kept and logged; two names never have one text.

    What is no text or no sign stands escaped: a byte as `\xNN`, a sign as `\uNNNN`.
    """
    escaped = os.fsencode(path.replace("\\", "\\x5c"))
    text = escaped.decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else _escape(sign) for sign in text)


def _escape(sign: str) -> str:
    return f"\\x{ord(sign):02x}" if sign.isascii() else f"\\u{ord(sign):04x}"
