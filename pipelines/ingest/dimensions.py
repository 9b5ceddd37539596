"""Clients, agents and request profiles: written once per distinct value, with stable ids."""

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import cast

import duckdb
import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.ingest.clients import client_of, described_clients
from pipelines.ingest.identity import stable_id
from pipelines.ingest.request_profiles import RequestProfiles
from pipelines.ingest.seen_values import SeenValues
from pipelines.lake import insert_frame, last_snapshot, registered
from pipelines.normalise.browser import parse_agents
from pipelines.normalise.columns import Types
from pipelines.privacy.pseudonym import Pseudonyms

_REMEMBERED = 500_000
_MOST_FRESH = 50_000  # values that wait to be inserted
_IDS = pl.Schema({"value": pl.String, "id": pl.UInt64})


class _Ids(SeenValues):
    """Ids of the values of one dimension that have been seen.

    Polars numbers the values of a column for as long as a column of the same `Categories` lives,
    so that the id of a value seen before is found by its number.
    """

    def __init__(self, number: Callable[[str], int]) -> None:
        self._number = number
        super().__init__(_IDS)

    def _begin(self) -> None:
        # While this column lives, and no longer, a value keeps its number.
        self._alive = pl.Series([""], dtype=pl.Categorical(pl.Categories.random()))
        self._known = pl.Series("id", [None], dtype=pl.UInt64)

    def of(self, texts: pl.Series) -> pl.Series:
        """Return the id of each text; null for null."""
        if len(self._known) > _REMEMBERED:
            self._begin()
        coded = texts.cast(self._alive.dtype)
        codes = coded.to_physical()
        missing = cast("int", codes.max() or 0) + 1 - len(self._known)
        if missing > 0:
            self._known = self._known.extend_constant(None, missing)
        ids = self._known.gather(codes)
        if ids.null_count() == codes.null_count():
            return ids
        self._add(coded.unique().drop_nulls())
        return self._known.gather(codes)

    def _add(self, values: pl.Series) -> None:
        fresh = values.filter(self._known.gather(values.to_physical()).is_null())
        texts = fresh.cast(pl.String).alias("value")
        numbers = pl.Series("id", [self._number(text) for text in texts], dtype=pl.UInt64)
        self._keep(pl.DataFrame([texts, numbers]))
        self._known = self._known.scatter(fresh.to_physical(), numbers)


class Dimensions:
    """Gives records the ids of client, agent and request profile, and adds those that are new.

    Threads may refer to them at once. `generation` changes when what was seen is forgotten: from
    then on values must be referred to again.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        geo: GeoReader,
        pseudonyms: Pseudonyms,
        beside: duckdb.DuckDBPyConnection | None = None,
    ) -> None:
        """Begin with nothing known; ids of clients are hashed with a key of `pseudonyms`.

        Where others may commit meanwhile, `beside` sees what they do, outside the transaction.
        """
        self._con = con
        self._beside = con if beside is None else beside
        self._written: defaultdict[str, list[pl.Series]] = defaultdict(list)
        self._geo = geo
        edition = geo.edition
        key = pseudonyms.first.derived("client")  # an address could be found by trying them all
        self._clients = _Ids(lambda client: stable_id(*client_of(client), edition, key=key))
        self._agents = _Ids(stable_id)
        self._profiles = RequestProfiles()
        self._lock = threading.Lock()
        self._settled: set[int] | None = None  # agents to be written; None: all of them
        self.generation = 0

    def client_ids(self, clients: pl.Series) -> pl.Series:
        """Return the ids of clients, see `client_texts`."""
        with self._lock:
            return self._clients.of(clients)

    def agent_ids(self, agents: pl.Series) -> pl.Series:
        """Return the ids of user agents, null for null."""
        with self._lock:
            return self._agents.of(agents)

    @property
    def profile_types(self) -> Types:
        """The types of columns of PROFILE_SCHEMA whose texts are numbered as in the profiles."""
        return self._profiles.types

    def refer_profiles(self, requests: pl.DataFrame) -> pl.DataFrame:
        """Return `requests` with `request_profile_id` in place of the columns of PROFILE_SCHEMA."""
        with self._lock:
            return self._profiles.refer(requests)

    @property
    def profiles_seen(self) -> int:
        """How many profiles have been seen, those known to the lake included."""
        return self._profiles.seen_count

    @property
    def agents_seen(self) -> int:
        """How many agents have been seen, those known to the lake included."""
        return self._agents.seen_count

    def hold_agents(self) -> None:
        """From now on write only agents that were settled to be kept."""
        with self._lock:
            self._settled = set()

    def agents_held(self) -> pl.DataFrame:
        """Return `agent_id` and `text` of the agents that wait to be written."""
        with self._lock:
            rows = self._agents.fresh_rows().unique("id")
        return rows.select(pl.col("id").alias("agent_id"), pl.col("value").alias("text"))

    def settle_agents(self, kept: Collection[int], dropped: Collection[int]) -> None:
        """Let held agents be written, or drop them: no record may refer to these."""
        with self._lock:
            if self._settled is not None:
                self._settled.update(kept)
            if dropped:
                rows = self._agents.take_fresh()
                is_dropped = rows.get_column("id").is_in(_one_list(dropped))
                self._agents.put_back(rows.filter(~is_dropped))

    def has_many(self) -> bool:
        """Whether so many have been seen that they should be flushed."""
        known = (self._clients, self._agents, self._profiles)
        return sum(each.fresh_count for each in known) > _MOST_FRESH

    def flush(self, seen_at: dt.datetime) -> None:
        """Insert what has been met since the last flush, in the open transaction."""
        with self._lock:
            clients, agents = self._clients.take_fresh(), self._agents.take_fresh()
            if self._settled is not None:
                is_settled = agents.get_column("id").is_in(_one_list(self._settled))
                self._agents.put_back(agents.filter(~is_settled))
                agents = agents.filter(is_settled)
                self._settled.clear()
            profiles = self._profiles.take_fresh()
        fresh = self._missing("client", clients)
        if len(fresh):
            clients = described_clients(fresh.get_column("value"), self._geo)
            self._insert(
                "client",
                clients.with_columns(
                    fresh.get_column("id").alias("client_id"),
                    geo_source=pl.lit(self._geo.source),
                ),
                seen_at,
            )
        fresh = self._missing("agent", agents)
        if len(fresh):
            parsed = parse_agents(fresh.get_column("value").to_list())
            ids = fresh.get_column("id").alias("agent_id")
            self._insert("agent", parsed.with_columns(ids), seen_at)
        fresh = self._missing("request_profile", profiles)
        if len(fresh):
            self._insert("request_profile", fresh.rename({"id": "request_profile_id"}), seen_at)

    def drop_committed(self) -> None:
        """Take back what was flushed in the open transaction and others have committed by now.

        For who is alone, just before its commit: so the lake has each value once.
        """
        if last_snapshot(self._con) == last_snapshot(self._beside):
            self._written.clear()
        for table, parts in self._written.items():
            written = pl.concat(parts).alias("id").to_frame()
            with registered(self._beside, written=written):
                known = self._beside.execute(
                    f"select id from written semi join lake.{table} as known"
                    f" on known.{table}_id = id"
                ).pl()
            if len(known):
                with registered(self._con, known=known):
                    self._con.execute(
                        f"delete from lake.{table} where {table}_id in (select id from known)"
                    )
        self._written.clear()

    def forget(self) -> None:
        """Know nothing any more: after a rollback the lake does not hold what was flushed."""
        self._written.clear()
        with self._lock:
            self._clients.forget()
            self._agents.forget()
            self._profiles.forget()
            self._settled = None
            self.generation += 1

    def _missing(self, table: str, fresh: pl.DataFrame) -> pl.DataFrame:
        """The rows of `fresh` that the lake does not have, in order of their ids."""
        if fresh.is_empty():
            return fresh
        with registered(self._con, fresh=fresh):
            return self._con.execute(
                f"select fresh.* from fresh anti join lake.{table} as known"
                f" on known.{table}_id = id order by id"
            ).pl()

    def _insert(self, table: str, rows: pl.DataFrame, seen_at: dt.datetime) -> None:
        if self._beside is not self._con:
            self._written[table].append(rows.get_column(f"{table}_id"))
        insert_frame(self._con, table, rows.with_columns(seen_at=pl.lit(seen_at)))


def _one_list(ids: Collection[int]) -> pl.Series:
    return pl.Series([list(ids)], dtype=pl.List(pl.UInt64))
