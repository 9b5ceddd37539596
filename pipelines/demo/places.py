"""Where clients come from: address ranges by kind of network and by country.

The ranges are public assignments that open country databases place in one country whole, so that
a simulated customer of a Japanese provider is looked up as being in Japan.
"""

import ipaddress
from collections.abc import Sequence

import numpy as np

# Home lines of large Japanese providers (OCN, KDDI, SoftBank, J:COM and others).
JAPAN_HOME = (
    "153.128.0.0/10", "180.0.0.0/10", "114.160.0.0/11", "60.32.0.0/12", "106.128.0.0/10",
    "27.80.0.0/12", "111.96.0.0/12", "126.64.0.0/11", "221.64.0.0/11", "60.64.0.0/10",
    "219.160.0.0/11", "118.0.0.0/12", "14.8.0.0/14", "125.192.0.0/13", "42.144.0.0/13",
    "119.240.0.0/14", "61.112.0.0/13",
)  # fmt: skip
JAPAN_HOME_V6 = (
    "2400:4050::/28", "2400:2410::/28", "240b:10::/28", "240b:c010::/28", "240f:30::/28",
    "2400:2650::/32", "2409:10::/28", "240d:1a::/32",
)  # fmt: skip
# Carriers share one address among many phones.
JAPAN_MOBILE = (
    "49.98.128.0/17", "1.72.0.0/16", "1.66.96.0/20", "182.248.0.0/14", "163.49.192.0/18",
    "133.106.0.0/16", "133.159.148.0/22",
)  # fmt: skip
# Business lines: the address behind which an office sits.
JAPAN_OFFICE = (
    "202.32.0.0/16", "203.180.0.0/16", "210.138.0.0/16", "202.214.0.0/16", "163.139.0.0/16",
    "202.232.0.0/16",
)  # fmt: skip

ABROAD = {
    "VN": ("14.160.0.0/11", "113.160.0.0/12"),
    "BR": ("177.56.0.0/13",),
    "NL": ("77.160.0.0/12",),
    "RU": ("95.24.0.0/13",),
    "RO": ("86.120.0.0/14",),
    "US": ("73.0.0.0/8",),
    "TH": ("171.96.0.0/13",),
    "ID": ("36.64.0.0/11",),
    "IN": ("117.192.0.0/11",),
    "KR": ("175.192.0.0/10",),
    "TW": ("114.32.0.0/12",),
    "SG": ("116.14.0.0/15",),
    "CN": ("113.64.0.0/10",),
    "GB": ("86.128.0.0/10",),
    "DE": ("79.192.0.0/10",),
    "FR": ("90.0.0.0/11",),
    "AU": ("120.144.0.0/12",),
}
HOSTING = (
    "104.248.0.0/16", "165.227.0.0/16", "139.59.0.0/16", "159.65.0.0/16", "134.209.0.0/16",
    "46.101.0.0/16", "188.166.0.0/16", "51.15.0.0/16", "47.88.0.0/16", "167.94.138.0/24",
    "64.62.197.0/24", "185.220.101.0/24", "193.142.146.0/24",
)  # fmt: skip
INTERNAL = ("10.20.0.0/16",)


def draw(rng: np.random.Generator, networks: Sequence[str], count: int) -> list[str]:
    """Return `count` host addresses from `networks`, wide networks more often than narrow ones.

    No network may be narrower than 256 addresses.
    """
    parsed = [ipaddress.ip_network(network) for network in networks]
    width = np.array([min(net.max_prefixlen, 64) - net.prefixlen for net in parsed], dtype=float)
    weights = 1.3**width
    chosen = rng.choice(len(parsed), size=count, p=weights / weights.sum())
    subnet = rng.integers(0, 2**62, size=count)
    host = rng.integers(1, 255, size=count)
    addresses = []
    for index, high, low in zip(chosen.tolist(), subnet.tolist(), host.tolist(), strict=True):
        net = parsed[index]
        base = int(net.network_address)
        if isinstance(net, ipaddress.IPv4Network):
            block = high % 2 ** max(0, 24 - net.prefixlen)
            value = base + (block << 8) + low
            addresses.append(f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}")
        else:
            block = high % 2 ** (64 - net.prefixlen)
            text = ipaddress.IPv6Address(base + (block << 64) + (high * 2654435761 + low) % 2**64)
            addresses.append(str(text))
    return addresses
