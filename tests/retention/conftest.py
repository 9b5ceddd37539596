"""A working folder with days of every age, on which every person is a canary."""

import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.made_once import made_once

NIGHT = dt.date(2026, 11, 20)
GONE, OLD, NEW = (NIGHT - dt.timedelta(days=days) for days in (405, 95, 5))
NOW = dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)
_FORMAT = r"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-agent}i\" \"%{Cookie}i\""
_SETTINGS = f"""
user_types: [{{pattern: "^st-", type: staff}}]
resources:
  all:
    - {{id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}}
    - {{id: customer, kind: record, path: "/customers/{{subject}}", level: 3}}
sites:
  - {{id: main, group: main, domains: [main.example], logs: ["main/*.log"], resources: all,
     format: "{_FORMAT}"}}
  - {{id: shop, group: shops, domains: [shop.example], logs: ["shop/*.log"], resources: all,
     format: "{_FORMAT}"}}
"""


@dataclass(frozen=True)
class World:
    """Settings, a working folder, and the values of its persons by day and site."""

    settings: Settings
    home: Home
    config: Path

    def retain(self, night: dt.date = NIGHT, *, is_dry_run: bool = False):
        """Run retention after a night."""
        return stages.retention(self.settings, self.home, night, lambda: NOW, is_dry_run=is_dry_run)

    def rows(self, query: str, *values: object):
        """Ask the lake."""
        with lake.open_reader(self.home, self.settings.timezone) as con:
            return con.execute(query, list(values)).fetchall()

    def answers(self, queries: Sequence[str]):
        """Ask the lake several things."""
        with lake.open_reader(self.home, self.settings.timezone) as con:
            return [con.execute(query).fetchall() for query in queries]

    def write(self, *statements: str) -> None:
        """Write to the lake."""
        with lake.open_writer(self.home, self.settings.timezone) as con:
            for statement in statements:
                con.execute(statement)

    def with_settings(self, text: str) -> "World":
        """Return the same folder under further settings."""
        self.config.write_text(_SETTINGS + text)
        return World(load(self.config), self.home, self.config)


_USED = {"user", "subject", "ip"}
_HISTORY = """
insert into lake.service_record by name
select $day as log_date, $user as user_id, $subject as subject_id,
    sha256($subject) as subject_hash, 'looked at ' || $subject as action, $ip as client_ip,
    'main' as site_id
"""
_REASON = """
insert into lake.explanation_day by name
select $day as log_date, $user as user_id, 'main' as site_id, 'called by ' || $subject as reason,
    'assignment' as source, 1 as accesses, 1 as subjects
"""


def canaries(day: dt.date, site: str) -> dict[str, str]:
    """Return the values of the one person of a day and site, by what they are."""
    tag = f"{site}{day:%m%d}"
    number = int(f"{day:%m%d}") % 200 + (1 if site == "main" else 2)
    return {
        "ip": f"192.0.2.{number}",
        "user": f"st-canary-{tag}",
        "subject": f"CANARY-{tag}-77",
        "query": f"tab=cq{tag}",
        "referrer": f"https://referrer.example/canary-{tag}",
        "agent": f"CanaryAgent{tag}/1.0 (X11; Linux x86_64)",
        "rejected": f"canary reject {tag}",
    }


def lines_of(day: dt.date, site: str) -> list[str]:
    """Return a day's lines: a person at work, a line that cannot be read, and visitors."""
    one = canaries(day, site)
    lines = [
        f"{one['ip']} - {one['user']} [{day:%d/%b/%Y}:10:{minute:02}:00 +0900]"
        f' "GET /customers/{one["subject"]}?{one["query"]} HTTP/1.1" 200 512'
        f' "{one["referrer"]}" "{one["agent"]}" "session_id=abc{day:%d}{minute % 3}"'
        for minute in range(12)
    ]
    lines += [
        f"203.0.113.{minute % 40} - - [{day:%d/%b/%Y}:{minute // 60:02}:{minute % 60:02}:30 +0900]"
        ' "GET / HTTP/1.1" 200 99 "-" "Mozilla/5.0" "-"'
        for minute in range(0, 1440, 20)
    ]
    return [*lines, one["rejected"]]


def made_world(folder: Path) -> World:
    """Return a folder whose night has ingested, aggregated and reported all days."""
    config = folder / "mimamori.yaml"
    config.write_text(_SETTINGS)
    world = World(load(config), Home(folder / "var"), config)
    for site in ("main", "shop"):
        (world.home.logs / site).mkdir(parents=True)
        for day in (GONE, OLD, NEW):
            path = world.home.logs / site / f"{day}.log"
            path.write_text("\n".join(lines_of(day, site)) + "\n")
    days = [GONE, OLD, NEW]
    stages.ingest(world.settings, world.home, clock=lambda: NOW, on=NIGHT)
    with lake.open_writer(world.home, world.settings.timezone) as con:
        refresh_aggregates(con, days)
        for day in days:
            one = {name: value for name, value in canaries(day, "main").items() if name in _USED}
            con.execute(_HISTORY, {"day": day, **one})
            con.execute(_REASON, {"day": day, "user": one["user"], "subject": one["subject"]})
    stages.report(world.settings, world.home, days, clock=lambda: NOW)
    return world


def night_world(factory: pytest.TempPathFactory) -> World:
    """Return the one such folder of all workers, to be copied and never opened."""
    folder = made_once(factory, "night", made_world)
    config = folder / "mimamori.yaml"
    return World(load(config), Home(folder / "var"), config)


def copied(world: World, folder: Path) -> World:
    """Return a copy of a world below a folder."""
    home = Home(folder / "var")
    shutil.copytree(world.home.root, home.root)
    config = folder / "mimamori.yaml"
    shutil.copy(world.config, config)
    return World(world.settings, home, config)


@pytest.fixture(scope="package")
def _night(tmp_path_factory: pytest.TempPathFactory) -> World:
    return night_world(tmp_path_factory)


@pytest.fixture
def world(_night: World, tmp_path: Path) -> World:
    """A copy of that folder after its night, before retention."""
    return copied(_night, tmp_path)
