"""The fast path of regular lines against the path that every line can take."""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.enrich.resource import ResourceMatcher
from pipelines.formats.names import format_of
from pipelines.formats.users import with_users
from pipelines.ingest import fast_path, line_parser
from pipelines.ingest.dimensions import Dimensions
from pipelines.ingest.fast_path import REFERRED_SCHEMA, Found
from pipelines.ingest.fields import LineContext
from pipelines.ingest.line_order import OrderedRecords
from pipelines.ingest.line_parser import Batch, LineParser, referred
from pipelines.ingest.lines import NumberedBlock, lines_of
from pipelines.ingest.native.library import build, built_path, library
from pipelines.ingest.native.split import has_fast_path
from pipelines.ingest.reader import Block
from pipelines.ingest.records import parse_lines
from pipelines.ingest.request_profiles import PROFILE_SCHEMA
from pipelines.normalise.columns import Types
from pipelines.privacy.names import DATA
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.privacy.redact import Redactor
from pipelines.settings.model import Redaction, Resource, UserType

_RESOURCES = (
    Resource(id="login", kind="login", path="/login", methods=("POST",)),
    Resource(id="customer", kind="record", path="/customers/{subject}", level=3),
    Resource(id="search", kind="list", path="/find?q={subject}", level=2),
    Resource(id="export", kind="export", path="/export/*", level=3),
)
_HOSTS = [
    "192.0.2.1", "198.51.100.77", "203.0.113.255", "192.0.2.256", "192.0.02.1", "192.0.2",
    "192.0.2.1.5", "2001:db8::1", "2001:DB8:0::1", "::ffff:192.0.2.9", "[2001:db8::1]", "-",
    "host.example.net", "1.2.3.4:80", "x_y", "256", "",
]  # fmt: skip
_USERS = ["-", "st-001", "c042", '""', "a b", "[x]", "", "山田"]
_VHOSTS = [
    "www.prime.example:443", "WWW.Prime.Example:80", "a_b.example.:8080", "www.prime.example",
    "192.0.2.7:443", "[2001:db8::1]:443", "[2001:db8::1]", "-", "-:443", "", ":443", "x:",
    "x:999999", "x:-", "x:44a", "a..b:1", "xn--wgv71a.example:1", "xn--:1", "a:1:2", "_:1",
    "256.1.1.1:1", "a~b:1", "*.example:1", "日本.example:443", "y" * 64,
    ".".join(["z" * 60] * 5) + ":443",
]  # fmt: skip
_TIMES = [
    "20/Nov/2026:00:00:00 +0900", "20/Nov/2026:23:59:59 -0330", "29/Feb/2024:12:00:00 +0000",
    "29/Feb/2026:12:00:00 +0000", "31/Jun/2026:12:00:00 +0000", "01/Jan/1970:08:59:59 +0900",
    "01/Jan/1970:09:00:00 +0900", "31/Dec/2099:23:59:59 +0000", "31/Dec/2099:23:59:59 -0001",
    "29/Feb/2000:12:00:00 +1459", "28/Feb/2100:12:00:00 +0000", "31/Dec/2016:23:59:60 +0000",
    "20/nov/2026:00:00:00 +0900", "20/Nov/2026:24:00:00 +0900", "20/Nov/2026:00:60:00 +0900",
    "20/Nov/2026:00:00:00 +1500", "20/Nov/2026:00:00:00", "20/Nov/2026:00:00:00 +09:00",
    "20/Nov/2026:00:00:00.5 +0900", "0/Nov/2026:00:00:00 +0900", "", "-",
]  # fmt: skip
_REQUESTS = [
    "GET / HTTP/1.1", "GET /customers/0042?x=1 HTTP/2.0", "POST /login HTTP/1.1",
    "GET /?? HTTP/1.0",
    "HEAD /export/all.csv HTTP/3", "GET /find?q=7 HTTP/1.1", "GET /%63ustomers/7 HTTP/1.1",
    "GET /a?mail=taro%40example.jp&x=2 HTTP/1.1", "GET /a?tel=090-1234-5678 HTTP/1.1",
    "GET /reset/0123456789abcdef0123456789abcdef HTTP/1.1", "OPTIONS * HTTP/1.1", "GET /x",
    "GET http://www.prime.example/y?z HTTP/1.1", "CONNECT 192.0.2.1:443 HTTP/1.1", "-", "",
    "GET  /two HTTP/1.1", "GET /a b HTTP/1.1", "get /x HTTP/1.1", r"\x16\x03\x01", "GET /x HTTP/9",
    r"GET /a?q=\"x\" HTTP/1.1", "GET /日本 HTTP/1.1", "GET /x? HTTP/1.1", "PATCH /x?a=b?c HTTP/3.0",
    "GET /customers/5/ HTTP/1.1", "DELETE /customers/6 HTTP/1.1", "GET /a?password=x HTTP/1.1",
]  # fmt: skip
_STATUSES = ["200", "304", "401", "302", "000", "-", "20", "2000", "20x", "+20", ""]
_SIZES = ["512", "0", "-", "", "+5", "1e3", "99999999999999999999", "007", "999999999999999999"]
_REFERRERS = [
    "-", "", "https://www.prime.example/x", "https://WWW.Prime.Example:443/", "http://[2001:DB8::1]/",
    "https://u:p@site.example/", "https://site.example/?mail=taro@example.jp", "nonsense", r"a\"b",
    "https://xn--wgv71a.example/", "android-app://app.example",
]  # fmt: skip
_AGENTS = ["-", "", "Mozilla/5.0 (X11)", "curl/8", "x taro@example.jp", r"a\"b", "a\tb", "ｶﾅ", "]["]
_ENDS = ["\n", "\n", "\n", "\r\n", "\r\r\n", " \n", "x\n"]


@pytest.fixture(autouse=True, scope="module")
def _library() -> Iterator[None]:
    """The library as installation leaves it; without a compiler there is nothing to compare."""
    problem = build()
    if problem is not None:
        pytest.skip(problem)
    library.cache_clear()
    yield
    library.cache_clear()


def _context(form: str = "combined", users: tuple[str, ...] = (), **more: Any) -> LineContext:
    return LineContext(
        format=with_users(format_of(form), users),
        timezone="Asia/Tokyo",
        day_zone="Asia/Tokyo",
        user_types=(UserType(pattern="^st-", type="staff"),),
        resources=ResourceMatcher(_RESOURCES),
        **{"redactor": Redactor(Redaction()), **more},
    )


def _dimensions(kind: type[Dimensions] = Dimensions) -> Dimensions:
    return kind(None, SimpleNamespace(edition="edition"), Pseudonyms())  # type: ignore[arg-type]


def _texts(batch: Batch) -> pl.DataFrame:
    """The records, with texts that came numbered."""
    return batch.parsed.records.cast(pl.Schema(REFERRED_SCHEMA))


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("source", "line_no")


class _Unnumbered(Dimensions):
    """Dimensions for which texts are texts, as they are in `parse`."""

    @property
    def profile_types(self) -> Types:
        return PROFILE_SCHEMA


def _in_order(context: LineContext, blocks: list[NumberedBlock]) -> pl.DataFrame:
    """The records as `parse` puts them together, by threes."""
    parser = LineParser(context, _dimensions(_Unnumbered))
    found = parser.found(blocks)
    if isinstance(found, Found):
        twice = parser.irregular([found, found])
        assert_frame_equal(twice[0].records, twice[1].records)
        ordered = OrderedRecords(twice[1], found)
    else:
        ordered = OrderedRecords(found)
    portions = [ordered.portion(*each) for each in ordered.portions(3)]
    return pl.concat([pl.DataFrame(schema=REFERRED_SCHEMA), *portions])


def _assert_alike(contents: list[bytes], context: LineContext) -> pl.DataFrame:
    """Both ways give the same; return the records."""
    known, dimensions = _dimensions(), _dimensions()
    parser = LineParser(context, known)
    blocks = [
        NumberedBlock(Block(content, offset=0 if number % 2 else 77), 1 + 1000 * number)
        for number, content in enumerate(contents)
    ]
    readings: Any = tuple(range(len(contents)))
    batches = [*parser.parse(blocks, readings), *parser.rest()]
    expected = parse_lines(lines_of(blocks), context)
    records = pl.concat([_texts(batch) for batch in batches])
    assert all(batch.readings == readings for batch in batches)
    expected_records = referred(expected.records, dimensions)
    assert_frame_equal(_sorted(records), _sorted(expected_records))
    assert_frame_equal(_in_order(context, blocks), expected_records)
    rejects = pl.concat([batch.parsed.rejects for batch in batches])
    assert_frame_equal(_sorted(rejects), _sorted(expected.rejects))
    comments = pl.concat([batch.parsed.comments for batch in batches])
    assert comments.sort().to_list() == expected.comments.sort().to_list()
    assert dict(known._agents.take_fresh().rows()) == dict(dimensions._agents.take_fresh().rows())
    assert dict(known._clients.take_fresh().rows()) == dict(dimensions._clients.take_fresh().rows())
    return records


def _line(chance: random.Random, irregularity: float, form: str = "combined") -> bytes:
    def one(usual: int, values: list[str]) -> str:
        return chance.choice(values if chance.random() < irregularity else values[:usual])

    line = (
        f"{one(3, _HOSTS)} - {one(3, _USERS)} [{one(3, _TIMES)}] "
        f'"{one(10, _REQUESTS)}" {one(4, _STATUSES)} {one(3, _SIZES)} '
        f'"{one(4, _REFERRERS)}" "{one(4, _AGENTS)}"'
    ).encode()
    if form == "vhost_combined":
        line = f"{one(4, _VHOSTS)} ".encode() + line
    while chance.random() < irregularity:
        place = chance.randrange(len(line) + 1)
        byte = bytes([chance.choice([*b'" \\[]?#%-\0\r\t\xef\xff', chance.randrange(11, 256)])])
        line = line[:place] + (byte if chance.random() < 0.5 else b"") + line[place + 1 :]
    return line + one(3, _ENDS).encode()


@pytest.mark.parametrize("seed", range(12))
def test_both_ways_make_the_same_records(seed: int) -> None:
    """Whatever a line holds, the compiled way makes of it what the other makes."""
    chance = random.Random(seed)  # noqa: S311
    irregularity = chance.choice([0.02, 0.1, 0.3])
    form = "combined" if seed % 2 else "vhost_combined"
    contents = [
        b"".join(_line(chance, irregularity, form) for _ in range(chance.choice([1, 50, 400])))
        for _ in range(chance.choice([1, 3]))
    ]
    if seed % 3 == 0:
        contents[0] = b"\xef\xbb\xbf" + contents[0]
    if seed % 4 == 0:
        contents = [b"\0\0" + content for content in contents]
    _assert_alike(contents, _context(form))


@pytest.mark.parametrize(
    "form",
    [
        "combined",
        *(pytest.param(form, marks=pytest.mark.further) for form in ("common", "combinedio")),
    ],
)
def test_each_part_in_each_form(form: str) -> None:
    """Every usual and irregular text of every field, one at a time."""
    usual = ["192.0.2.1", "-", _TIMES[0], _REQUESTS[0], "200", "512", "-", "curl/8"]
    lines = []
    for place, values in enumerate(
        (_HOSTS, _USERS, _TIMES, _REQUESTS, _STATUSES, _SIZES, _REFERRERS, _AGENTS)
    ):
        for value in values:
            parts = [*usual[:place], value, *usual[place + 1 :]]
            host, user, time, request, status, size, referrer, agent = parts
            line = f'{host} - {user} [{time}] "{request}" {status} {size}'
            if form != "common":
                line += f' "{referrer}" "{agent}"'
            if form == "combinedio":
                line += " 300 900"
            lines.append(line)
    lines += ["", "   ", "#", f"# {lines[0]}", f'#"{lines[0]}']
    for end in ("\n", "\r\n"):
        _assert_alike([end.join([*lines, ""]).encode()], _context(form))


@pytest.mark.parametrize(
    ("form", "field_bytes"),
    [("vhost_combined", None), ("vhost_combined", 20), ("vhost_common", 256), ("lighttpd", None)],
)
def test_virtual_host_is_the_same_in_both_ways(form: str, field_bytes: int | None) -> None:
    """With a port or without, of any spelling, cut where a field may not be so long."""
    before, behind = {
        "vhost_combined": ("{} ", ' "-" "curl/8"'),
        "vhost_common": ("{} ", ""),
        "lighttpd": ("", ' "-" "curl/8"'),
    }[form]
    lines = [
        f"{before.format(vhost)}192.0.2.1 {vhost if not before else '-'} st-7 [{_TIMES[0]}]"
        f' "GET /x HTTP/1.1" 200 5{behind}\n'
        for vhost in _VHOSTS
    ]
    records = _assert_alike(["".join(lines).encode()], _context(form, field_bytes=field_bytes))
    assert "www.prime.example" in records.get_column("site_domain").to_list()


def test_long_request_is_cut_in_both_ways() -> None:
    """The limit is that of a field of the log, which is the request as a whole."""
    lines = [
        f'192.0.2.1 - - [{_TIMES[0]}] "GET /{"x" * path}?q={"y" * query} HTTP/1.1" 200 5\n'
        for path in (1, 200, 460)
        for query in (1, 250, 282, 283, 290, 300)
    ]
    records = _assert_alike(["".join(lines).encode()], _context("common", field_bytes=500))
    assert sum("cut:" in query for query in records.get_column("url_query")) > 3


def test_many_irregular_lines_are_not_looked_at_twice() -> None:
    """After such a chunk the next ones go the other way at once, and then are looked at again."""
    parser = LineParser(_context("nginx_main"), _dimensions())
    line = '192.0.2.1 - - [{}] "GET /x HTTP/1.1" 200 5 "-" "curl/8" "{}"\n'
    odd = line.format(_TIMES[0], "198.51.100.9").encode() * 4
    plain = line.format(_TIMES[0], "-").encode() * 4

    def is_found(content: bytes) -> bool:
        return isinstance(parser.found([NumberedBlock(Block(content, 0), 1)]), Found)

    assert is_found(plain)
    assert not is_found(odd)
    tried = [is_found(plain) for _ in range(20)]
    assert tried.index(True) == len(tried) - sum(tried)
    assert 0 < tried.index(True) < 12


@pytest.mark.parametrize("proxies", [(), ("192.0.2.0/24",)])
def test_who_stands_behind_a_proxy_is_the_same_in_both_ways(proxies: tuple[str, ...]) -> None:
    """A line that names such a client goes the other way."""
    lines = [
        f'{vhost}192.0.2.1 - st-7 [{_TIMES[0]}] "GET /x HTTP/1.1" 200 5 "-" "curl/8" "{chain}"\n'
        for chain in ("-", "", "198.51.100.9", "198.51.100.9, 192.0.2.5", "unknown", "x y")
        for vhost in ("", "www.prime.example ")
    ]
    content = "".join(lines).encode()
    records = _assert_alike([content], _context("nginx_main", trusted_proxies=proxies))
    assert ("198.51.100.9" in _clients_of(content, proxies)) == bool(proxies)
    assert len(records) == len(lines)


def _clients_of(content: bytes, proxies: tuple[str, ...]) -> list[str]:
    parsed = parse_lines(
        lines_of([NumberedBlock(Block(content, 0), 1)]),
        _context("nginx_main", trusted_proxies=proxies),
    )
    return parsed.records.get_column("client_ip").to_list()


_USER_FORM = '%h %l %u %t "%r" %>s %b "%{X-User}i" %{user}e'
_HEADERS = ["taro", "st-7", "-", "", " taro", "taro ", "  ", "a b", '""', r"\"taro\"",
            r"SHOP\\taro", "taro@example.jp", "4111111111111111", "\xe5\xb1\xb1", "a\tb",
            '"', "[x]"]  # fmt: skip


@pytest.mark.parametrize(
    "users",
    [
        ("%{x-user}i",),
        ("%{x-user}i", "%u"),
        ("%u", "%{user}e", "%{x-user}i"),
        ("%{user}e", "%{x-user}i", "%u"),
    ],
)
def test_user_of_settings_is_the_same_in_both_ways(users: tuple[str, ...]) -> None:
    """Whichever of several fields names the user, and whatever they hold."""
    lines = [
        f'192.0.2.1 - {own} [{_TIMES[0]}] "GET /a HTTP/1.1" 200 5 "{header}" {variable}\n'
        for own in _USERS
        for header in _HEADERS
        for variable in ("-", "dan", "a b", '""')
    ]
    records = _assert_alike(["".join(lines).encode()], _context(_USER_FORM, users))
    found = set(records.get_column("user_id").drop_nulls())
    assert {"taro", "a b"} <= found
    assert ("dan" in found) == ("%{user}e" in users)
    assert "4111111111111111" not in found
    assert {"st-7"} <= set(
        records.filter(pl.col("user_type") == "staff").get_column("user_id").to_list()
    )


def test_user_of_a_header_goes_the_compiled_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site whose users stand in a quoted field is read as fast as any other."""
    monkeypatch.setattr(line_parser, "parse_lines", None)
    line = f'192.0.2.1 - bob [{_TIMES[0]}] "GET /x HTTP/1.1" 200 5 "taro yamada" -\n'
    parser = LineParser(_context(_USER_FORM, ("%{user}e", "%{x-user}i", "%u")), _dimensions())
    (batch,) = parser.parse([NumberedBlock(Block(line.encode(), 0), 1)], (0,))  # type: ignore[arg-type]
    assert batch.parsed.records.get_column("user_id").to_list() == ["taro yamada"]
    assert parser.rest() == []


def test_plain_lines_go_the_compiled_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What servers mostly write needs no second look, addresses of IPv6 neither."""
    monkeypatch.setattr(line_parser, "parse_lines", None)
    content = "".join(
        f'{host} - - [20/Nov/2026:00:00:00 +0900] "GET /x?{number} HTTP/1.1" 200 5 "-" "curl/8"\n'
        for number, host in enumerate(["192.0.2.1", "2001:db8::1"] * 3)
    ).encode()
    parser = LineParser(_context(), _dimensions())
    (batch,) = parser.parse([NumberedBlock(Block(content, 0), 1)], ())
    assert len(batch.parsed.records) == 6
    assert parser.rest() == []


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("vhost_combined", 'a.example:443 {} - - [{}] "GET /x HTTP/1.1" 200 5 "-" "curl/8"\n'),
        ("vhost_combined", 'a.example {} - - [{}] "GET /x HTTP/1.1" 200 5 "-" "curl/8"\n'),
        ("vhost_common", 'a.example {} - - [{}] "GET /x HTTP/1.1" 200 5\n'),
        ("lighttpd", '{} a.example - [{}] "GET /x HTTP/1.1" 200 5 "-" "curl/8"\n'),
        ("nginx_main", '{} - - [{}] "GET /x HTTP/1.1" 200 5 "-" "curl/8" "-"\n'),
    ],
)
def test_common_formats_go_the_compiled_way(
    form: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of servers of many sites, and nginx behind no proxy, need no second look."""
    monkeypatch.setattr(line_parser, "parse_lines", None)
    content = line.format("192.0.2.1", _TIMES[0]).encode() * 3
    parser = LineParser(_context(form), _dimensions())
    (batch,) = parser.parse([NumberedBlock(Block(content, 0), 1)], ())
    assert len(batch.parsed.records) == 3
    domains = set(batch.parsed.records.get_column("site_domain"))
    assert domains == ({None} if form == "nginx_main" else {"a.example"})
    assert parser.rest() == []


_NAMES = [
    "page",
    "q",
    "cid",
    "utm_source",
    "order_id",
    "token",
    "user.tel",
    "my-number",
    "a",
    "",
    "x" * 40,
]
_VALUES = [
    "", "1", "autumn_41", "4.226.2", "2026-11-20", "96499798", "123456789", "4111111111111111",
    "0312345678", "090-1234-5678", "eyJabcde.fghij", "AKIAABCDEFGHIJKLMNOP", "%E5%90%8D", "-", "~",
    "a%40b.example", "a@b.example", "abcdefghijkl", "abcdefghijklm", "password", "a=password",
    "a+b", "[token]", "x_1234_5678", "008190", "%E3%82%A8%E3%82%A2+%E8%BB%8A", "tel%e7%95%aa",
    "%E3%83%9E%E3%82%A4%E3%83%8A%E3%83%B3%E3%83%90%E3%83%BC", "123456789018", "Basic+dXNlcjp4",
    "GP5-1234567", "%E5%B1%B1%E7%94%B0%E6%A7%98", "%E4%BD%90%E8%97%A4%E3%81%95%E3%82%93",
    "%E3%80%92150", "%EF%BC%90%EF%BC%93", "0%E3%83%BC3%E3%83%BC1234", "%E3%82", "+81+3", "%8E%9A",
]  # fmt: skip


@pytest.mark.further
@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from(_NAMES), st.sampled_from(_VALUES)), min_size=1, max_size=4
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(["&", "&", ";", "&&"]),
)
def test_queries_that_are_passed_over_hold_nothing(
    queries: list[list[tuple[str, str]]], between: str
) -> None:
    """Once the names of parameters are known, a simple query is as if it were scanned."""
    content = "".join(
        '192.0.2.1 - - [20/Nov/2026:00:00:00 +0900] "GET /x?'
        + between.join(f"{name}={value}" for name, value in query)
        + ' HTTP/1.1" 200 5 "-" "curl/8"\n'
        for query in queries
    ).encode()
    block = NumberedBlock(Block(content, 0), 1)
    parser, context = LineParser(_context(), _dimensions()), _context()
    expected = referred(parse_lines(lines_of([block]), context).records, _dimensions())
    for _ in range(2):
        batches = [*parser.parse([block], ()), *parser.rest()]
        records = pl.concat([_texts(batch) for batch in batches])
        assert_frame_equal(_sorted(records), _sorted(expected))


def test_no_token_is_as_short_as_a_simple_value() -> None:
    """A form of token that fits into one would never be looked for there."""
    for form in DATA["token_forms"]:
        shortest, _ = _parser.parse(form["pattern"]).getwidth()
        shortest += len("asic+") * ("[ +:])" in form["pattern"])  # what must stand before it
        assert shortest > 12, form


def test_simple_queries_are_not_scanned_again() -> None:
    """Short words and ids of harmless parameters are passed over, no secrets and no own rules."""
    own = {"kind": "ticket", "pattern": "t-[0-9]+", "columns": ["url_query"]}
    every = list(range(13))
    for redaction, scanned in (
        (Redaction(), [2, 3, 6, 7, 8, 9, 10, 11, 12]),
        (Redaction(patterns=(own,)), every),
    ):
        redactor = Redactor(redaction)
        parser = LineParser(_context(redactor=redactor), _dimensions())
        queries = [
            "page=2&q=tyre",
            "cid=2026050494631948735",
            "token=abc",
            "q=a-word-too-long",
            "q=%E3%82%BF%E3%82%A4%E3%83%A4+%e6%96%99%e9%87%91&page=2",
            "q=%E5%80%8B%E4%BA%BA%E7%95%AA%E5%8F%B7",
            "q=%E5%80%8B%E4%BA%BA%E7%95%AA%E5%8F%B7&cid=2026050494631948735",
            "q=%E3%80%92",
            "q=%E7%B3%96%E5%B0%BF%E7%97%85",  # an illness
            "q=%E6%99%AE%E9%80%9A1234567",  # an account
            "note=asthma",
            "q=GP5-1234567",  # a vehicle
            "q=%E5%B1%B1%E7%94%B0%E6%A7%98",  # a name with a title
        ]
        content = "".join(
            f'192.0.2.1 - - [20/Nov/2026:00:00:00 +0900] "GET /?{query} HTTP/1.1" 200 5 "-" "-"\n'
            for query in queries
        ).encode()
        assert parser._plain is not None
        for expected in (every, scanned):
            split = parser._plain._splitter.split(content, 13, parser._plain._name_kinds)
            assert [row for row in every if not split["is_simple"][row]] == expected
            parser._plain._learn(split)


@pytest.mark.further
def test_texts_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that brings new texts without end fills no memory, and the records stay right."""
    monkeypatch.setattr(fast_path, "_MOST_TEXTS", 10)
    parser, context = LineParser(_context(), _dimensions()), _context()
    for start in range(0, 3000, 300):
        content = "".join(
            f"192.0.2.{n % 7} - - [20/Nov/2026:00:00:00 +0900] "
            f'"GET /{n} HTTP/1.1" 200 5 "-" "a{n}"\n'
            for n in range(start, start + 300)
        ).encode()
        block = NumberedBlock(Block(content, 0), 1)
        (batch,) = parser.parse([block], ())
        expected = referred(parse_lines(lines_of([block]), context).records, _dimensions())
        assert_frame_equal(_texts(batch), expected)


def test_what_was_met_is_told_again_after_a_rollback() -> None:
    """When the dimensions forget, clients and agents are new to them once more."""
    content = b'192.0.2.1 - - [20/Nov/2026:00:00:00 +0900] "GET / HTTP/1.1" 200 5 "-" "curl/8"\n'
    dimensions = _dimensions()
    parser = LineParser(_context(), dimensions)
    for _ in range(2):
        parser.parse([NumberedBlock(Block(content, 0), 1)], ())
        assert dimensions._clients.take_fresh().get_column("value").to_list() == ["192.0.2.1"]
        assert dimensions._agents.take_fresh().get_column("value").to_list() == ["curl/8"]
        parser.forget()
        dimensions.forget()


def test_reject_counts_on_the_day_of_the_record_before_it() -> None:
    """Also when the record went the compiled way and the reject did not."""
    days = ["20/Nov/2026:10:00:00 +0900", "21/Nov/2026:10:00:00 +0900"]
    good = [f'192.0.2.1 - - [{day}] "GET / HTTP/1.1" 200 5 "-" "curl/8"\n' for day in days]
    content = "".join(["a\n", *3 * good[:1], "b\n", *3 * good[1:], "c\n"]).encode()
    parser = LineParser(_context(), _dimensions())
    block = NumberedBlock(Block(content, 0), 1)
    assert len(parser.parse([block], (SimpleNamespace(),))) == 1  # type: ignore[arg-type]
    (batch,) = parser.rest()
    assert batch.parsed.rejects.sort("line_no").get_column("log_date").to_list() == [
        dt.date(2026, 11, 20), dt.date(2026, 11, 20), dt.date(2026, 11, 21)
    ]  # fmt: skip


def test_only_layouts_of_known_fields_have_a_fast_path() -> None:
    """A format with a field that the library does not know goes the other way."""
    assert has_fast_path(format_of('%h %l %u %t "%r" %>s %b'))
    assert not has_fast_path(format_of('%h %l %u %t "%r" %>s %b %D'))
    assert not has_fast_path(format_of("iis_w3c"))
    assert not has_fast_path(None)


def test_without_a_compiler_nothing_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is told, and no library is found."""
    monkeypatch.setenv("CC", "no-such-compiler")
    problem = build(tmp_path)
    assert problem is not None
    assert "no-such-compiler" in problem
    assert not built_path(tmp_path).exists()
    assert library(tmp_path) is None
