"""Jobs run after those that they rest on, so many at once, the longest way first."""

import threading
from collections.abc import Callable

import pytest

from pipelines.detect.jobs import Job, Names, run_jobs


def _job(run: Callable[[], None], text: str, makes: str = "", changes: str = "") -> Job:
    return Job(run, Names(text, frozenset(makes.split()), frozenset(changes.split())))


def test_a_job_runs_after_what_makes_or_changes_what_it_names() -> None:
    """A change comes before what is read and after what was made; comments name nothing."""
    order: list[str] = []
    named = {
        "reads": ("select * from one", "", ""),
        "changes": ("update one set x = 2 -- two", "", "one"),
        "makes": ("create or replace table one as select 1 as x", "one", ""),
        "rests on nothing": ("create or replace table two as select 1", "two", ""),
    }
    run_jobs(
        [
            _job(lambda name=name: order.append(name), *one)  # type: ignore[misc]
            for name, one in named.items()
        ]
    )
    assert sorted(order) == sorted(named)
    assert [one for one in order if one != "rests on nothing"] == ["makes", "changes", "reads"]


def test_the_longest_way_is_begun_first() -> None:
    """A short job on which a long one waits goes before a middling one."""
    order: list[str] = []
    run_jobs(
        [
            _job(lambda: order.append("middling"), "select 1" * 5),
            _job(lambda: order.append("short"), "make it", "it"),
            _job(lambda: order.append("long"), "select it" * 9 + " from it"),
        ]
    )
    assert order == ["short", "long", "middling"]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_no_more_run_at_once_than_may(at_once: int) -> None:
    """As many as may do meet; one more never comes."""
    together = threading.Barrier(at_once)
    running, most = set[int](), [0]

    def run() -> None:
        running.add(threading.get_ident())
        most[0] = max(most[0], len(running))
        together.wait(timeout=60)
        running.discard(threading.get_ident())

    run_jobs([_job(run, "select 1") for _ in range(2 * at_once)], at_once)
    assert most == [at_once]


def test_after_a_failure_nothing_more_is_begun() -> None:
    """What failed is raised as it is."""
    begun: list[str] = []

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_jobs([_job(fail, "make it", "it"), _job(lambda: begun.append("after"), "from it")])
    assert begun == []
