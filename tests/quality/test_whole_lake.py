"""What is judged of the lake as it is, what owners of sites expect, and when results stand."""

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.lake import insert_rows, open_writer, transaction
from pipelines.paths import EXPECTATIONS_DIR, Home
from pipelines.quality import owners
from pipelines.quality.result import CheckResult
from pipelines.quality.run import Places, judge
from tests.quality import quality_lake

DAY = quality_lake.LAST_GOOD_DAY  # a Sunday
LAKE_SUITES = ("dictionaries", "dimensions", "findings", "marts")
EXPECTATION = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "records", "min_value": 49},
    "severity": "warning",
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
    "odd": ({"sites": ["[", "prime-www"], "title": "$a {b} ${c} `"}, EXPECTATION),
    "cruel": ({"sites": ["*"], "title": "All"}, EXPECTATION | {"severity": "critical"}),
    "crossed": (
        {"sites": ["*"], "title": "All"},
        EXPECTATION | {"kwargs": {"column": "records", "min_value": 2, "max_value": 1}},
    ),
    "endless": (
        {"sites": ["*"], "title": "All"},
        EXPECTATION | {"kwargs": {"column": "records", "min_value": float("nan")}},
    ),
}
BEGIN = '{"name": "twice", "meta": {"sites": ["*"], "title": "All"}, "expectations": '
# What no writer of JSON makes, by the name of the file.
TEXTS = {
    "twice": f"{BEGIN}[{json.dumps(EXPECTATION)}, {json.dumps(EXPECTATION)}]}}",
    "digits": f'{{"name": {"1" * 5000}}}',
    "deep": "[" * 50_000,
}

# Of rows that are no longer at fault, and of an owner's file that is gone.
STALE = ("site_day.records-arrived.html", "own-gone.html", "own-gone.json", "own-gone.busy.html")


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
    for name, text in TEXTS.items():
        (own / f"{name}.json").write_text(text, encoding="utf-8")
    os.mkfifo(own / "pipe.json")
    (own / "link.json").symlink_to(own / "portal.json")
    other = root / "other"
    other.mkdir()
    (other / "portal.json").write_text("{", encoding="utf-8")
    shutil.copy(own / "shops.json", other)
    settings = quality_lake.settings().model_copy(update={"expectations": (own, other)})
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
        for name in STALE:
            (places.docs / str(DAY) / name).write_text("{}", encoding="utf-8")
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


@pytest.mark.further
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
    (found,) = [one for one in judged.first if one.suite in {"own-portal", "own-shops"}]
    assert (found.suite, found.site_id, found.severity) == (
        "own-portal",
        quality_lake.PORTAL,
        "warning",
    )
    assert (found.observed, found.expected) == ("records=48", "records>=49.0")
    assert found.title_en == "毎日 49 件以上 {ある} (48)"
    assert (judged.docs / str(DAY) / "own-portal.html").is_file()


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("own/mistaken.json: expectations.0.kwargs.column", "there is no figure 'recods'"),
        ("own/code.json: expectations.0.type", ""),
        ("own/cruel.json: expectations.0.severity", "sets no day aside"),
        ("own/crossed.json: expectations.0.kwargs", "min_value is above max_value"),
        ("own/endless.json: expectations.0.kwargs.min_value", "finite"),
        ("own/twice.json", "'busy' is given twice"),
        ("own/digits.json", "not valid JSON"),
        ("own/deep.json", "not valid JSON"),
        ("own/pipe.json", "not an ordinary file"),
        ("own/link.json", "cannot be read"),
        ("other/portal.json", "not valid JSON"),
        ("other/shops.json", "another folder has a file of this name"),
    ],
)
def test_a_wrong_file_of_an_owner_is_a_failed_check(
    judged: Judged, place: str, reason: str
) -> None:
    """It names the file, the key and what there is; the others are judged all the same."""
    wrong = [one for one in judged.first if one.suite == "owner-files"]
    assert {(one.check_id, one.success, one.severity) for one in wrong} == {
        ("file-usable", False, "warning")
    }
    (found,) = [one for one in wrong if place in one.title_en and place in one.title_ja]
    assert reason in found.title_en
    page = (judged.docs / str(DAY) / "owner-files.html").read_text(encoding="utf-8")
    assert place in page
    assert f'href="{DAY}/owner-files.html">✕ {len(wrong)} / {len(wrong)}' in (
        judged.docs / "index.html"
    ).read_text(encoding="utf-8")


def test_owners_with_odd_words_are_judged(judged: Judged) -> None:
    """What a template or a pattern would take as its own is text."""
    assert [one.site_id for one in judged.first if one.suite == "own-odd"] == ["prime-www"]


def test_pages_with_nothing_to_show_any_more_are_gone(judged: Judged) -> None:
    """Nobody finds rows behind a check that passes, or an expectation that was withdrawn."""
    names = {path.name for path in (judged.docs / str(DAY)).iterdir()}
    assert names.isdisjoint(STALE)
    assert {"own-portal.html", "site_day.html", "site_day.json"} <= names


def test_files_that_are_too_many_are_named(tmp_path: Path) -> None:
    """None is left out without a word."""
    for number in range(owners.MOST_FILES + 2):
        (tmp_path / f"f{number:03}.json").write_text("", encoding="utf-8")
    _, faults = owners.read_own_suites([tmp_path], ["records"])
    assert len(faults) == owners.MOST_FILES + 1
    assert "202" in faults[-1].in_language("en")
    assert "'f200.json'" in faults[-1].in_language("en")
