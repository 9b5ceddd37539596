"""Sets of networks, asked for one address or for a column of them."""

import ipaddress
import socket
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import polars as pl

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def is_slash64(text: str) -> bool:
    """Whether it is an IPv6 /64, as which findings name several addresses of one."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return False
    return network.version == 6 and network.prefixlen == 64  # noqa: PLR2004 - IPv6, and its /64


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
class NetworkSet:
    """Networks of either family; a long list costs no more than a short one."""

    v4: _Bounds
    v6: _Bounds

    def holds(self, address: str) -> bool:
        """True when the address (canonical text) is in one of the networks."""
        if ":" in address:
            return self.v6.hold(int.from_bytes(socket.inet_pton(socket.AF_INET6, address)))
        return self.v4.hold(int.from_bytes(socket.inet_aton(address)))

    def holds_each(self, addresses: pl.Series) -> pl.Series:
        """Return `holds` of each of `addresses` (canonical text), false for null."""
        is_v6 = addresses.str.contains(":", literal=True)
        held = self._holds_each_v4(addresses.set(is_v6, None))
        if not is_v6.any():
            return held
        others = addresses.filter(is_v6).unique()
        known = pl.Series([self.holds(address) for address in others], dtype=pl.Boolean)
        careful = addresses.replace_strict(
            others, known, default=False, return_dtype=pl.Boolean
        ).fill_null(value=False)
        return held | careful

    def _holds_each_v4(self, addresses: pl.Series) -> pl.Series:
        if not self.v4.firsts:
            return pl.repeat(value=False, n=len(addresses), eager=True)
        octets = addresses.str.split_exact(".", 3).struct.unnest().cast(pl.UInt32)
        number = octets.select(
            pl.col("field_0") * 2**24
            + pl.col("field_1") * 2**16
            + pl.col("field_2") * 2**8
            + pl.col("field_3")
        ).to_series()
        firsts = pl.Series(self.v4.firsts, dtype=pl.UInt32)
        lasts = pl.Series(self.v4.lasts, dtype=pl.UInt32)
        after = firsts.search_sorted(number.fill_null(0), side="right")
        last = lasts.gather((after.cast(pl.Int64) - 1).clip(0))
        return ((after > 0) & (number <= last)).fill_null(value=False)


@lru_cache(maxsize=64)
def network_set(networks: tuple[Network | str, ...]) -> NetworkSet:
    """Return the set of `networks`, CIDR or single addresses; IPv4-mapped ones count as IPv4.

    Raises:
        ValueError: one of them is no network.
    """
    v4: list[ipaddress.IPv4Network] = []
    v6: list[ipaddress.IPv6Network] = []
    for text in networks:
        network = ipaddress.ip_network(text, strict=False)
        if isinstance(network, ipaddress.IPv4Network):
            v4.append(network)
        elif network.subnet_of(_MAPPED):
            packed = network.network_address.packed[12:]
            v4.append(ipaddress.IPv4Network((packed, network.prefixlen - _MAPPED.prefixlen)))
        else:
            v6.append(network)
    return NetworkSet(
        _Bounds.of(ipaddress.collapse_addresses(v4)), _Bounds.of(ipaddress.collapse_addresses(v6))
    )


def address_key(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Return an address as text that sorts as addresses do: the macro of that name in SQL."""
    if address.version == 4:  # noqa: PLR2004
        return "4" + "".join(f"{octet:03d}" for octet in address.packed)
    return "6" + address.packed.hex()
