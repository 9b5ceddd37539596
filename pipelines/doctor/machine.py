"""The machine: room on the disk, versions, time zones and the clock."""

import datetime as dt
import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.extras import MODULES, Extra, install, is_installed
from pipelines.ingest.discover import known_sites
from pipelines.ingest.native.library import library
from pipelines.lake.place import place_of
from pipelines.lake.within_home import WithinHome
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.settings.source_places import source_places
from pipelines.settings.sources import AirflowSource, S3Source, SftpSource
from pipelines.text.messages import message

_CLOCK_TOLERANCE = dt.timedelta(minutes=5)
_EARLIEST = dt.date(2026, 1, 1)  # no machine that runs this release was set up before
_REQUIRED = ("polars", "pyarrow", "great-expectations")
_SHOWN = (*_REQUIRED, "apache-airflow")  # Airflow is an extra
_GIB = 1 << 30


def check_disk(home: Home) -> Outcome:
    """Return whether there is room for maintenance, which writes the lake a second time."""
    root = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    free = shutil.disk_usage(root).free
    size = sum(_sizes(home.lake)) if home.lake.is_dir() else 0
    room = message("doctor.machine.room", free=free / _GIB, size=size / _GIB)
    if free < max(2 * size, _GIB):
        return warning(
            "disk",
            room,
            message("doctor.machine.make_room"),
        )
    return well("disk", room)


def _sizes(folder: Path) -> Iterator[int]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _sizes(Path(entry.path))
        else:
            yield entry.stat(follow_symlinks=False).st_size


def check_versions(home: Home) -> Outcome:
    """Return the versions at work, and whether DuckDB's extensions were built for it."""
    unfit = []
    is_missing = home.cluster is not None and not is_installed("cluster")  # see check_extras
    extensions = WithinHome.extensions if is_missing else place_of(home).extensions
    for name in extensions:
        distribution = f"duckdb-extension-{name.replace('_', '-')}"
        version = _version(distribution)
        if version != duckdb.__version__:
            unfit.append(f"{distribution} {version or '—'}")
    versions = ", ".join(
        [
            f"Python {platform.python_version()}",
            f"duckdb {duckdb.__version__}",
            *(f"{name} {_version(name) or '—'}" for name in _SHOWN),
        ]
    )
    if unfit:
        return wrong(
            "versions",
            message(
                "doctor.machine.wrong_extensions", version=duckdb.__version__, names=named(unfit)
            ),
            message("doctor.machine.install_the_lock"),
        )
    missing = [name for name in _REQUIRED if _version(name) is None]
    if missing:
        return wrong(
            "versions",
            message("doctor.machine.not_installed", names=named(missing)),
            message("doctor.machine.install_the_lock"),
        )
    return well("versions", versions)


def check_extras(settings: Settings) -> Outcome:
    """Return which extras are installed, and whether one is missing that the settings need."""
    target = settings.deliver
    sources = {place.name: place.source for place in source_places(settings)}
    by_connection = [one for one, source in sources.items() if isinstance(source, AirflowSource)]
    by_client = [
        one for one, source in sources.items() if isinstance(source, SftpSource | S3Source)
    ]
    wanted: dict[Extra, str | None] = {
        "airflow": target.airflow_key
        if target and target.airflow_key
        else next((f"{one}: source.connection" for one in by_connection), _keys_by(settings)),
        "cluster": "lake.catalog" if settings.lake.catalog else None,
        "fetch": next((f"{one}: source" for one in by_client), None),
        "reverse-dns": "reverse_dns.enabled" if settings.reverse_dns.enabled else None,
    }
    missing = {extra: key for extra, key in wanted.items() if key and not is_installed(extra)}
    if missing:
        needs = named([f"{extra} ({key})" for extra, key in missing.items()])
        return wrong(
            "extras",
            message("doctor.machine.extras_missing", needs=needs),
            "; ".join(map(install, missing)),
        )
    return well(
        "extras",
        ", ".join(one for one in MODULES if is_installed(one))
        or message("doctor.machine.no_extras"),
    )


def _keys_by(settings: Settings) -> str | None:
    """The key of the settings that has an Airflow connection hold the key of keys."""
    source = settings.lake.key_encryption_key
    return "lake.key_encryption_key.connection" if source and source.connection else None


def check_fast_path() -> Outcome:
    """Return whether the compiled part of ingest is there; without it ingest is slower."""
    if library() is not None:
        return well("fast-path", message("doctor.machine.built"))
    return warning(
        "fast-path",
        message("doctor.machine.not_built"),
        message("doctor.machine.install_a_compiler"),
    )


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_time_zones(settings: Settings, landing: Path, now: dt.datetime) -> Outcome:
    """Return whether Python and DuckDB agree on the zones of the settings, month by month.

    Python dates the lines and DuckDB shows them: where they differ, lines seem to change days.
    """
    zones = {settings.timezone}
    zones |= {site.timezone or settings.timezone for site in settings.sites}
    if landing.is_dir():
        zones |= {site.timezone for site in known_sites(settings, landing)}
    instants = [
        dt.datetime(year, month, 15, 12, tzinfo=dt.UTC)
        for year in (now.year - 1, now.year, now.year + 1)
        for month in range(1, 13)
    ]
    differing = []
    with duckdb.connect(":memory:") as con:
        for zone in sorted(zones):
            rows = con.execute(
                "select timezone(?, unnest(?::timestamptz[]))", [zone, instants]
            ).fetchall()
            local = [
                instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for instant in instants
            ]
            if [value for (value,) in rows] != local:
                differing.append(zone)
    if differing:
        return wrong(
            "time-zones",
            message("doctor.machine.zones_differ", names=named(differing)),
            message("doctor.machine.update_zones"),
        )
    return well("time-zones", ", ".join(sorted(zones)))


def check_clock(landing: Path, last_read_at: dt.datetime | None, now: dt.datetime) -> Outcome:
    """Return whether the clock is after everything that has happened already."""
    newest = [last_read_at] if last_read_at else []
    if landing.is_dir():
        newest.append(dt.datetime.fromtimestamp(landing.stat().st_mtime, dt.UTC))
    ahead = [instant for instant in newest if instant > now + _CLOCK_TOLERANCE]
    if now.date() < _EARLIEST or ahead:
        shown = max(ahead, default=None)
        past = message("doctor.machine.already_recorded", shown=shown) if shown else ""
        return wrong(
            "clock",
            message("doctor.machine.clock_is_slow", now=now, past=past),
            message("doctor.machine.look_after_clock"),
        )
    return well("clock", f"{now:%Y-%m-%d %H:%M}Z")
