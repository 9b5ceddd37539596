"""Requests and referrers taken apart."""

import polars as pl
import pytest

from pipelines.normalise.url import effective_path, referrer_domains, split_requests

_REQUESTS = [
    ("GET / HTTP/1.1", "GET", "/", None, "HTTP/1.1"),
    ("GET /a?b=c HTTP/1.1", "GET", "/a", "b=c", "HTTP/1.1"),
    ("GET /a?b?c HTTP/2.0", "GET", "/a", "b?c", "HTTP/2.0"),
    ("GET /? HTTP/1.1", "GET", "/", None, "HTTP/1.1"),
    ("GET http://x.example/p?q HTTP/1.0", "GET", "/p", "q", "HTTP/1.0"),
    ("GET http://x.example HTTP/1.0", "GET", "/", None, "HTTP/1.0"),
    ("OPTIONS * HTTP/1.1", "OPTIONS", "*", None, "HTTP/1.1"),
    ("CONNECT a.example:443 HTTP/1.1", "CONNECT", "a.example:443", None, "HTTP/1.1"),
    ("GET /a b c HTTP/1.1", "GET", "/a b c", None, "HTTP/1.1"),
    ("PROPFIND /dav HTTP/1.1", "PROPFIND", "/dav", None, "HTTP/1.1"),
    ("GET /old", "GET", "/old", None, None),
    ("get /a HTTP/1.1", "get", "/a", None, "HTTP/1.1"),
    ("X-MAGIC-2 /a HTTP/1.1", "X-MAGIC-2", "/a", None, "HTTP/1.1"),
    ("GET\t/a?b\tHTTP/1.1", "GET", "/a", "b", "HTTP/1.1"),
    ("GET   /a   HTTP/1.1", "GET", "/a", None, "HTTP/1.1"),
    ("GET\t/old", "GET", "/old", None, None),
    ("GET  HTTP/1.1", None, None, None, None),
    ("-", None, None, None, None),
    ("", None, None, None, None),
    (r"\x16\x03\x01", None, None, None, None),
    ("foo bar", None, None, None, None),
    ("SSH-2.0-Go", None, None, None, None),
]


def test_requests_are_split_into_their_parts() -> None:
    """Origin, absolute, asterisk and authority forms; what is no HTTP is nulls, in its place."""
    found = split_requests(pl.Series([request[0] for request in _REQUESTS]))
    assert found.rows() == [request[1:] for request in _REQUESTS]


def test_null_requests_stay_null() -> None:
    """A format without requests gives nulls, not an error."""
    assert split_requests(pl.Series([None, None], dtype=pl.String)).rows() == [(None,) * 4] * 2


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/customers/1", "/customers/1"),
        ("/a/../%63ustomers//7/", "/customers/7"),
        ("/x;jsession=1/y", "/x/y"),
        ("/../../etc", "/etc"),
        ("/", "/"),
        ("*", "*"),
    ],
)
def test_effective_path_is_what_a_server_looks_up(path: str, expected: str) -> None:
    """Tricks with encoding, dots and slashes do not hide a path."""
    assert effective_path(path) == expected


def test_referrer_domain_is_its_host() -> None:
    """Credentials, ports and case are gone; what names no host is null."""
    referrers = ["https://u:p@WWW.X.example:8443/a", "android-app://com.example", "-", "/a", None]
    found = referrer_domains(pl.Series(referrers, dtype=pl.String))
    assert found.to_list() == ["www.x.example", "com.example", None, None, None]
