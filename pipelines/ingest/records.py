"""Raw fields to normalised records: the way every line goes, in the lake and in `parse`.

Each line ends as exactly one of record, reject or comment. Work on addresses, times, users,
referrers and agents is done once per distinct value of a block.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.enrich.resource import RESOURCE_SCHEMA, ResourceMatcher
from pipelines.ingest.formats import Layout
from pipelines.ingest.lines import Lines
from pipelines.ingest.split import split_lines
from pipelines.normalise.client import canonical_ips, is_hostname, real_clients
from pipelines.normalise.site import canonical_domain
from pipelines.normalise.time import INSTANT, parse_times
from pipelines.normalise.url import referrer_domains, split_requests, split_targets
from pipelines.settings import UserType

RECORD_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "line_no": pl.UInt64,
    "time": INSTANT,
    "log_date": pl.Date,
    "site_domain": pl.String,
    "client_ip": pl.String,
    "client_host": pl.String,
    "user_id": pl.String,
    "user_type": pl.String,
    "session_id": pl.String,
    "method": pl.String,
    "url_path": pl.String,
    "url_query": pl.String,
    "protocol": pl.String,
    "status": pl.UInt16,
    "bytes": pl.UInt64,
    "duration_ms": pl.Float64,
    "referrer": pl.String,
    "referrer_domain": pl.String,
    "user_agent": pl.String,
    **RESOURCE_SCHEMA,
    "redactions": pl.List(pl.String),
}
REJECT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "line_no": pl.UInt64,
    "byte_offset": pl.UInt64,
    "log_date": pl.Date,
    "reason": pl.String,
    "line": pl.String,
}
_KEPT_OF_REJECT = 8192
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))")
_ESCAPED_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_NO_ADDRESS = ("-", "unix:", "")
_DURATIONS_MS = {"duration_us": 1e-3, "duration_ms": 1.0, "duration_s": 1e3}


@dataclass(frozen=True)
class LineContext:
    """What the lines of a site do not say themselves."""

    layout: Layout
    timezone: str
    day_zone: str
    site_domain: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    user_types: tuple[UserType, ...] = ()
    resources: ResourceMatcher = field(default_factory=lambda: ResourceMatcher(()))


@dataclass(frozen=True)
class Parsed:
    """The lines of a block: their records, their rejects and how many were comments."""

    records: pl.DataFrame
    rejects: pl.DataFrame
    comments: int


def parse_lines(lines: Lines, first_line_no: int, context: LineContext | None) -> Parsed:
    """Return the records (RECORD_SCHEMA) and rejects (REJECT_SCHEMA) of a block, in order.

    Without a context no format is known, and every line is rejected.
    """
    numbered = pl.DataFrame(
        {
            "line_no": pl.int_range(
                first_line_no, first_line_no + len(lines.text), dtype=pl.UInt64, eager=True
            ),
            "byte_offset": lines.offsets,
            "line": lines.text,
        }
    )
    is_comment = pl.col("line").str.starts_with("#") | (pl.col("line").str.strip_chars() == "")
    content = numbered.filter(~is_comment)
    if lines.overlong or context is None:
        reason = "the line is longer than 8 MiB" if lines.overlong else "no known log format fits"
        reasons = pl.Series("reason", [reason] * len(content), dtype=pl.String)
        records = pl.DataFrame(schema=RECORD_SCHEMA)
    else:
        records, reasons = _records(content, context)
    return Parsed(
        records,
        _rejects(content, reasons, records),
        len(numbered) - len(content),
    )


def _records(content: pl.DataFrame, context: LineContext) -> tuple[pl.DataFrame, pl.Series]:
    """Records of the good lines, and for all lines the reason why they are none."""
    raw = split_lines(content.get_column("line"), context.layout)
    fields = _Fields(raw, context)
    time, client, status, size = fields.time(), fields.client(), fields.status(), fields.size()
    reasons = raw.select(
        pl.coalesce(
            "reason",
            pl.when(content.get_column("line").str.contains("\r", literal=True)).then(
                pl.lit("a carriage return stands within the line")
            ),
            pl.when(time.is_null()).then(pl.lit("the time is no date and time of the format")),
            pl.when(client.get_column("refused")).then(
                pl.lit("the client is neither an address nor a host name")
            ),
            pl.when(status.is_null() & fields.given("status")).then(
                pl.lit("the status is no number of three digits")
            ),
            pl.when(size.is_null() & fields.given("bytes")).then(
                pl.lit("the size is no whole number")
            ),
        ).alias("reason")
    ).get_column("reason")
    referrer = fields.text("referrer")
    request = fields.request()
    user = fields.text("user")
    records = pl.DataFrame(
        {
            "line_no": content.get_column("line_no"),
            "time": time,
            "log_date": time.dt.convert_time_zone(context.day_zone).dt.date(),
            "site_domain": fields.site_domain(),
            "client_ip": client.get_column("client_ip"),
            "client_host": client.get_column("client_host"),
            "user_id": user,
            "user_type": mapped(user, lambda text: _user_type(text, context.user_types)),
            "session_id": _repeated(None, pl.String, len(raw)),
            **{name: request.get_column(name) for name in request.columns},
            "status": status.set(status == 0, None),
            "bytes": size,
            "duration_ms": fields.duration_ms(),
            "referrer": referrer,
            "referrer_domain": referrer_domains(referrer),
            "user_agent": fields.text("agent"),
            **context.resources.match(request.with_columns(status)).to_dict(),
            "redactions": _repeated([], pl.List(pl.String), len(raw)),
        },
        schema=RECORD_SCHEMA,
    )
    return records.filter(reasons.is_null()), reasons


def _rejects(content: pl.DataFrame, reasons: pl.Series, records: pl.DataFrame) -> pl.DataFrame:
    refused = content.with_columns(reasons.alias("reason")).filter(reasons.is_not_null())
    if refused.is_empty():
        return pl.DataFrame(schema=REJECT_SCHEMA)
    days = records.select("line_no", "log_date")
    near = refused.join_asof(days, on="line_no", strategy="backward").join_asof(
        days.rename({"log_date": "next_date"}), on="line_no", strategy="forward"
    )
    return near.select(
        "line_no",
        "byte_offset",
        pl.coalesce("log_date", "next_date").alias("log_date"),
        "reason",
        pl.col("line").str.slice(0, _KEPT_OF_REJECT),
    )


class _Fields:
    """The raw fields of a block as typed columns; a field that the format lacks is all null."""

    def __init__(self, raw: pl.DataFrame, context: LineContext) -> None:
        self._raw = raw
        self._context = context

    def _column(self, name: str) -> pl.Series:
        if name in self._raw.columns:
            return self._raw.get_column(name)
        return _repeated(None, pl.String, len(self._raw))

    def given(self, name: str) -> pl.Series:
        """True where the line has a value in the field."""
        column = self._column(name)
        return (column.is_not_null() & ~column.is_in(["-", ""])).fill_null(value=False)

    def text(self, name: str) -> pl.Series:
        """The field unescaped; `-` and empty text are null."""
        column = self._column(name)
        column = column.set(column.is_in(["-", ""]).fill_null(value=False), None)
        if column.str.contains("\\", literal=True).any():
            return mapped(column, unescape, where=column.str.contains("\\", literal=True))
        return column

    def time(self) -> pl.Series:
        return parse_times(self._column("time"), self._context.timezone)

    def client(self) -> pl.DataFrame:
        """`client_ip`, `client_host`, and `refused` where the field holds neither."""
        host = self._column("host")
        if self._context.trusted_proxies and "forwarded_for" in self._raw.columns:
            host = self._behind_proxies(host)
        address = canonical_ips(host)
        distinct = host.filter(address.is_null()).unique().drop_nulls().to_list()
        names = {text: text.lower().rstrip(".") for text in distinct if is_hostname(text)}
        known = pl.DataFrame(
            {"host": list(names), "client_host": list(names.values())},
            schema={"host": pl.String, "client_host": pl.String},
        )
        frame = pl.DataFrame({"host": host, "client_ip": address}).join(
            known, on="host", how="left", maintain_order="left"
        )
        return frame.select(
            "client_ip",
            "client_host",
            refused=pl.col("client_ip").is_null()
            & pl.col("client_host").is_null()
            & ~pl.col("host").is_in(_NO_ADDRESS)
            & pl.col("host").is_not_null(),
        )

    def _behind_proxies(self, host: pl.Series) -> pl.Series:
        chain = self._column("forwarded_for")
        return real_clients(host, chain, self._context.trusted_proxies).fill_null(host)

    def status(self) -> pl.Series:
        column = self._column("status")
        shaped = column.str.contains(r"^[0-9]{3}$")
        return column.set(~shaped.fill_null(value=False), None).cast(pl.UInt16)

    def size(self) -> pl.Series:
        return self._column("bytes").str.extract(r"^([0-9]+)$").cast(pl.UInt64, strict=False)

    def duration_ms(self) -> pl.Series:
        for name, factor in _DURATIONS_MS.items():
            if name in self._raw.columns:
                seconds = self._column(name).cast(pl.Float64, strict=False)
                return (seconds * factor).cast(pl.Float64)
        return _repeated(None, pl.Float64, len(self._raw))

    def site_domain(self) -> pl.Series:
        domains = mapped(self.text("vhost"), canonical_domain)
        default = self._context.site_domain
        return domains if default is None else domains.fill_null(default)

    def request(self) -> pl.DataFrame:
        """`method`, `url_path`, `url_query`, `protocol`."""
        if "request" in self._raw.columns:
            return split_requests(self._column("request"))
        target = self.text("target")
        if "target" not in self._raw.columns:
            query = self.text("query").str.strip_prefix("?")
            target = (
                self.text("path")
                + pl.select(
                    pl.when(query.is_not_null()).then("?" + query).otherwise(pl.lit(""))
                ).to_series()
            )
        parts = split_targets(target)
        return pl.DataFrame(
            {
                "method": self.text("method"),
                "url_path": parts.get_column("url_path"),
                "url_query": parts.get_column("url_query"),
                "protocol": self.text("protocol"),
            }
        )


def _repeated(value: object, dtype: pl.DataType | type[pl.DataType], count: int) -> pl.Series:
    return pl.Series([value], dtype=dtype).new_from_index(0, count)


def mapped(
    texts: pl.Series, function: Callable[[str], str | None], where: pl.Series | None = None
) -> pl.Series:
    """Return `texts` with `function` applied once to each distinct value; null stays null.

    With `where`, values outside it stay as they are.
    """
    chosen = texts if where is None else texts.filter(where.fill_null(value=False))
    distinct = chosen.unique().drop_nulls()
    if where is None and distinct.is_empty():
        return texts
    known = pl.DataFrame(
        {"text": distinct, "new": [function(text) for text in distinct]},
        schema={"text": pl.String, "new": pl.String},
    )
    joined = texts.to_frame("text").join(known, on="text", how="left", maintain_order="left")
    if where is None:
        return joined.get_column("new")
    return joined.select(pl.coalesce("new", "text")).to_series()


def unescape(text: str) -> str:
    r"""Return a field as it was before the server escaped it: `\"`, `\\`, `\n`, `\xhh`.

    Bytes given as `\xhh` are UTF-8; where they are not, the text is left as logged.
    """

    def plain(match: re.Match[str]) -> bytes:
        if match[1]:
            return bytes.fromhex(match[1])
        return _ESCAPED_CHARACTERS.get(match[2], match[2]).encode()

    pieces: list[bytes] = []
    position = 0
    for match in _ESCAPE.finditer(text):
        pieces += [text[position : match.start()].encode(), plain(match)]
        position = match.end()
    pieces.append(text[position:].encode())
    try:
        return b"".join(pieces).decode("utf-8")
    except UnicodeDecodeError:
        return text


def _user_type(user: str, user_types: Sequence[UserType]) -> str | None:
    for rule in user_types:
        if re.search(rule.pattern, user):
            return rule.type
    return None
