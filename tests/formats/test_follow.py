# ruff: noqa: E501 - lines of logs are long
"""Which format is in force in a file: `auto`, prefixes, directives, and going on with a tail."""

import pytest

from pipelines.ingest.follow import FormatFollower
from pipelines.ingest.reader import Block
from tests.formats.follow_file import instant, parsed, record_of

_COMBINED = '192.0.2.1 - - [19/Nov/2026:09:15:00 +0900] "GET /a HTTP/1.1" 200 5 "-" "say \\"hi\\""'
_COMMON = '192.0.2.1 - - [19/Nov/2026:09:15:00 +0900] "GET /a HTTP/1.1" 200 5'
_AGENT = 'say "hi"'
_FIELDS = "#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken"


def _carried(line: str) -> dict[str, str]:
    quoted = line.replace("\\", "\\\\").replace('"', '\\"')
    return {
        "rfc 3164": f"<190>Nov 19 09:15:00 web1 nginx: {line}",
        "rfc 3164 without a host": f"<190>Nov 19 09:15:00 nginx: {line}",
        "rfc 3164 without priority": f"Nov  9 09:15:00 web1 nginx[123]: {line}",
        "rsyslog": f"2026-11-19T09:15:00.123456+09:00 web1 httpd[9]: {line}",
        "journald": f"Nov 19 09:15:00.123456 web1 nginx[123]: {line}",
        "rfc 5424": f"<190>1 2026-11-19T00:15:00.003Z web1 nginx 123 ID47 - {line}",
        "rfc 5424 with data": f'<190>1 2026-11-19T00:15:00Z web1 nginx - - [a@1 b="c\\"\\]" d="e"][f] {line}',
        "rfc 5424 with a byte order mark": f"1 2026-11-19T00:15:00Z web1 nginx - - - \ufeff{line}",
        "docker": f'{{"log":"{quoted}\\n","stream":"stdout","time":"2026-11-19T00:15:00.000000001Z"}}',
        "docker with attributes": f'{{"log":"{quoted}\\n","stream":"stdout","attrs":{{"tag":"x"}},"time":"2026-11-19T00:15:00Z"}}',
        "kubernetes": f"2026-11-19T00:15:00.669794202Z stdout F {line}",
    }  # fmt: skip


@pytest.mark.parametrize("carrier", list(_carried("")))
@pytest.mark.parametrize("source", ["auto", "combined"])
def test_prefix_of_a_carrier_is_removed(carrier: str, source: str) -> None:
    """What syslog, journald, Docker or Kubernetes put before a line is no part of it."""
    record = record_of(_carried(_COMBINED)[carrier], source)
    assert (record["client_ip"], record["url_path"]) == ("192.0.2.1", "/a")
    assert record["user_agent"] == _AGENT
    assert record["time"] == instant("2026-11-19T00:15:00Z")


def test_lines_without_the_prefix_stay_as_they_are() -> None:
    """A file that a carrier wrote only in part loses nothing."""
    lines = [*_carried(_COMBINED).values()][:1] * 3 + [_COMBINED]
    records, reasons, follower = parsed("\n".join(lines))
    assert (len(records), reasons) == (4, [])
    assert follower.found == "syslog + combined"


def test_json_within_docker_is_json() -> None:
    """A carrier's JSON holds the server's."""
    line = '{"time_iso8601":"2026-11-19T09:15:00+09:00","remote_addr":"192.0.2.1","request":"GET /a HTTP/1.1","status":200}'
    records, reasons, follower = parsed(_carried(line)["docker"])
    assert (len(records), reasons, follower.found) == (1, [], "docker + nginx_json")


def test_parts_of_a_line_are_joined() -> None:
    """Kubernetes and Docker cut long lines; the parts make one record and are not lost."""
    head, tail = _COMMON[:30], _COMMON[30:]
    stamp = "2026-11-19T00:15:00.669794202Z stdout"
    lines = [f"{stamp} P {head[:9]}", f"{stamp} P {head[9:]}", f"{stamp} F {tail}"]
    lines.append(f"{stamp} F {_COMMON}")
    records, reasons, _ = parsed("\n".join(lines))
    assert [record["line_no"] for record in records] == [3, 4]
    assert reasons == []
    first = '{"log":"%s","stream":"stdout","time":"2026-11-19T00:15:00Z"}'
    quoted = [text.replace('"', '\\"') for text in (head, tail + "\n")]
    text = "\n".join(first % part.replace("\n", "\\n") for part in quoted)
    records, reasons, _ = parsed(text, "common")
    assert (len(records), len(reasons)) == (1, 0)


def test_parts_are_joined_within_their_stream() -> None:
    """What another stream wrote between two parts is a line of its own."""
    stamp = "2026-11-19T00:15:00.669794202Z"
    lines = [f"{stamp} stdout P {_COMMON[:30]}", f"{stamp} stderr F {_COMMON}",
             f"{stamp} stdout F {_COMMON[30:]}"]  # fmt: skip
    records, reasons, _ = parsed("\n".join(lines))
    assert [record["line_no"] for record in records] == [2, 3]
    assert reasons == []


def test_part_without_its_end_is_kept_as_rejected() -> None:
    """The last part may be in another block: what is here is not lost."""
    stamp = "2026-11-19T00:15:00.669794202Z stdout"
    records, reasons, _ = parsed(f"{stamp} F {_COMMON}\n{stamp} P {_COMMON}")
    assert (len(records), len(reasons)) == (1, 1)


def test_fields_directive_is_obeyed_also_when_it_changes() -> None:
    """Lines are read by the last directive before them, wherever it stands."""
    text = (
        f"#Software: Microsoft Internet Information Services 10.0\n{_FIELDS}\n"
        "2026-11-19 00:15:00 192.0.2.1 GET /a 200 15\n"
        "#Date: 2026-11-19 00:16:00\n"
        "#Fields: time date c-ip sc-status cs(User-Agent)\n"
        "00:16:00 2026-11-19 192.0.2.2 404 a+b\n"
        "#Fields: date time sc-status\n"
        "2026-11-19 00:17:00 200\n"
    )
    for source in ("auto", "w3c", "iis_w3c"):
        records, reasons, follower = parsed(text, source)
        assert [record["client_ip"] for record in records] == ["192.0.2.1", "192.0.2.2"]
        assert [record["line_no"] for record in records] == [3, 6]
        assert records[0]["duration_ms"] == 15.0
        assert records[1]["user_agent"] == "a b"
        assert reasons == ["no known log format fits"]
        assert follower.found is None


def test_directive_is_obeyed_after_one_that_could_not_be() -> None:
    """Fields that tell no client stop the reading of lines only up to the next directive."""
    follower = FormatFollower("w3c")
    (first,) = follower.cut(Block(b"#Fields: date time sc-status\n2026-11-19 00:17:00 200\n", 0))
    assert first[0] is None
    (second,) = follower.cut(
        Block(_FIELDS.encode() + b"\n2026-11-19 00:15:00 192.0.2.1 GET / 200 1\n", 53)
    )
    assert second[0] is not None


def test_pieces_of_a_block_are_the_block() -> None:
    """Cutting at directives loses no byte and keeps offsets."""
    line = b"2026-11-19 00:15:00 192.0.2.1 GET /a 200 15\n"
    data = b"\xef\xbb\xbf" + _FIELDS.encode() + b"\n" + line * 3
    data += (
        b"#Fields: date time c-ip\r\n2026-11-19 00:15:00 192.0.2.1\r\n" + _FIELDS.encode() + b"\n"
    )
    follower = FormatFollower("auto")
    pieces = [piece for _, piece in follower.cut(Block(data, offset=0))]
    assert b"".join(piece.data for piece in pieces) == data
    assert len(pieces) == 3
    for piece in pieces:
        assert data[piece.offset :].startswith(piece.data)


def test_tail_of_a_file_goes_on_with_its_fields() -> None:
    """A tail has no directive; the ledger's title tells its fields, dialect and prefix."""
    head = f"#Software: Microsoft Internet Information Services 10.0\n{_FIELDS}\n"
    line = "2026-11-19 00:15:00 192.0.2.1 GET /a 200 15"
    for source in ("auto", "iis_w3c"):
        _, _, follower = parsed(head + line, source)
        record = record_of(line, source, resumed_as=follower.found)
        assert (record["client_ip"], record["duration_ms"]) == ("192.0.2.1", 15.0)
    _, _, follower = parsed(_carried(_COMBINED)["docker"], "combined")
    assert record_of(_carried(_COMBINED)["docker"], "combined", resumed_as=follower.found)


def test_settings_beat_the_earlier_reading() -> None:
    """When settings name another format since, it is taken."""
    _, _, follower = parsed(_COMMON, "common", resumed_as="combined")
    assert follower.found == "common"
    _, _, follower = parsed(_COMMON, "common", resumed_as="a format that is gone")
    assert follower.found == "common"


def test_auto_says_how_sure_it_is() -> None:
    """Sampled lines that fit are counted."""
    _, _, follower = parsed("\n".join([_COMBINED] * 300 + ["rubbish"]))
    assert follower.sureness is not None
    assert follower.sureness.startswith("combined fits ")
    assert follower.sureness.endswith(" %)")


def test_auto_refuses_to_guess_where_two_formats_fit() -> None:
    """An identity that may be a host name: `combined` and `lighttpd` tell different sites."""
    line = _COMBINED.replace("1 - -", "1 localhost -", 1)
    records, reasons, follower = parsed(line)
    assert (records, reasons) == ([], ["no known log format fits"])
    assert follower.sureness == ("combined, lighttpd fit 1 of 1 sampled lines alike: set 'format'")


@pytest.mark.parametrize(
    ("line", "name", "column", "expected"),
    [
        (_COMBINED.replace("1 - -", '1 - ""'), "combined", "user_id", None),
        (_COMBINED.replace("1 - -", "1 - a b"), "combined", "user_id", "a b"),
        (_COMBINED.replace("192.0.2.1", "unix:"), "combined", "client_ip", None),
        (_COMBINED.replace("192.0.2.1", "fe80::1%eth0"), "combined", "client_ip", "fe80::1"),
        ("[2001:db8::9]:80 " + _COMBINED, "vhost_combined", "client_ip", "192.0.2.1"),
        (_COMBINED + ' "-"', "nginx_main", "client_ip", "192.0.2.1"),
        (_COMBINED + " 1234", "ncsa", "duration_ms", None),
    ],
)
def test_auto_knows_odd_lines(
    line: str, name: str | None, column: str, expected: str | None
) -> None:
    """Names and addresses that are rare; a number at the end whose unit nobody can know."""
    records, _, follower = parsed(line)
    assert follower.found == name
    assert [record[column] for record in records] == ([expected] if name else [])


@pytest.mark.parametrize("target", ['/a"b', '/a"b"c', '/?q="b"', '/a"b c', '/"'])
@pytest.mark.parametrize(
    "carrier", ["", pytest.param("<190>Nov 19 09:15:00 web1 nginx: ", marks=pytest.mark.full)]
)
def test_auto_knows_a_request_with_unescaped_quotes(target: str, carrier: str) -> None:
    """The only line of a file is the record that it is where settings name its format."""
    for line, name in ((_COMBINED, "combined"), (_COMMON, "common")):
        odd = carrier + line.replace("/a ", f"{target} ")
        title = f"syslog + {name}" if carrier else name
        records, reasons, follower = parsed(odd)
        assert (len(records), reasons, follower.found) == (1, [], title)
        assert records[0]["method"] == "GET"
        assert records == parsed(odd, title)[0]


@pytest.mark.parametrize(
    "line",
    [
        'rubbish "GET /a"b HTTP/1.1" 200 5',
        '192.0.2.1 - - [yesterday] "GET /a"b HTTP/1.1" 200 5',
        '192.0.2.1 - - [19/Nov/2026:09:15:00 +0900] "GET /a"b HTTP/1.1" no',
    ],
)
def test_request_alone_makes_no_record(line: str) -> None:
    """What stands around a request must be of a format as well."""
    records, reasons, _ = parsed(line)
    assert (records, reasons) == ([], ["no known log format fits"])


def test_lines_after_one_with_unescaped_quotes_are_judged_anew() -> None:
    """One odd line does not settle the format of the file."""
    follower = FormatFollower("auto")
    follower.cut(Block(_COMMON.replace("/a ", '/a"b ').encode() + b"\n", offset=0))
    assert follower.found == "common"
    follower.cut(Block(_COMBINED.encode() + b"\n", offset=73))
    assert follower.found == "combined"


def test_auto_waits_for_lines_to_judge_by() -> None:
    """Comments and blank lines decide nothing."""
    follower = FormatFollower("auto")
    assert follower.cut(Block(b"# nothing\n\n", offset=0))[0][0] is None
    follower.cut(Block(_COMMON.encode() + b"\n", offset=12))
    assert follower.found == "common"


def test_guess_does_not_depend_on_other_files() -> None:
    """A file is judged by itself alone."""
    first = [parsed(text)[2].found for text in (_COMBINED, _COMMON, _COMBINED)]
    assert first == ["combined", "common", "combined"]


def test_httperr_of_iis_is_an_error_log() -> None:
    """The log of HTTP.sys has fields too, but no requests that a site answered."""
    text = (
        "#Software: Microsoft HTTP API 2.0\n#Version: 1.0\n"
        "#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid "
        "sc-status s-siteid s-reason s-queuename\n"
        "2026-11-19 00:15:00 192.0.2.1 4711 192.0.2.9 443 HTTP/1.1 GET /a - 503 1 AppOffline x\n"
    )
    records, reasons, _ = parsed(text)
    assert (records, len(reasons)) == ([], 1)


def test_quoted_string_of_the_draft_holds_spaces() -> None:
    """W3C strings stand in quotes, with quotes in them doubled."""
    fields = "#Fields: date time c-ip cs(User-Agent) sc-status\n"
    line = '2026-11-19 00:15:00 192.0.2.1 "Mozilla/5.0 (""X"")" 200'
    assert record_of(fields + line, "auto")["user_agent"] == 'Mozilla/5.0 ("X")'


def test_cloudfront_headers_are_decoded() -> None:
    """Encoded once, as today, or twice, as of old; chains of proxies too."""
    fields = "#Fields: date time x-edge-location c-ip cs(User-Agent) x-forwarded-for\n"
    for agent in ("a%20b", "a%2520b"):
        line = f"2026-11-19\t00:15:00\tNRT1\t192.0.2.1\t{agent}\t198.51.100.7,%20192.0.2.1"
        assert record_of(fields + line, "auto")["user_agent"] == "a b"
