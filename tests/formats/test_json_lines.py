"""Logs of JSON objects: key mappings of settings, and what is no object about a request."""

import json

import polars as pl
import pytest

from pipelines.formats.check import check_format
from pipelines.formats.json_lines import as_iso
from pipelines.formats.names import format_of
from tests.formats.follow_file import instant, parsed, record_of

_MAPPING = {
    "json": {
        "time": "at",
        "client_ip": "peer.address",
        "user_agent": "headers.User-Agent",
        "method": "verb",
        "url": "url",
        "status": "code",
        "duration_ms": "took",
    }
}


def _line(**changes: object) -> str:
    fields = {
        "at": "2026-11-19T09:15:00.25+09:00",
        "peer": {"address": "192.0.2.1", "port": 4711},
        "headers": {"User-Agent": "curl/8"},
        "verb": "GET",
        "url": "/a?b=c",
        "code": 200,
        "took": 1.5,
    }
    return json.dumps({**fields, **changes})


def test_mapping_of_settings_fills_the_columns() -> None:
    """Dotted keys reach into objects; names of columns stand for raw fields."""
    record = record_of(_line(), _MAPPING)
    assert record["time"] == instant("2026-11-19T00:15:00.25Z")
    assert (record["client_ip"], record["method"]) == ("192.0.2.1", "GET")
    assert (record["url_path"], record["url_query"]) == ("/a", "b=c")
    assert (record["status"], record["duration_ms"]) == (200, 1.5)
    assert record["user_agent"] == "curl/8"


def test_mapping_has_a_title_that_gives_it_again() -> None:
    """The ledger keeps a mapping as one line of text, which settings take too."""
    title = check_format(_MAPPING)
    assert format_of(title) == format_of(_MAPPING)
    assert record_of(_line(), title)["status"] == 200


@pytest.mark.parametrize(
    ("changes", "column", "expected"),
    [
        ({"at": 1795047300.25}, "status", 200),
        ({"at": "1795047300250"}, "status", 200),
        ({"at": "19/Nov/2026:09:15:00.25 +0900"}, "status", 200),
        ({"code": "404"}, "status", 404),
        ({"headers": {"User-Agent": ["a", "b"]}}, "user_agent", "a, b"),
        ({"headers": None}, "user_agent", None),
        ({"headers": {}}, "user_agent", None),
        ({"headers": {"User-Agent": ""}}, "user_agent", None),
        ({"headers": {"User-Agent": '😀 表 "x" \\n'}}, "user_agent", '😀 表 "x" \\n'),
        ({"more": {"code": 5, "at": []}}, "status", 200),
    ],
)  # fmt: skip
def test_value_is_read_however_it_is_written(
    changes: dict[str, object], column: str, expected: object
) -> None:
    """Numbers or text, lists of headers, nothing at all: also beside lines of the usual kind."""
    records, reasons, _ = parsed("\n".join([_line(), _line(**changes), _line()]), _MAPPING)
    assert reasons == []
    assert {record["time"] for record in records} == {instant("2026-11-19T00:15:00.25Z")}
    assert records[1][column] == expected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (_line()[:-9], "the line is no JSON"),
        ("[1, 2]", "the JSON is no object"),
        ("17", "the JSON is no object"),
        ('{"code":200,' + _line()[1:], "a key stands twice in the JSON object"),
        ('{"code":null,' + _line()[1:], "a key stands twice in the JSON object"),
        (_line()[:-1] + ',"code": null}', "a key stands twice in the JSON object"),
        ('{"\\u0063ode":null,' + _line()[1:], "a key stands twice in the JSON object"),
        ("[" * 100_000, "the JSON is nested too deep"),
        ('{"at":' + "[" * 100_000 + "]" * 100_000 + "}", "the JSON is nested too deep"),
        ('{"at":"2026-11-19T09:15:00+09:00"}', "the object holds none of the keys of a request"),
        (_line(at="yesterday"), "the time is no date and time of the format"),
        ("{}", "the object holds none of the keys of a request"),
    ],
)
def test_line_that_is_no_object_of_a_request_is_rejected(line: str, reason: str) -> None:
    """One bad line is rejected with its reason, and its neighbours are read all the same."""
    records, reasons, _ = parsed(f"{_line()}\n{line}\n{_line()}", _MAPPING)
    assert len(records) == 2
    assert reasons == [reason]


def test_bytes_and_lone_surrogates_in_json_are_text() -> None:
    """What no text can hold becomes what one can."""
    line = _line(url="/X").encode().replace(b"/X", b"/\x83\\u005c")
    assert record_of(line, _MAPPING)["status"] == 200
    lone = _line(url="/X").replace("/X", "/\\ud800")
    assert record_of(lone, _MAPPING)["url_path"] == "/\ufffd"


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"json": {"host": "a"}}, "names no|no time"),
        ({"json": {"time": "a"}}, "no client address"),
        ({"json": {"time": "a", "host": "b", "colour": "c"}}, "unknown field 'colour'"),
        ({"json": {"time": "a", "host": ""}}, "expected a key"),
        ({"json": {"time": "a", "host": 5}}, "expected a key"),
        ({"json": {"time": "a", "host": "b", "client_ip": "c"}}, "given twice"),
        ({"json": {"time": "a", "host": "a.b"}}, "so it is no value"),
        ({"json": {"time": "a", "host": "b"}, "zone": "UTC"}, "unknown key 'zone'"),
        ({"json": {"time": "a", "host": "b"}, "timezone": "Mars"}, "no such time zone"),
        ({"json": {"time": "a", "host": "b"}, "time_form": "then"}, "no such form of time"),
        ({}, "no mapping 'json'"),
    ],
)
def test_mapping_that_cannot_work_is_refused(mapping: dict[str, object], reason: str) -> None:
    """Settings are told what is wrong before any work."""
    with pytest.raises(ValueError, match=reason):
        check_format(mapping)


def test_form_and_zone_of_times_may_be_given() -> None:
    """`time_form` and `timezone` of a mapping decide how its times are read."""
    mapping = {**_MAPPING, "time_form": "strftime:%d.%m.%Y %H:%M:%S", "timezone": "UTC"}
    record = record_of(_line(at="19.11.2026 00:15:00"), mapping)
    assert record["time"] == instant("2026-11-19T00:15:00Z")


def test_times_of_any_form_become_one() -> None:
    """ISO 8601 stays; common logs and counts in four units are rewritten; the rest stays."""
    texts = [
        "2026-11-19T00:15:00Z", "19/Nov/2026:09:15:00 +0900", "1795047300", "1795047300.5",
        "1795047300500", "1795047300500000", "1795047300500000000", "soon", None,
    ]  # fmt: skip
    half = "2026-11-19T00:15:00.5"
    found = as_iso(pl.Series("time", texts)).to_list()
    assert found[:3] == [
        "2026-11-19T00:15:00Z", "2026-11-19T09:15:00+0900", "2026-11-19T00:15:00Z",
    ]  # fmt: skip
    assert [text.rstrip("Z").rstrip("0") for text in found[3:7]] == [half] * 4
    assert found[7:] == ["soon", None]


def test_parts_of_a_request_stand_in_for_its_line() -> None:
    """A line with method and target is as good as one with the request line."""
    line = '{"time":"2026-11-19T09:15:00+09:00","remote_addr":"192.0.2.1","status":200,%s}'
    parts = '"method":"GET","uri":"/a","args":"b=c","protocol":"HTTP/1.1"'
    records, reasons, _ = parsed(
        "\n".join([line % '"request":"GET /a?b=c HTTP/1.1"', line % parts]), "nginx_json"
    )
    assert reasons == []
    columns = ("method", "url_path", "url_query", "protocol")
    assert {tuple(record[name] for name in columns) for record in records} == {
        ("GET", "/a", "b=c", "HTTP/1.1")
    }
