"""Days that data-quality checks set aside teach no baseline, unless most days are such."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from pipelines.context.load import make_context_tables
from pipelines.detect.aggregates import load_macros
from pipelines.detect.cache import cache_lake
from pipelines.detect.catalogue import DETECTORS_DIR
from pipelines.detect.day import day_parameters, make_past
from pipelines.lake import open_writer
from pipelines.paths import Home
from pipelines.settings.model import Settings
from tests.detect import scenario
from tests.detect.replayed import found_in, only, read

DAY = dt.date(2025, 11, 20)
SETTINGS = Settings.model_validate(
    {"sites": [{"id": "a", "group": "main", "domains": ["a.example"], "logs": ["a/*"]}]}
)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, int]]]:
    """What is left of four days at three sites, as site and days ago, by aggregate.

    Of `a` the day before failed a critical check, the one before that a warning, and on the one
    before them the whole lake did; of `b` a day
    without records failed; of `c` three of four days did.
    """
    home = Home(Path(tmp_path_factory.mktemp("aside")))
    with open_writer(home, SETTINGS.timezone) as con:
        con.execute(
            "insert into lake.site_day by name"
            " select $day::date - ago::integer as log_date, site_id,"
            " case when site_id = 'b' and ago = 1 then 0 else 9 end as records"
            " from (values ('a'), ('b'), ('c')) as site (site_id)"
            " cross join range(1, 5) as days (ago)",
            {"day": DAY},
        )
        con.execute(
            "insert into lake.user_network_day by name select log_date, 'u' as user_id"
            " from lake.site_day where site_id = 'a'"
        )
        con.execute(
            "insert into lake.check_result by name"
            " select $day::date - ago::integer as log_date, site_id, severity,"
            " false as success from (values ('a', 1, 'critical'), ('a', 2, 'warning'),"
            " ('b', 1, 'critical'), ('c', 1, 'critical'), ('c', 2, 'critical'),"
            " ('c', 3, 'critical')) as failed (site_id, ago, severity)"
            " union all by name select $day::date - 3 as log_date, 'a' as site_id,"
            " 'critical' as severity, false as success, 'a digest' as basis",
            {"day": DAY},
        )
        make_context_tables(con, SETTINGS)
        cache_lake(con)
        load_macros(con)
        make_past(con, day_parameters(SETTINGS, DAY))
        return {
            "site_day": _left(con, "site_day", "site_id"),
            "user_network_day": _left(con, "user_network_day", "user_id"),
        }


def _left(con: duckdb.DuckDBPyConnection, table: str, name: str) -> list[tuple[str, int]]:
    query = f"select {name}, $day::date - log_date from past.{table} order by all"
    return con.execute(query, {"day": DAY}).fetchall()


def test_a_day_set_aside_is_left_out(past: dict[str, list[tuple[str, int]]]) -> None:
    """A critical check takes the day out of the history; a warning or one of the lake does not."""
    assert [ago for site, ago in past["site_day"] if site == "a"] == [2, 3, 4]


def test_a_silent_day_stays(past: dict[str, list[tuple[str, int]]]) -> None:
    """It holds nothing to learn from, and a site that is closed for good has to be learnt."""
    assert [ago for site, ago in past["site_day"] if site == "b"] == [1, 2, 3, 4]


def test_what_most_days_are_like_is_learnt(past: dict[str, list[tuple[str, int]]]) -> None:
    """Nobody can empty a site's history by spoiling its log every day."""
    assert [ago for site, ago in past["site_day"] if site == "c"] == [1, 2, 3, 4]


def test_where_people_come_from_stays_known(past: dict[str, list[tuple[str, int]]]) -> None:
    """Aggregates of all sites together lose nothing for one of them."""
    assert [ago for _, ago in past["user_network_day"]] == [1, 2, 3, 4]


@pytest.mark.further
@pytest.mark.parametrize(
    ("detector", "example", "from_ago", "evidence"),
    [
        ("bulk-record-access", "fires-drain", 6, {"window_observed": 265}),
        ("leaver-collection", "fires", 6, {"observed": 113}),
        ("slow-collection", "fires", 48, {"observed": 351, "baseline_days": 19}),
    ],
)
def test_what_is_taken_on_days_set_aside_is_counted(
    detector: str, example: str, from_ago: int, evidence: dict[str, int], tmp_path: Path
) -> None:
    """Who can spoil a log hides nothing: such days teach nothing, and add up with the last ones."""
    world = scenario.load(DETECTORS_DIR / detector / f"{example}.yaml")
    settings, home = read(tmp_path, world)
    aside = (
        "insert into lake.check_result by name select distinct log_date, site_id,"
        " 'critical' as severity, false as success from lake.request"
        f" where log_date between date '{world.date}' - {from_ago} and date '{world.date}' - 1"
        f" and (log_date > date '{world.date}' - 7 or log_date < date '{world.date}' - 34)"
    )
    with only({detector}):
        (found,) = found_in(home, settings, world, [aside])
    assert {name: found.evidence[name] for name in evidence} == evidence
