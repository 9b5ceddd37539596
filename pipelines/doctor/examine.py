"""All checks in order; what cannot be looked at for want of something else is left out."""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.doctor import (
    configuration,
    content,
    context,
    machine,
    nights,
    permissions,
    servers,
    sources,
    store,
    users,
)
from pipelines.doctor.outcome import Outcome, warning, well, wrong
from pipelines.errors import MimamoriError
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.lake.keys import is_there
from pipelines.lake.place import place_of
from pipelines.lake.schema import wants_migration
from pipelines.paths import Home
from pipelines.privacy.key_source import home_of
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.text.messages import message


def examine(
    config: Path, home: Home, landing: Path | None, *, deep: bool, clock: Callable[[], dt.datetime]
) -> list[Outcome]:
    """Return what every check found; `deep` reads the log files that still lie there again."""
    return list(_outcomes(config, home, landing or home.logs, deep, clock()))


def _outcomes(
    config: Path, home: Home, landing: Path, deep: bool, now: dt.datetime
) -> Iterator[Outcome]:
    settings, outcome = configuration.check_settings(config)
    yield outcome
    if settings:
        settings = settings.in_home(home.context)
        home = home_of(home, settings.lake, os.environ.get)
        yield from configuration.check_landing(settings, landing)
        yield configuration.check_geoip(settings, now.astimezone(settings.zone).date())
        yield sources.check_sources(settings, os.environ.get)
        yield nights.check_delivery(settings.deliver, os.environ.get)
        yield machine.check_extras(settings)
        yield permissions.check_roles(settings)
        yield from _guarded(
            "time-zones", lambda: [machine.check_time_zones(settings, landing, now)]
        )
    yield from _guarded("permissions", lambda: permissions.check_permissions(home, settings))
    yield from _guarded("disk", lambda: [machine.check_disk(home)])
    yield machine.check_versions(home)
    yield machine.check_fast_path()
    yield from _guarded("lake", lambda: _lake_outcomes(settings, home, landing, deep, now))


def _lake_outcomes(
    settings: Settings | None, home: Home, landing: Path, deep: bool, now: dt.datetime
) -> Iterator[Outcome]:
    if not is_there(home):
        yield machine.check_clock(landing, None, now)
        if settings:
            yield context.check_context(None, settings, now)
        yield warning(
            "lake",
            message("doctor.examine.none_yet", at=home.lake),
            message("doctor.examine.ingest_makes_it"),
        )
        return
    with lake.open_reader(home, settings.timezone if settings else "UTC") as con:
        is_writing, writer = store.check_writer(home)
        con.execute("begin transaction")  # so that all proofs look at one snapshot
        row = con.execute(
            "select id, max(read_at) from lake.current_snapshot(), lake.ledger group by id"
        ).fetchone()
        snapshot, last_read_at = row or (0, None)
        yield machine.check_clock(landing, last_read_at, now)
        place = str(home.lake) if home.cluster is None else place_of(home).catalog_name
        yield well("lake", f"{place}: snapshot {snapshot}")
        yield from store.check_move(home)
        if home.cluster is not None:
            yield from _guarded("servers", lambda: servers.check_servers(home))
        yield from _guarded(
            "keys", lambda: [store.check_former_keys(con, home) or store.check_keys(home)]
        )
        yield writer
        yield store.check_schema(con)
        yield from _guarded(
            "data-files", lambda: [store.check_data_files(con, home, is_writing=is_writing)], con
        )
        yield from _guarded("on-record", lambda: [store.check_on_record(con, home, now)], con)
        yield from _guarded(
            "erasures", lambda: [store.check_erasures(con, home, is_writing=is_writing)], con
        )
        if settings:
            yield from _guarded("sites", lambda: [nights.check_sites(con, settings, now)], con)
            yield from _guarded("growth", lambda: store.check_growth(con, home, settings, now), con)
            yield from _guarded("users", lambda: [users.check_users(con, settings)], con)
            yield from _guarded(
                "retention", lambda: [nights.check_retention(con, home, settings, now)], con
            )
            yield from _guarded("context", lambda: [context.check_context(con, settings, now)], con)
        yield from _guarded("upkeep", lambda: [nights.check_upkeep(con)], con)
        yield from _guarded("limits", lambda: [nights.check_limits(con, now)], con)
        yield from _guarded("proof", lambda: store.check_proofs(con), con)
        if deep and settings:
            ids = KeyedIds.made_with(Pseudonyms.of(home))
            yield from _guarded(
                "content", lambda: content.check_content(con, settings, landing, ids), con
            )


def _guarded(
    check: str,
    look: Callable[[], Iterator[Outcome] | list[Outcome]],
    con: duckdb.DuckDBPyConnection | None = None,
) -> Iterator[Outcome]:
    """Yield what a check found; a check that breaks off has found something too.

    A check that needs what the lake of an earlier release does not have yet is left out: the
    check of the schema says so.
    """
    try:
        yield from look()
    except (OSError, MimamoriError, duckdb.Error) as error:
        if con is not None and wants_migration(con, error):
            return
        yield wrong(
            check,
            message("doctor.examine.cannot_be_examined", reason=error),
            message("doctor.examine.look_there"),
        )
