"""The host that was asked for, in one spelling."""

import ipaddress
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.normalise.site import canonical_address, canonical_domain


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("Portal.PRIME.Example", "portal.prime.example"),
        ("portal.prime.example:8443", "portal.prime.example"),
        ("portal.prime.example:", "portal.prime.example"),
        ("portal.prime.example.", "portal.prime.example"),
        ("portal.prime.example.:443", "portal.prime.example"),
        (" portal.prime.example\t", "portal.prime.example"),
        ("localhost", "localhost"),
        ("r3---sn_x.example", "r3---sn_x.example"),
        ("1.2.3.example", "1.2.3.example"),
    ],
)
def test_a_name_loses_case_port_and_final_dot(host, domain):
    """Whatever a client puts around the name, the name is one."""
    assert canonical_domain(host) == domain


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("xn--wgv71a119e.example", "日本語.example"),
        ("XN--WGV71A119E.Example:80", "日本語.example"),
        ("日本語.example", "日本語.example"),
        ("か\u3099いしゃ.example", "がいしゃ.example"),
        ("日本語。example", "日本語.example"),
        ("ｐｏｒｔａｌ．ｐｒｉｍｅ．example", "portal.prime.example"),
        ("portal｡prime.example．", "portal.prime.example"),
        ("BÜCHER.example", "bücher.example"),
        ("xn--n3h.example", "xn--n3h.example"),
        ("xn--zzzz.example", "xn--zzzz.example"),
    ],
)
def test_an_international_name_is_unicode_nfc(host, domain):
    """Punycode, full-width letters and dots, and decomposed kana all give one spelling."""
    assert canonical_domain(host) == domain


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:8080", "192.0.2.1"),
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[fe80::1%25eth0]", "fe80::1"),
        ("[::ffff:192.0.2.1]", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_an_address_literal_is_the_address(host, address):
    """Brackets, port and zone are no part of it."""
    assert canonical_domain(host) == address


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        ".",
        ":80",
        "-",
        "*",
        "*.prime.example",
        "portal..example",
        ".portal.example",
        "portal.example..",
        "-portal.example",
        "portal-.example",
        "portal.example:http",
        "portal.example:123456",
        "portal example",
        "portal.example\n.example",
        "user@portal.example",
        "portal.example/path",
        "portal.example%00",
        "256.1.1.1",
        "1.2.3",
        "010.0.0.1",
        "example.0x7f",
        "[2001:db8::1",
        "[2001:db8::1]x",
        "[portal.example]",
        "[]",
        "2001:db8:::1",
        "☃.example",
        "a" * 64 + ".example",
        "a_!.xn--wgv71a119e.example",
        "é" * 60 + ".example",
        ".".join(["a" * 60] * 5),
        ".".join(["xn--wgv71a119e"] * 20),
        "a" * 1_000_000,
        "日" * 1_000_000,
    ],
)
def test_what_is_no_host_has_no_domain(host):
    """A hostile header gives null, however long it is."""
    assert canonical_domain(host) is None


@given(st.text(max_size=80))
@example("xn--a-ecp.ru")
@example("ß.example")
@example("Σ.example")
@example("İ.example")
def test_canonical_spelling_stays_as_it_is(host):
    """The spelling of a spelling is itself, for any text."""
    domain = canonical_domain(host)
    if domain is not None:
        assert canonical_domain(domain) == domain


@given(st.ip_addresses())
@example(ipaddress.IPv6Address("::192.0.2.1"))
@example(ipaddress.IPv6Address("2001:db8:0:1:1:1:1:1"))
def test_an_address_is_spelled_as_rfc_5952_says(address):
    """As Python's own `ipaddress` spells it, short or long, and IPv4-mapped as IPv4."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    expected = str(mapped or address)
    assert canonical_address(address.exploded) == expected
    assert canonical_address(str(address).upper()) == expected


@given(st.text(alphabet="0123456789abcdef:.%xg", max_size=24))
@example("::%0")
@example("::%:")
def test_only_what_ipaddress_takes_is_an_address(text):
    """The quick path of the C library is as strict as `ipaddress`."""
    try:
        expected = ipaddress.ip_address(text)
    except ValueError:
        assert canonical_address(text) is None
    else:
        # Python 3.11 cannot write out an address with a zone, which the spelling does not have.
        without_zone = ipaddress.ip_address(expected.packed)
        assert canonical_address(text) == canonical_address(without_zone.exploded)


def test_the_settings_stay_light():
    """A name's spelling needs no data library, so that reading the settings is quick."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, pipelines.normalise.site; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert "pipelines.normalise.site" in loaded
    assert not {"polars", "pydantic", "publicsuffixlist"} & set(loaded)
