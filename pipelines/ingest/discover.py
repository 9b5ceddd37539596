"""Which log files lie in the landing folder, and which site each belongs to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import MimamoriError, SettingsError, UsageError
from pipelines.normalise.site import canonical_domain
from pipelines.settings import PLACEHOLDER, Resource, Settings, Site


@dataclass(frozen=True)
class SiteInstance:
    """A site with every placeholder of its template filled in."""

    id: str
    group: str
    franchise: str | None
    domains: tuple[str, ...]
    format: str
    timezone: str
    trusted_proxies: tuple[str, ...]
    resources: tuple[Resource, ...]
    hours: str
    session_cookie: str | None


@dataclass(frozen=True)
class LogFile:
    """A file of a site as it lies in the landing folder now."""

    site: SiteInstance
    path: Path
    relative: str
    disk_bytes: int
    modified_ns: int


def discover(settings: Settings, landing: Path, site_ids: Iterable[str] = ()) -> list[LogFile]:
    """Return the files below `landing` that sites claim, in order of site and path.

    `site_ids` restricts them to these sites; the id of a template stands for all its sites.

    Raises:
        MimamoriError: there is no landing folder.
        SettingsError: two sites claim one file.
        UsageError: a site id that neither settings nor folders know.
    """
    if not landing.is_dir():
        raise MimamoriError(
            f"{landing}: no such landing folder; make it and let the sites' logs arrive there, "
            "or name another with --logs"
        )
    files: dict[str, LogFile] = {}
    owners: dict[str, Site] = {}
    for site in settings.sites:
        for path, values in _matches(site, landing):
            relative = path.relative_to(landing).as_posix()
            if relative in owners and owners[relative] is not site:
                raise SettingsError(
                    f"sites {owners[relative].id!r} and {site.id!r} both claim the file "
                    f"{relative!r}; make the 'logs' patterns of one of them narrower"
                )
            owners[relative] = site
            size, modified_ns = _stat(path)
            files[relative] = LogFile(
                instance(settings, site, values), path, relative, size, modified_ns
            )
    chosen = sorted(files.values(), key=lambda file: (file.site.id, file.relative))
    wanted = set(site_ids)
    if not wanted:
        return chosen
    unknown = wanted - {file.site.id for file in chosen} - {site.id for site in settings.sites}
    if unknown:
        raise UsageError(f"no site {min(unknown)!r} in the settings or the landing folder")
    return [file for file in chosen if file.site.id in wanted or owners[file.relative].id in wanted]


def known_sites(settings: Settings, landing: Path) -> list[SiteInstance]:
    """Return every plain site, and the sites of templates for which a folder exists."""
    sites = {
        site.id: instance(settings, site, {}) for site in settings.sites if not site.placeholders
    }
    for file in discover(settings, landing):
        sites.setdefault(file.site.id, file.site)
    return sorted(sites.values(), key=lambda site: site.id)


def instance(settings: Settings, site: Site, values: dict[str, str]) -> SiteInstance:
    """Return `site` with `values` in place of its placeholders, defaults filled in."""

    def filled(text: str) -> str:
        return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)

    return SiteInstance(
        id=filled(site.id),
        group=site.group,
        franchise=None if site.franchise is None else filled(site.franchise),
        domains=tuple(canonical_domain(filled(domain)) or domain for domain in site.domains),
        format=site.format,
        timezone=site.timezone or settings.timezone,
        trusted_proxies=site.trusted_proxies,
        resources=settings.resources[site.resources] if site.resources else (),
        hours=site.hours,
        session_cookie=site.session_cookie,
    )


def _matches(site: Site, landing: Path) -> Iterable[tuple[Path, dict[str, str]]]:
    for glob in site.logs:
        pattern = _glob_regex(glob)
        for path in sorted(landing.glob(PLACEHOLDER.sub("*", glob))):
            match = pattern.fullmatch(path.relative_to(landing).as_posix())
            if match and not path.is_dir():
                yield path, match.groupdict()


def _stat(path: Path) -> tuple[int, int]:
    """Size and time of change; of a link to nowhere, those of the link, so that it is reported."""
    try:
        stat = path.stat()
    except OSError:
        stat = path.lstat()
    return stat.st_size, stat.st_mtime_ns


def _glob_regex(glob: str) -> re.Pattern[str]:
    """A glob whose placeholders become named groups; one name twice must match the same text."""
    parts: list[str] = []
    seen: set[str] = set()
    for part in re.findall(r"\{[a-z_][a-z0-9_]*\}|\*\*/?|\[[^\]]+\]|.", glob):
        name = PLACEHOLDER.fullmatch(part)
        if name and name[1] in seen:
            parts.append(f"(?P={name[1]})")
        elif name:
            seen.add(name[1])
            parts.append(f"(?P<{name[1]}>[^/]+?)")
        elif part.startswith("**"):
            parts.append(r"(?:.*/)?" if part.endswith("/") else ".*")
        elif part == "*":
            parts.append("[^/]*")
        elif part == "?":
            parts.append("[^/]")
        elif part.startswith("["):
            parts.append("[^" + part[2:] if part.startswith("[!") else part)
        else:
            parts.append(re.escape(part))
    return re.compile("".join(parts))
