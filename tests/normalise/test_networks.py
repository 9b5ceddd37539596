"""Sets of networks."""

import ipaddress

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.normalise.networks import network_set

V4 = st.builds(
    lambda address, prefix: str(ipaddress.ip_network(f"{address}/{prefix}", strict=False)),
    st.ip_addresses(v=4),
    st.integers(0, 32),
)
V6 = st.builds(
    lambda address, prefix: str(ipaddress.ip_network(f"{address}/{prefix}", strict=False)),
    st.ip_addresses(v=6),
    st.integers(0, 128),
)


def edges(networks):
    """First and last addresses of the networks, and their neighbours."""
    for network in map(ipaddress.ip_network, networks):
        for number in (
            int(network[0]) - 1, int(network[0]), int(network[-1]), int(network[-1]) + 1,
        ):  # fmt: skip
            if 0 <= number < 2**network.max_prefixlen:
                address = type(network[0])(number)
                # Canonical text has an IPv4-mapped address as IPv4.
                if getattr(address, "ipv4_mapped", None) is None:
                    yield str(address)


@given(st.lists(V4 | V6, max_size=6), st.lists(st.ip_addresses().map(str), max_size=6))
def test_a_set_holds_what_its_networks_hold(networks, others):
    """One address or a column of them, overlapping networks or none, to the last address."""
    # IPv4-mapped networks count as IPv4, which Python's own do not.
    networks = [one for one in networks if not one.startswith("::ffff:")]
    found = network_set(tuple(networks))
    plain = [ipaddress.ip_network(network) for network in networks]
    texts = [*edges(networks), *others]
    expected = [any(ipaddress.ip_address(text) in network for network in plain) for text in texts]
    assert [found.holds(text) for text in texts] == expected
    column = pl.Series([None, *texts, *texts], dtype=pl.String)
    assert found.holds_each(column).to_list() == [False, *expected, *expected]


def test_what_is_no_network_is_refused():
    """When the set is made, not when it is asked."""
    with pytest.raises(ValueError, match="proxy"):
        network_set(("proxy.example",))
