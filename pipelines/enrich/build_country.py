"""Makes the shipped country database from the iptoasn one, which geoip2 refuses as it is.

    python -m pipelines.enrich.build_country SOURCE.mmdb TARGET.mmdb

The source's records are `{country_code}` under a type that geoip2 does not know; the target's are
`{country: {iso_code}}`, with source, licence and date in the description, and with the networks
that carry IPv4 addresses in IPv6 leading to them. Needs the development dependencies.
"""

import argparse
import datetime as dt
import ipaddress
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import maxminddb
from geoip2.database import Reader
from geoip2.errors import AddressNotFoundError
from mmdb_writer import MMDBWriter, SearchTreeNode
from netaddr import IPNetwork, IPSet  # type: ignore[import-untyped]

from pipelines.errors import MimamoriError
from pipelines.text.messages import message

DATABASE_TYPE = "IPtoASN-Country"
SAMPLES = 100_000

# Codes of regions, which ISO 3166-1 assigns to no country.
_NO_COUNTRY = frozenset({"AP", "EU", "ZZ"})
# Networks that carry an IPv4 address behind their prefix: mapped, Teredo, 6to4.
_CARRIERS = tuple(map(ipaddress.IPv6Network, ("::ffff:0:0/96", "2001::/32", "2002::/16")))
_IPV4_DEPTH = 96


class _DatedWriter(MMDBWriter):
    """A writer that gives the target the source's date, so that the same source gives the same."""

    def __init__(self, build_epoch: int, description: str) -> None:
        super().__init__(
            ip_version=6,
            ipv4_compatible=True,
            database_type=DATABASE_TYPE,
            languages=["en"],
            description=description,
        )
        self._build_epoch = build_epoch

    def _build_meta(self) -> dict[str, Any]:
        return {**super()._build_meta(), "build_epoch": self._build_epoch}

    def alias_ipv4(self) -> None:
        """Let the carriers lead to the IPv4 part of the tree, as the file format says."""
        ipv4: Any = self.tree
        for _ in range(_IPV4_DEPTH):
            ipv4 = ipv4.left
        for carrier in _CARRIERS:
            bits = f"{int(carrier.network_address):0128b}"[: carrier.prefixlen]
            node: Any = self.tree
            for bit in bits[:-1]:
                node = node.get_or_create(int(bit))
                if not isinstance(node, SearchTreeNode):
                    raise _unexpected(carrier)
            if node[int(bits[-1])] is not None:
                raise _unexpected(carrier)
            node[int(bits[-1])] = ipv4


def _unexpected(carrier: ipaddress.IPv6Network) -> MimamoriError:
    return MimamoriError(message("enrich.build_country.carrier_with_country", carrier=carrier))


def build(source: Path, target: Path) -> int:
    """Write the country database `target` from `source`; return how many networks it holds."""
    with maxminddb.open_database(source) as database:
        epoch = database.metadata().build_epoch
        built_on = dt.datetime.fromtimestamp(epoch, dt.UTC).date()
        writer = _DatedWriter(
            epoch, f"IP to country by IPtoASN (iptoasn.com), {built_on}, PDDL-1.0"
        )
        networks = 0
        for network, record in database:
            country = _country(record)
            if country is not None:
                writer.insert_network(
                    IPSet([IPNetwork(str(network))]), {"country": {"iso_code": country}}
                )
                networks += 1
    writer.alias_ipv4()
    aside = target.with_suffix(".part")
    writer.to_db_file(str(aside))
    aside.replace(target)
    return networks


def differences(source: Path, target: Path, samples: int, seed: int) -> int:
    """Return for how many of `samples` random addresses the answers of the two files differ.

    Half of them are IPv4 and a quarter IPv6 from 2000::/3 without the carriers of IPv4, which the
    source leaves out; the rest lie within IPv6 networks that the source knows.
    """
    rng = random.Random(seed)  # noqa: S311  a sample, no secret
    differing = 0
    with maxminddb.open_database(source) as old, Reader(target) as new:
        known = [network for network, _ in old if isinstance(network, ipaddress.IPv6Network)]
        for index in range(samples):
            address = str(_drawn(rng, index % 4, known))
            differing += _country(old.get(address)) != _answer(new, address)
    return differing


def _drawn(
    rng: random.Random, quarter: int, known: Sequence[ipaddress.IPv6Network]
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if quarter == 0:
        network = rng.choice(known)
        return network[rng.randrange(network.num_addresses)]
    if quarter == 1:
        while True:
            drawn = ipaddress.IPv6Address((1 << 125) | rng.getrandbits(125))
            if not any(drawn in carrier for carrier in _CARRIERS):
                return drawn
    return ipaddress.IPv4Address(rng.getrandbits(32))


def _country(record: Any) -> str | None:
    """The country of a record of the source."""
    code = record["country_code"] if record else None
    return None if code in _NO_COUNTRY else code


def _answer(reader: Reader, address: str) -> str | None:
    try:
        return reader.country(address).country.iso_code
    except AddressNotFoundError:
        return None


def main() -> int:
    """Build, compare and say so; 1 when an answer differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="iptoasn-country.mmdb")
    parser.add_argument("target", type=Path, help="country.mmdb")
    paths = parser.parse_args()
    networks = build(paths.source, paths.target)
    differing = differences(paths.source, paths.target, SAMPLES, seed=1)
    sys.stdout.write(
        f"{paths.target}: {networks:,} networks, {paths.target.stat().st_size:,} bytes; "
        f"{differing} of {SAMPLES:,} random addresses differ from the source\n"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
