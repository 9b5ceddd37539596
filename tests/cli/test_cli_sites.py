"""`mimamori sites`: the state of each site, closures with who and why."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipelines import lake
from pipelines.cli import cli
from pipelines.errors import MimamoriError, UsageError
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from tests.cli import command

DAY = "2026-11-19"


def _sites(folder: Path, *arguments: str) -> Result:
    options = ["--config", str(folder / "mimamori.yaml"), "--home", str(folder / "var")]
    return CliRunner().invoke(cli, [*options, "sites", *arguments])


def _listed(folder: Path, day: str = DAY) -> list[dict[str, Any]]:
    found = json.loads(_sites(folder, "list", "--date", day, "--json").stdout)
    assert isinstance(found, list)
    return found


def test_sites_are_listed_closed_and_reopened(tmp_path: Path) -> None:
    """Every decision stays, with its reason, author and instant; the last one counts."""
    folder = command.laid_out(tmp_path)
    home, settings = Home(folder / "var"), load(folder / "mimamori.yaml")
    stages.ingest(settings, home)
    assert _listed(folder) == [
        {
            "site_id": "main",
            "site_group": "main",
            "franchise": None,
            "state": "in",
            "last_record_at": "2026-11-19T00:15:02.000000Z",
            "lines": 3,
            "files": 1,
        }
    ]
    (row,) = _listed(folder, "2026-11-20")
    assert (row["state"], row["lines"], row["files"]) == ("missing", 0, 0)
    table = _sites(folder, "list", "--date", "2026-11-20").stdout
    assert "未着 1" in table

    closed = _sites(
        folder, *("close", "main", "--on", DAY, "--reason", "moved", "--by", "officer", "--json")
    )
    assert closed.exit_code == 0, closed.output
    assert json.loads(closed.stdout)["closed_on"] == DAY
    assert [one["state"] for one in _listed(folder, "2026-11-20")] == ["closed"]
    assert "閉鎖" in _sites(folder, "list", "--date", "2026-11-20").stdout
    reopened = _sites(folder, "reopen", "main", "--reason", "back again")
    assert reopened.exit_code == 0, reopened.output
    assert [one["state"] for one in _listed(folder, "2026-11-20")] == ["missing"]
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select site_id, closed_on, reason, author like 'officer (%' from lake.site_closure"
            " order by decided_at"
        ).fetchall()
    assert rows == [
        ("main", dt.date(2026, 11, 19), "moved", True),
        ("main", None, "back again", False),
    ]


@pytest.mark.further
def test_a_lake_of_an_earlier_release_is_told(tmp_path: Path) -> None:
    """A reader cannot make the table that it asks for; the message says what does."""
    folder = command.laid_out(tmp_path)
    home, settings = Home(folder / "var"), load(folder / "mimamori.yaml")
    stages.ingest(settings, home)
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("drop table lake.site_closure")
        con.execute("delete from lake.migration where name = '013_sites'")
    result = _sites(folder, "list", "--date", DAY)
    assert isinstance(result.exception, MimamoriError)
    assert "made by an earlier release; 'mimamori ingest' brings it" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("close", "mian", "--on", DAY, "--reason", "x"), "did you mean main?"),
        (("close", "main", "--on", DAY, "--reason", " "), "--reason"),
        (("close", "main", "--on", "2099-01-01", "--reason", "x"), "more than a year ahead"),
        (("reopen", "main", "--reason", "x"), "is not closed"),
    ],
)
def test_wrong_usage_writes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    """An unknown site is answered with those that are near it."""
    folder = command.laid_out(tmp_path)
    home, settings = Home(folder / "var"), load(folder / "mimamori.yaml")
    stages.ingest(settings, home)
    result = _sites(folder, *arguments)
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_code == 2
    assert message in str(result.exception)
    with lake.open_reader(home, settings.timezone) as con:
        assert con.execute("select count(*) from lake.site_closure").fetchone() == (0,)
