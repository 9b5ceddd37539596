"""All figures of a working folder, in the text format of Prometheus or as values."""

import datetime as dt
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import duckdb
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from pipelines import __version__, lake
from pipelines.backup.make import last_backup
from pipelines.enrich.crawlers import ai_agent_table, crawler_table
from pipelines.enrich.geo import GeoReader
from pipelines.errors import MimamoriError
from pipelines.metrics.lake import of_lake
from pipelines.normalise.browser import bot_table
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.settings.model import Settings

log = logging.getLogger(__name__)
_BACKUP_DAYS = 100  # an older one is as good as none; the records of more would take time to read


@dataclass(eq=False)  # a registry tells collectors apart by identity
class Figures:
    """The figures of a working folder, collected once."""

    metrics: list[Metric] = field(default_factory=list)

    def collect(self) -> list[Metric]:
        """Return them, as a registry asks for them."""
        return self.metrics

    def as_text(self) -> bytes:
        """Return them in Prometheus' text format, version 0.0.4, UTF-8."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def as_json(self) -> list[dict[str, Any]]:
        """Return each sample as JSON-ready values."""
        return [
            {"name": sample.name, "labels": dict(sample.labels), "value": sample.value}
            for metric in self.metrics
            for sample in metric.samples
        ]


def figures(home: Home, settings: Settings, now: dt.datetime) -> Figures:
    """Return the figures of a working folder; what cannot be read is left out, and logged."""
    return Figures([*_of_machine(home, settings), *_of_home(home, settings, now)])


def _of_machine(home: Home, settings: Settings) -> Iterator[Metric]:
    release = GaugeMetricFamily("mimamori_release_info", "The release.", labels=["version"])
    release.add_metric([__version__], 1)
    yield release
    there = next(one for one in (home.root, *home.root.parents) if one.exists())
    disk = shutil.disk_usage(there)
    yield GaugeMetricFamily("mimamori_disk_size_bytes", "Disk of the working folder.", disk.total)
    yield GaugeMetricFamily("mimamori_disk_free_bytes", "What is free on it.", disk.free)
    built = GaugeMetricFamily(
        "mimamori_geoip_build_timestamp_seconds",
        "When a database of networks was built.",
        labels=["database"],
    )
    try:
        with GeoReader.open(settings.geoip) as geo:
            for database in geo.databases:
                metadata = database.reader.metadata()
                built.add_metric([metadata.database_type], metadata.build_epoch)
    except MimamoriError as error:
        log.warning("%s", error)
    yield built
    yield _of_agents()


def _of_agents() -> Metric:
    """How old the data are that browsers, crawlers and AI agents are recognised by."""
    dated = GaugeMetricFamily(
        "mimamori_agent_data_timestamp_seconds",
        "From when the data are that user agents are recognised by.",
        labels=["data"],
    )
    days = {
        "ua-parser": dt.datetime.strptime(version("ua-parser-builtins")[:6], "%Y%m").date(),  # noqa: DTZ007 - a month
        "bots": bot_table().checked_on,
        "crawlers": crawler_table().checked_on,
        "ai-agents": ai_agent_table().checked_on,
    }
    for name, day in days.items():
        dated.add_metric([name], dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
    return dated


def _of_home(home: Home, settings: Settings, now: dt.datetime) -> Iterator[Metric]:
    readable = 0
    try:
        with lake.open_reader(home, settings.timezone) as con:
            con.execute("begin transaction")  # all figures of one snapshot
            found = list(of_lake(con, home, settings, now))
        readable = 1
        yield from found
        made_at = last_backup(Records(home), now - dt.timedelta(days=_BACKUP_DAYS))
        if made_at is not None:
            yield GaugeMetricFamily(
                "mimamori_last_backup_timestamp_seconds",
                "When the last backup was made.",
                made_at.timestamp(),
            )
    except (MimamoriError, duckdb.IOException, OSError) as error:
        log.warning("%s", error)
    yield GaugeMetricFamily(
        "mimamori_lake_readable", "1 where the lake can be read, else 0.", readable
    )
