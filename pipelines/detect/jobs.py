"""Runs pieces of work that make a day's tables or read them, each after those that it rests on."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from typing import TypeVar

import duckdb

from pipelines.time_limit import own_cursor

AT_ONCE = 2
"""Planning keeps one processor busy, and so does a statement about few rows."""

_COMMENT = re.compile(r"--[^\n]*")
_WORD = re.compile(r"\w+")
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True)
class Names:
    """What a piece of work names: its SQL `text`, or a text that has the names of what it reads.

    Others whose text names what it `makes` find it made, and what it `changes`, changed.
    """

    text: str
    makes: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()

    @property
    def reads(self) -> frozenset[str]:
        """The words of the text but what is made here."""
        return words_of(self.text) - self.makes


@dataclass(frozen=True, eq=False)
class Job:
    """A piece of work and what it names."""

    run: Callable[[], None]
    names: Names

    @classmethod
    def on_cursor(
        cls,
        con: duckdb.DuckDBPyConnection,
        names: Names,
        work: Callable[[duckdb.DuckDBPyConnection], object],
    ) -> "Job":
        """Return the job that does the work on a cursor of its own."""

        def run() -> None:
            with own_cursor(con) as cursor:
                work(cursor)

        return cls(run, names)


@cache
def words_of(text: str) -> frozenset[str]:
    """Return the words of SQL, but those of comments."""
    return frozenset(_WORD.findall(_COMMENT.sub("", text)))


def rested_on(named: Mapping[_Key, Names]) -> dict[_Key, set[_Key]]:
    """Return for each piece of work those that it rests on: they make or change what it reads."""
    makers = {name: key for key, one in named.items() for name in one.makes}
    changers = {name: key for key, one in named.items() for name in one.changes}
    found = {}
    for key, one in named.items():
        reads = one.reads
        made = {makers[name] for name in makers.keys() & reads}
        found[key] = (made | {changers[name] for name in changers.keys() & reads}) - {key}
    return found


def run_jobs(jobs: Sequence[Job], at_once: int = 1) -> None:
    """Run all jobs, so many at once, each after those that it rests on.

    Of those that could begin, the one goes first after which most remains to be done. How long a
    job takes is estimated by the length of its text.

    Raises:
        Exception: what a job raised, once those that run have ended; no others begin then.
    """
    graph = rested_on({one: one.names for one in jobs})
    left = _left_from(graph)
    order = TopologicalSorter(graph)
    order.prepare()
    ready: list[Job] = []
    running: dict[Future[None], Job] = {}
    with ThreadPoolExecutor(at_once) as pool:
        while order.is_active():
            ready = sorted([*ready, *order.get_ready()], key=lambda one: left[one])
            while ready and len(running) < at_once:
                one = ready.pop()
                running[pool.submit(one.run)] = one
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                future.result()
                order.done(running.pop(future))


def _left_from(graph: dict[Job, set[Job]]) -> dict[Job, int]:
    """How much text the longest chain has that begins with each job."""
    left = {one: len(one.names.text) for one in graph}
    for one in reversed([*TopologicalSorter(graph).static_order()]):
        for earlier in graph[one]:
            left[earlier] = max(left[earlier], len(earlier.names.text) + left[one])
    return left
