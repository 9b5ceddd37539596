"""Correlations: how many, of what, by whom, within which time, in which order."""

import datetime as dt
from typing import Any

import pytest

from tests.detect.sigma import sigma_lab

Row = dict[str, Any]

LOGIN = (
    "title: Login\nname: login\nlogsource: {category: webserver}\n"
    "detection: {s: {cs-uri-stem: /login, sc-status: 401}, condition: s}\n"
)
ADMIN = (
    "title: Admin\nname: admin\nlogsource: {category: webserver}\n"
    "detection: {s: {cs-uri-stem: /admin}, condition: s}\n"
)
DUMP = (
    "title: Dump\nname: dump\nlogsource: {category: webserver}\n"
    "detection: {s: {cs-uri-stem: /dump}, condition: s}\n"
)


RULES = {"login": LOGIN, "admin": ADMIN, "dump": DUMP}


def correlation(body: str) -> str:
    """Return a file with a correlation and those of the three rules that it names."""
    head = f"title: Many\nid: {sigma_lab.rule_id(9)}\n"
    rules = [text for name, text in RULES.items() if name in body]
    return "---\n".join([*rules, f"{head}correlation: {{{body}}}\n"])


def at(second: float, path: str, ip: str = "192.0.2.1", **more: Any) -> Row:
    """Return a request at so many seconds after noon."""
    status = 401 if path == "/login" else 200
    time = sigma_lab.NOON + dt.timedelta(seconds=second)
    return {"time": time, "url_path": path, "client_ip": ip, "status": status, **more}


def found(body: str, rows: list[Row]) -> list[int]:
    """Return which requests a correlation finds."""
    with sigma_lab.connection() as con:
        book = sigma_lab.book(correlation(body))
        by_title = sigma_lab.matched(con, book, rows)
    assert by_title.keys() == {"Many"}  # what only serves a correlation has no findings
    return by_title["Many"]


def test_event_count_slides_over_time_within_a_group() -> None:
    """Three in a minute of one address, across the turn of the minute; two others are too few."""
    rows = [
        at(50, "/login"), at(70, "/login"), at(100, "/login"),
        at(55, "/login", "192.0.2.2"), at(59, "/login", "192.0.2.2"),
        at(200, "/login"), at(90, "/admin"),
    ]  # fmt: skip
    body = "type: event_count, rules: [login], group-by: [c-ip], timespan: 1m, condition: {gte: 3}"
    assert found(body, rows) == [0, 1, 2]
    assert found(body.replace("gte: 3", "gt: 3"), rows) == []
    assert found(body.replace("1m", "40s"), rows) == []
    everyone = body.replace("group-by: [c-ip], ", "")
    assert found(everyone, rows) == [0, 1, 2, 3, 4]


def test_event_count_below_a_limit_counts_in_times_that_follow_each_other() -> None:
    """Fewer than two in a minute, minutes beginning at midnight."""
    rows = [at(0, "/login"), at(30, "/login"), at(61, "/login")]
    body = "type: event_count, rules: [login], group-by: [c-ip], timespan: 1m, condition: {lt: 2}"
    assert found(body, rows) == [2]
    assert found(body.replace("lt: 2", "eq: 2"), rows) == [0, 1]


def test_value_count_counts_distinct_values() -> None:
    """Three accounts tried from one address; the same account three times is one."""
    rows = [at(n, "/login", user_id=f"u{n}") for n in range(3)]
    rows += [at(n, "/login", "192.0.2.2", user_id="same") for n in range(3)]
    body = (
        "type: value_count, rules: [login], group-by: [c-ip], timespan: 5m,"
        " condition: {field: cs-username, gte: 3}"
    )
    assert found(body, rows) == [0, 1, 2]
    two = body.replace("field: cs-username", "field: [cs-username, cs-method]")
    assert found(two, rows) == [0, 1, 2]


@pytest.mark.parametrize(
    ("kind", "expected"), [("temporal", [0, 1, 2, 3]), ("temporal_ordered", [2, 3])]
)
def test_temporal_wants_all_rules_and_ordered_in_their_order(
    kind: str, expected: list[int]
) -> None:
    """One address does both in the order asked, one the other way about, one only half."""
    rows = [
        at(0, "/admin", "192.0.2.1"), at(9, "/login", "192.0.2.1"),
        at(0, "/login", "192.0.2.2"), at(9, "/admin", "192.0.2.2"),
        at(0, "/login", "192.0.2.3"),
        at(0, "/login", "192.0.2.4"), at(99, "/admin", "192.0.2.4"),
    ]  # fmt: skip
    body = f"type: {kind}, rules: [login, admin], group-by: [c-ip], timespan: 10s"
    assert found(body, rows) == expected


def test_temporal_with_a_condition_in_words_or_a_number() -> None:
    """`and`, `or`, `not` over rules, and at least so many of them."""
    rows = [
        at(0, "/login", "192.0.2.1"), at(1, "/admin", "192.0.2.1"),
        at(0, "/login", "192.0.2.2"), at(1, "/dump", "192.0.2.2"),
        at(0, "/dump", "192.0.2.3"),
    ]  # fmt: skip
    words = (
        "type: temporal, group-by: [c-ip], timespan: 1m,"
        " condition: 'login and (admin or dump) and not dump'"
    )
    assert found(words, rows) == [0, 1]
    number = (
        "type: temporal, rules: [login, admin, dump], group-by: [c-ip], timespan: 1m,"
        " condition: {gte: 2}"
    )
    assert found(number, rows) == [0, 1, 2, 3]


def test_aliases_join_fields_of_different_names() -> None:
    """The user of one rule is the host of the other."""
    rows = [
        at(0, "/login", user_id="alpha"),
        at(1, "/admin", site_domain="alpha"),
        at(0, "/login", user_id="beta"),
        at(1, "/admin", site_domain="gamma"),
    ]
    body = (
        "type: temporal, rules: [login, admin], group-by: [who], timespan: 1m,"
        " aliases: {who: {login: cs-username, admin: cs-host}}"
    )
    assert found(body, rows) == [0, 1]


def test_events_whose_group_has_no_value_belong_to_none() -> None:
    """Nobody's log-ins are not one person's."""
    rows = [at(n, "/login", user_id=None) for n in range(5)]
    body = (
        "type: event_count, rules: [login], group-by: [cs-username], timespan: 5m,"
        " condition: {gte: 3}"
    )
    assert found(body, rows) == []


def test_a_rule_that_generates_is_found_by_itself_too() -> None:
    """`generate: true` keeps the findings of what the correlation looks at."""
    body = "type: event_count, rules: [login], generate: true, timespan: 1m, condition: {gte: 2}"
    with sigma_lab.connection() as con:
        by_title = sigma_lab.matched(
            con, sigma_lab.book(correlation(body)), [at(0, "/login"), at(500, "/login")]
        )
    assert by_title["Login"] == [0, 1]
    assert by_title["Many"] == []


def test_a_correlation_over_a_correlation() -> None:
    """Many failed log-ins, then the administration page."""
    text = correlation(
        "type: event_count, rules: [login], group-by: [c-ip], timespan: 1m, condition: {gte: 2}"
    )
    text = ADMIN + "---\n" + text.replace("title: Many\n", "title: Burst\nname: burst\n")
    text += (
        f"---\ntitle: Chain\nid: {sigma_lab.rule_id(8)}\ncorrelation: {{type: temporal_ordered,"
        " rules: [burst, admin], group-by: [c-ip], timespan: 1h}\n"
    )
    rows = [at(0, "/login"), at(1, "/login"), at(60, "/admin"), at(0, "/admin", "192.0.2.2")]
    with sigma_lab.connection() as con:
        by_title = sigma_lab.matched(con, sigma_lab.book(text), rows)
    assert by_title == {"Chain": [0, 1, 2]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("type: value_sum, rules: [login], timespan: 1m, condition: {field: sc-bytes, gt: 1}",
         "not supported"),
        ("type: event_count, rules: [nobody], timespan: 1m, condition: {gte: 1}", "'nobody'"),
        ("type: event_count, rules: [login], timespan: 2d, condition: {gte: 1}", "at most 1d"),
        ("type: event_count, rules: [login], group-by: [pid], timespan: 1m, condition: {gte: 1}",
         "'pid'"),
        ("type: event_count, rules: [login], timespan: soon, condition: {gte: 1}", "soon"),
        ("type: value_count, rules: [login], timespan: 1m, condition: {gte: 1}", "field"),
        (("type: temporal, rules: [login, admin], group-by: [who], timespan: 1m,"
         " aliases: {who: {login: cs-username}}"), "alias 'who'"),
        (f"type: temporal, rules: [login, {sigma_lab.rule_id(9)}], timespan: 1m", "itself"),
    ],
)  # fmt: skip
def test_what_a_correlation_cannot_do_is_told(body: str, said: str) -> None:
    """Each with the file; nothing of the file is used."""
    book = sigma_lab.book(correlation(body))
    assert book.rules == ()
    assert any(said in problem.message for problem in book.errors), book.errors


def test_a_correlation_that_cannot_be_planned_costs_no_other_file() -> None:
    """Filters that had been applied already are applied once."""
    bad = correlation("type: event_count, rules: [login], timespan: 9d, condition: {gte: 1}")
    rule = sigma_lab.rule("s: {cs-method: PUT}\ncondition: s", 7)
    ours = (
        "title: Not ours\nlogsource: {category: webserver}\n"
        "filter: {rules: any, ours: {c-ip: 192.0.2.1}, condition: not ours}\n"
    )
    book = sigma_lab.book(bad, rule, ours)
    assert [one.about.title for one in book.rules] == ["Rule 7"]
    assert [problem.path.name for problem in book.errors] == ["0.yml"]
    match = book.rules[0].match
    assert match is not None
    assert match.sql.count("192.0.2.1") == 1
