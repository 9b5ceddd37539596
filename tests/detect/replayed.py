"""A night of a small world: from the lines of its sites to what the detectors find."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import yaml

from pipelines import lake
from pipelines.context.directory import keep_directory
from pipelines.context.load import make_context_tables, read_all
from pipelines.context.watch import keep_watch
from pipelines.coverage.blind import make_blind_sites
from pipelines.detect import aggregates, day, run
from pipelines.detect.cache import cache_lake
from pipelines.detect.catalogue import DETECTORS_DIR, load_catalogue
from pipelines.findings import Finding
from pipelines.night import stages
from pipelines.paths import SQL_DIR, Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.detect import scenario
from tests.detect.what_it_reads import files_read

EXAMPLES = sorted(
    path for path in DETECTORS_DIR.glob("*/*") if path.stem.split("-")[0] in {"fires", "silent"}
)
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=scenario.ZONE)

_USER_TYPES = [
    {"pattern": "^st-", "type": "staff"},
    {"pattern": "^fr(?P<franchise>[0-9]+)-", "type": "franchise"},
    {"pattern": "^ct-", "type": "contractor"},
    {"pattern": "^sv-", "type": "system"},
    {"pattern": "^c[0-9]", "type": "customer"},
]
_RESOURCES = [
    {"id": "login", "kind": "login", "path": "/login", "methods": ["POST"]},
    {"id": "customer", "kind": "record", "path": "/customers/{subject}", "level": 3},
    {"id": "note", "kind": "record", "path": "/notes?of={subject}", "level": 2},
    {"id": "customer-list", "kind": "list", "path": "/customers", "level": 2},
    {"id": "export", "kind": "export", "path": "/export/*", "level": 3},
    {"id": "admin", "kind": "admin", "path": "/admin/*", "level": 1},
]


def _settings(tmp_path: Path, world: scenario.Scenario) -> Settings:
    sites = [
        {
            "group": "main",
            "domains": [f"{site['id']}.example"],
            "logs": [f"{site['id']}/access.log*"],
            "resources": "all",
            **site,
        }
        for site in world.sites
    ]
    context = {}
    for name, rows in world.context.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, list({key: None for row in rows for key in row}))
            table.writeheader()
            table.writerows(rows)
        context[name] = f"{name}.csv"
    path = tmp_path / "mimamori.yaml"
    values = {
        "user_types": _USER_TYPES,
        "resources": {"all": _RESOURCES},
        "context": context,
        **world.settings,
        "sites": sites,
    }
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return load(path)


@contextmanager
def only(detectors: AbstractSet[str]) -> Iterator[None]:
    """Have some detectors run, over the tables that they read."""
    chosen = {name: one for name, one in load_catalogue().items() if name in detectors}
    read = frozenset[Path]().union(*(files_read(one) for one in chosen.values()))

    scripts = tuple(sorted(read.intersection(day.day_scripts())))
    tables = [name for name in aggregates.TABLES if SQL_DIR / "baselines" / f"{name}.sql" in read]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(day, "day_scripts", lambda: scripts)
        patch.setattr(run, "load_catalogue", lambda: chosen)
        patch.setattr(aggregates, "TABLES", tables)
        yield


def detected(
    tmp_path: Path, world: scenario.Scenario, statements: Iterable[str] = ()
) -> list[Finding]:
    """What the detectors find; none of them fails. `statements` change the lake before that."""
    settings, home = read(tmp_path, world)
    return found_in(home, settings, world, statements)


def read(tmp_path: Path, world: scenario.Scenario) -> tuple[Settings, Home]:
    """Let the lines of a world be read; return its settings and its working folder."""
    settings = _settings(tmp_path, world)
    home = Home(tmp_path / "var")
    files = [
        (site, f"access.log-{day:%Y%m%d}", lines)
        for site, days in world.lines.items()
        for day, lines in days.items()
    ]
    files += [(site, "access.log.again", lines) for site, lines in world.again.items()]
    for site, name, lines in files:
        target = home.logs / site / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    stages.ingest(settings, home, clock=lambda: _NOW)
    return settings, home


def found_in(
    home: Home, settings: Settings, world: scenario.Scenario, statements: Iterable[str] = ()
) -> list[Finding]:
    """What the detectors find in a world that was read, as `detected` does."""
    with lake.open_writer(home, settings.timezone) as con:
        for statement in statements:
            con.execute(statement)
        make_ready(con, home, settings, world)
        measured = run.measured_day(con, settings, world.date)
        done = run.concluded(measured, load_catalogue().values())
    assert [one.detector for one in done.runs if one.mode == "failed"] == []
    return list(done.findings)


def make_ready(
    con: duckdb.DuckDBPyConnection, home: Home, settings: Settings, world: scenario.Scenario
) -> None:
    """Make all that detection of the day of a world rests on, in the lake and in memory."""
    aggregates.refresh_aggregates(con, world.days)
    reads = read_all(con, settings)
    keep_directory(con, settings, reads, _NOW)
    keep_watch(con, reads, Pseudonyms.of(home), _NOW)
    make_context_tables(con, settings, reads)
    make_blind_sites(con, settings, world.date)
    cache_lake(con)
