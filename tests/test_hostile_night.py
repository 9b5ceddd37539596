"""A night over a landing folder in which everything is hostile ends, and says what it left out."""

import datetime as dt
import json
import subprocess
import sys

import pytest

from pipelines import lake
from pipelines.night import stages
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.settings.limits import Limits
from pipelines.settings.load import load
from pipelines.settings.model import Settings

pytestmark = pytest.mark.slow

DAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 21, 2, tzinfo=dt.UTC)
_BENCH = PROJECT_ROOT / "scripts" / "bench"
_WRITE = (
    "import sys, pathlib; from bench import hostile; hostile.write(pathlib.Path(sys.argv[1]), 0.01)"
)


@pytest.fixture(scope="module")
def settings() -> Settings:
    """The sites of the benchmark, with limits as small as the folder is."""
    limits = Limits(
        file_formats=8, new_hosts_per_day=20, new_methods_per_day=20, new_agents_per_day=20,
        reexamine_days=30, days_per_night=2,
    )  # fmt: skip
    return load(_BENCH / "settings.yaml").model_copy(update={"limits": limits})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Home:
    """A home after the night, its logs a hundredth of what `make bench` measures."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.logs.mkdir()
    subprocess.run(
        [sys.executable, "-c", _WRITE, home.logs], cwd=PROJECT_ROOT / "scripts", check=True
    )
    quiet = home.logs / "bench"
    quiet.mkdir()
    (quiet / "access.log").write_text(
        "".join(
            f'192.0.2.7 - - [20/Nov/2026:{hour:02}:15:00 +0900] "GET / HTTP/1.1" 200 5 "-" "a"\n'
            for hour in range(24)
        )
    )
    stages.run(settings, home, DAY, clock=lambda: NOW)
    return home


def test_every_line_is_accounted_for(home: Home, settings: Settings) -> None:
    """What was read is a record, a reject, a comment or a duplicate; the honest site is whole."""
    with lake.open_reader(home, settings.timezone) as con:
        [(wrong,)] = con.execute(
            "select count(*) from lake.ledger"
            " where lines <> records + rejects + comments + duplicates"
        ).fetchall()
        [(honest,)] = con.execute(
            "select count(*) from lake.access_log where site_id = 'bench'"
        ).fetchall()
        requests = con.execute(
            "select count(*) from lake.access_log where site_id = 'hostile-requests'"
        ).fetchone()
    assert (wrong, honest, requests) == (0, 24, (100,))


def test_nothing_came_in_from_outside_the_folder(home: Home, settings: Settings) -> None:
    """No line of a file that a link pointed to is a record or a reject; each link is unreadable."""
    with lake.open_reader(home, settings.timezone) as con:
        paths = con.execute(
            "select path from lake.ledger where status = 'unreadable' order by path"
        ).fetchall()
        leaked = con.execute(
            "select count(*) from lake.reject where line like '%root:%'"
        ).fetchone()
    assert leaked == (0,)
    names = {path.rpartition("access.log.")[2] for (path,) in paths}
    assert {"passwd", "up", "nowhere", "round", "pipe"} <= names


def test_the_report_says_what_was_left_out(home: Home) -> None:
    """Each limit that was passed, each file that could not be read; the verdict is not `clear`."""
    folder = home.reports / DAY.isoformat()
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["verdict"] != "clear"
    assert {
        "archive_ratio", "file_formats", "new_hosts_per_day", "new_methods_per_day",
        "new_agents_per_day", "reexamine_days",
    } <= set(summary["limits"])  # fmt: skip
    page = (folder / "index.html").read_text()
    assert "access.log.passwd" in page
    assert "bomb.bz2" in page


def test_the_night_has_reported_no_more_days_than_it_may(home: Home) -> None:
    """Two hundred days with lines bring back the few that the limits allow."""
    reported = [path for path in home.reports.iterdir() if (path / "summary.json").exists()]
    assert 1 <= len(reported) <= 2


def test_a_second_night_reads_nothing_again(home: Home, settings: Settings) -> None:
    """What was put aside or unreadable is told again, and costs no second reading."""
    result = stages.ingest(settings, home, clock=lambda: NOW + dt.timedelta(hours=1))
    assert (result.lines, result.records) == (0, 0)
    assert result.failures
