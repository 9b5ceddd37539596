"""Who asked: the client's address in one spelling, past trusted proxies, and its domain.

Clients choose much of this text themselves (`X-Forwarded-For`, the reverse DNS of their network),
so everything here is strict about what it takes for an address or a name, and quick when each
line brings a new one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import polars as pl
from publicsuffixlist import PublicSuffixList

from pipelines.normalise.forwarded import forwarded_hops, hops
from pipelines.normalise.networks import Network, NetworkSet, network_set
from pipelines.normalise.site import IPV4_PATTERN, canonical_address, canonical_domain

_WITH_PORT = re.compile(r"(?:\[([^\[\]]+)\]|([0-9.]+))(?::([0-9]{1,5}))?")
_LONGEST_ADDRESS = 128  # characters, with brackets, zone and port
_HIGHEST_PORT = 65_535
_GROUP = "(?:0|[1-9a-f][0-9a-f]{0,3})"
_IPV6_SPELLED = rf"^{_GROUP}(?::{_GROUP}){{7}}$"
_IPV6_SHORTENED = rf"^(?:{_GROUP}:){{1,6}}(?:(?::{_GROUP}){{1,5}}|:)$"
_IPV6_ZEROS = r"(?:^|:)0:0(?::|$)|(?:^|:)0::|::0(?::|$)"  # that `::` might have stood for
_MOST_COLONS_SHORTENED = 6
_LAST_HOP = rf"(?:^|,)[ \t]*({IPV4_PATTERN})[ \t]*$"
_LAST_FORWARDED_HOP = rf"(?:^|,)[ \t]*(?i:for)=({IPV4_PATTERN})[ \t]*$"
_UNIX = "unix:"  # how a server names a peer on a socket of its own machine
_NOTHING = ("", "-")
_LOOPBACK = ("127.0.0.1", "::1")


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

    Text that is canonical already is known by its shape; only the other distinct values take the
    careful path.
    """
    is_quad = texts.str.contains(f"^{IPV4_PATTERN}$").fill_null(value=False)
    others = texts.filter(~is_quad).unique().drop_nulls()
    if others.is_empty():
        return texts.set(~is_quad, None)
    is_canonical = _is_canonical_ipv6(others)
    irregular = others.filter(~is_canonical)
    canonical = pl.Series([canonical_ip(text) for text in irregular], dtype=pl.String)
    addresses = others.filter(is_canonical).append(canonical)
    others = others.filter(is_canonical).append(irregular)
    careful = texts.replace_strict(others, addresses, default=None, return_dtype=pl.String)
    return texts.zip_with(is_quad, careful)


def _is_canonical_ipv6(texts: pl.Series) -> pl.Series:
    """True for text that RFC 5952 would spell just so; false for what takes a closer look."""
    is_shortened = texts.str.contains(_IPV6_SHORTENED) & (
        (texts.str.count_matches(":") <= _MOST_COLONS_SHORTENED) | texts.str.ends_with("::")
    )
    return (texts.str.contains(_IPV6_SPELLED) | is_shortened) & ~texts.str.contains(_IPV6_ZEROS)


def real_client(
    peer: str | None,
    forwarded_for: str | None,
    trusted: Sequence[Network | str],
    *,
    forwarded: str | None = None,
    real_ip: str | None = None,
) -> str | None:
    """Return the canonical address of the client behind `trusted` proxies, None where none.

    `trusted` holds CIDR networks and `unix:`. It is the right-most address of the chain of hops
    and `peer` that is not trusted, so that forged entries on the left never count. The headers
    are ignored when the peer itself is not trusted. The chain is that of the first header with
    anything in it: `X-Forwarded-For`, then `Forwarded` (RFC 7239), then `X-Real-IP`; the others
    are not asked, whatever they say. An entry that is no address (`unknown`, `_hidden`, a name,
    nothing) ends the chain: whatever stands left of it was not written by a proxy we can follow,
    so the answer is the last good address to its right, as it is when every entry is trusted.

    A peer `unix:` is a process of the server's own machine: trusted when `unix:` or a loopback
    address is. Any other peer that is no address (`-`, a name, None) has no client behind it.
    """
    headers = (
        None if text is None else pl.Series([text], dtype=pl.String)
        for text in (forwarded_for, forwarded, real_ip)
    )
    in_for, in_forwarded, in_real_ip = headers
    client: str | None = real_clients(
        pl.Series([peer], dtype=pl.String),
        trusted,
        forwarded_for=in_for,
        forwarded=in_forwarded,
        real_ip=in_real_ip,
    ).item()
    return client


def real_clients(
    peers: pl.Series | None,
    trusted: Sequence[Network | str],
    *,
    forwarded_for: pl.Series | None = None,
    forwarded: pl.Series | None = None,
    real_ip: pl.Series | None = None,
) -> pl.Series:
    """Return `real_client` of each line (String to String), null where there is none.

    Headers that the format does not log are None; quotation marks must be unescaped. So are peers
    where the format logs a header in their place: then the last hop of the header stands for the
    peer, since whoever wrote it there is the one that the server trusts.

    Most lines never meet Python: those whose peer is not trusted, or whose last hop is a plain
    address.
    """
    known = _proxies(tuple(trusted))
    if peers is None:
        given = next(text for text in (forwarded_for, forwarded, real_ip) if text is not None)
        client = pl.Series([None], dtype=pl.String).new_from_index(0, len(given))
        is_open = client.is_null()
    else:
        lines = peers.alias("peer").to_frame().join(
            known.connected(peers.unique()),
            on="peer",
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )  # fmt: skip
        client, is_open = lines.get_column("client"), lines.get_column("is_trusted")
    for header, hops_of in (
        (forwarded_for, hops),
        (forwarded, forwarded_hops),
        (real_ip, hops),
    ):
        if header is None or not is_open.any():
            continue
        is_given = is_open & header.is_not_null() & ~header.is_in(_NOTHING)
        behind = known.behind(header.set(~is_given, None), hops_of)
        client = behind.zip_with(behind.is_not_null(), client)
        is_open &= ~is_given
    return client


@dataclass(frozen=True)
class _Proxies:
    """The trusted proxies of a site."""

    networks: NetworkSet
    is_unix_trusted: bool

    def connected(self, peers: pl.Series) -> pl.DataFrame:
        """`peer`, the `client` that its text is the address of, and `is_trusted`, for each."""
        client = canonical_ips(peers)
        is_trusted = self.networks.holds_each(client)
        if self.is_unix_trusted:
            is_trusted |= (peers == _UNIX).fill_null(value=False)
        return pl.DataFrame({"peer": peers, "client": client, "is_trusted": is_trusted})

    def behind(self, chains: pl.Series, hops_of: Callable[[str], Iterator[str]]) -> pl.Series:
        """Whom each chain leads to; null where it tells no address."""
        distinct = chains.unique().drop_nulls()
        last_hop = distinct.str.extract(_LAST_HOP if hops_of is hops else _LAST_FORWARDED_HOP)
        is_plain = last_hop.is_not_null() & ~self.networks.holds_each(last_hop)
        irregular = distinct.filter(~is_plain)
        careful = pl.Series(
            [self._followed(hops_of(chain)) for chain in irregular], dtype=pl.String
        )
        known = pl.DataFrame(
            {
                "chain": distinct.filter(is_plain).append(irregular),
                "client": last_hop.filter(is_plain).append(careful),
            }
        )
        return chains.alias("chain").to_frame().join(
            known, on="chain", how="left", maintain_order="left"
        ).get_column("client")  # fmt: skip

    def _followed(self, hops_back: Iterator[str]) -> str | None:
        """The first hop back that is not trusted, else the last good one before the chain ends."""
        client = None
        for hop in hops_back:
            address = canonical_ip(hop)
            if address is None:
                break
            client = address
            if not self.networks.holds(client):
                break
        return client


@lru_cache(maxsize=64)
def _proxies(trusted: tuple[Network | str, ...]) -> _Proxies:
    networks = network_set(tuple(network for network in trusted if network != _UNIX))
    is_local = any(networks.holds(address) for address in _LOOPBACK)
    return _Proxies(networks, is_unix_trusted=_UNIX in trusted or is_local)


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
