"""Tests that share what is costly to make run in one worker."""

import re

import pytest

from pipelines.paths import PROJECT_ROOT
from tests.scheduling import _GROUPS, group_of, part_of_further

_OF_THE_SESSION = re.compile(r'@pytest.fixture\(scope="session"\)\ndef (\w+)')
_CHEAP = {"certified", "made_world"}  # a certificate; what is made once in a run


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


def test_each_further_test_is_in_one_part_and_each_file_whole() -> None:
    """So that as many days as there are parts run all of them."""
    files = [f"tests/test_{number}.py" for number in range(50)] + sorted(_GROUPS)
    parts = [part_of_further(f"{number}/3") for number in (1, 2, 3)]
    for file in files:
        assert [part(f"{file}::test_it") for part in parts].count(True) == 1
    for part in parts:
        chosen = {file for file in files if part(f"{file}::test_it")}
        assert all(part(f"{file}::test_other[a]") == (file in chosen) for file in files)
    assert all(map(part_of_further("all"), files))
    assert not any(map(part_of_further("none"), files))


@pytest.mark.parametrize("asked", ["", "some", "0/3", "4/3", "1/0", "1/", "-1/3", "1/3/5"])
def test_a_part_that_there_is_not_is_refused(asked: str) -> None:
    """Else a slip would run none of them for ever."""
    with pytest.raises(ValueError, match="not all, none or K/N"):
        part_of_further(asked)


def test_files_of_groups_are_there() -> None:
    """A file that was renamed would leave its group, and what it shares be made twice."""
    assert [path for path in _GROUPS if not (PROJECT_ROOT / path).is_file()] == []


def test_files_that_share_a_fixture_of_the_session_are_of_one_group() -> None:
    """Else it is made in every worker that runs one of them. Some are cheap."""
    apart = {}
    for conftest in (PROJECT_ROOT / "tests").glob("*/conftest.py"):
        for name in _OF_THE_SESSION.findall(conftest.read_text(encoding="utf-8")):
            groups = {
                group_of(path.relative_to(PROJECT_ROOT).as_posix())
                for path in conftest.parent.glob("test_*.py")
                if re.search(rf"\b{name}: ", text := path.read_text(encoding="utf-8"))
                and f"def {name}(" not in text
            }
            if len(groups) > 1 and name not in _CHEAP:
                apart[name] = groups
    assert apart == {}
