"""What the data inventory says is so in a lake with persons: classes and periods."""

import re

import pytest
from pages.data_inventory import class_of, holdings

from pipelines import lake
from pipelines.lake.dictionary import relations
from tests.retention.conftest import GONE, NEW, OLD, World, canaries

PERSONAL = ("ip", "user", "subject", "query", "referrer", "rejected")


def test_no_person_stands_where_the_inventory_says_there_is_none(world: World) -> None:
    """Each value of a person is sought in every column of every table and view."""
    persons = "|".join(
        re.escape(canaries(day, site)[kind])
        for day in (GONE, OLD, NEW)
        for site in ("main", "shop")
        for kind in PERSONAL
    )
    found = dict[str, str]()
    with lake.open_reader(world.home, world.settings.timezone) as con:
        for relation in relations(con):
            sought = ", ".join(
                f"bool_or(regexp_matches({lake.identifier(column.name)}::varchar, $persons))"
                for column in relation.columns
            )
            row = con.execute(
                f"select {sought} from lake.{lake.identifier(relation.name)}", {"persons": persons}
            ).fetchone()
            assert row is not None
            for column, is_there in zip(relation.columns, row, strict=True):
                if is_there:
                    found[f"{relation.name}.{column.name}"] = class_of(column)
    assert {where for where, kind in found.items() if kind != "personal"} == set()
    assert found.keys() >= {
        f"access_log.{name}"
        for name in ("client_ip", "user_id", "subject_id", "url_path", "url_query", "referrer")
    }
    assert "reject.line" in found


def test_every_personal_column_has_a_period() -> None:
    """What is kept as evidence names at most who acted for the watch, never a visitor."""
    kept = {
        one.table.name
        for one in holdings()
        if "(evidence)" in one.period and "personal" in map(class_of, one.table.columns)
    }
    assert kept == {"site_closure", "subject_request"}


@pytest.mark.parametrize("name", ["request_fact", "user_day", "service_record"])
def test_persons_of_tables_by_request_become_pseudonyms(name: str) -> None:
    """Before their rows go."""
    assert next(one.is_pseudonymised for one in holdings() if one.table.name == name)
