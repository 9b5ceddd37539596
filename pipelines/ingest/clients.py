"""Clients: address and host name, and where and whose they are."""

import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.normalise.client import registrable_domains

_SEPARATOR = "\t"  # occurs in no address and no host name


def client_texts(records: pl.DataFrame) -> pl.Series:
    """Return address and host name of each record as one text, whose distinct values are clients.

    An address alone is its own text.
    """
    address = records.get_column("client_ip").fill_null("")
    host = records.get_column("client_host")
    if host.null_count() == len(host):
        return address
    return address + (_SEPARATOR + host).fill_null("")


def client_of(text: str) -> tuple[str | None, str | None]:
    """Return address and host name of one of `client_texts`."""
    address, _, host = text.partition(_SEPARATOR)
    return address or None, host or None


def described_clients(texts: pl.Series, geo: GeoReader) -> pl.DataFrame:
    """Return a row for each of `client_texts`: client_ip, client_host, domain, place, network."""
    clients = pl.DataFrame(
        [client_of(text) for text in texts],
        schema={"client_ip": pl.String, "client_host": pl.String},
        orient="row",
    )
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
