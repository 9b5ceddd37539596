"""What leaves the landing folder: files that the lake has read whole, `landing.keep_days` ago."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from pipelines.fetch.landing import Lying
from pipelines.fetch.readings import Readings
from pipelines.fetch.state import State
from pipelines.ingest.discover import discover
from pipelines.settings.model import Settings
from pipelines.settings.source_places import source_places


def due_for_removal(
    settings: Settings,
    logs: Path,
    state: State,
    readings: Readings,
    site_ids: frozenset[str],
    now: dt.datetime,
) -> list[Lying]:
    """Return the files that are to be removed, with site ids only those of these sites.

    A file is due when a site claims it, the lake has read all of it as it lies there, and the last
    reading was more than `keep_days` days ago. Without `keep_days` none is. Files that others
    deliver are left alone where there are sources, unless settings say `removes: all`.
    """
    keep_days = settings.landing.keep_days
    if keep_days is None or not logs.exists():
        return []
    lying = list(_lying(settings, logs, site_ids))
    if _removes_fetched_alone(settings):
        fetched = state.landed()
        lying = [one for one in lying if one in fetched]
    latest = now - dt.timedelta(days=keep_days)
    return [one for one, read_at in readings.read_whole(lying).items() if read_at < latest]


def _removes_fetched_alone(settings: Settings) -> bool:
    """Whether what others deliver stays; where nothing is fetched there is nothing else."""
    if settings.landing.removes is not None:
        return settings.landing.removes == "fetched"
    return bool(source_places(settings))


def _lying(settings: Settings, logs: Path, site_ids: frozenset[str]) -> Iterator[Lying]:
    for file in discover(settings, logs):
        is_meant = not site_ids or site_ids & {file.site.id, file.site.template}
        if file.problem is None and is_meant:
            yield Lying(file.path, file.disk_bytes, file.modified_ns)
