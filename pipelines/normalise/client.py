"""Who asked: the client's address in one spelling, past trusted proxies, and its domain.

Clients choose much of this text themselves (`X-Forwarded-For`, the reverse DNS of their network),
so everything here is strict about what it takes for an address or a name, and quick when each
line brings a new one.
"""

import ipaddress
import re
import socket
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Self

import polars as pl
from publicsuffixlist import PublicSuffixList

from pipelines.normalise.site import IPV4_PATTERN, canonical_address, canonical_domain

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_WITH_PORT = re.compile(r"(?:\[([^\[\]]+)\]|([0-9.]+))(?::([0-9]{1,5}))?")
_LONGEST_ADDRESS = 128  # characters, with brackets, zone and port
_HIGHEST_PORT = 65_535
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def canonical_ip(text: str) -> str | None:
    """Return the address in `text`: RFC 5952 for IPv6, IPv4-mapped as IPv4.

    Port, brackets and zone id are cut off, as are spaces around it. None when it is no address;
    octets with leading zeros are none, since some read them as octal.
    """
    text = text.strip(" \t")
    if len(text) > _LONGEST_ADDRESS:
        return None
    dressed = _WITH_PORT.fullmatch(text)
    if dressed is None:
        return canonical_address(text)
    bracketed, plain, port = dressed.groups()
    if port is not None and int(port) > _HIGHEST_PORT:
        return None
    if bracketed is not None and ":" not in bracketed:
        return None
    return canonical_address(bracketed or plain)


def canonical_ips(texts: pl.Series) -> pl.Series:
    """Return `canonical_ip` of each text (String to String), null where there is none.

    A plain dotted quad is its own canonical text; only the other distinct values take the careful
    path.
    """
    is_quad = texts.str.contains(f"^{IPV4_PATTERN}$").fill_null(value=False)
    others = texts.filter(~is_quad).unique().drop_nulls()
    if others.is_empty():
        return texts.set(~is_quad, None)
    addresses = pl.Series([canonical_ip(text) for text in others], dtype=pl.String)
    careful = texts.replace_strict(others, addresses, default=None, return_dtype=pl.String)
    return texts.zip_with(is_quad, careful)


def real_client(
    peer: str | None, forwarded_for: str | None, trusted: Sequence[Network | str]
) -> str | None:
    """Return the canonical address of the client behind `trusted` proxies (CIDR networks).

    It is the right-most address of the chain `forwarded_for` + `peer` that is not trusted, so that
    forged entries on the left never count. The header is ignored when the peer itself is not
    trusted. An entry that is no address (`unknown`, a name, nothing) ends the chain: whatever
    stands left of it was not written by a proxy we can follow, so the answer is the last good
    address to its right, as it is when every entry is trusted. None when the peer is no address.
    """
    return _ranges(tuple(trusted)).real_client(peer, forwarded_for)


def real_clients(
    peers: pl.Series, forwarded_for: pl.Series, trusted: Sequence[Network | str]
) -> pl.Series:
    """Return `real_client` of each pair (String, String to String), null where there is none."""
    ranges = _ranges(tuple(trusted))
    pairs = pl.DataFrame({"peer": peers, "chain": forwarded_for})
    distinct = pairs.unique()
    clients = [ranges.real_client(peer, chain) for peer, chain in distinct.iter_rows()]
    known = distinct.with_columns(client=pl.Series(clients, dtype=pl.String))
    return pairs.join(
        known, on=["peer", "chain"], how="left", nulls_equal=True, maintain_order="left"
    ).get_column("client")


@dataclass(frozen=True)
class _Bounds:
    """First and last addresses of disjoint networks, ascending."""

    firsts: list[int]
    lasts: list[int]

    @classmethod
    def of(cls, networks: Iterable[Network]) -> Self:
        disjoint = list(networks)
        return cls([int(net[0]) for net in disjoint], [int(net[-1]) for net in disjoint])

    def hold(self, address: int) -> bool:
        index = bisect_right(self.firsts, address) - 1
        return index >= 0 and address <= self.lasts[index]


@dataclass(frozen=True)
class _Ranges:
    """The trusted networks of either family, so that a long list of proxies costs no more."""

    bounds: dict[socket.AddressFamily, _Bounds]

    def hold(self, address: str) -> bool:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return self.bounds[family].hold(int.from_bytes(socket.inet_pton(family, address)))

    def real_client(self, peer: str | None, forwarded_for: str | None) -> str | None:
        client = None if peer is None else canonical_ip(peer)
        if client is None or forwarded_for is None or not self.hold(client):
            return client
        for entry in reversed(forwarded_for.split(",")):
            address = canonical_ip(entry)
            if address is None:
                break
            client = address
            if not self.hold(client):
                break
        return client


@lru_cache(maxsize=64)
def _ranges(trusted: tuple[Network | str, ...]) -> _Ranges:
    v4: list[ipaddress.IPv4Network] = []
    v6: list[ipaddress.IPv6Network] = []
    for text in trusted:
        network = ipaddress.ip_network(text, strict=False)
        if isinstance(network, ipaddress.IPv4Network):
            v4.append(network)
        elif network.subnet_of(_MAPPED):
            packed = network.network_address.packed[12:]
            v4.append(ipaddress.IPv4Network((packed, network.prefixlen - _MAPPED.prefixlen)))
        else:
            v6.append(network)
    return _Ranges(
        {
            socket.AF_INET: _Bounds.of(ipaddress.collapse_addresses(v4)),
            socket.AF_INET6: _Bounds.of(ipaddress.collapse_addresses(v6)),
        }
    )


def is_hostname(text: str) -> bool:
    """True when `text` is a host name such as a server logs it in place of an address.

    False for an address, a name with a port, and text that is no name at all. Reverse DNS gives
    ASCII, IDN as punycode, so other text is no host name here.
    """
    if not text.isascii() or ":" in text or text != text.strip():
        return False
    name = canonical_domain(text)
    return name is not None and not _is_address(name)


def registrable_domain(host: str) -> str | None:
    """Return the part of `host` that somebody registered: `ocn.ne.jp` of `p1.tokyo.ocn.ne.jp`.

    By the public suffix list of the installed package, its private part (`blogspot.com`) too; a
    last label that the list does not know counts as a suffix. IDN is Unicode NFC. None for an
    address, a bare suffix, a single label and text that is no host name.
    """
    name = canonical_domain(host)
    if name is None or _is_address(name):
        return None
    return _suffixes().privatesuffix(name)


def registrable_domains(hosts: Iterable[str]) -> list[str | None]:
    """Return `registrable_domain` of each host, in order."""
    return [registrable_domain(host) for host in hosts]


def _is_address(name: str) -> bool:
    """True for a canonical domain that is an address: no name ends in a number or has a colon."""
    return ":" in name or (name[-1].isdigit() and canonical_address(name) is not None)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
