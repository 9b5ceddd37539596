"""Figures for a monitor say what a night left, and Prometheus' own checker accepts them."""

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import lake
from pipelines.backup.make import back_up
from pipelines.cli import cli
from pipelines.lake.growth import Growth, full_at, growth_of
from pipelines.metrics.collect import figures
from pipelines.paths import Home
from pipelines.sites.state import last_whole_day
from tests.retention.conftest import GONE, NEW, NOW, OLD, World, copied, lines_of, night_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A working folder after a night."""
    return copied(night_world(tmp_path_factory), tmp_path_factory.mktemp("metrics"))


def _values(world: World, now: dt.datetime = NOW) -> dict[tuple[str, ...], float]:
    """Each figure by its name and the values of its labels."""
    return {
        (one["name"], *one["labels"].values()): one["value"]
        for one in figures(world.home, world.settings, now).as_json()
    }


def test_they_are_what_the_lake_holds(world: World) -> None:
    """Counted by another way."""
    found = _values(world)
    for site in ("main", "shop"):
        lines = sum(len(lines_of(day, site)) for day in (GONE, OLD, NEW))
        assert found["mimamori_lines_read_total", site] == lines
        assert found["mimamori_lines_rejected_total", site] == 3
        last = dt.datetime(NEW.year, NEW.month, NEW.day, 23, 40, 30, tzinfo=world.settings.zone)
        assert found["mimamori_site_last_record_timestamp_seconds", site] == last.timestamp()
    assert found["mimamori_files", "read"] == 6
    assert found["mimamori_sites_missing",] == 2  # nothing came since NEW
    assert found["mimamori_stage_failed", "report"] == 0
    assert found["mimamori_stage_last_success_timestamp_seconds", "report"] > 0
    begin = dt.datetime(NEW.year, NEW.month, NEW.day, tzinfo=world.settings.zone)
    assert found["mimamori_stage_last_day_timestamp_seconds", "report"] == begin.timestamp()
    files = list(world.home.lake.rglob("*.parquet"))
    assert 0 < found["mimamori_lake_data_files",] <= len(files)
    assert found["mimamori_lake_catalog_bytes",] == world.home.catalog.stat().st_size
    assert found["mimamori_lake_readable",] == 1
    # The data of this release were not made after it, and not so long before it.
    for data in ("ua-parser", "bots", "crawlers", "ai-agents"):
        age = NOW.timestamp() - found["mimamori_agent_data_timestamp_seconds", data]
        assert -31 < age / 86400 < 400
    assert found["mimamori_disk_free_bytes",] <= found["mimamori_disk_size_bytes",]


def test_a_night_that_reads_nothing_is_a_night_without_the_sites(world: World) -> None:
    """What is missing is judged by the last ingest, not by the last file that came."""
    later = NOW + dt.timedelta(days=3)
    with lake.open_writer(world.home, world.settings.timezone) as con:
        con.execute("begin")
        con.execute("delete from lake.stage_run where stage = 'ingest'")
        con.execute(
            "update lake.ledger set read_at = ?", [dt.datetime(2026, 11, 16, tzinfo=dt.UTC)]
        )
        before = last_whole_day(con, world.settings, later)
        con.execute(
            "insert into lake.stage_run by name"
            " select 'ingest' as stage, 'done' as status, ?::timestamptz as ended_at",
            [later],
        )
        after = last_whole_day(con, world.settings, later)
        con.execute("rollback")
    assert (before, after) == (NEW, dt.date(2026, 11, 23))


def test_findings_and_cases_are_counted(world: World) -> None:
    """Open ones make cases; the oldest says since when something waits."""
    assert _values(world)["mimamori_open_cases",] == 0
    assert ("mimamori_oldest_open_case_timestamp_seconds",) not in _values(world)
    world.write(
        *(
            "insert into lake.findings by name select 'f{0}' as finding_id, '{1}' as date,"
            " 'high' as severity, '{2}' as status, 'c{0}' as case_id".format(*one)
            for one in ((1, OLD, "new"), (2, NEW, "acknowledged"), (3, GONE, "closed"))
        )
    )
    found = _values(world)
    assert found["mimamori_findings", "high", "new"] == 1
    assert found["mimamori_open_cases",] == 2
    begin = dt.datetime(OLD.year, OLD.month, OLD.day, tzinfo=world.settings.zone)
    assert found["mimamori_oldest_open_case_timestamp_seconds",] == begin.timestamp()


def test_growth_is_that_of_the_last_days(world: World) -> None:
    """What the last 28 days added, spread over them; the days before count for nothing."""
    found = _values(world)
    a_day = found["mimamori_lake_growth_bytes",]
    assert 0 < a_day < found["mimamori_lake_data_bytes",] / 28
    assert found["mimamori_landing_growth_bytes",] > 0
    # For a lake that small the disk is large enough for more than a century.
    assert ("mimamori_disk_full_timestamp_seconds",) not in found
    kept = world.with_settings("landing: {keep_days: 30}\n")
    assert _values(kept)["mimamori_landing_growth_bytes",] == 0


def test_a_line_of_the_future_is_no_growth(world: World, tmp_path: Path) -> None:
    """One clock that is wrong leaves the forecast as it was, and the days until rows leave."""
    other = copied(world, tmp_path)
    with lake.open_writer(other.home, "Asia/Tokyo") as con:
        before = growth_of(con, NOW, 900, None)
        con.execute(
            "insert into lake.request_fact by name"
            " select * replace (date '2099-01-01' as log_date) from lake.request_fact limit 1"
        )
        after = growth_of(con, NOW, 900, None)
    assert before is not None
    assert after is not None
    assert after.lake_days == before.lake_days == 900 - 401
    # The line has files of its own, which count with all that is not facts.
    assert before.lake_bytes / 2 < after.lake_bytes < before.lake_bytes * 2


def test_a_disk_is_full_when_what_is_added_has_used_it_up() -> None:
    """Unless rows leave as fast by then; delivered logs go on all the same."""
    assert Growth(10, 0, 300).full_in_days(1000) == 100
    assert Growth(10, 0, 300).full_in_days(3001) is None
    assert Growth(10, 10, 300).full_in_days(1000) == 50
    assert Growth(10, 5, 100).full_in_days(2000) == 200
    assert Growth(0, 0, 0).full_in_days(0) is None
    assert full_at(Growth(10, 0, 300), 1000, NOW) == NOW + dt.timedelta(days=100)
    assert full_at(Growth(0, 1, 0), 40_000, NOW) is None


@pytest.mark.further
def test_the_last_backup_is_among_them(world: World, tmp_path: Path) -> None:
    """So that a monitor can tell that there was none for long."""
    assert ("mimamori_last_backup_timestamp_seconds",) not in _values(world)
    back_up(world.home, tmp_path / "backup", None, lambda: NOW)
    assert _values(world)["mimamori_last_backup_timestamp_seconds",] == NOW.timestamp()
    late = NOW + dt.timedelta(days=400)
    assert ("mimamori_last_backup_timestamp_seconds",) not in _values(world, late)


def test_without_a_lake_the_machine_is_told(world: World, tmp_path: Path) -> None:
    """A monitor gets a figure, not a silence."""
    nothing = World(world.settings, Home(tmp_path / "none"), world.config)
    found = _values(nothing)
    assert found["mimamori_lake_readable",] == 0
    assert found["mimamori_disk_free_bytes",] > 0
    assert not (tmp_path / "none").exists()


def test_the_command_writes_them(world: World, tmp_path: Path) -> None:
    """As text to standard output or a file, or as JSON."""
    command = ["--config", str(world.config), "--home", str(world.home.root), "metrics"]
    printed = CliRunner().invoke(cli, command)
    assert printed.exit_code == 0
    assert b"\nmimamori_lake_readable 1.0\n" in printed.stdout_bytes
    written = CliRunner().invoke(cli, [*command, "-o", str(tmp_path / "mimamori.prom")])
    assert (written.exit_code, written.stdout) == (0, "")
    assert b"mimamori_lake_readable 1.0" in (tmp_path / "mimamori.prom").read_bytes()
    assert (tmp_path / "mimamori.prom").stat().st_mode & 0o777 == 0o640
    as_json = CliRunner().invoke(cli, [*command, "--json"])
    assert {"name": "mimamori_lake_readable", "labels": {}, "value": 1} in json.loads(
        as_json.stdout
    )


@pytest.mark.further
@pytest.mark.servers
def test_prometheus_accepts_them(world: World) -> None:
    """`promtool check metrics` also looks at names, units and help."""
    promtool = shutil.which("promtool")
    assert promtool is not None
    text = figures(world.home, world.settings, NOW).as_text()
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
    broken = text.replace(b"# HELP mimamori_sites_missing", b"# HELPmimamori_sites_missing")
    again = subprocess.run(
        [promtool, "check", "metrics"], input=broken, capture_output=True, check=False
    )
    assert again.returncode != 0
