"""Which log files lie in the landing folder, and which site each belongs to."""

import logging
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipelines.errors import MimamoriError, SettingsError, UsageError
from pipelines.ingest.globs import PLACEHOLDER, glob_regex
from pipelines.normalise.site import canonical_domain
from pipelines.settings import Resource, Settings, Site

log = logging.getLogger(__name__)

_OF_THE_FILE_SYSTEM = "lost+found"  # which is root's alone, and holds no logs


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
    resources: tuple[Resource, ...]
    hours: str
    trust: str
    session_cookie: str | None


@dataclass(frozen=True)
class LogFile:
    """A file of a site as it lies in the landing folder now."""

    site: SiteInstance
    path: Path
    relative: str
    disk_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Landing:
    """Files to be read, and every site that is known, whether it has sent any or not.

    `closed` are folders that may not be looked into, with the reason.
    """

    files: list[LogFile]
    sites: list[SiteInstance]
    closed: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings, folder: Path, site_ids: Iterable[str]) -> Self:
        """Look through `folder` once; `site_ids` as in `of_sites`, errors as in `discover`."""
        found = discover(settings, folder)
        chosen = of_sites(settings, found, site_ids)
        return cls(chosen, sites_of(settings, found), tuple(closed_folders(folder)))


def discover(settings: Settings, landing: Path) -> list[LogFile]:
    """Return the files below `landing` that sites claim, in order of site and path.

    Raises:
        MimamoriError: there is no landing folder.
        SettingsError: two sites claim one file.
    """
    if not landing.is_dir():
        raise MimamoriError(
            f"{landing}: 受け入れフォルダがありません。作って、ログが届くようにしてください / "
            "no such landing folder; make it and let the sites' logs arrive there, "
            "or name another with --logs"
        )
    files: dict[Path, LogFile] = {}
    owners: dict[Path, Site] = {}
    sites = {site.id: site for site in settings.sites if not site.placeholders}
    for site in settings.sites:
        for path, values in _matches(site, landing):
            relative = _shown(path.relative_to(landing))
            if owners.get(path, site) is not site:
                raise SettingsError(
                    f"sites[{settings.sites.index(site)}].logs: "
                    "二つのサイトが同じファイルを指します。どちらかの 'logs' を狭めてください / "
                    f"sites {owners[path].id!r} and {site.id!r} both claim the file {relative!r}; "
                    "make the 'logs' patterns of one of them narrower"
                )
            filled = instance(settings, site, values)
            if sites.setdefault(filled.id, site) is not site:
                log.warning("%s: would be of another site, %r; not read", relative, filled.id)
                continue
            owners[path] = site
            size, modified_ns = _stat(path)
            files[path] = LogFile(filled, path, relative, size, modified_ns)
    return sorted(files.values(), key=lambda file: (file.site.id, file.relative))


def closed_folders(landing: Path) -> list[str]:
    """Return the folders below `landing` that cannot be looked into, each with the reason.

    Globs pass over them in silence, as if they were empty.
    """
    closed: list[str] = []

    def note(error: OSError) -> None:
        name = Path(str(error.filename)).relative_to(landing).as_posix()
        if name != _OF_THE_FILE_SYSTEM:
            closed.append(f"{name}: cannot be read: {error.strerror}")

    for _ in os.walk(landing, onerror=note):
        pass
    return closed


def of_sites(
    settings: Settings, files: Sequence[LogFile], site_ids: Iterable[str]
) -> list[LogFile]:
    """Return the files of these sites; the id of a template stands for all its sites.

    Without any id these are all files.

    Raises:
        UsageError: a site id that neither settings nor folders know.
    """
    wanted = set(site_ids)
    if not wanted:
        return list(files)
    unknown = wanted - {file.site.id for file in files} - {site.id for site in settings.sites}
    if unknown:
        raise UsageError(
            f"{min(unknown)!r}: 設定にも受け入れフォルダにもないサイトです / "
            f"no site {min(unknown)!r} in the settings or the landing folder"
        )
    return [file for file in files if wanted & {file.site.id, file.site.template}]


def sites_of(settings: Settings, files: Iterable[LogFile]) -> list[SiteInstance]:
    """Return every plain site, and the sites of templates that have a file among `files`."""
    sites = {
        site.id: instance(settings, site, {}) for site in settings.sites if not site.placeholders
    }
    for file in files:
        sites.setdefault(file.site.id, file.site)
    return sorted(sites.values(), key=lambda site: site.id)


def known_sites(settings: Settings, landing: Path) -> list[SiteInstance]:
    """Return every plain site, and the sites of templates for which a folder exists."""
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
        resources=settings.resources[site.resources] if site.resources else (),
        hours=site.hours,
        trust=site.trust or ("own" if site.franchise is None else "partner"),
        session_cookie=site.session_cookie,
    )


def _matches(site: Site, landing: Path) -> Iterable[tuple[Path, dict[str, str]]]:
    for glob in site.logs:
        pattern = glob_regex(glob)
        for path in sorted(landing.glob(PLACEHOLDER.sub("*", glob))):
            match = pattern.fullmatch(path.relative_to(landing).as_posix())
            if path.is_dir():
                continue
            if not _may_be_read(path):
                log.warning("%r: is a pipe, socket or device and no file; not read", str(path))
                continue
            if match is None:
                log.warning("%r: a folder of such a name cannot be a site; not read", str(path))
                continue
            yield path, match.groupdict()


def _shown(path: Path) -> str:
    """A path as text that can be kept and logged: what is no text or no sign stands escaped."""
    text = os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def _may_be_read(path: Path) -> bool:
    """False for a pipe, a socket and a device, which may never end."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True  # its reading says what is wrong


def _stat(path: Path) -> tuple[int, int]:
    """Size and time of change; of a link to nowhere, those of the link, so that it is reported."""
    try:
        found = path.stat()
    except OSError:
        found = path.lstat()
    return found.st_size, found.st_mtime_ns
