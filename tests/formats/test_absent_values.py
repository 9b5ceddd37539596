# ruff: noqa: E501 - lines of logs are long
"""What servers write where there is no value, or more than one: every such line is a record."""

import json

import pytest

from tests.formats.follow_file import instant, record_of

_CADDY = {
    "level": "info", "ts": 1646861401.5, "logger": "http.log.access", "msg": "handled request",
    "request": {"remote_ip": "192.0.2.1", "proto": "HTTP/2.0", "method": "GET", "host": "a.example", "uri": "/a", "headers": {"User-Agent": ["curl/8"]}},
    "user_id": "", "duration": 0.5, "size": 7, "status": 200,
}  # fmt: skip
_NGINX = {"time_iso8601": "2026-10-10T13:55:36+09:00", "remote_addr": "192.0.2.1", "request": "GET /a HTTP/1.1", "status": 200, "body_bytes_sent": 7, "request_time": 0.5, "http_user_agent": "curl/8"}  # fmt: skip


def _line(base: dict[str, object], changes: dict[str, object]) -> str:
    return json.dumps({key: value for key, value in {**base, **changes}.items() if value != "gone"})


@pytest.mark.parametrize(
    ("base", "changes", "column", "expected"),
    [
        (_CADDY, {"status": 0}, "status", None),
        (_CADDY, {"status": "000"}, "status", None),
        (_CADDY, {"status": -1}, "status", None),
        (_CADDY, {"status": 404.0}, "status", 404),
        (_CADDY, {"size": -1}, "bytes", None),
        (_CADDY, {"size": 512.0}, "bytes", 512),
        (_CADDY, {"size": "1.2e3"}, "bytes", 1200),
        (_CADDY, {"size": "12 kB"}, "bytes", None),
        (_CADDY, {"duration": 1.9e-05}, "duration_ms", 0.019),
        (_CADDY, {"duration": "1.5ms"}, "duration_ms", 1.5),
        (_CADDY, {"duration": "1m3.5s"}, "duration_ms", 63500.0),
        (_CADDY, {"duration": "350µs"}, "duration_ms", 0.35),
        (_CADDY, {"duration": "2 apples"}, "duration_ms", None),
        (_CADDY, {"duration": None}, "duration_ms", None),
        (_CADDY, {"ts": "2022/03/09 21:30:01.500"}, "time", instant("2022-03-09T12:30:01.500Z")),
        (_CADDY, {"ts": "09/Mar/2022:21:30:01 +0000"}, "time", instant("2022-03-09T21:30:01Z")),
        (_CADDY, {"ts": 1646861401500}, "time", instant("2022-03-09T21:30:01.500Z")),
        (_CADDY, {"request": {"remote_ip": "", "client_ip": "192.0.2.8", "method": "", "uri": ""}}, "client_ip", "192.0.2.8"),
        (_CADDY, {"request": {"remote_ip": "edge connId=7, logical=sdk[router=tls:e1]", "method": "GET", "uri": "/", "headers": None}}, "client_ip", None),
        (_CADDY, {"request": {"remote_addr": "[2001:db8::1]:4711", "method": "GET", "uri": "/"}}, "client_ip", "2001:db8::1"),
        (_NGINX, {"status": "", "request": "", "body_bytes_sent": ""}, "status", None),
        (_NGINX, {"status": None, "request": None, "body_bytes_sent": None}, "method", None),
        (_NGINX, {"status": 0}, "status", None),
        (_NGINX, {"status": "404 Not Found"}, "status", 404),
        (_NGINX, {"remote_addr": "203.0.113.9, 192.0.2.1"}, "client_ip", "192.0.2.1"),
        (_NGINX, {"remote_addr": ["203.0.113.9", "192.0.2.1"]}, "client_ip", "192.0.2.1"),
        (_NGINX, {"remote_addr": "203.0.113.9,[2001:db8::7]:4711"}, "client_ip", "2001:db8::7"),
        (_NGINX, {"remote_addr": "192.0.2.1, unknown"}, "client_ip", None),
        (_NGINX, {"remote_addr": "unix:"}, "client_ip", None),
        (_NGINX, {"remote_addr": "gone", "http_x_forwarded_for": "203.0.113.9, 192.0.2.1"}, "client_ip", "192.0.2.1"),
        (_NGINX, {"http_user_agent": ["a", "b"]}, "user_agent", "a, b"),
        (_NGINX, {"http_user_agent": None, "headers": {"x": [1, {"y": None}]}}, "user_agent", None),
        (_NGINX, {"upstream_response_time": "0.001, 0.002 : 0.003"}, "duration_ms", 500.0),
        (_NGINX, {"request_time": ""}, "duration_ms", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("source", ["auto", "named"])
def test_json_without_a_value_or_with_several(
    base: dict[str, object], changes: dict[str, object], column: str, expected: object, source: str
) -> None:
    """Zero, null, empty, absent, a list, a number as text, a duration with its unit."""
    name = "caddy_json" if base is _CADDY else "nginx_json"
    record = record_of(_line(base, changes), name if source == "named" else "auto")
    assert record[column] == (pytest.approx(expected) if isinstance(expected, float) else expected)


def test_key_that_nobody_asks_for_may_stand_twice() -> None:
    """A field of the server's own that is written twice costs no line."""
    line = _line(_NGINX, {"tag": "a"})[:-1] + ',"tag":"b"}'
    assert record_of(line, "auto")["client_ip"] == "192.0.2.1"


_HAPROXY = (
    "192.0.2.1:34555 [06/Feb/2026:12:14:20.123] fe be/s1 1/0/3/6/9 200 87 - - ---- 2/2/0/0/3 0/0"
)
_ALB = 'http 2026-07-02T22:23:00.186641Z app/lb/50 192.0.2.1:2817 - -1 -1 -1 {} - 34 0 {} "-" - - - "-" "-" "-" - 2026-07-02T22:22:48.364000Z "-" "-" "-" "-" "-" "-" "-" TID_1'
_ENVOY = '[2026-04-15T20:17:00.310Z] "{}" {} {} 0 0 15 - "192.0.2.1" "-" "-" "-" "-"'
_ISTIO = '[2026-04-15T20:17:00.310Z] "{}" {} {} "-" 0 0 15 - "-" "-" "-" "-" "-" - - 198.51.100.2:80 192.0.2.1:4711 - -'
_S3 = "79a5 bucket [06/Feb/2026:00:00:38 +0000] 192.0.2.1 - 3E57 {} - {} {} - - 113 - - {} {} -"
_HEAD = "192.0.2.1 - - [10/Oct/2026:13:55:36 +0900]"
_CLOUDFRONT = (
    "2026-12-04\t21:02:31\tLAX1\t392\t192.0.2.1\tGET\td1.cloudfront.net\t/a\t{}\t-\tcurl/8\t-"
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f'{_HAPROXY} "GET /a HTTP/1.1" 0/0/0/0/1 a.example/TLSv1.3/TLS_AES_256_GCM_SHA384', ("GET", 200)),
        (f'{_HAPROXY} {{a.example||}} {{|||}} "GET /a HTTP/1.1"', ("GET", 200)),
        (f'{_HAPROXY} {{a b (X) #22c#22|}} "GET /a \\think"', (None, 200)),
        (f'{_HAPROXY} "<BADREQ>"'.replace(" 200 ", " 400 "), (None, 400)),
        (f'{_HAPROXY} ""'.replace("1/0/3/6/9 200 87", "-1/-1/-1/-1/+8490 -1 +0"), (None, None)),
        (f'{_HAPROXY} "GET / HTTP/1.1"'.replace(" - - ", " sess=a b c; set=d - "), ("GET", 200)),
        (f'{_HAPROXY} "GET / HTTP/1.1"'.replace("be/s1", "be/<NOSRV> a.example"), ("GET", 200)),
        (_ALB.format(460, '"- http://lb.example:80- -"'), (None, 460)),
        (_ALB.format("-", '"- http://lb.example:80-/ "'), (None, None)),
        (_ALB.format(400, '"GET http://a.example:80/a b HTTP/1.1"'), ("GET", 400)),
        (_ALB.format(400, '"CONNECT a.example:443 HTTP/1.1"'), ("CONNECT", 400)),
        (_ENVOY.format("- - HTTP/1.1", 400, "DPE"), (None, 400)),
        (_ENVOY.format("- - -", 0, "UF,URX"), (None, None)),
        (_ENVOY.format("GET /a HTTP/2", "-", "DC"), ("GET", None)),
        (_ISTIO.format("GET /a HTTP/2", 0, "NR route_not_found -"), ("GET", None)),
        (_ISTIO.format("GET /a HTTP/2", 418, '- "-"').replace("192.0.2.1:4711", "192.0.2.1:0"), ("GET", 418)),
        (_S3.format("BATCH.DELETE.OBJECT", "-", 204, "-", "-"), (None, 204)),
        (_S3.format("REST.GET.OBJECT", '"GET /a?x="y" HTTP/1.1"', 200, '"-"', '"a "b" c"'), ("GET", 200)),
        (_S3.format("S3.EXPIRE.OBJECT", '"-"', "-", '"-"', '"-"'), (None, None)),
        (f'{_HEAD} "GET http://a.example/b HTTP/1.1" 200 -', ("GET", 200)),
        (f'{_HEAD} "CONNECT a.example:443 HTTP/1.1" 405 0 "-" "-"', ("CONNECT", 405)),
        (f'{_HEAD} "PRI * HTTP/2.0" 400 0 "-" "-"', ("PRI", 400)),
        (f'{_HEAD} "\\x16\\x03\\x01\\x00\\xee" 400 166 "-" "-" "-"', (None, 400)),
        (f'{_HEAD} "GET /a \\"b\\" c HTTP/1.1" 404 0 "" ""', ("GET", 404)),
        (f'{_HEAD} "" 000 0 "-" "-"', (None, None)),
        (f'{_HEAD} "-" 0 -', (None, None)),
        (f'{_HEAD} "GET /a HTTP/1.1" - - "-" "-" 27 "-" "-" 0ms', ("GET", None)),
        (f'{_HEAD} "GET /a HTTP/2.0" 200 28 - "Android" 13 "web@docker" "http://198.51.100.6:80" 247ms', ("GET", 200)),
        (_CLOUDFRONT.format("000"), ("GET", None)),
        (_CLOUDFRONT.format(304) + "\tzip=1\tHit\tMRVM==\td1.cloudfront.net\thttp\t-\t0.001\t-\t-\t-\tHit\tHTTP/1.1", ("GET", 304)),
        (_CLOUDFRONT.format(304) + 21 * "\t-" + "\tnew\tnewer", ("GET", 304)),
        ("2026-10-10 04:55:36 ::1%0 GET / - 80 - 192.0.2.1 - - 0 0 64 0", ("GET", None)),
        ("2026-10-10 04:55:36 fe80::1%3 GET / a=b 80 - 192.0.2.1 - - 200 0 0 -", ("GET", 200)),
    ],
)  # fmt: skip
def test_line_without_a_value_or_with_several(
    line: str, expected: tuple[str | None, int | None]
) -> None:
    """Dashes, zeros, minus one, empty texts, columns of other years: `auto` knows each by itself."""
    record = record_of(line, "auto")
    assert (record["method"], record["status"]) == expected
    assert record["client_ip"] == "192.0.2.1"
