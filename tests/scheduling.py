"""Which tests one worker runs, one after another: those that share what is costly to make.

That is a file's, as fixtures of a module are made once in each worker that runs one of its tests.
pytest-xdist's own groups (`--dist loadgroup`) have no effect with pytest 9.2, which no longer lets
it write them into the ids of tests.

Tests of further circumstances, marked `further`, are left out of `make test`. CI runs a part of
them beside the others, each day another, so that all run within as many days as there are parts.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable

import pytest
from xdist.scheduler import LoadScopeScheduling

_SHARED = {  # by what fixtures of the session make for several files of a folder
    "a night in Airflow": (
        "dags/test_",
        ("airflow_database", "dag_audit", "dag_delivery", "dag_outside", "dag_runs"),
    ),
    "the reports of all days": (
        "report/test_",
        (
            *("day_text", "report_accessibility", "report_browser", "report_build"),
            *(
                "report_incidents",
                "report_language",
                "report_pdf",
                "report_reads",
                "report_served_links",
                "report_tables",
                "report_weekly",
            ),
        ),
    ),
    "the lake of shops": ("report/test_", ("franchise_pages", "shop_pages")),
    "an audited month": (
        "audit/test_",
        (
            *("audit_browser", "audit_cli", "audit_facts", "audit_judge", "audit_page"),
            *("audit_sections", "reviews"),
        ),
    ),
    "a lake that is asked": ("sql/test_", ("saved_queries", "sql_docs")),
    "lakes on servers": (
        "cluster/test_",
        (
            *("catalog_database", "celery_night", "encryption", "faults", "migrate_page"),
            *("moving", "night_on_servers", "removed_keys", "several_writers"),
            *("shared_detection", "two_homes"),
        ),
    ),
    "hostile findings": ("export/test_export_", ("files", "records", "schemas")),
}
_GROUPS = {
    f"tests/{begin}{name}.py": group for group, (begin, names) in _SHARED.items() for name in names
}


def group_of(nodeid: str) -> str:
    """Return the group of a test by its id: tests of one group run in one worker."""
    path = nodeid.partition("::")[0]
    return _GROUPS.get(path, path)


def part_of_further(asked: str) -> Callable[[str], bool]:
    """Return whether a test marked `further` is run, by its id.

    Asked is for `all`, `none`, or the K-th of N parts, `K/N`. A file is in one part, whatever
    becomes of the others. Raises ValueError for anything else.
    """
    if asked in ("all", "none"):
        return lambda _: asked == "all"
    found = re.fullmatch(r"([0-9]+)/([0-9]+)", asked)
    part, parts = map(int, found.groups()) if found else (0, 0)
    if not 1 <= part <= parts:
        raise ValueError(f"{asked!r} is not all, none or K/N, such as 3/8")

    def is_in_part(nodeid: str) -> bool:
        digest = hashlib.sha256(nodeid.partition("::")[0].encode()).digest()
        return int.from_bytes(digest) % parts == part - 1

    return is_in_part


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
