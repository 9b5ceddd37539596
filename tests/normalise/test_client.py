"""Who asked: addresses, proxies, host names."""

import ipaddress
import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.normalise.client import (
    canonical_ip,
    canonical_ips,
    is_hostname,
    real_client,
    real_clients,
    registrable_domain,
    registrable_domains,
)
from pipelines.settings.model import Site

PROXIES = ("198.51.100.0/24", "2001:db8:ff::/48")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:5678", "192.0.2.7"),
        (" 192.0.2.7\t", "192.0.2.7"),
        ("0.0.0.0", "0.0.0.0"),  # noqa: S104  text of a log, nothing listens
        ("2001:DB8:0000::0001", "2001:db8::1"),
        ("2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25en0]:80", "fe80::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:c000:207]:1", "192.0.2.7"),
        ("::", "::"),
    ],
)
def test_an_address_has_one_spelling(text, address):
    """Ports, brackets, zones and the IPv4-mapped form all lead to it."""
    assert canonical_ip(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "010.0.0.1",
        "192.0.2.07",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "192.0.2.1:99999",
        "192.0.2.1:",
        "192.0.2.1:80:80",
        "192.0.2.1%eth0",
        "192.0.2.1/24",
        "[192.0.2.1]",
        "[2001:db8::1",
        "2001:db8::1]",
        "[2001:db8::1]443",
        "fe80::1%",
        "fe80::1%a%b",
        "1::2::3",
        "12345::",
        "::ffff:192.0.2.256",
        "3221225985",
        "0xc0000207",
        "１９２.0.2.1",
        "192.0.2.1\n",
        "192.0.2.1\x00",
        "unknown",
        "portal.example",
        "1" * 1_000_000,
    ],
)
def test_what_is_no_address_is_none(text):
    """Nothing is guessed: octal, short and numeric forms are no addresses."""
    assert canonical_ip(text) is None


@given(st.lists(st.one_of(st.none(), st.ip_addresses().map(str), st.text(max_size=12)), max_size=8))
def test_a_column_is_read_as_its_values_are(texts):
    """The vectorised path answers as the careful one, null for null, in order."""
    column = pl.Series("ip", texts, dtype=pl.String)
    expected = [None if text is None else canonical_ip(text) for text in texts]
    result = canonical_ips(column)
    assert result.to_list() == expected
    assert result.name == "ip"
    assert result.dtype == pl.String


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        ("198.51.100.1", "203.0.113.9", "203.0.113.9"),
        ("198.51.100.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1", "192.0.2.1, 203.0.113.9, 198.51.100.2", "203.0.113.9"),
        ("198.51.100.1", "203.0.113.9:4711,  [2001:db8:ff::1]:443", "203.0.113.9"),
        ("2001:db8:ff::1", "2001:db8:1::9", "2001:db8:1::9"),
        ("::ffff:198.51.100.1", "203.0.113.9", "203.0.113.9"),
        ("198.51.100.1", "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_client_is_the_rightmost_address_that_is_not_trusted(peer, chain, client):
    """What a client forged on the left never counts."""
    assert real_client(peer, chain, PROXIES) == client


@pytest.mark.parametrize("chain", ["192.0.2.1", "198.51.100.2", "garbage", "", None])
def test_the_header_of_a_stranger_is_ignored(chain):
    """Without a trusted peer, the peer is the client."""
    assert real_client("203.0.113.9", chain, PROXIES) == "203.0.113.9"
    assert real_client("203.0.113.9", chain, ()) == "203.0.113.9"


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        (None, "198.51.100.1"),
        ("", "198.51.100.1"),
        ("-", "198.51.100.1"),
        ("203.0.113.9, unknown", "198.51.100.1"),
        ("203.0.113.9, unknown, 198.51.100.2", "198.51.100.2"),
        ("203.0.113.9,,198.51.100.2", "198.51.100.2"),
        ("203.0.113.9, 010.0.0.1", "198.51.100.1"),
        ("203.0.113.9' or 1=1", "198.51.100.1"),
        ("198.51.100.3, 198.51.100.2", "198.51.100.3"),
    ],
)
def test_an_unreadable_entry_ends_the_chain(chain, client):
    """The last good address to its right is as far as the chain can be followed."""
    assert real_client("198.51.100.1", chain, PROXIES) == client


@pytest.mark.parametrize("peer", [None, "-", "unix:", "proxy.example"])
def test_without_a_peer_there_is_no_client(peer):
    """A header alone proves nothing."""
    assert real_client(peer, "203.0.113.9", PROXIES) is None


def test_networks_may_be_given_in_any_form():
    """As text, as objects, overlapping, as a single address, or IPv4-mapped."""
    trusted = [
        ipaddress.ip_network("198.51.100.0/25"),
        "198.51.100.0/26",
        "198.51.100.200",
        "::ffff:192.0.2.0/120",
    ]
    chain = "203.0.113.9, 192.0.2.255, 198.51.100.127"
    assert real_client("198.51.100.200", chain, trusted) == "203.0.113.9"
    assert real_client("198.51.100.201", chain, trusted) == "198.51.100.201"


@given(
    st.ip_addresses().map(str),
    st.lists(st.one_of(st.ip_addresses().map(str), st.text(max_size=8)), max_size=5),
)
def test_whatever_stands_left_of_the_client_changes_nothing(client, forged):
    """No prefix of the chain can move the answer, be it addresses or noise."""
    trusted = ["198.51.100.0/24"]
    chain = f"{client}, 198.51.100.7"
    plain = real_client("198.51.100.1", chain, trusted)
    assert plain is not None
    if ipaddress.ip_address(plain) not in ipaddress.ip_network(trusted[0]):
        assert real_client("198.51.100.1", ",".join([*forged, chain]), trusted) == plain


@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=203.0.113.9;proto=https;by=198.51.100.1", "203.0.113.9"),
        ('for="203.0.113.9:4711"', "203.0.113.9"),
        ('proto=http ; for="[2001:db8:1::9]:4711"', "2001:db8:1::9"),
        ('for="[2001:db8:1::9]:_hidden"', "2001:db8:1::9"),
        ("for=2001:db8:1::9", "2001:db8:1::9"),
        ("for=192.0.2.1, for=203.0.113.9, for=198.51.100.2", "203.0.113.9"),
        ('for=203.0.113.9;ext="a,b", for=198.51.100.2;ext="c\\",d"', "203.0.113.9"),
        # An open quotation mark of the client swallows nothing of what the proxies added.
        ('for="192.0.2.1, for=203.0.113.9', "203.0.113.9"),
        ('for="192.0.2.1\\, for=203.0.113.9, for=198.51.100.2', "203.0.113.9"),
        ("for=203.0.113.9, for=unknown", "198.51.100.1"),
        ("for=203.0.113.9, for=_hidden, for=198.51.100.2", "198.51.100.2"),
        ("for=203.0.113.9, proto=https", "198.51.100.1"),
        ("for=203.0.113.9;for=192.0.2.1", "198.51.100.1"),
        ("203.0.113.9", "198.51.100.1"),
        ("for=203.0.113.9,", "198.51.100.1"),
        ("for=" + "9" * 100_000, "198.51.100.1"),
        ('",' * 50_000, "198.51.100.1"),
    ],
)
def test_forwarded_is_followed_as_rfc_7239_writes_it(header, client):
    """Quoted, bracketed, with ports; what is hidden, unknown or no element ends the chain."""
    assert real_client("198.51.100.1", None, PROXIES, forwarded=header) == client


@given(st.text(st.sampled_from('for=",;\\ 1.:[]_'), max_size=30))
def test_whatever_stands_left_in_forwarded_changes_nothing(forged):
    """No beginning of the header can move what the proxies wrote after it."""
    header = f"{forged}, for=203.0.113.9, for=198.51.100.7"
    assert real_client("198.51.100.1", None, PROXIES, forwarded=header) == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded_for", "forwarded", "real_ip", "client"),
    [
        ("203.0.113.1", "for=203.0.113.2", "203.0.113.3", "203.0.113.1"),
        (None, "for=203.0.113.2", "203.0.113.3", "203.0.113.2"),
        ("-", "", "203.0.113.3", "203.0.113.3"),
        ("", "-", "192.0.2.1, [2001:db8:1::9]:80", "2001:db8:1::9"),
        ("unknown", "for=203.0.113.2", "203.0.113.3", "198.51.100.1"),
        (None, None, "garbage", "198.51.100.1"),
        (None, None, None, "198.51.100.1"),
    ],
)
def test_the_first_header_with_anything_in_it_counts(forwarded_for, forwarded, real_ip, client):
    """X-Forwarded-For, then Forwarded, then X-Real-IP; the others are not asked."""
    found = real_client(
        "198.51.100.1", forwarded_for, PROXIES, forwarded=forwarded, real_ip=real_ip
    )
    assert found == client


@pytest.mark.parametrize(
    ("trusted", "client"),
    [
        (("unix:",), "203.0.113.9"),
        (("127.0.0.1",), "203.0.113.9"),
        (("::/0",), "203.0.113.9"),
        (PROXIES, None),
        ((), None),
    ],
)
def test_a_unix_socket_is_trusted_as_the_machine_itself_is(trusted, client):
    """When the settings name `unix:` or a loopback address."""
    assert real_client("unix:", "203.0.113.9", trusted) == client


def test_the_settings_take_networks_and_unix_sockets_for_proxies():
    """Nothing else, and each in one spelling."""
    site = {"id": "a", "group": "g", "domains": ["a.example"], "logs": ["a/*"]}
    made = Site.model_validate({**site, "trusted_proxies": ["unix:", "192.0.2.7/24", "::1"]})
    assert made.trusted_proxies == ("unix:", "192.0.2.0/24", "::1/128")
    with pytest.raises(ValueError, match="trusted_proxies"):
        Site.model_validate({**site, "trusted_proxies": ["unix:/run/a.sock"]})


@given(st.lists(st.sampled_from(["0", "1", "10", "ffff", "abc"]), min_size=8, max_size=8))
def test_an_ipv6_address_comes_out_canonical_however_it_is_shortened(groups):
    """The quick look at a column takes no spelling that RFC 5952 would not write."""
    canonical = str(ipaddress.ip_address(":".join(groups)))
    spellings = [":".join(groups), canonical]
    spellings += [
        ":".join(groups[:start]) + "::" + ":".join(groups[end:])
        for start in range(8)
        for end in range(start + 1, 9)
        if set(groups[start:end]) == {"0"}
    ]
    expected = [canonical_ip(text) for text in spellings]
    assert canonical_ips(pl.Series(spellings)).to_list() == expected


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "-", "unix:", "198.51.100.1", "203.0.113.1", "2001:db8:ff::1"]),
            st.sampled_from([None, "-", "203.0.113.9", "x, 198.51.100.2", "unknown", ","]),
            st.sampled_from([None, "", "for=203.0.113.8", 'for="[2001:db8::1]"', "for="]),
            st.sampled_from([None, "203.0.113.7", "0"]),
        ),
        max_size=12,
    )
)
def test_a_column_of_lines_is_read_one_by_one(lines):
    """Each line by its own peer and headers, in order."""
    trusted = [*PROXIES, "unix:"]
    frame = pl.DataFrame(lines, schema=dict.fromkeys("pfwr", pl.String), orient="row")
    found = real_clients(
        frame["p"], trusted, forwarded_for=frame["f"], forwarded=frame["w"], real_ip=frame["r"]
    )
    expected = [
        real_client(peer, chain, trusted, forwarded=forwarded, real_ip=real_ip)
        for peer, chain, forwarded, real_ip in lines
    ]
    assert found.to_list() == expected


@pytest.mark.parametrize(
    ("chain", "trusted", "client"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("192.0.2.1, 203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9, 198.51.100.2", PROXIES, "203.0.113.9"),
        ("unknown", (), None),
        (None, (), None),
    ],
)
def test_a_header_logged_in_the_place_of_the_peer_is_the_chain(chain, trusted, client):
    """Its last hop was written by the proxy that the server stands behind."""
    found = real_clients(None, trusted, forwarded_for=pl.Series([chain], dtype=pl.String))
    assert found.to_list() == [client]


def test_pairs_in_a_column_are_read_one_by_one():
    """In order, nulls and repetitions included."""
    peers = pl.Series(["198.51.100.1", "203.0.113.1", None, "198.51.100.1", "198.51.100.1"])
    chains = pl.Series(["192.0.2.1", "192.0.2.1", "192.0.2.1", None, "192.0.2.1"])
    assert real_clients(peers, PROXIES, forwarded_for=chains).to_list() == [
        "192.0.2.1",
        "203.0.113.1",
        None,
        "198.51.100.1",
        "192.0.2.1",
    ]


@pytest.mark.parametrize("chain", ["198.51.100.9," * 50_000, "," * 200_000, "x" * 500_000])
def test_a_chain_of_any_length_has_an_answer(chain):
    """A megabyte of header is a chain as any other."""
    assert real_client("198.51.100.1", chain, PROXIES) == "198.51.100.1"


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("p1234-ipad.tokyo.ocn.ne.jp", "ocn.ne.jp"),
        ("P1234-IPAD.Tokyo.OCN.ne.jp.", "ocn.ne.jp"),
        ("portal.prime.example", "prime.example"),
        ("www.city.kobe.jp", "city.kobe.jp"),
        ("b.kawasaki.jp", None),
        ("x.a.b.kawasaki.jp", "a.b.kawasaki.jp"),
        ("shop.blogspot.com", "shop.blogspot.com"),
        ("www.xn--wgv71a119e.jp", "日本語.jp"),
        ("xn--55qx5d.cn", None),
        ("a.www.xn--55qx5d.cn", "www.公司.cn"),
        ("pc01.corp.internal", "corp.internal"),
    ],
)
def test_the_registrable_domain_is_what_somebody_registered(host, domain):
    """By the public suffix list: Japanese city names, private suffixes and IDN too."""
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    "host",
    ["ne.jp", "jp", "localhost", "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "", "-", "a..jp"],
)
def test_what_nobody_registered_has_no_domain(host):
    """Addresses, bare suffixes, single labels and noise."""
    assert registrable_domain(host) is None


def test_domains_of_a_list_keep_its_order():
    """One for each, null where there is none."""
    assert registrable_domains(["a.ocn.ne.jp", "", "b.prime.example"]) == [
        "ocn.ne.jp",
        None,
        "prime.example",
    ]


@pytest.mark.parametrize(
    "text", ["p1.tokyo.ocn.ne.jp", "localhost", "Host.Example.", "3com.example", "x_y.example"]
)
def test_a_host_name_is_known(text):
    """As reverse DNS gives them."""
    assert is_hostname(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        " host.example",
        "host.example:80",
        "192.0.2.1",
        "256.1.1.1",
        "2001:db8::1",
        "::1",
        "[::1]",
        "[Tue",
        "AH00558:",
        "日本.example",
        '"GET',
        "a..b",
        "*.example",
    ],
)
def test_what_is_no_host_name_is_refused(text):
    """Addresses, ports, and the first words of lines that are no records."""
    assert not is_hostname(text)


@pytest.mark.further
def test_the_suffix_list_is_read_when_it_is_needed():
    """Importing the module costs nothing of it, and reading it raises no warning."""
    script = (
        "from pipelines.normalise import client;"
        "print(client._suffixes.cache_info().currsize);"
        "client.registrable_domain('a.ocn.ne.jp'); client.registrable_domain('b.ocn.ne.jp');"
        "print(client._suffixes.cache_info().misses)"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], check=True, capture_output=True, text=True
    )
    assert run.stdout.split() == ["0", "1"]
