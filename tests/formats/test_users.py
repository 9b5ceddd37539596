"""`user_from`: the user of a record out of whatever the log carries."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import SettingsError
from pipelines.formats.names import format_of
from pipelines.formats.user_names import checked_user_name
from pipelines.formats.users import not_carried, with_users
from pipelines.ingest.fields import LineContext
from pipelines.ingest.follow import FormatFollower
from pipelines.ingest.lines import NumberedBlock, lines_of
from pipelines.ingest.reader import Block
from pipelines.ingest.records import parse_lines
from pipelines.settings.load import load

_STAMP = "[19/Nov/2026:09:15:00 +0900]"
_LINE = f'192.0.2.1 - bob {_STAMP} "GET /a HTTP/1.1" 200 5'
_APACHE = (
    '%h %l %u %t "%r" %>s %b "%{X-User}i" "%{X-User}o" %{user}e %{user}n "%{uid}C" "%{Cookie}i"'
)
_NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_x_user" "$upstream_http_x_user" $sent_http_x_user $cookie_uid $jwt_claim_sub'
)
_ENVOY = (
    "[%START_TIME%] %DOWNSTREAM_REMOTE_ADDRESS% %RESPONSE_CODE% "
    '"%REQ(X-USER)%" "%RESP(X-USER?X-ACCOUNT):64%" '
    '"%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:sub)%"'
)


def _users(text: str, names: list[Any], source: str | dict[str, Any]) -> list[str | None]:
    """Return the user of each record; no line may be rejected."""
    spelled = tuple(map(checked_user_name, names))
    users: list[str | None] = []
    for form, piece in FormatFollower(source).cut(Block(f"{text}\n".encode(), offset=0)):
        assert form is not None
        named = with_users(form, spelled)
        assert named == form  # by the title, which the ledger keeps
        context = LineContext(format=named, timezone="Asia/Tokyo", day_zone="Asia/Tokyo")
        found = parse_lines(lines_of([NumberedBlock(piece, 1)]), context)
        assert found.rejects.is_empty()
        users += found.records.get_column("user_id").to_list()
    return users


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["%{X-User}i"], "ann"),
        (["%{x-USER}i"], "ann"),
        (["%400{X-User}i"], "ann"),
        (["%{X-User}o"], "ben"),
        (["%{user}e"], "cid"),
        (["%{user}n"], "dee"),
        (["%{uid}C"], "eva lee"),
        ([{"cookie": "uid"}], "eva lee"),
        (["cookie: sub"], "fay@x"),
        (["%u"], "bob"),
        (["%{X-None}i", "%u"], "bob"),
        (["%{USER}e"], None),
        (["%{X-None}i"], None),
    ],
)
def test_user_is_what_apache_logs_of_it(names: list[Any], expected: str | None) -> None:
    """Headers by any case, variables and notes by theirs, cookies out of their header."""
    line = f'{_LINE} "ann" "ben" cid dee "eva%20lee" "a=1; sub=fay%40x; xsub=no"'
    assert _users(line, names, _APACHE) == [expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("$http_x_user", "ann"),
        ("${http_X_User}", "ann"),
        ("$upstream_http_x_user", "ben"),
        ("$sent_http_x_user", "cid"),
        ("$cookie_uid", "dee"),
        ("$jwt_claim_sub", "eva"),
        ("$remote_user", "bob"),
    ],
)
def test_user_is_a_variable_of_nginx(name: str, expected: str) -> None:
    """Any variable that the format has."""
    assert _users(f'{_LINE} "ann" "ben" cid dee eva', [name], _NGINX) == [expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("%REQ(X-User)%", "ann"),
        ("%RESP(x-user?x-account)%", "ben"),
        ("%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:sub)%", "cid"),
    ],
)
def test_user_is_an_operator_of_envoy(name: str, expected: str) -> None:
    """Headers by any case, whatever they are cut to; metadata of a token."""
    line = '[2026-11-19T00:15:00.000Z] 192.0.2.1:4711 200 "ann" "ben" "cid"'
    assert _users(line, [name], _ENVOY) == [expected]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("-", "bob"),
        ("", "bob"),
        ("  ", "bob"),
        (' ann"', None),
        (" ann ", "ann"),
        ("ann lee", "ann lee"),
        (r"SHOP\\ann", r"SHOP\ann"),
        (r"\xe5\xb1\xb1", "山"),
        ("ann@prime.example", "ann@prime.example"),
    ],
)
def test_first_that_is_present_counts(header: str, expected: str | None) -> None:
    """Nothing, a dash and spaces are no user; a user is trimmed and unescaped as any other."""
    form = '%h %l %u %t "%r" %>s %b "%{X-User}i"'
    if expected is None:  # a quote that is not escaped: still a record, of the whole field
        expected = header.strip()
    assert _users(f'{_LINE} "{header}"', ["%{X-User}i", "%u"], form) == [expected]


def test_user_without_quotes_and_behind_a_prefix() -> None:
    """A header that the format does not quote may hold spaces; syslog in front changes nothing."""
    form = '%h - %{X-User}i %t "%r" %>s %b "%{User-Agent}i"'
    line = f'192.0.2.1 - NAME {_STAMP} "GET /a HTTP/1.1" 200 5 "curl/8"'
    lines = "\n".join(line.replace("NAME", name) for name in ("ann", "ann lee", "-"))
    assert _users(lines, ["%{X-User}i"], form) == ["ann", "ann lee", None]
    behind = f'Nov 19 09:15:00 web httpd[7]: {_LINE} "ann"'
    assert _users(behind, ["%{X-User}i"], '%h %l %u %t "%r" %>s %b "%{X-User}i"') == ["ann"]


_OBJECT = {"ts": "2026-11-19T00:15:00Z", "ip": "192.0.2.1", "status": 200, "uri": "/a"}
_KEYS = {"json": {"time": "ts", "host": "ip", "status": "status", "target": "uri", "user": "u"}}


@pytest.mark.parametrize(
    ("more", "names", "expected"),
    [
        ({"user": {"id": "ann"}}, ["user.id"], "ann"),
        ({"user.id": "ann"}, ["user.id"], "ann"),
        ({"user": {"id": ""}, "sub": 10234}, ["user.id", "sub"], "10234"),
        ({"user": {"id": None}, "u": "bob"}, ["user.id", "u"], "bob"),
        ({"user": None, "u": "bob"}, ["user.id"], None),
        ({"headers": {"X-User": ["ann"]}}, ["headers.X-User[]"], "ann"),
        ({"headers": {"X-User": ["ann"]}}, ["headers.X-User"], "ann"),
        ({"u": {"id": "ann"}}, ["u.id"], "ann"),
    ],
)
def test_user_is_a_key_of_json(more: dict[str, Any], names: list[Any], expected: str) -> None:
    """Within another or with a dot in its name, a number or the first of a list."""
    assert _users(json.dumps(_OBJECT | more), names, _KEYS) == [expected]


@pytest.mark.parametrize(
    "name", ["ip.user", "ts", "%{X-User}i", "$remote_user", "[]", ".", "a..b[]"]
)
def test_odd_keys_of_json_cost_no_line(name: str) -> None:
    """What cannot be a key, or holds another field of the request, names nobody."""
    found = _users(json.dumps(_OBJECT | {"u": "bob"}), [name, "u"], _KEYS)
    assert found == ["2026-11-19T00:15:00Z" if name == "ts" else "bob"]


@pytest.mark.parametrize(
    "cookie", ["a+b", "a.b", "~x", "a|b", "a^b", "'q'", "a&b", "#", "a$b", "a*"]
)
def test_cookie_may_have_any_name(cookie: str) -> None:
    """A name is no pattern; a cookie whose name only ends so is another."""
    form = '%h %l %u %t "%r" %>s %b "%{Cookie}i"'
    line = f'{_LINE} "aab=0; x{cookie}=no; {cookie}=ann"'
    assert _users(line, [{"cookie": cookie}], form) == ["ann"]


def test_long_user_is_cut_and_kept() -> None:
    """A header of a million letters is one user, cut as any other field."""
    form = '%h %l %u %t "%r" %>s %b "%{X-User}i"'
    line = f'{_LINE} "{"a" * 1_000_000}"'
    named = with_users(format_of(form), ("%{x-user}i",))
    context = LineContext(
        format=named, timezone="Asia/Tokyo", day_zone="Asia/Tokyo", field_bytes=65_536
    )
    block = Block(f"{line}\n".encode(), offset=0)
    found = parse_lines(lines_of([NumberedBlock(block, 1)]), context)
    (user,) = found.records.get_column("user_id")
    assert user.endswith("[cut:1000000]")
    assert len(user) < 65_536


def test_user_is_a_field_of_w3c() -> None:
    """Any field of the directive that is in force, a cookie of its own or of all of them."""
    head = (
        "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs-username cs(X-User) cs(Cookie)"
    )
    lines = "2026-11-19 00:15:00 192.0.2.1 GET /a 200 bob ann a=1;uid=eva"
    lines += "\n2026-11-19 00:15:00 192.0.2.1 GET /a 200 bob - -"
    text = f"{head}\n{lines}"
    assert _users(text, ["cs(x-user)", "cs-username"], "auto") == ["ann", "bob"]
    assert _users(text, ["cs(X-User)"], "w3c") == ["ann", None]
    assert _users(text, [{"cookie": "uid"}], "auto") == ["eva", None]
    assert not_carried(format_of(head), ("cs(x-user)", "x-user")) == ["x-user"]


def test_user_of_cloudfront_is_decoded() -> None:
    """CloudFront writes its fields percent-encoded."""
    head = "#Fields: date time x-edge-location c-ip cs-method cs-uri-stem sc-status cs(X-User)"
    line = "2026-11-19\t00:15:00\tNRT1\t192.0.2.1\tGET\t/a\t200\tann%2540x%2520y"
    assert _users(f"{head}\n{line}", ["cs(X-User)"], "auto") == ["ann@x y"]


def _error_of(tmp_path: Path, form: str, user_from: str) -> str:
    path = tmp_path / "mimamori.yaml"
    path.write_text(
        "sites:\n  - id: a\n    group: main\n    domains: [a.example]\n    logs: [a.log]\n"
        f"    format: {form}\n    user_from: {user_from}\n"
    )
    try:
        load(path)
    except SettingsError as error:
        return str(error).removeprefix(f"{path}:7: sites[0].user_from")
    return ""


@pytest.mark.parametrize(
    ("form", "user_from"),
    [
        ("auto", "anything"),
        ("nginx_json", "[user.id, remote_user]"),
        ("iis_w3c", '"cs(X-User)"'),
        ("combined", '["%u"]'),
        ("s3", "user"),
        ("'%h %t %{X-User}i'", '["%{x-user}i"]'),
        ("'%h %t \"%{Cookie}i\"'", "{cookie: uid}"),
        ("'$remote_addr $msec $cookie_uid'", "[{cookie: uid}, $cookie_uid]"),
    ],
)
def test_settings_take_what_the_format_may_carry(tmp_path: Path, form: str, user_from: str) -> None:
    """A name or several; where only the lines tell their fields any name may be right."""
    assert _error_of(tmp_path, form, user_from) == ""


@pytest.mark.parametrize(
    ("form", "user_from", "place", "reason"),
    [
        (
            "combined",
            '["%u", "%{X-User}i"]',
            "[1]",
            "has no %{x-user}i; these can name the user: %u",
        ),
        ("'%h %t %{X-User}i'", '"%{User}e"', "[0]", "has no %{User}e; these can name"),
        ("'%h %t %{X-User}i'", "{cookie: uid}", "[0]", "has no {cookie: uid}"),
        ("'%h %t \"%{User-Agent}i\"'", '"%{User-Agent}i"', "[0]", "nor anything else"),
        ("auto", '"%{X-User}"', "[0]", "names nothing in a log"),
        ("auto", '["  "]', "[0]", "names nothing in a log"),
        ("auto", "{header: X-User}", "[0]", "names nothing in a log"),
        ("auto", '{cookie: "a b"}', "[0]", "names nothing in a log"),
        ("auto", "[7]", "[0]", "valid string"),
    ],
)
def test_name_that_is_not_in_the_format_is_a_mistake_of_its_line(
    tmp_path: Path, form: str, user_from: str, place: str, reason: str
) -> None:
    """The message names file, line and key, and what could be named instead."""
    error = _error_of(tmp_path, form, user_from)
    assert error.startswith(f"{place}: ")
    assert reason in error
