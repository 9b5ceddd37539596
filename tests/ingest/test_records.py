"""Lines to records: what the contract promises of each column."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.enrich.resource import ResourceMatcher
from pipelines.formats.names import format_of
from pipelines.formats.unescape import unescape
from pipelines.ingest.fields import LineContext
from pipelines.ingest.follow import FormatFollower
from pipelines.ingest.lines import NumberedBlock, lines_of
from pipelines.ingest.reader import Block
from pipelines.ingest.records import parse_lines
from pipelines.privacy.redact import Redactor
from pipelines.settings.model import Redaction, Resource, UserType

_STAMP = "[19/Nov/2026:09:15:00 +0900]"
_LINE = (
    f'192.0.2.1 - st-1 {_STAMP} "GET /a?b=c HTTP/1.1" 200 512 "https://x.example/" "Mozilla/5.0"'
)


def _context(form: str = "combined", **more: Any) -> LineContext:
    return LineContext(
        format=format_of(form), timezone="Asia/Tokyo", day_zone="Asia/Tokyo", **more
    )  # fmt: skip


def _parse(*lines: str, form: str = "combined", **more: object):
    content = "".join(f"{line}\n" for line in lines).encode()
    block = NumberedBlock(Block(content, offset=0), first_line_no=1)
    return parse_lines(lines_of([block]), _context(form, **more))


def _record(line: str, form: str = "combined", **more: object) -> dict[str, object]:
    parsed = _parse(line, form=form, **more)
    assert parsed.rejects.is_empty(), parsed.rejects.to_dicts()
    record: dict[str, object]
    (record,) = parsed.records.to_dicts()
    return record


def test_combined_line_fills_the_columns() -> None:
    """Every field that the format has arrives in its column and type."""
    record = _record(_LINE, user_types=(UserType(pattern="^st-", type="staff"),))
    assert record == {
        "source": 0,
        "line_no": 1,
        "time": dt.datetime(2026, 11, 19, 0, 15, tzinfo=dt.UTC),
        "log_date": dt.date(2026, 11, 19),
        "site_domain": None,
        "client_ip": "192.0.2.1",
        "client_host": None,
        "user_id": "st-1",
        "user_type": "staff",
        "session_id": None,
        "method": "GET",
        "url_path": "/a",
        "url_query": "b=c",
        "protocol": "HTTP/1.1",
        "status": 200,
        "bytes": 512,
        "duration_ms": None,
        "referrer": "https://x.example/",
        "referrer_domain": "x.example",
        "user_agent": "Mozilla/5.0",
        "resource_id": None,
        "resource_kind": None,
        "data_level": 0,
        "subject_id": None,
        "login_result": None,
        "redactions": [],
        "masked_attacks": None,
    }


def test_missing_values_are_null() -> None:
    """`-` and empty text are null, status 000 is null."""
    record = _record(f'192.0.2.1 - - {_STAMP} "GET / HTTP/1.1" 000 - "-" ""')
    for column in ("user_id", "status", "bytes", "referrer", "user_agent", "url_query"):
        assert record[column] is None, column


@pytest.mark.parametrize("request_line", ["-", "", r"\x16\x03\x01\x02", "hello", "foo bar", "GET"])
def test_request_that_is_no_http_is_a_record(request_line: str) -> None:
    """TLS bytes, a dash or nothing in the request's place make a record without a method."""
    record = _record(f'192.0.2.1 - - {_STAMP} "{request_line}" 400 226 "-" "-"')
    assert (record["method"], record["url_path"], record["protocol"]) == (None, None, None)
    assert record["status"] == 400


def test_vhost_line_names_its_site() -> None:
    """`%v:%p` gives the site domain in its canonical spelling."""
    record = _record("WWW.Prime.EXAMPLE:443 " + _LINE, form="vhost_combined")
    assert record["site_domain"] == "www.prime.example"


def test_common_line_has_no_agent() -> None:
    """`common` leaves referrer and agent null."""
    line = _LINE.rsplit(' "', 2)[0]
    record = _record(line, form="common")
    assert (record["bytes"], record["user_agent"], record["referrer"]) == (512, None, None)


def test_format_string_of_nginx_is_a_format() -> None:
    """An nginx log_format string works as it stands, unknown variables are carried past."""
    form = (
        '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
        '"$http_referer" "$http_user_agent" "$gzip_ratio" $request_time'
    )
    record = _record(_LINE + ' "3.1" 0.250', form=form)
    assert record["duration_ms"] == 250.0
    assert record["user_agent"] == "Mozilla/5.0"


def test_client_behind_trusted_proxies_is_found() -> None:
    """The right-most address that is not trusted counts, forged entries on the left do not."""
    form = '%h %l %u %t "%r" %>s %b "%{X-Forwarded-For}i"'
    line = f'192.0.2.1 - - {_STAMP} "GET / HTTP/1.1" 200 1 "1.1.1.1, 198.51.100.7, 192.0.2.9"'
    trusted = ("192.0.2.0/24",)
    assert _record(line, form=form, trusted_proxies=trusted)["client_ip"] == "198.51.100.7"
    assert _record(line, form=form)["client_ip"] == "192.0.2.1"


_AGENT_ENDS = '{"piece": "\\"", "before": "agent"}'


@pytest.mark.parametrize(
    ("line", "reason", "code", "arguments"),
    [
        ("rubbish", "no space after the host", "space_after", '{"before": "host"}'),
        (
            _LINE.replace("19/Nov", "31/Nov"),
            "the time is no date and time of the format",
            "bad_time",
            None,
        ),
        (
            _LINE.replace(" 200 ", " 20x "),
            "the status is no number of three digits",
            "bad_status",
            None,
        ),
        (
            _LINE.replace(" 512 ", " 99999999999999999999 "),
            "the size is no whole number",
            "bad_size",
            None,
        ),
        (
            _LINE.replace("192.0.2.1 ", "192.0.2.999 "),
            "the client is neither an address nor a host name",
            "bad_client",
            None,
        ),
        (_LINE[:-1], 'no " after the agent', "piece_after", _AGENT_ENDS),
        (_LINE + " more", 'no " after the agent', "piece_after", _AGENT_ENDS),
    ],
)  # fmt: skip
def test_line_that_does_not_fit_is_rejected_with_the_reason(
    line: str, reason: str, code: str, arguments: str | None
) -> None:
    """A reject keeps line number, offset, reason and text, and names no text in the reason."""
    parsed = _parse("# directive", line, "")
    assert parsed.records.is_empty()
    assert len(parsed.comments) == 2
    (reject,) = parsed.rejects.to_dicts()
    assert reject == {
        "source": 0, "line_no": 2, "byte_offset": 12, "log_date": None, "reason": reason,
        "reason_code": code, "reason_arguments": arguments, "line": line,
    }  # fmt: skip


def test_reject_counts_on_the_day_of_its_neighbour() -> None:
    """A rejected line has no time; the record before it, else after it, tells its day."""
    parsed = _parse("rubbish", _LINE, "rubbish")
    assert parsed.rejects.get_column("log_date").to_list() == [dt.date(2026, 11, 19)] * 2


def test_escaped_agent_is_unescaped() -> None:
    r"""`\"` and `\xhh` in an agent are what the client sent."""
    line = _LINE.replace("Mozilla/5.0", r"a \"b\" \xe8\xa6\x8b\\")
    assert _record(line)["user_agent"] == 'a "b" 見\\'


@given(st.text(alphabet='ab "\\[]-:/0\t', max_size=60))
def test_any_text_is_exactly_one_of_record_reject_comment(text: str) -> None:
    """No text makes the parser crash or lose the line."""
    parsed = _parse(text.replace("\n", ""), _LINE)
    assert len(parsed.records) + len(parsed.rejects) + len(parsed.comments) == 2


def test_unescape_leaves_what_is_no_text() -> None:
    """Escaped bytes that are no UTF-8 stay as they were logged."""
    assert unescape(r"\x83\x65") == r"\x83\x65"


@pytest.mark.parametrize("name", ["common", "combined", "vhost_combined"])
def test_one_line_is_enough_to_tell_the_format(name: str) -> None:
    """`auto` decides on a single line."""
    line = {"common": _LINE.rsplit(' "', 2)[0], "combined": _LINE,
            "vhost_combined": "www.prime.example:443 " + _LINE}[name]  # fmt: skip
    follower = FormatFollower("auto")
    follower.cut(Block(line.encode() + b"\n", offset=0))
    assert follower.found == name


def test_noise_has_no_format() -> None:
    """`auto` refuses to guess where nothing fits."""
    follower = FormatFollower("auto")
    ((form, _),) = follower.cut(Block(b"one\ntwo\n# three\n\n", offset=0))
    assert form is None
    assert follower.found is None


def test_resources_match_what_the_server_would_serve() -> None:
    """Encoded, doubled and dotted paths match; the most specific pattern wins; HEAD is a GET."""
    resources = (
        Resource(id="any", kind="export", path="/customers/*", level=1),
        Resource(id="one", kind="record", path="/customers/{subject}", level=3, methods=["GET"]),
        Resource(id="me", kind="record", path="/customers/me", level=2),
        Resource(id="view", kind="record", path="/view?no={subject}", level=3),
        Resource(id="login", kind="login", path="/login", methods=["POST"], failure=[401]),
    )
    requests = [
        ("GET", "/customers/7", None, 200, "one", "7"),
        ("HEAD", "/%63ustomers//7/", None, 200, "one", "7"),
        ("GET", "/x/../customers/me", None, 200, "me", None),
        ("POST", "/customers/7", None, 200, "any", None),
        ("OPTIONS", "/customers/me", None, 200, None, None),
        ("GET", "/view", "a=1&no=42", 200, "view", "42"),
        ("GET", "/view", "a=1", 200, None, None),
        ("POST", "/login", None, 401, "login", None),
        ("GET", "/other", None, 200, None, None),
    ]
    frame = pl.DataFrame(
        [request[:4] for request in requests],
        schema={"method": pl.String, "url_path": pl.String, "url_query": pl.String,
                "status": pl.UInt16},
        orient="row",
    )  # fmt: skip
    found = ResourceMatcher(resources).match(frame)
    assert found.select("resource_id", "subject_id").rows() == [r[4:] for r in requests]
    assert found.get_column("login_result").to_list() == [None] * 7 + ["failure", None]


@pytest.mark.parametrize(
    ("path", "query", "subject"),
    [
        ("/customers/7'", None, "7"),
        ("/customers/7%27%20or%201=1--", None, "7"),
        ("/customers/7)+union+select+1", None, "7"),
        ("/customers/7;drop%20table%20x", None, "7"),
        ("/customers/%27or%271%27=%271", None, None),
        ("/customers/%3Cscript%3E", None, None),
        ("/view", "no=7%27&no=8", "7,8"),
        ("/view", "no=7+and+sleep(5)", "7"),
        ("/customers/taro@example.jp", None, "taro@example.jp"),
        ("/customers/C-000_7", None, "C-000_7"),
        ("/customers/%E5%B1%B1%E7%94%B0%20%E5%A4%AA%E9%83%8E", None, "山田 太郎"),
        ("/customers/{3F2504E0-4F89}", None, "{3F2504E0-4F89}"),
        ("/view", "no=%27or%271%27=%271", None),
    ],
)  # fmt: skip
def test_an_attack_is_nobody(path: str, query: str | None, subject: str | None) -> None:
    """Of a payload in the place of an id stays what a lenient server reads of it."""
    resources = (
        Resource(id="one", kind="record", path="/customers/{subject}", level=3),
        Resource(id="view", kind="record", path="/view?no={subject}", level=3),
    )
    frame = pl.DataFrame(
        [("GET", path, query, 200)],
        schema={"method": pl.String, "url_path": pl.String, "url_query": pl.String,
                "status": pl.UInt16},
        orient="row",
    )  # fmt: skip
    found = ResourceMatcher(resources).match(frame)
    assert found.get_column("data_level").item() == 3
    assert found.get_column("subject_id").item() == subject


def test_masked_host_stands_in_no_other_column() -> None:
    """A telephone number for a host name is masked in the referrer and gone from its domain."""
    redactor = Redactor(Redaction())
    hidden = _record(_LINE.replace("//x.example/", "//09012345678.example.com/"), redactor=redactor)
    assert hidden["referrer"] == "https://[phone].example.com/"
    assert hidden["referrer_domain"] is None
    shown = _record(_LINE.replace("b=c", "tel=090-1234-5678"), redactor=redactor)
    assert shown["url_query"] == "tel=[phone]"
    assert shown["referrer_domain"] == "x.example"
