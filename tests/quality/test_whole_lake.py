"""What is judged of the lake as it is, what owners of sites expect, and when results stand."""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.lake import insert_rows, open_writer, transaction
from pipelines.paths import EXPECTATIONS_DIR, Home
from pipelines.quality.result import CheckResult
from pipelines.quality.run import Places, judge
from tests.quality import quality_lake

DAY = quality_lake.LAST_GOOD_DAY  # a Sunday
LAKE_SUITES = ("dictionaries", "dimensions", "findings", "marts")
EXPECTATION = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "records", "min_value": 49},
    "severity": "critical",
    "meta": {"id": "busy", "title": "毎日 49 件以上 {ある}"},
}
OWN = {
    "portal": ({"sites": ["prime-p*"], "title": "ポータル"}, EXPECTATION),
    "shops": ({"sites": ["benry-001"], "days": "working", "title": "店"}, EXPECTATION),
    "mistaken": (
        {"sites": ["prime-www"], "title": "WWW"},
        EXPECTATION | {"kwargs": {"column": "recods", "max_value": 1}},
    ),
    "code": (
        {"sites": ["prime-www"], "title": "WWW"},
        EXPECTATION | {"type": "unexpected_rows_expectation"},
    ),
}


@dataclass(frozen=True)
class Judged:
    """What was said of a lake in good order, again, and after every table was damaged."""

    docs: Path
    first: list[CheckResult]
    again: list[CheckResult]
    damaged: list[CheckResult]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """The small lake, with owners' files, judged three times an hour apart."""
    root = tmp_path_factory.mktemp("whole")
    home = Home(root / "home")
    suites, own = root / "suites", root / "own"
    suites.mkdir()
    own.mkdir()
    for name in (*LAKE_SUITES, "site_day"):
        for path in EXPECTATIONS_DIR.glob(f"{name}.*"):
            shutil.copy(path, suites)
    for name, (meta, expectation) in OWN.items():
        content = {"name": name, "meta": meta, "expectations": [expectation]}
        (own / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    settings = quality_lake.settings().model_copy(update={"expectations": (own,)})
    places = Places(home.reports / "data-docs", home.marts, suites)
    hours = iter(range(3))

    def clock() -> dt.datetime:
        return quality_lake.NOW + dt.timedelta(hours=next(hours))

    with open_writer(home, quality_lake.ZONE) as con:
        quality_lake.fill(con)
        con.execute("update lake.site set franchise = '001' where site_id = 'benry-001'")
        _write_mart(con, home, "analyst", "site_id <> 'nowhere'")
        _write_mart(con, home, "franchise:001", "site_id = 'benry-001'")

        def night() -> list[CheckResult]:
            results = judge(con, settings, [DAY], places, clock)
            with transaction(con):
                con.execute("delete from lake.check_result")
                insert_rows(con, "check_result", [vars(one) for one in results])
            return results

        found = [night(), night()]
        _damage(con)
        _write_mart(con, home, "franchise:001", "site_id <> 'prime-archive' and hour(time) < 20")
        found.append(night())
    return Judged(places.docs, *found)


def _write_mart(con: duckdb.DuckDBPyConnection, home: Home, role: str, condition: str) -> None:
    on = DAY - dt.timedelta(days=1)
    rows = con.execute(
        f"select site_id, time from lake.request where log_date = ? and {condition}", [on]
    ).pl()
    path = home.marts / role / "access_log" / f"{on}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.with_columns(pl.col("time").dt.replace_time_zone(None)).write_parquet(path)


def _damage(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into lake.client select * from lake.client where client_id = 1")
    con.execute("update lake.request_fact set client_id = 99 where log_date = ?", [DAY])
    con.execute("insert into lake.country_group (country) values ('JP')")
    for _ in range(2):
        con.execute(
            "insert into lake.findings (finding_id, date, severity, score) values ('a', ?, 'x', 1)",
            [DAY],
        )


@pytest.fixture(scope="module")
def failures(judged: Judged) -> Callable[[str], dict[tuple[str, str | None], CheckResult]]:
    """What failed of suites that begin so, when all was damaged."""
    return lambda begin: {
        (one.check_id, one.site_id): one
        for one in judged.damaged
        if not one.success and one.suite.startswith(begin)
    }


def test_a_lake_in_good_order_passes(judged: Judged) -> None:
    """Each suite of the lake gives one result for each check."""
    found = [one for one in judged.first if one.suite in LAKE_SUITES]
    assert {one.suite for one in found} == set(LAKE_SUITES)
    assert all(one.success for one in found)


@pytest.mark.parametrize(
    ("suite", "checks"),
    [
        ("dimensions", {("key-once", None), ("key-known", None)}),
        ("dictionaries", {("entries-whole", None)}),
        ("findings", {("finding-once", None), ("finding-words", None), ("finding-proof", None)}),
        ("marts", {("mart-own-sites", "prime-portal"), ("mart-own-sites", "prime-www"),
                   ("mart-complete", "benry-001")}),
    ],
)  # fmt: skip
def test_damage_is_found(
    failures: Callable[[str], dict[tuple[str, str | None], CheckResult]],
    suite: str,
    checks: set[tuple[str, str | None]],
) -> None:
    """Every check of the lake as it is is seen to fail, a mart's at the sites at fault."""
    assert set(failures(suite)) == checks


def test_results_stand_while_nothing_changes(judged: Judged) -> None:
    """They are carried over with the instant of the check, and judged anew after a change."""
    of_lake = {one.suite: one.checked_at for one in judged.again if one.suite in LAKE_SUITES}
    assert set(of_lake.values()) == {quality_lake.NOW}
    assert [one for one in judged.again if one.basis] == [one for one in judged.first if one.basis]
    after = {one.checked_at for one in judged.damaged if one.suite in LAKE_SUITES}
    assert after == {quality_lake.NOW + dt.timedelta(hours=2)}
    assert f'href="{DAY}/findings.html"' in (judged.docs / "index.html").read_text(encoding="utf-8")


def test_an_owner_bounds_the_figures_of_its_sites(judged: Judged) -> None:
    """Only on the days that it names; what is at fault is named with the figure."""
    own = [one for one in judged.first if one.suite.startswith("own-") and one.check_id == "busy"]
    (found,) = own
    assert (found.suite, found.site_id, found.severity) == (
        "own-portal",
        quality_lake.PORTAL,
        "critical",
    )
    assert (found.observed, found.expected) == ("records=48", "records>=49.0")
    assert found.title_en == "毎日 49 件以上 {ある} (48)"
    assert (judged.docs / str(DAY) / "own-portal.html").is_file()


def test_a_wrong_file_of_an_owner_is_a_failed_check(
    judged: Judged,
) -> None:
    """It names the file, the key and what there is; the others are judged all the same."""
    wrong = {one.suite: one for one in judged.first if one.check_id == "file-usable"}
    assert set(wrong) == {"own-mistaken", "own-code"}
    assert "mistaken.json: expectations.0.kwargs.column" in wrong["own-mistaken"].title_ja
    assert "there is no figure 'recods'" in wrong["own-mistaken"].title_en
    assert "code.json: expectations.0.type" in wrong["own-code"].title_en
    assert all(one.severity == "warning" for one in wrong.values())
