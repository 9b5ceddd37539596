"""Every feature of a rule on one request: what it matches, and what comes near without matching."""

import base64
from typing import Any

import pytest

from tests.detect.sigma import sigma_lab

Row = dict[str, Any]


def _urls(*targets: str) -> list[Row]:
    rows: list[Row] = []
    for target in targets:
        path, mark, query = target.partition("?")
        rows.append({"url_path": path, "url_query": query if mark else None})
    return rows


def _agents(*agents: str | None) -> list[Row]:
    return [{"user_agent": agent} for agent in agents]


_CODED = base64.b64encode(b"  cat /etc/passwd ").decode()
_WIDE = base64.b64encode("IEX".encode("utf-16le")).decode()

CASES: dict[str, tuple[str, list[Row], list[int]]] = {
    "text is the whole value, in any case": (
        "s: {cs-uri-stem: /Admin}\ncondition: s", _urls("/admin", "/ADMIN?x", "/admin/"), [0, 1],
    ),
    "cs-uri and cs-uri-query are the whole target": (
        "s: {cs-uri: '/a?b=1'}\nt: {cs-uri-query: '/a?b=1'}\ncondition: s and t",
        _urls("/a?b=1", "/a", "/?b=1"), [0],
    ),
    "a text for cs-uri-query may be that of the query alone": (
        "s: {cs-uri-query|startswith: x=a/}\nt: {cs-uri-query: cmd=ID}\ncondition: s or t",
        _urls("/app?x=a/1", "/x=a/", "/x?cmd=id", "/x?a=1&cmd=id", "/cmd=id"),
        [0, 2],
    ),
    "contains": (
        "s: {cs-uri-query|contains: 'P?ss'}\ncondition: s",
        _urls("/x?PASS=1", "/pss", "/p-SS"), [0, 2],
    ),
    "contains all": (
        "s: {cs-uri-query|contains|all: ['a=', 'b=']}\ncondition: s",
        _urls("/?a=1&b=2", "/?a=1", "/?b=1"), [0],
    ),
    "startswith and endswith": (
        "s: {cs-uri-stem|startswith: /in, cs-uri-stem|endswith: .PHP}\ncondition: s",
        _urls("/index.php?x=1", "/x/index.php", "/index.html"), [0],
    ),
    "wildcards, and escaped ones": (
        "s: {cs-uri-query: ['/a*b?c', '/x\\*y', '/w\\?z']}\ncondition: s",
        _urls("/a--bXc", "/abc", "/x*y", "/xxy", "/w?z", "/wAz"), [0, 2, 4],
    ),
    "a backslash is itself": (
        ("s: {cs-uri-query|contains: '\\etc\\x'}\nt: {cs-uri-query|endswith: 'z\\\\'}\n"
        "condition: s or t"),
        _urls("/\\etc\\x", "/etcx", "/z\\"), [0, 2],
    ),
    "quotes, per cent and underscore are themselves": (
        "s: {cs-uri-query|contains: [\"o'b%_\", '\"%27']}\ncondition: s",
        _urls("/?o'b%_", "/?o'bxy", '/?"%27', "/?%27"), [0, 2],
    ),
    "cased": (
        "s: {cs-user-agent|contains|cased: Evil}\ncondition: s", _agents("xEvil", "xevil"), [0],
    ),
    "regular expressions with their flags": (
        ("a: {cs-user-agent|re: '^Nik[td]o/\\d+'}\nb: {cs-user-agent|re|i: 'sqlMAP.$'}\n"
        "c: {cs-user-agent|re|i|s: 'one.two'}\nd: {cs-user-agent|re|m: '^three$'}\n"
        "condition: 1 of them"),
        _agents("Nikto/2", "nikto/2", "a SQLmap!", "one\nTWO", "x\nthree\ny", "xthree"),
        [0, 2, 3, 4],
    ),
    "networks of both families": (
        "s: {c-ip|cidr: ['192.0.2.128/25', '2001:db8:1::/48']}\ncondition: s",
        [
            {"client_ip": ip}
            for ip in ("192.0.2.200", "192.0.2.1", "2001:db8:1::9", "2001:db8:2::9", "192.0.3.200")
        ],
        [0, 2],
    ),
    "an address in any spelling": (
        "s: {c-ip: ['2001:DB8:0::1', 198.51.100.7]}\ncondition: s",
        [{"client_ip": ip} for ip in ("2001:db8::1", "198.51.100.7", "198.51.100.77")], [0, 1],
    ),
    "base64 and base64offset": (
        ("a: {cs-uri-query|base64offset|contains: /etc/passwd}\n"
        "b: {cs-uri-query|base64|contains: admin}\ncondition: a or b"),
        _urls(f"/?d={_CODED}", "/?d=YWRtaW4", "/?d=YWRtaW4=", "/etc/passwd"), [0, 2],
    ),
    "wide, utf16 and utf16be": (
        ("a: {cs-uri-query|wide|base64offset|contains: IEX}\n"
        "b: {cs-user-agent|utf16be: 'ab'}\n"
        "c: {cs-uri-query|utf16|base64|contains: 'ab'}\ncondition: 1 of them"),
        [
            *_urls(f"/?d={_WIDE}", "/?d=IEX"),
            *_agents("\x00a\x00b", "ab"),
            *_urls("/?" + base64.b64encode("ab".encode("utf-16")).decode()),
        ],
        [0, 2, 4],
    ),
    "windash": (
        "s: {cs-uri-query|windash|contains: ' -enc '}\ncondition: s",
        _urls("/x -enc y", "/x /enc y", "/x –enc y", "/x enc y"), [0, 1, 2],
    ),
    "fieldref": (
        ("s: {cs-referer|fieldref: cs-uri}\nt: {cs-uri|fieldref|startswith: cs-username}\n"
        "condition: s or t"),
        [
            {"url_path": "/a", "referrer": "/A"},
            {"url_path": "/a", "referrer": "/b"},
            {"url_path": "/bob/x", "user_id": "/bob"},
            {"url_path": "/a"},
        ],
        [0, 2],
    ),
    "exists and null": (
        ("a: {cs-username|exists: true}\nb: {cs-referer: null}\nc: {cs-user-agent|exists: false}\n"
        "condition: (a and b) or c"),
        [{"user_id": "u"}, {"user_id": "u", "referrer": "r"}, {}, {"user_agent": None}], [0, 3],
    ),
    "empty and - are nothing logged": (
        "s: {cs-user-agent: ''}\nt: {cs-referer: '-', cs-method: PUT}\ncondition: s or t",
        [{"user_agent": None}, {}, {"method": "PUT"}, {"method": "PUT", "referrer": "x"}], [0, 2],
    ),
    "numbers: equal, as text, compared": (
        ("a: {sc-status: [401, '500', '30*']}\nb: {sc-bytes|gt: 1000, sc-bytes|lte: 2000}\n"
        "c: {sc-bytes|lt: 10}\nd: {sc-bytes|gte: 9000}\ncondition: 1 of them"),
        [
            *({"status": status} for status in (401, 500, 302, 403)),
            *({"bytes": size} for size in (1000, 2000, 2001, 9, 9000)),
        ],
        [0, 1, 2, 5, 7, 8],
    ),
    "a number in a text": (
        "s: {cs-username: 42}\nk: [4711]\ncondition: s or k",
        [{"user_id": "42"}, {"user_id": "421"}, {"url_path": "/x4711"}], [0, 2],
    ),
    "not is true where the field is missing": (
        "s: {cs-method: GET}\nf: {cs-referer|contains: good}\ncondition: s and not f",
        [{}, {"referrer": "http://good.example/"}, {"referrer": "http://bad.example/"}], [0, 2],
    ),
    "neq": (
        "s: {cs-method|neq: [GET, HEAD]}\ncondition: s",
        [{"method": method} for method in ("GET", "HEAD", "POST", None)], [2, 3],
    ),
    "and, or, not, nested": (
        ("a: {cs-uri-stem: /a}\nb: {cs-method: POST}\nc: {sc-status: 404}\n"
        "condition: (a and not (b or c)) or (b and c)"),
        [
            {"url_path": "/a"},
            {"url_path": "/a", "method": "POST"},
            {"method": "POST", "status": 404},
            {},
        ],
        [0, 2],
    ),
    "1 of sel*, all of f*": (
        ("sel_a: {cs-uri-stem: /a}\nsel_b: {cs-uri-stem: /b}\nf_1: {cs-method: PUT}\n"
        "f_2: {sc-status: 200}\ncondition: 1 of sel* and not all of f_*"),
        [
            {"url_path": "/a"},
            {"url_path": "/b", "method": "PUT"},
            {"url_path": "/b", "method": "PUT", "status": 404},
            {"url_path": "/c"},
        ],
        [0, 2],
    ),
    "a list of mappings is any of them": (
        "s:\n  - cs-uri-stem: /a\n    cs-method: PUT\n  - cs-uri-stem: /b\ncondition: s",
        [{"url_path": "/a"}, {"url_path": "/a", "method": "PUT"}, {"url_path": "/b"}], [1, 2],
    ),
    "several conditions are any of them": (
        "a: {cs-uri-stem: /a}\nb: {cs-uri-stem: /b}\ncondition: [a, b]",
        _urls("/a", "/b", "/c"), [0, 1],
    ),
    "keywords in target, referrer, agent, as logged or once decoded": (
        "k: ['<Script>', 'a b']\ncondition: k",
        [
            *_urls("/?q=<SCRIPT>", "/?q=%3Cscript%3e", "/?q=%253Cscript%253E", "/x?a+b", "/a%20b"),
            {"referrer": "http://x.example/?%3Cscript%3E"},
            {"user_agent": "<script>"},
            {"user_id": "<script>"},
        ],
        [0, 1, 3, 4, 5, 6],
    ),
    "keywords all, with wildcards, as regular expression": (
        "k: {'|all': [union, 'se*ct']}\nr: {'|re': 'x[0-9]{3}y'}\ncondition: k or r",
        [*_urls("/?union+select", "/?union", "/?select"), {"user_agent": "ax123y"}], [0, 3],
    ),
    "broken percent signs do not hide a keyword": (
        "k: ['<script>']\ncondition: k", _urls("/?q=%zz%3Cscript%3E", "/?q=%8C%FF%3Cscript%3E"),
        [0, 1],
    ),
    "parts of the time": (
        "s: {time|hour: 12, time|minute: 0}\nt: {time|hour: 3}\ncondition: s and not t",
        [{}, {}], [0, 1],
    ),
    "no path at all": (
        "s: {cs-uri: null}\ncondition: s", [{"url_path": None, "method": None}, {}], [0],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("detection", "rows", "expected"), CASES.values(), ids=CASES)
def test_a_rule_matches_just_these(detection: str, rows: list[Row], expected: list[int]) -> None:
    """Requests in order; the numbers of those that match."""
    assert sigma_lab.hits(detection, rows) == expected


@pytest.mark.further
def test_field_names_in_every_spelling() -> None:
    """SigmaHQ's names for servers and proxies, IIS's brackets, underscores, any case."""
    names = {
        "cs_method": "method", "CS-Method": "method", "c_ip": "client_ip", "c-uri": "url_path",
        "c-uri-query": "url_path", "cs-uri-stem": "url_path", "c-uri-stem": "url_path",
        "cs(User-Agent)": "user_agent", "c-useragent": "user_agent", "cs_user_agent": "user_agent",
        "cs(Referer)": "referrer", "cs-referrer": "referrer", "cs-username": "user_id",
        "cs-host": "site_domain", "r-dns": "site_domain", "sc_status": "status",
        "country": "country",
    }  # fmt: skip
    values = {"status": 418, "client_ip": "203.0.113.9"}
    for name, column in names.items():
        value = values.get(column, "value-x")
        detection = f"s: {{'{name}': '{value}'}}\ncondition: s"
        assert sigma_lab.hits(detection, [{column: value}, {}]) == [0], name
    extension = "s: {c-uri-extension: jsp}\ncondition: s"
    assert sigma_lab.hits(extension, _urls("/a/x.JSP?a.b", "/a.jsp/x", "/jsp")) == [0]


def test_a_filter_takes_from_the_rules_that_it_names() -> None:
    """And leaves others as they are."""
    one = sigma_lab.rule("s: {cs-method: PUT}\ncondition: s", 1)
    two = sigma_lab.rule("s: {cs-method: PUT}\ncondition: s", 2)
    without = (
        "title: Not ours\nlogsource: {category: webserver}\nfilter:\n"
        f"  rules: [{sigma_lab.rule_id(1)}]\n  ours: {{c-ip|cidr: 192.0.2.0/24}}\n"
        "  condition: not ours\n"
    )
    rows = [{"method": "PUT"}, {"method": "PUT", "client_ip": "198.51.100.1"}]
    with sigma_lab.connection() as con:
        found = sigma_lab.matched(con, sigma_lab.book(one, two, without), rows)
    assert found == {"Rule 1": [1], "Rule 2": [0, 1]}


def test_a_collection_with_a_global_part_is_several_rules() -> None:
    """`action: global` stands for what the rules of a file share."""
    text = (
        "action: global\nlogsource: {category: webserver}\n---\n"
        "title: A\ndetection: {s: {cs-method: PUT}, condition: s}\n---\n"
        "title: B\ndetection: {s: {cs-method: GET}, condition: s}\n"
    )
    with sigma_lab.connection() as con:
        found = sigma_lab.matched(con, sigma_lab.book(text), [{}, {"method": "PUT"}])
    assert found == {"A": [1], "B": [0]}


@pytest.mark.further
def test_many_rules_in_one_pass_find_what_each_finds_alone() -> None:
    """Candidates of one rule are not those of another, whatever the number of rules."""
    rows = [row for _, rows, _ in CASES.values() for row in rows]
    texts = [
        sigma_lab.rule(detection, number) for number, (detection, _, _) in enumerate(CASES.values())
    ]
    with sigma_lab.connection() as con:
        together = sigma_lab.matched(con, sigma_lab.book(*texts), rows)
        for text in texts:
            alone = sigma_lab.matched(con, sigma_lab.book(text), rows)
            (title,) = alone
            assert together[title] == alone[title], title


def test_a_common_text_is_asked_of_every_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the quick look tells nothing, the rule still finds the same."""
    monkeypatch.setattr("pipelines.detect.sigma.prefilter._FEW_RECORDS", 2)
    detection = "s: {cs-user-agent|contains: mozilla, cs-uri-stem: /x}\ncondition: s"
    assert sigma_lab.hits(detection, _urls(*["/"] * 9, "/x", "/x", "/x")) == [9, 10, 11]
