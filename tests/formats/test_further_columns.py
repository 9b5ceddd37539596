# ruff: noqa: E501 - lines of logs are long
"""Lines that say more than their format names: hosts and chains in front, columns between, behind."""

import polars as pl
import pytest

from pipelines.formats.names import format_of
from pipelines.formats.ncsa import FIELDS, NcsaSplitter
from tests.formats.follow_file import parsed, record_of

_TIME = "[10/Oct/2026:13:55:36 +0900]"
_COMMON = f'{_TIME} "GET /a?b HTTP/1.1" 200 5'
_COMBINED = f'{_COMMON} "https://www.example.com/" "curl/8.5.0"'


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("192.0.2.1 - -", ("192.0.2.1", None, None)),
        ("198.51.100.9, 192.0.2.1 - -", ("192.0.2.1", None, None)),
        ("198.51.100.9,192.0.2.1 - -", ("192.0.2.1", None, None)),
        ("unknown, 192.0.2.1:4711 - -", ("192.0.2.1", None, None)),
        ("192.0.2.1, unknown - -", (None, None, None)),
        ("[2001:db8::9]:443, [2001:db8::1]:80 - -", ("2001:db8::1", None, None)),
        ("192.0.2.9, p1.example.net - -", (None, "p1.example.net", None)),
        ('"198.51.100.9, 192.0.2.1" - -', ("192.0.2.1", None, None)),
        ("www.example.com 192.0.2.1 - -", ("192.0.2.1", None, "www.example.com")),
        ("www.example.com 198.51.100.9, 192.0.2.1 - -", ("192.0.2.1", None, "www.example.com")),
        ("198.51.100.80 192.0.2.1 - -", ("192.0.2.1", None, "198.51.100.80")),
        ("198.51.100.80 localhost - -", (None, "localhost", "198.51.100.80")),
        (
            'www.example.com "203.0.113.9, 198.51.100.9" 192.0.2.1 - -',
            ("192.0.2.1", None, "www.example.com"),
        ),
        ("192.0.2.1 (203.0.113.9, 198.51.100.9) - -", ("192.0.2.1", None, None)),
        ("192.0.2.1 (-) - -", ("192.0.2.1", None, None)),
        ("192.0.2.1:4711 www.example.com:443 - -", ("192.0.2.1", None, "www.example.com")),
        ("*:80 192.0.2.1 - -", ("192.0.2.1", None, None)),
    ],
)
def test_client_is_found_whatever_stands_in_front(
    front: str, expected: tuple[str | None, ...]
) -> None:
    """The peer or the right-most address is the client; the host asked for stands before it."""
    behind = ' 1234 "198.51.100.7:80, 198.51.100.8:80"'
    for source, line in (
        ("auto", _COMBINED),
        ("auto", _COMMON),
        ("auto", _COMBINED + behind),
        ("combined", _COMBINED),
        ("common", _COMMON + behind),
        ("vhost_combined", _COMBINED),
        ("vhost_combined", _COMBINED + behind),
    ):
        record = record_of(f"{front} {line}", source)
        assert (record["client_ip"], record["client_host"], record["site_domain"]) == expected
        assert (record["user_id"], record["url_query"], record["status"]) == (None, "b", 200)


def test_host_in_the_place_of_the_log_name_is_the_one_asked_for() -> None:
    """As lighttpd has it, with columns behind."""
    record = record_of(f"192.0.2.1 www.example.com - {_COMBINED} 7", "auto")
    assert (record["client_ip"], record["site_domain"]) == ("192.0.2.1", "www.example.com")


@pytest.mark.further
@pytest.mark.parametrize(
    "behind",
    [
        " 1234",
        " 0.005 0.004 .",
        ' "-"',
        ' "10.0.0.1, 10.0.0.2"',
        ' "2.51" rt=0.001 ua="198.51.100.7:80, 198.51.100.8:80 : 198.51.100.9:80" us="502, 502 : 200"',
        'rt=0.123 uct="0.000" uht="0.120"',
        " 89 0.001 [app-8080] [] 198.51.100.5:8080 59 0.000 200 529a007902362a5f51385a5fa7049884",
        " 0 0.000 [] [] - - - - 4c7d2079340e68353c7d0dfff00b904b",
        " 27 0.000 [app] [] [2001:db8::7]:80, [2001:db8::8]:80 0, 1 0.000, 1.000 502, 403 3db7",
        ' vhost=x pid=2617 request_time=562626 forwarded_for="203.0.113.3, 203.0.113.2" location="-" ',
        ' "a=b; c=d" "TLSv1.3" "-" 443',
        " MISS",
        " hit",
        " TCP_MISS:HIER_DIRECT",
        " **0/123456**",
    ],
)
def test_columns_behind_are_carried_past(behind: str) -> None:
    """Numbers, quoted lists, names of an upstream; no number is taken for a duration."""
    line = f"192.0.2.1 - st-1 {_COMBINED}{behind}"
    for source in ("auto", "combined", "vhost_combined", "nginx_main"):
        record = record_of(line, source)
        assert (record["client_ip"], record["user_id"], record["bytes"]) == ("192.0.2.1", "st-1", 5)
        assert record["referrer"] == "https://www.example.com/"
        assert (record["user_agent"], record["duration_ms"]) == ("curl/8.5.0", None)
    assert record_of(line, "tomcat")["user_agent"] == "curl/8.5.0"


@pytest.mark.parametrize(
    ("rest", "referrer", "agent"),
    [
        ('200 5 3413 "-" "curl/8.5.0" X-Forwarded-For="-"', None, "curl/8.5.0"),
        ('200 5 198.51.100.4 + 400 "http://a.example/" "curl/8.5.0"', "http://a.example/", "curl/8.5.0"),
        ('200 5 ms:71198 "http://a.example/" "curl/8.5.0" X-Forwarded-For=""', "http://a.example/", "curl/8.5.0"),
        ('200 5 - "Android" 7', None, "Android"),
        ('200 5 "http://a.example/" 7', "http://a.example/", None),
        ('200 5 "198.51.100.1, 198.51.100.2" "0.005"', None, None),
        ('200 5 "0.001, 0.002 : 0.003"', None, None),
        ('200 5 "" "" 33317 576 "http-in" "static" "----"', None, None),
        ('- - "-" "-" 0/1', None, None),
        ('0 - "-" "a" "b" "c"', None, "a"),
    ],
)  # fmt: skip
def test_referrer_and_agent_are_taken_where_they_are_sure(
    rest: str, referrer: str | None, agent: str | None
) -> None:
    """Two quoted fields that are neither addresses nor numbers; a dash and one; an address."""
    record = record_of(f'192.0.2.1 - - {_TIME} 561 "GET / HTTP/1.1" {rest}', "auto")
    assert (record["referrer"], record["user_agent"]) == (referrer, agent)
    assert record["client_ip"] == "192.0.2.1"


@pytest.mark.parametrize(
    "behind",
    [
        ' 7 "203.0.113.1, 198.51.100.7, 192.0.2.9" -',
        ' X-Forwarded-For="203.0.113.1, 198.51.100.7, 192.0.2.9"',
        ' id=7 forwarded_for=203.0.113.1,198.51.100.7,192.0.2.9 x="-"',
        ' xff="9" x_forwarded_for: "203.0.113.1, 198.51.100.7"',
    ],
)
def test_chain_behind_counts_where_proxies_are_trusted(behind: str) -> None:
    """The right-most address that is not trusted; without trusted proxies the one that connected."""
    line = f"192.0.2.1 - - {_COMBINED}{behind.replace(' 7', '', 1)}"
    assert record_of(line, "auto")["client_ip"] == "192.0.2.1"
    trusted = record_of(line, "auto", trusted_proxies=("192.0.2.0/24",))
    assert trusted["client_ip"] == "198.51.100.7"


def test_chain_in_the_place_of_the_client_ends_at_the_first_that_is_not_trusted() -> None:
    """Forged entries on the left never count, whatever else is on the line."""
    line = f"203.0.113.1, 198.51.100.7, 192.0.2.9 - - {_COMBINED}"
    for source in ("auto", "combined", '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"'):
        assert record_of(line, source)["client_ip"] == "192.0.2.9"
        trusted = record_of(line, source, trusted_proxies=("192.0.2.0/24",))
        assert trusted["client_ip"] == "198.51.100.7"


_USERS = [
    "- y", "- 203.0.113.9 - z", "x [11/Oct/2026:13:55:36 +0900]", "x 203.0.113.9 - z", "a, 203.0.113.9 - z",
    ", 203.0.113.9 - z", "203.0.113.9 -", "- - 203.0.113.9 - -", "- [11/Oct/2026:13:55:36 +0900] 5",
    "[x]", 'a\\"b', "John Smith", "203.0.113.9 (192.0.2.7) - x", "山田", " ",
]  # fmt: skip


@pytest.mark.parametrize("source", ["auto", "combined", "ncsa"])
@pytest.mark.parametrize("front", ["192.0.2.1 -", "www.example.com 192.0.2.1 -"])
@pytest.mark.parametrize("behind", ["", " 7"])
def test_user_cannot_hide_the_client(source: str, front: str, behind: str) -> None:
    """The name of a user is what a client sent: it moves no address, no time, and loses no line."""
    lines = [f"{front} {user} {_COMBINED}{behind}" for user in [*_USERS, *["-"] * 3 * len(_USERS)]]
    records, reasons, _ = parsed("\n".join(lines), source)
    assert (len(records), reasons) == (len(lines), [])
    assert {record["client_ip"] for record in records} == {"192.0.2.1"}
    assert len({record["time"] for record in records}) == 1


@pytest.mark.parametrize(
    "line",
    [
        f"192.0.2.1 - - {_COMBINED}"[:-3],
        f'192.0.2.1 - - {_COMMON} "http',
        f"192.0.2.1 - - {_COMBINED} more",
        f'192.0.2.1 - - {_TIME} "GET / HTTP/1.1" 2',
        f'192.0.2.1 - - {_TIME} "GET / HTTP/1.1" 20x 5 "-" "-" 7',
        '[Fri Sep 09 10:42:29 2011] [error] [client 192.0.2.1] "GET / HTTP/1.1" 200 5 7',
        f"a line: of words about nothing {_COMBINED} 7",
    ],
)
def test_line_that_was_cut_or_mixed_is_no_record(line: str) -> None:
    """An open quote, words of another line, no status: what is missing nobody can know."""
    for source in ("auto", "combined", "ncsa"):
        records, reasons, _ = parsed(line, source)
        assert (records, len(reasons)) == ([], 1)


def test_line_with_less_than_its_format_names_is_half_of_one() -> None:
    """Where settings name `combined`, the rest of the line has not been written yet."""
    for line in (
        f'192.0.2.1 - - {_COMMON} "-"',
        f"192.0.2.1 - - {_COMMON}",
        f"192.0.2.1 - - {_COMMON} 7",
    ):
        for source in ("combined", "vhost_combined", "nginx_main"):
            records, reasons, _ = parsed(line, source)
            assert (records, len(reasons)) == ([], 1)


def test_file_keeps_its_format_where_some_lines_say_more() -> None:
    """The plain lines decide, so that they go the fast way; the others are read all the same."""
    plain, more = f"192.0.2.1 - - {_COMBINED}", f"www.example.com 192.0.2.1 - - {_COMBINED} 7"
    records, reasons, follower = parsed("\n".join([plain] * 6 + [more] * 5))
    assert (len(records), reasons, follower.found) == (11, [], "combined")
    assert records[-1]["site_domain"] == "www.example.com"
    records, reasons, follower = parsed("\n".join([plain] * 2 + [more] * 9))
    assert (len(records), reasons, follower.found) == (11, [], "ncsa")


def test_prefix_of_a_carrier_is_no_host() -> None:
    """What syslog puts in front is removed, also where columns stand behind."""
    line = f"<190>Nov 19 09:15:00 web1 nginx: 192.0.2.1 - - {_COMBINED} 0.001 -"
    for source in ("auto", "combined"):
        record = record_of(line, source)
        assert (record["client_ip"], record["site_domain"]) == ("192.0.2.1", None)


_LETTERS = [
    "功許蓋".encode("big5"), "表示ソ".encode("shift_jis"), "ゼソ能|ポ".encode("shift_jis"),
    "日本".encode("euc_jp") + "中文é".encode("gbk") + b"\xff\x80",
]  # fmt: skip


@pytest.mark.parametrize("letters", _LETTERS)
@pytest.mark.parametrize(
    "line",
    [
        b'192.0.2.1 - - [10/Oct/2026:13:55:36 +0900] "GET /@ HTTP/1.1" 200 5 "-" "x"',
        b'192.0.2.1 - - [10/Oct/2026:13:55:36 +0900] "GET /@" 200 5 "http://a.example/@" "@"',
        b'192.0.2.1 - @ [10/Oct/2026:13:55:36 +0900] "@" 200 5 "@" "@"',
        b'192.0.2.1 - - [10/Oct/2026:13:55:36 +0900] "GET /@" 200 5 "@" "@" 7 "@"',
        b'a\xb3.example 192.0.2.1 - - [10/Oct/2026:13:55:36 +0900] "GET /@" 200 5 "@" "@"',
        b'192.0.2.1 - - [10/Oct/2026:13:55:36 +0900] "GET /@ HTTP/1.1" 200 5',
        b"2026-10-10 04:55:36 198.51.100.5 GET /@ q=@ 443 DOMAIN\\@ 192.0.2.1 M@ http://a.example/@ 200 0 0 187",
        b'{"time_iso8601":"2026-10-10T13:55:36+09:00","remote_addr":"192.0.2.1","request":"GET /@","status":200,"http_user_agent":"@"}',
        b'192.0.2.1:33 [06/Feb/2026:12:14:14.655] in@ b/s 1/0/3/6/9 200 27 - - ---- 1/1/1/1/0 0/0 {@} "GET /@"',
        b'[2026-10-10T04:55:36.310Z] "POST /@ HTTP/2" 204 - 154 0 226 100 "192.0.2.1" "@" "id" "a.example" "tcp://198.51.100.2:80"',
        b'http 2026-10-10T04:55:36.186641Z app/lb/5 192.0.2.1:2817 - -1 -1 -1 460 - 34 0 "GET http://a.example/@ HTTP/1.1" "@" - - -',
        b'7 bucket [06/Feb/2026:00:00:38 +0000] 192.0.2.1 - 3E57 REST.GET.OBJECT @ "GET /@" 200 - 1 - 7 - "@" "@" -',
    ],
)  # fmt: skip
def test_line_of_bytes_that_are_no_utf8_is_a_record(line: bytes, letters: bytes) -> None:
    """Big5 and Shift_JIS have letters that end in a backslash, which escapes nothing."""
    record = record_of(line.replace(b"@", letters), "auto")
    assert record["client_ip"] == "192.0.2.1"
    assert record["status"] in {200, 204, 460}


def test_host_of_bytes_is_nobody_and_no_reject() -> None:
    """A client column in another encoding names no host that can be told."""
    record = record_of(b"h\xe9.example - - " + _COMBINED.encode(), "combined")
    assert (record["client_ip"], record["client_host"], record["status"]) == (None, None, 200)


def test_work_on_a_long_line_grows_with_its_length() -> None:
    """Whatever a client repeats, the line is a record or a reject, soon."""
    for text in ("a, " * 9_000, '" "' * 9_000, "] [" * 9_000, "\\\\" * 9_000, "- " * 9_000):
        for line in (
            f"{text} - - {_COMBINED} 7",
            f"192.0.2.1 - {text} {_COMBINED} 7",
            f"192.0.2.1 - - {_COMBINED} {text}",
        ):
            records, reasons, _ = parsed(line, "ncsa")
            assert len(records) + len(reasons) == 1


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        (f"192.0.2.1 {_COMBINED}", "client_ip", "192.0.2.1"),
        (f"192.0.2.1 - {_COMBINED}", "user_agent", "curl/8.5.0"),
        (f"203.0.113.9, 192.0.2.1 {_COMBINED}", "client_ip", "192.0.2.1"),
        (f'192.0.2.1 - "John Smith" {_COMBINED}', "user_id", "John Smith"),
        (f"192.0.2.1 - SHOP\\tanaka {_COMBINED}", "user_id", "SHOP\\tanaka"),
        (f"192.0.2.1 - SHOP\\tanaka {_COMBINED} 7", "user_id", "SHOP\\tanaka"),
        (f"192.0.2.1 - CN=x,O=y {_COMBINED} 7", "user_id", "CN=x,O=y"),
        (f'192.0.2.1 - - {_TIME} "www.example.com" "GET /a HTTP/1.1" 200 5', "url_path", "/a"),
        (f'192.0.2.1 - - {_TIME} "GET /a HTTP/1.1" 200 "-" "curl/8.5.0"', "user_agent", "curl/8.5.0"),
    ],
)  # fmt: skip
def test_columns_may_be_missing_or_quoted(line: str, column: str, expected: str) -> None:
    """No log name, no user, no size; a user in quotes or of a Windows domain."""
    record = record_of(line, "auto")
    assert record[column] == expected
    assert (record["client_ip"], record["status"]) == ("192.0.2.1", 200)


def test_every_line_has_all_fields() -> None:
    """Lines that fit and lines that do not stand side by side."""
    frame = NcsaSplitter().split(pl.Series(["rubbish", f"192.0.2.1 - - {_COMBINED}"]))
    assert frame.columns == [*FIELDS, "reason"]
    assert frame.get_column("reason").is_null().to_list() == [False, True]


def test_lines_fit_whichever_splitter_takes_them() -> None:
    """The further one is asked only about lines that the first does not take."""
    form = format_of("combined")
    usual = f"192.0.2.1 - - {_COMBINED}"
    lines = pl.Series([usual, f"www.example.com {usual} 12", "rubbish", "", usual])
    assert form.fits(lines).to_list() == [True, True, False, False, True]
    assert form.fits(lines.head(1)).to_list() == [True]
    assert form.fits(lines.slice(2, 2)).to_list() == [False, False]
    assert form.fits(lines.clear()).to_list() == []
