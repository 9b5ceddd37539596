"""Clients and user agents: enriched once per distinct value, referred to by stable ids."""

import datetime as dt
from collections.abc import Iterable

import duckdb
import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.ingest.identity import stable_id
from pipelines.lake import insert_frame
from pipelines.normalise.browser import parse_agents
from pipelines.normalise.client import registrable_domains

_CLIENT = ["client_ip", "client_host"]
_REMEMBERED = 2_000_000


def enrich_clients(clients: pl.DataFrame, geo: GeoReader) -> pl.DataFrame:
    """Return `clients` (client_ip, client_host) with domain, place and network beside them."""
    addresses = clients.get_column("client_ip").drop_nulls().unique().to_list()
    places = geo.lookup(addresses).rename({"domain": "geo_domain"})
    hosts = clients.get_column("client_host").drop_nulls().unique().to_list()
    domains = pl.DataFrame(
        {"client_host": hosts, "host_domain": registrable_domains(hosts)},
        schema={"client_host": pl.String, "host_domain": pl.String},
    )
    return (
        clients.join(places, on="client_ip", how="left", maintain_order="left")
        .join(domains, on="client_host", how="left", maintain_order="left")
        .with_columns(client_domain=pl.coalesce("host_domain", "geo_domain"))
        .select(
            *clients.columns,
            "client_domain",
            "country",
            "subdivision",
            "city",
            "asn",
            "as_org",
        )
    )


class Dimensions:
    """Gives records their client and agent ids and adds what the lake does not know yet."""

    def __init__(self, con: duckdb.DuckDBPyConnection, geo: GeoReader) -> None:
        """Begin with no client or agent known."""
        self._con = con
        self._geo = geo
        self._known: dict[str, set[int]] = {"client": set(), "agent": set()}
        self._clients: dict[int, tuple[str | None, str | None]] = {}
        self._agents: dict[int, str] = {}

    def refer(self, records: pl.DataFrame) -> pl.DataFrame:
        """Return `records` with `client_id` and `agent_id` in place of what they stand for."""
        clients = records.select(_CLIENT).unique()
        client_ids = [stable_id(*row, self._geo.edition) for row in clients.iter_rows()]
        agents = records.select("user_agent").unique().drop_nulls()
        agent_ids = [stable_id(agent) for (agent,) in agents.iter_rows()]
        self._note(clients, client_ids, agents, agent_ids)
        return (
            records.join(
                clients.with_columns(client_id=pl.Series(client_ids, dtype=pl.UInt64)),
                on=_CLIENT,
                how="left",
                nulls_equal=True,
                maintain_order="left",
            )
            .join(
                agents.with_columns(agent_id=pl.Series(agent_ids, dtype=pl.UInt64)),
                on="user_agent",
                how="left",
                maintain_order="left",
            )
            .drop(*_CLIENT, "user_agent")
        )

    def _note(
        self,
        clients: pl.DataFrame,
        client_ids: list[int],
        agents: pl.DataFrame,
        agent_ids: list[int],
    ) -> None:
        known = self._known["client"]
        for key, row in zip(client_ids, clients.iter_rows(), strict=True):
            if key not in known:
                self._clients[key] = row
        known = self._known["agent"]
        for key, (agent,) in zip(agent_ids, agents.iter_rows(), strict=True):
            if key not in known:
                self._agents[key] = agent

    def flush(self, seen_at: dt.datetime) -> None:
        """Insert the clients and agents met since the last flush, in the open transaction."""
        missing = self._missing("client", list(self._clients))
        if missing:
            clients = pl.DataFrame(
                [(key, *self._clients[key]) for key in missing],
                schema={"client_id": pl.UInt64, "client_ip": pl.String, "client_host": pl.String},
                orient="row",
            )
            self._insert("client", enrich_clients(clients, self._geo), seen_at)
        missing = self._missing("agent", list(self._agents))
        if missing:
            parsed = parse_agents([self._agents[key] for key in missing])
            ids = pl.Series("agent_id", missing, dtype=pl.UInt64)
            self._insert("agent", parsed.with_columns(ids), seen_at)
        self._remember("client", self._clients)
        self._remember("agent", self._agents)
        self._clients, self._agents = {}, {}

    def forget(self) -> None:
        """Know nothing any more: after a rollback the lake does not hold what was flushed."""
        self._known = {"client": set(), "agent": set()}
        self._clients, self._agents = {}, {}

    def _remember(self, table: str, keys: Iterable[int]) -> None:
        known = self._known[table]
        known.update(keys)
        if len(known) > _REMEMBERED:
            known.clear()

    def _missing(self, table: str, keys: list[int]) -> list[int]:
        if not keys:
            return []
        wanted = pl.DataFrame({"key": keys}, schema={"key": pl.UInt64})
        self._con.register("wanted", wanted)
        rows = self._con.execute(
            f"select key from wanted anti join lake.{table} as known on known.{table}_id = key"
            " order by key"
        ).fetchall()
        self._con.unregister("wanted")
        return [key for (key,) in rows]

    def _insert(self, table: str, rows: pl.DataFrame, seen_at: dt.datetime) -> None:
        stamped = rows.with_columns(seen_at=pl.lit(seen_at))
        if table == "client":
            stamped = stamped.with_columns(geo_source=pl.lit(self._geo.source))
        insert_frame(self._con, table, stamped)
