# ruff: noqa: E501 - lines of logs are long
"""Format strings of servers, as people write and paste them."""

import re

import polars as pl
import pytest

from pipelines.formats.check import check_format
from pipelines.formats.names import format_of
from tests.formats.follow_file import instant, parsed, record_of

_STAMP = "[19/Nov/2026:09:15:00 +0900]"
_AT = instant("2026-11-19T00:15:00Z")
_HEAD = f"192.0.2.1 - - {_STAMP}"


def _given(form: str, line: str) -> dict[str, object]:
    """Return the raw fields that have a value."""
    frame = format_of(form).split(pl.Series([line]))
    (row,) = frame.to_dicts()
    assert row.pop("reason") is None
    return row


@pytest.mark.parametrize(
    ("form", "line", "column", "expected"),
    [
        ('%h %t "%r" %>s %b %D', f'192.0.2.1 {_STAMP} "GET / HTTP/1.1" 200 5 1500', "duration_ms", 1.5),
        ("%h %t %>s %T", f"192.0.2.1 {_STAMP} 200 2", "duration_ms", 2000.0),
        ("%h %t %>s %{ms}T", f"192.0.2.1 {_STAMP} 200 2", "duration_ms", 2.0),
        ("%h %t %>s %{us}T", f"192.0.2.1 {_STAMP} 200 2500", "duration_ms", 2.5),
        ("%h %t %>s %{s}T %D", f"192.0.2.1 {_STAMP} 200 2 2500000", "duration_ms", 2500.0),
        ("%h %t %s %>s", f"192.0.2.1 {_STAMP} 302 200", "status", 200),
        ("%h %t %>s %s", f"192.0.2.1 {_STAMP} 200 302", "status", 200),
        ("%h %t %O %B", f"192.0.2.1 {_STAMP} 900 512", "bytes", 512),
        ("%h %t %O", f"192.0.2.1 {_STAMP} 900", "bytes", 900),
        ("%a %{c}a %t", f"198.51.100.7 192.0.2.1 {_STAMP}", "client_ip", "198.51.100.7"),
        ("%{c}a %t", f"192.0.2.1 {_STAMP}", "client_ip", "192.0.2.1"),
        ("%h %t %V", f"192.0.2.1 {_STAMP} WWW.Example.com", "site_domain", "www.example.com"),
        ("%h %t %v:%p", f"192.0.2.1 {_STAMP} www.example.com:443", "site_domain", "www.example.com"),
        ('%h %t "%m %U%q %H"', f'192.0.2.1 {_STAMP} "GET /a?b=c HTTP/2.0"', "url_query", "b=c"),
        ('%h %t "%m %U%q %H"', f'192.0.2.1 {_STAMP} "GET /a HTTP/2.0"', "url_path", "/a"),
        ("%h %t %m %U %q", f"192.0.2.1 {_STAMP} GET /a ?b=c", "url_query", "b=c"),
        ('%h %t "%!200,304{Referer}i"', f'192.0.2.1 {_STAMP} "http://x.example/"', "referrer", "http://x.example/"),
        ('%h %t "%400,501{User-Agent}i" %X', f'192.0.2.1 {_STAMP} "-" +', "user_agent", None),
        ('%h %t %{FOOBAR}e %f %k %L %n %P %{tid}P %R %{VARNAME}^ti "%{X-Id}o"', f'192.0.2.1 {_STAMP} - /srv/x 0 - - 77 88 proxy - "a b"', "client_ip", "192.0.2.1"),
        ("%h %<u %>u %t", f"192.0.2.1 early late {_STAMP}", "user_id", "early"),
        ("%h\\t%t\\t%{User-Agent}i", f"192.0.2.1\t{_STAMP}\tMozilla/5.0 (X)", "user_agent", "Mozilla/5.0 (X)"),
        ("%h %t 100%% %>s", f"192.0.2.1 {_STAMP} 100% 200", "status", 200),
        ('LogFormat "%h %t \\"%{User-agent}i\\"" agents', f'192.0.2.1 {_STAMP} "curl/8"', "user_agent", "curl/8"),
        ('"%h %t \\"%{User-agent}i\\""', f'192.0.2.1 {_STAMP} "curl/8"', "user_agent", "curl/8"),
        ("%h|%t|%u|%>s", f"192.0.2.1|{_STAMP}|st 1|200", "user_id", "st 1"),
    ],
)  # fmt: skip
def test_directive_of_apache_fills_its_column(
    form: str, line: str, column: str, expected: object
) -> None:
    """Each directive and modifier of mod_log_config means what its documentation says."""
    record = record_of(line, form)
    assert record["time"] == _AT
    assert record[column] == expected


@pytest.mark.parametrize(
    ("directive", "text"),
    [
        ("%t", "[19/Nov/2026:09:15:00 +0900]"),
        ("%{%d/%b/%Y:%H:%M:%S %z}t", "19/Nov/2026:09:15:00 +0900"),
        ("%{begin:%Y-%m-%dT%H:%M:%S%z}t", "2026-11-19T09:15:00+0900"),
        ("%{end:%Y-%m-%d %H:%M:%S}t", "2026-11-19 09:15:00"),
        ("%{sec}t", "1795047300"),
        ("%{msec}t", "1795047300000"),
        ("%{begin:usec}t", "1795047300000000"),
        ("[%{%d/%b/%Y:%H:%M:%S}t.%{msec_frac}t %{%z}t]", "[19/Nov/2026:09:15:00.000 +0900]"),
        ("%{%Y-%m-%d %T}t.%{usec_frac}t", "2026-11-19 09:15:00.000000"),
        ("%{sec}t.%{msec_frac}t", "1795047300.000"),
        ("%{end:sec}t %{begin:sec}t", "1795047999 1795047300"),
        ("%{%A}t %t", "Thursday [19/Nov/2026:09:15:00 +0900]"),
        ("%{%e %B %Y %I:%M:%S %p}t", "19 November 2026 09:15:00 AM"),
    ],
)
def test_time_of_apache_is_read_however_it_is_written(directive: str, text: str) -> None:
    """Formats of strftime, counts since 1970, their fractions and parts that make one time."""
    assert record_of(f"192.0.2.1 {text} 200", f"%h {directive} %>s")["time"] == _AT


@pytest.mark.parametrize(
    ("form", "line", "column", "expected"),
    [
        ("$remote_addr [$time_local] $status", f"192.0.2.1 {_STAMP} 200", "status", 200),
        ("$remote_addr $time_iso8601", "192.0.2.1 2026-11-19T09:15:00+09:00", "client_ip", "192.0.2.1"),
        ("$remote_addr $msec $request_time", "192.0.2.1 1795047300.000 0.250", "duration_ms", 250.0),
        ("$remote_addr $msec $upstream_addr $upstream_response_time $status", "192.0.2.1 1795047300.000 198.51.100.1:80, 198.51.100.2:80 0.1, 0.2 : 0.3 200", "status", 200),
        ("$remote_addr $msec $host", "192.0.2.1 1795047300.000 www.example.com", "site_domain", "www.example.com"),
        ("$remote_addr $msec $server_name $http_host", "192.0.2.1 1795047300.000 _ www.example.com:8080", "site_domain", "www.example.com"),
        ('$remote_addr $msec "$request_method $scheme://$host$request_uri $server_protocol"', '192.0.2.1 1795047300.000 "GET https://www.example.com/a?b HTTP/1.1"', "url_query", "b"),
        ("$remote_addr $msec $uri$is_args$args", "192.0.2.1 1795047300.000 /a?b=c", "url_query", "b=c"),
        ("${remote_addr} ${msec} ${remote_port}x", "192.0.2.1 1795047300.000 4711x", "client_ip", "192.0.2.1"),
        ('$remote_addr $msec "$http_user_agent" "$gzip_ratio"', '192.0.2.1 1795047300.000 "a \\x22b\\x22" "-"', "user_agent", 'a "b"'),
        ("log_format  main  '$remote_addr [$time_local] '\n   '\"$http_user_agent\"';", f'192.0.2.1 {_STAMP} "curl/8"', "user_agent", "curl/8"),
        ("time:$time_iso8601\\thost:$remote_addr\\tua:$http_user_agent\\tstatus:$status", "time:2026-11-19T09:15:00+09:00\thost:192.0.2.1\tua:a b: c\tstatus:200", "user_agent", "a b: c"),
        ("'$remote_addr [$time_local] ' '$status'", f"192.0.2.1 {_STAMP} 200", "status", 200),
        ('escape=none $remote_addr [$time_local] "$http_user_agent" $status', f'192.0.2.1 {_STAMP} "a "b" c\\" 200', "user_agent", 'a "b" c\\'),
        ("log_format json escape=json '{\"t\":\"$time_iso8601\",\"a\":\"$remote_addr\",'\n'\"u\":\"$remote_user\",\"ua\":\"$http_user_agent\",\"s\":$status}';", '{"t":"2026-11-19T09:15:00+09:00","a":"192.0.2.1","u":"","ua":"a \\"b\\" \\u0041\\/","s":200}', "user_agent", 'a "b" A/'),
        ('escape=json {"t":"$msec","a":"$remote_addr","u":"$remote_user"}', '{"t":"1795047300.000","a":"192.0.2.1","u":""}', "user_id", None),
        ('{"t":"$msec","a":"$remote_addr","ua":"$http_user_agent"}', '{"t":"1795047300.000","a":"192.0.2.1","ua":"\\x22x\\x22"}', "user_agent", '"x"'),
        ('[%START_TIME%] %DOWNSTREAM_REMOTE_ADDRESS% "%REQ(USER-AGENT)%" %DURATION%\\n', '[2026-11-19T00:15:00.000Z] 192.0.2.1:4711 "curl/8" 7', "duration_ms", 7.0),
        ("%START_TIME(%s.%3f)% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %RESPONSE_CODE%", "1795047300.000 192.0.2.1 200", "status", 200),
        ('pattern="%{yyyy-MM-dd\'T\'HH:mm:ss.SSSXXX}t %h %D %F &quot;%r&quot;"', '2026-11-19T09:15:00.000+09:00 192.0.2.1 35 1 "GET /x HTTP/1.1"', "duration_ms", 35.0),
        ("tomcat: %h %t %D %S %I", f"192.0.2.1 {_STAMP} 35 0A1B http-nio-8080-exec-1", "duration_ms", 35.0),
    ],
)  # fmt: skip
def test_variable_fills_its_column(form: str, line: str, column: str, expected: object) -> None:
    """Variables of nginx, operators of Envoy and directives of Tomcat, pasted in any manner."""
    record = record_of(line, form)
    assert record["time"] == _AT
    assert record[column] == expected


def test_chain_of_proxies_is_followed_wherever_it_stands() -> None:
    """X-Forwarded-For with spaces leads to the client within quotes and without."""
    trusted = {"trusted_proxies": ("192.0.2.0/24",)}
    for form in ('%h %t "%{X-Forwarded-For}i" %>s', "%h %t %{X-Forwarded-For}i %>s"):
        quote = '"' if '"' in form else ""
        line = f"192.0.2.1 {_STAMP} {quote}1.1.1.1, 198.51.100.7, 192.0.2.9{quote} 200"
        assert record_of(line, form, **trusted)["client_ip"] == "198.51.100.7"
        assert record_of(line, form)["client_ip"] == "192.0.2.1"


def test_cookies_are_fields_by_their_names() -> None:
    """`%{NAME}C`, `$cookie_NAME` and the whole header keep the names of cookies."""
    line = f'192.0.2.1 {_STAMP} abc "a=1; sid=x"'
    for form in ('%h %t %{JSESSIONID}C "%{Cookie}i"', '$remote_addr [$time_local] $cookie_JSESSIONID "$http_cookie"'):  # fmt: skip
        fields = _given(form, line)
        assert (fields["cookie:JSESSIONID"], fields["cookie"]) == ("abc", "a=1; sid=x")


@pytest.mark.parametrize(
    "line",
    [
        f'{_HEAD} "GET /" HTTP/1.1" 200 5 "-" "a"',
        f'{_HEAD} "GET / HTTP/1.1" 200 5 "-" "a "b" c"',
        f'192.0.2.1 - a "b" c {_STAMP} "GET / HTTP/1.1" 200 5 "-" "a"',
        f'192.0.2.1 - x [1] {_STAMP} "GET / HTTP/1.1" 200 5 "-" "a"',
    ],
)
def test_quotes_and_brackets_that_end_nothing_are_text(line: str) -> None:
    """A quote counts as an end only where the next field can begin."""
    record = record_of(line, "combined")
    assert (record["time"], record["status"], record["bytes"]) == (_AT, 200, 5)


def test_forged_end_of_a_field_deceives_nobody() -> None:
    """Escaped quotes of a client end no field, whatever stands behind them."""
    agent = r"x\" 200 5 \"-\" \"y"
    line = f'{_HEAD} "GET / HTTP/1.1" 404 7 "{agent}" "real"'
    record = record_of(line, "combined")
    assert (record["status"], record["user_agent"]) == (404, "real")
    assert record["referrer"] == 'x" 200 5 "-" "y'


@pytest.mark.parametrize(
    "raw",
    ["ソ".encode("cp932"), "表示".encode("cp932"), "日本".encode("euc_jp"), b"\xff\xfe", b"a\x00b"],
)
def test_bytes_that_are_no_utf8_make_a_record(raw: bytes) -> None:
    """Shift_JIS (a trail byte may be a backslash), EUC-JP, NUL and junk stand in any field."""
    for place in ("request", "referrer", "agent"):
        texts = {"request": b"/", "referrer": b"-", "agent": b"a", place: b"/" + raw}
        line = b'%s "GET %s HTTP/1.1" 200 5 "%s" "%s"' % (
            _HEAD.encode(), texts["request"], texts["referrer"], texts["agent"],
        )  # fmt: skip
        for source in ("combined", "auto"):
            record = record_of(line, source)
            assert (record["status"], record["method"]) == (200, "GET")


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("nothing", "unknown format 'nothing': use one of combined"),
        ("%h %>s", "holds no time of the request"),
        ("%t %>s", "holds no client address"),
        ("%h%>s %t", "there is nothing between two fields"),
        ("$remote_addr$status [$time_local]", "there is nothing between two fields"),
        ("#Fields: date time", "names no client address"),
        ("#Fields: c-ip", "names no date and time"),
        ("%h %t " + "x" * 9000, "at most 8192 characters"),
        ('{"json": 5}', "no mapping 'json'"),
    ],
)
def test_format_that_cannot_work_is_refused_with_the_reason(form: str, reason: str) -> None:
    """A format without time or client, or that cannot be split, is told before any work."""
    with pytest.raises(ValueError, match=re.escape(reason)):
        check_format(form)


def test_title_of_a_string_gives_the_format_again() -> None:
    """Pasted strings have a title without their directive, which is a format itself."""
    for form in (
        'LogFormat "%h %t \\"%r\\"" x',
        'log_format m escape=json \'{"t":"$msec",\' \'"a":"$remote_addr"}\';',
        'pattern="%h %t %D"',
        "syslog + combined",
        "docker + $remote_addr [$time_local]",
        "#Fields: date time c-ip cs-uri",
        "iis_w3c #Fields: date time c-ip cs-uri",
    ):
        found = format_of(form)
        assert format_of(found.title) == found
        assert format_of(found.title).fields == found.fields


@pytest.mark.further
def test_line_of_a_megabyte_is_read() -> None:
    """The work on a line grows with its length and no faster."""
    for text in ("a" * 1_000_000, 'a\\"' * 300_000, "\\" * 1_000_000, "] " * 400_000):
        for line in (
            f'{_HEAD} "GET /{text} HTTP/1.1" 200 5 "-" "a"',
            f'{_HEAD} "GET / HTTP/1.1" 200 5 "-" "{text}',
            f"192.0.2.1 - {text}",
        ):
            records, reasons, _ = parsed(line, "combined")
            assert len(records) + len(reasons) == 1
