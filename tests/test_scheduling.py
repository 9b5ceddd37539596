"""Tests that share what is costly to make run in one worker."""

import pytest

from tests.scheduling import group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/lake/test_keys.py::test_one", "tests/lake/test_keys.py"),
        ("tests/lake/test_keys.py::test_two[a::b-c@d]", "tests/lake/test_keys.py"),
        ("tests/dags/test_dag_audit.py::test_one", "a night in Airflow"),
        ("tests/dags/test_dag_runs.py::test_two", "a night in Airflow"),
    ],
)
def test_a_group_is_known_by_the_id(nodeid: str, group: str) -> None:
    """A file, or one night of several files."""
    assert group_of(nodeid) == group
