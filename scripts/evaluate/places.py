"""Where clients come from: networks by use and country, and a database of their owners.

The blocks are public assignments that the shipped country database places in one country whole.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdb_writer import MmdbU32, MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

from evaluate.dice import Dice


@dataclass(frozen=True)
class Network:
    """The blocks of one autonomous system that are used alike."""

    asn: int
    owner: str
    country: str
    blocks: tuple[str, ...]

    def pool(self, dice: Dice, subnets: int) -> "Network":
        """Return a network of only so many /24: a carrier shares few addresses among many."""
        blocks = tuple(f"{self.address(dice).rpartition('.')[0]}.0/24" for _ in range(subnets))
        return Network(self.asn, self.owner, self.country, blocks)

    def address(self, dice: Dice) -> str:
        """Return a host address, wide blocks more often than narrow ones."""
        nets = [ipaddress.IPv4Network(block) for block in self.blocks]
        net = dice.weighted({one: one.num_addresses**0.3 for one in nets})
        low = dice.randrange(1, 255)
        block = dice.randrange(max(1, net.num_addresses // 256))
        return str(net.network_address + block * 256 + low)

    def neighbours(self, dice: Dice, count: int) -> list[str]:
        """Return different addresses of one /24 of this network, or of more when it is small."""
        first = self.address(dice).rpartition(".")[0]
        return [f"{first}.{low}" for low in dice.some(range(1, 255), count)]


HOME = (
    Network(4713, "NTT Communications", "JP", ("153.128.0.0/10", "114.160.0.0/11", "60.32.0.0/12")),
    Network(2516, "KDDI", "JP", ("106.128.0.0/10", "27.80.0.0/12", "111.96.0.0/12")),
    Network(17676, "SoftBank", "JP", ("126.64.0.0/11", "221.64.0.0/11", "219.160.0.0/11")),
    Network(2527, "Sony Network Communications", "JP", ("14.8.0.0/14", "125.192.0.0/13")),
    Network(9824, "JCOM", "JP", ("42.144.0.0/13", "61.112.0.0/13")),
)
HOME_V6 = (
    ("2400:4050", 4713, "NTT Communications"),
    ("2400:2410", 17676, "SoftBank"),
    ("240b:10", 2516, "KDDI"),
)
MOBILE = (
    Network(9605, "NTT DOCOMO", "JP", ("49.98.128.0/17", "1.72.0.0/16", "1.66.96.0/20")),
    Network(2516, "KDDI", "JP", ("182.248.0.0/14", "106.146.0.0/16")),
    Network(17676, "SoftBank", "JP", ("133.106.0.0/16", "111.239.0.0/16")),
)
OFFICE = (
    Network(2497, "IIJ", "JP", ("202.32.0.0/16", "203.180.0.0/16", "210.138.0.0/16")),
    Network(2914, "NTT Global", "JP", ("202.214.0.0/16",)),
    Network(10013, "FreeBit", "JP", ("163.139.0.0/16",)),
)
HOSTING_JP = (
    Network(9370, "SAKURA Internet", "JP", ("133.242.0.0/16", "160.16.0.0/16", "49.212.0.0/16")),
)
HOSTING = (
    Network(14061, "DigitalOcean", "US", ("104.248.0.0/16", "165.227.0.0/16", "159.65.0.0/16",
            "46.101.0.0/16", "188.166.0.0/16")),
    Network(12876, "Scaleway", "FR", ("51.15.0.0/16",)),
    Network(45102, "Alibaba Cloud", "CN", ("47.88.0.0/16",)),
)  # fmt: skip
ABROAD = {
    "VN": Network(45899, "VNPT", "VN", ("14.160.0.0/11", "113.160.0.0/12")),
    "BR": Network(27699, "Telefonica Brasil", "BR", ("177.56.0.0/13",)),
    "NL": Network(1136, "KPN", "NL", ("77.160.0.0/12",)),
    "RU": Network(8402, "Vimpelcom", "RU", ("95.24.0.0/13",)),
    "RO": Network(8708, "Digi Romania", "RO", ("86.120.0.0/14",)),
    "US": Network(7922, "Comcast", "US", ("73.0.0.0/8",)),
    "TH": Network(17552, "True Online", "TH", ("171.96.0.0/13",)),
    "ID": Network(7713, "Telkom Indonesia", "ID", ("36.64.0.0/11",)),
    "IN": Network(9829, "BSNL", "IN", ("117.192.0.0/11",)),
    "KR": Network(4766, "Korea Telecom", "KR", ("175.192.0.0/10",)),
    "TW": Network(3462, "HiNet", "TW", ("114.32.0.0/12",)),
    "SG": Network(3758, "SingNet", "SG", ("116.14.0.0/15", "118.200.0.0/15")),
    "CN": Network(4134, "Chinanet", "CN", ("113.64.0.0/10",)),
    "GB": Network(2856, "British Telecom", "GB", ("86.128.0.0/10",)),
    "DE": Network(3320, "Deutsche Telekom", "DE", ("79.192.0.0/10",)),
    "FR": Network(3215, "Orange", "FR", ("90.0.0.0/11",)),
    "AU": Network(1221, "Telstra", "AU", ("120.144.0.0/12",)),
    "NG": Network(29465, "MTN Nigeria", "NG", ("102.88.0.0/13",)),
    "TR": Network(9121, "Turk Telekom", "TR", ("78.160.0.0/11",)),
}
TOURIST = ("KR", "TW", "US", "TH", "SG", "FR", "AU")  # where people from Japan travel to
GOOGLE = Network(15169, "Google", "US", ("66.249.64.0/20",))
BING = Network(8075, "Microsoft", "US", ("40.77.167.0/24", "157.55.39.0/24"))
APPLE = Network(714, "Apple", "US", ("17.241.219.0/24",))
AHREFS = Network(16276, "OVH", "FR", ("54.36.148.0/23",))
GPT = Network(8075, "Microsoft", "US", ("20.171.207.0/24",))
_ALL = (*HOME, *MOBILE, *OFFICE, *HOSTING_JP, *HOSTING, *ABROAD.values(),
        GOOGLE, BING, APPLE, AHREFS, GPT)  # fmt: skip


def prefix_v6(dice: Dice) -> str:
    """Return the /64 of a household."""
    return f"{dice.choice(HOME_V6)[0]}:{dice.randrange(1, 0xFFFF):x}:{dice.randrange(1, 0xFFFF):x}"


def host_v6(dice: Dice, prefix: str) -> str:
    """Return a privacy address of a household, as a computer makes a new one every day."""
    groups = (f"{dice.randrange(0x1000, 0xFFFF):x}" for _ in range(4))
    return f"{prefix}:{':'.join(groups)}"


def all_networks() -> Sequence[Network]:
    """Return every network that a client of a world may come from."""
    return _ALL


def write_asn_database(path: Path) -> None:
    """Write a database of autonomous systems that knows every network of the worlds."""
    writer = MMDBWriter(
        6, "GeoLite2-ASN", languages=["en"], description="simulated", ipv4_compatible=True
    )
    known = [(block, network.asn, network.owner) for network in _ALL for block in network.blocks]
    known += [(f"{prefix}::/32", asn, owner) for prefix, asn, owner in HOME_V6]
    for block, asn, owner in known:
        record = {
            "autonomous_system_number": MmdbU32(asn),
            "autonomous_system_organization": owner,
        }
        writer.insert_network(IPSet([block]), record)
    writer.to_db_file(str(path))
