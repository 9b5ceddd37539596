"""Clients and user agents: enriched once per distinct value, referred to by stable ids."""

import datetime as dt

import duckdb
import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.ingest.identity import stable_id
from pipelines.lake import insert_frame
from pipelines.normalise.browser import parse_agents
from pipelines.normalise.client import registrable_domains
from pipelines.normalise.columns import Distinct

_CLIENT = ["client_ip", "client_host"]
_REMEMBERED = 500_000

_Client = tuple[str | None, str | None]


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
        self._known_clients: dict[_Client, int] = {}
        self._known_agents: dict[str, int] = {}
        self._clients: dict[int, _Client] = {}
        self._agents: dict[int, str] = {}

    def refer(self, records: pl.DataFrame) -> pl.DataFrame:
        """Return `records` with `client_id` and `agent_id` in place of what they stand for."""
        agents = Distinct(records.get_column("user_agent"))
        agent_ids = [self._agent_id(agent) for agent in agents.values]
        return records.drop(*_CLIENT, "user_agent").with_columns(
            self._client_ids(records),
            agents.spread(pl.Series("agent_id", agent_ids, dtype=pl.UInt64)),
        )

    def _client_ids(self, records: pl.DataFrame) -> pl.Series:
        if records.get_column("client_host").null_count() == len(records):
            addresses = Distinct(records.get_column("client_ip"))
            ids = [self._client_id(address, None) for address in addresses.values]
            ids.append(self._client_id(None, None))
            found = addresses.spread(pl.Series("client_id", ids, dtype=pl.UInt64))
            return found.fill_null(ids[-1])
        distinct = records.select(_CLIENT).unique()
        ids = [self._client_id(*client) for client in distinct.iter_rows()]
        return (
            records.select(_CLIENT)
            .join(
                distinct.with_columns(client_id=pl.Series(ids, dtype=pl.UInt64)),
                on=_CLIENT,
                how="left",
                nulls_equal=True,
                maintain_order="left",
            )
            .get_column("client_id")
        )

    def _client_id(self, address: str | None, host: str | None) -> int:
        client = (address, host)
        number = self._known_clients.get(client)
        if number is None:
            number = stable_id(address, host, self._geo.edition)
            self._known_clients[client] = number
            self._clients[number] = client
        return number

    def _agent_id(self, agent: str) -> int:
        number = self._known_agents.get(agent)
        if number is None:
            number = stable_id(agent)
            self._known_agents[agent] = number
            self._agents[number] = agent
        return number

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
        self._clients, self._agents = {}, {}
        if len(self._known_clients) > _REMEMBERED:
            self._known_clients.clear()
        if len(self._known_agents) > _REMEMBERED:
            self._known_agents.clear()

    def forget(self) -> None:
        """Know nothing any more: after a rollback the lake does not hold what was flushed."""
        self._known_clients.clear()
        self._known_agents.clear()
        self._clients, self._agents = {}, {}

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
