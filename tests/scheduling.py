"""Which tests one worker runs, one after another: those that share what is costly to make.

That is a file's, as fixtures of a module are made once in each worker that runs one of its tests.
pytest-xdist's own groups (`--dist loadgroup`) have no effect with pytest 9.2, which no longer lets
it write them into the ids of tests.
"""

from collections import defaultdict
from collections.abc import Iterable

import pytest
from xdist.scheduler import LoadScopeScheduling

_ONE_NIGHT = {  # of several files
    f"tests/dags/test_dag_{name}.py": "a night in Airflow" for name in ("audit", "delivery", "runs")
}


def group_of(nodeid: str) -> str:
    """Return the group of a test by its id: tests of one group run in one worker."""
    path = nodeid.partition("::")[0]
    return _ONE_NIGHT.get(path, path)


def scattered(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return the groups whose tests were run by more than one worker."""
    workers = defaultdict[str, set[str]](set)
    for report in reports:
        if report.when == "call" and hasattr(report, "worker_id"):
            workers[group_of(report.nodeid)].add(report.worker_id)
    return sorted(group for group, ids in workers.items() if len(ids) > 1)


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Gives each worker whole groups, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
