"""Tests that share what is costly to make run in one worker."""

import pytest

from pipelines.paths import PROJECT_ROOT
from tests.scheduling import _GROUPS, group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/lake/test_keys.py::test_one", "tests/lake/test_keys.py"),
        ("tests/lake/test_keys.py::test_two[a::b-c@d]", "tests/lake/test_keys.py"),
        ("tests/dags/test_dag_audit.py::test_one", "a night in Airflow"),
        ("tests/dags/test_dag_runs.py::test_two", "a night in Airflow"),
        ("tests/report/test_report_build.py::test_one", "the reports of all days"),
        ("tests/report/test_report_text.py::test_one", "tests/report/test_report_text.py"),
    ],
)
def test_a_group_is_known_by_the_id(nodeid: str, group: str) -> None:
    """A file, or several files that look at one thing."""
    assert group_of(nodeid) == group


def test_files_of_groups_are_there() -> None:
    """A file that was renamed would leave its group, and what it shares be made twice."""
    assert [path for path in _GROUPS if not (PROJECT_ROOT / path).is_file()] == []
