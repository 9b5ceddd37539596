"""The addresses of a network among those that a role's data have, in bounded memory."""

import ipaddress
from typing import Any

from pipelines.errors import UsageError
from pipelines.query.connection import Session
from pipelines.search.question import Network
from pipelines.text.messages import message

MOST_CLIENTS = 20_000
"""Addresses of a network that one search looks for."""
_BATCH_ROWS = 10_000


def addresses_in(session: Session, sql: str, network: Network) -> list[tuple[Any, ...]]:
    """Return those rows of a query whose last column is an address of the network.

    `sql` names `$prefix`, with which its addresses begin.

    Raises:
        UsageError: more rows than MOST_CLIENTS.
        TookTooLongError: it takes longer than limits.sql_seconds.
    """
    clock = session.clock()
    with clock.running():
        session.con.execute(sql, {"prefix": _beginning(network)})
    inside: list[tuple[Any, ...]] = []
    while True:
        with clock.running():
            batch = session.con.fetchmany(_BATCH_ROWS)
        if not batch:
            return inside
        inside += [row for row in batch if _is_in(row[-1], network)]
        if len(inside) > MOST_CLIENTS:
            raise UsageError(message("search.question.network_wide"))


def _beginning(network: Network) -> str:
    """The text with which each address of a network begins; empty where none is common to all."""
    text = str(network.network_address)
    if network.version == 4:  # noqa: PLR2004 - the version of the protocol
        whole = network.prefixlen // 8
        return "".join(f"{part}." for part in text.split(".")[:whole])
    groups = network.network_address.exploded.split(":")[: network.prefixlen // 16]
    begin = ""
    for group in groups:
        if int(group, 16) == 0:  # zeros may be written as `::`
            break
        begin += f"{int(group, 16):x}:"
    return begin


def _is_in(ip: str | None, network: Network) -> bool:
    try:
        return ip is not None and ipaddress.ip_address(ip) in network
    except ValueError:
        return False  # a pseudonym in place of an address
