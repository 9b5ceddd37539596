"""Clients and agents of a run of `parse`: what is known of each, found by its number.

A lake keeps them in tables of their own; here every record shows them. Each distinct value is
looked up once.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.ingest.clients import described_clients
from pipelines.ingest.line_parser import LineParser
from pipelines.ingest.request_profiles import PROFILE_SCHEMA
from pipelines.normalise.browser import parse_agents
from pipelines.normalise.columns import Types

_MOST_VALUES = 500_000
_MOST_BYTES = 64 * 1024 * 1024


class _Table:
    """Rows about the values of a column, in order of the numbers that Polars gives them."""

    def __init__(self, describe: Callable[[pl.Series], pl.DataFrame]) -> None:
        self._describe = describe
        # While this column lives a value keeps its number.
        self._alive = pl.Series([""], dtype=pl.Categorical(pl.Categories.random()))
        self.rows = describe(self._alive.cast(pl.String))
        self.size = 0  # bytes of the values

    def numbers(self, texts: pl.Series) -> pl.Series:
        """Return the number of each text, null for null; from then on `rows` has it."""
        coded = texts.cast(self._alive.dtype)
        numbers = coded.to_physical()
        is_fresh = (numbers >= len(self.rows)).fill_null(value=False)
        if is_fresh.any():
            fresh = coded.filter(is_fresh).unique()
            values = fresh.gather(fresh.to_physical().arg_sort()).cast(pl.String)
            self.rows = pl.concat([self.rows, self._describe(values)], rechunk=True)
            self.size += int(values.str.len_bytes().sum())
        return numbers.cast(pl.UInt64)


class Described:
    """Gives records numbers of clients and agents, and what these stand for.

    Threads may use it at once. It forgets nothing; when `is_full`, go on with another.
    """

    def __init__(self, geo: GeoReader) -> None:
        """Begin with nothing known."""
        self._clients = _Table(lambda texts: described_clients(texts, geo))
        self._agents = _Table(lambda texts: parse_agents(texts.to_list()))
        self._lock = threading.Lock()
        self.generation = 0

    @property
    def profile_types(self) -> Types:
        """The types of the columns of PROFILE_SCHEMA: texts are texts."""
        return PROFILE_SCHEMA

    def client_ids(self, clients: pl.Series) -> pl.Series:
        """Return the numbers of clients, see `client_texts`."""
        with self._lock:
            return self._clients.numbers(clients)

    def agent_ids(self, agents: pl.Series) -> pl.Series:
        """Return the numbers of user agents, null for null."""
        with self._lock:
            return self._agents.numbers(agents)

    @property
    def is_full(self) -> bool:
        """Whether so much is known that it should be let go."""
        tables = (self._clients, self._agents)
        return any(len(each.rows) > _MOST_VALUES or each.size > _MOST_BYTES for each in tables)

    def columns(self, records: pl.DataFrame) -> list[pl.Series]:
        """Return what is known of the client and the agent of each record, column by column."""
        with self._lock:
            clients, agents = self._clients.rows, self._agents.rows
        return [
            column.gather(records.get_column(name))
            for name, rows in (("client_id", clients), ("agent_id", agents))
            for column in rows.get_columns()
        ]


@dataclass(frozen=True, eq=False)
class DescribingParser:
    """A parser, and what is known of the clients and agents that its records refer to."""

    lines: LineParser
    described: Described
