"""What slow-collection rests on: samples of whose records were seen, and what was told before."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.detect.aggregates import load_macros
from pipelines.detect.catalogue import DETECTORS_DIR, load_catalogue
from pipelines.findings import Finding
from pipelines.paths import SQL_DIR, Home
from tests.detect import scenario
from tests.detect.replayed import found_in, only, read

_FIRES = DETECTORS_DIR / "slow-collection" / "fires.yaml"


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., list[Finding]]:
    """What the detector finds in its own example when it told of something three days before."""
    world = scenario.load(_FIRES)
    settings, kept = read(tmp_path, world)

    def found(place: str, told: dict[str, Any] | None = None) -> list[Finding]:
        home = Home(shutil.copytree(kept.root, tmp_path / place))
        statements = []
        if told is not None:
            told = dict(told)
            severity, status = told.pop("severity", "medium"), told.pop("status", "new")
            evidence = json.dumps({"counted": "subjects", **told})
            statements.append(
                "insert into lake.findings (finding_id, date, detector, category, severity,"
                " status, actor_kind, actor, evidence) values ('f1', '2026-11-16',"
                f" 'slow-collection', 'personal_data', '{severity}', '{status}', 'user', 'st-11',"
                f" '{evidence}')"
            )
        with only({"slow-collection"}):
            return found_in(home, settings, world, statements)

    return found


@pytest.mark.further
def test_what_was_told_is_told_again_only_when_it_has_grown_as_much_again(
    found: Callable[..., list[Finding]],
) -> None:
    """One case is one finding, not one a day; other figures of the same person are news."""
    (first,) = found("first")
    ratio = first.evidence["ratio"]
    assert first.evidence["counted"] == "subjects"
    assert first.subject_count == first.evidence["observed"]
    assert found("same", {"ratio": ratio / 1.2}) == []
    (again,) = found("grown", {"ratio": ratio / 1.6})
    assert again.evidence["ratio"] == ratio


@pytest.mark.full
def test_what_was_told_otherwise_is_told_again(found: Callable[..., list[Finding]]) -> None:
    """What was counted otherwise, told as low or kept quiet by a rule was not told yet."""
    (first,) = found("first")
    ratio = first.evidence["ratio"]
    assert found("other", {"ratio": ratio, "counted": "exports"}) != []
    assert found("record", {"ratio": ratio, "severity": "low"}) != []
    assert found("suppressed", {"ratio": ratio, "status": "suppressed"}) != []


@pytest.fixture(scope="module")
def samples() -> duckdb.DuckDBPyConnection:
    """The samples of one day: st-1 saw 3,000 people, st-2 half of them, c1 one and c2 two."""
    con = duckdb.connect()
    load_macros(con)
    con.execute(
        """
        create table named_request as
        select
            date '2026-11-19' as log_date, 'a' as site_id, user_id, user_type, 200 as status,
            'record' as resource_kind, 3 as data_level, subject::varchar as subject_id
        from (
            select 'st-1' as user_id, 'staff' as user_type, unnest(range(3000)) as subject
            union all select 'st-2', 'staff', unnest(range(1500))
            union all select 'c1', 'customer', 7
            union all select 'c2', 'customer', unnest(range(7, 9))
        )
        """
    )
    query = (SQL_DIR / "baselines" / "user_subject_day.sql").read_text(encoding="utf-8")
    con.execute(f"create table sample as {query}")
    return con


def test_a_sample_is_bounded_and_customers_with_one_record_have_none(
    samples: duckdb.DuckDBPyConnection,
) -> None:
    """Whatever somebody saw, 256 hashes are kept; a customer's own record needs none."""
    rows = samples.execute(
        "select user_id, len(subjects), len(levels), list_sort(subjects) = subjects"
        " from sample order by user_id"
    ).fetchall()
    assert rows == [("c2", 2, 2, True), ("st-1", 256, 256, True), ("st-2", 256, 256, True)]


def test_samples_of_several_accounts_count_the_people_of_all(
    samples: duckdb.DuckDBPyConnection,
) -> None:
    """The lowest hashes of both are a sample of all: within three standard errors, a fifth."""
    (people,) = samples.execute(
        """
        with bound as (select min(subjects[-1]) as below from sample where len(subjects) = 256),
        hash as (select unnest(subjects) as subject from sample where user_id like 'st-%')
        select count(distinct subject) * any_value(hash_range() / below)
        from hash inner join bound on hash.subject <= bound.below
        """
    ).fetchall()[0]
    assert 2400 < people < 3600


def _strangers(days: list[int]) -> dict[int, float]:
    """How many strangers a week has of who worked so many days in each of nine, the last first.

    Everybody of a week was seen in that week alone.
    """
    detector = load_catalogue()["slow-collection"]
    con = duckdb.connect()
    load_macros(con)
    con.execute("create table member as select 'st-1' as user_id")
    con.execute(
        """
        create table worked_day as
        select 'st-1' as user_id, date '2026-11-19' as log_date, week, 0 as exports,
            0 as list_accesses, 0 as refused, 0 as beside_records, 0 as beside_lists,
            0 as explained_subjects, false as is_aside
        from (
            select generate_subscripts($days, 1) - 1 as week,
                unnest(list_transform($days, lambda n: range(n))) as each
        ), unnest(each)
        """,
        {"days": days},
    )
    con.execute(
        "create table acquaintance as select 'st-1' as user_id, 1::ubigint << week as weeks_seen,"
        " weeks_seen as weeks_learnt, 10.0 as subjects"
        " from worked_day group by week"
    )
    names = ("span", "amount")
    steps = ", ".join(f"{name} as ({detector.files[f'{name}.sql']})" for name in names)
    query = f"with {steps} from amount"
    values = {name: one.value for name, one in detector.parameters.items()}
    (statement,) = con.extract_statements(query)
    rows = con.execute(query, {name: values[name] for name in statement.named_parameters}).pl()
    chosen = rows.filter((rows["metric"] == "strangers") & (rows["weeks"] == 1))
    return dict(zip(chosen["back"], chosen["value"], strict=True))


def test_strangers_are_counted_once_enough_days_are_known() -> None:
    """A week needs a week's days of work in the four before it."""
    assert sorted(_strangers([5] * 9)) == [0, 1, 2, 3, 4]
    assert sorted(_strangers([5, 5, 5, 5, 0, 0, 0, 0, 0])) == [0, 1, 2]
    assert 0 in _strangers([5, 0, 0, 0, 5, 5, 5, 5, 5])
    assert 0 not in _strangers([5, 0, 0, 0, 4, 5, 5, 5, 5])
