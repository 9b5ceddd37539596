"""Raw fields to normalised records: the way every line goes, in the lake and in `parse`.

Each line ends as exactly one of record, reject or comment. Work on addresses, users, referrers
and agents is done once per distinct value of a chunk.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.enrich.resource import RESOURCE_SCHEMA, ResourceMatcher
from pipelines.ingest.formats.format import COMMENT, Format
from pipelines.ingest.lines import Lines
from pipelines.normalise.client import canonical_ips, is_hostname, real_clients
from pipelines.normalise.columns import Distinct
from pipelines.normalise.site import canonical_domain
from pipelines.normalise.time import INSTANT, parse_times
from pipelines.normalise.url import referrer_domains, split_requests, split_targets
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.privacy.redact import Redactor
from pipelines.settings import UserType

RECORD_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.UInt32,
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
    "source": pl.UInt32,
    "line_no": pl.UInt64,
    "byte_offset": pl.UInt64,
    "log_date": pl.Date,
    "reason": pl.String,
    "line": pl.String,
}
_KEPT_OF_REJECT = 8192
_LOST_AT_CUT = 512  # characters; no value known by its shape is longer
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))")
_ESCAPED_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_NO_ADDRESS = ("-", "unix:", "")
_DURATIONS_MS = {"duration_ns": 1e-6, "duration_us": 1e-3, "duration_ms": 1.0, "duration_s": 1e3}
_NO_VALUE = ["-", ""]
_STATUS_DIGITS = 3
_CHAINS = ("forwarded_for", "forwarded", "real_ip")
_REDACTED_COLUMNS = ("url_path", "url_query", "referrer", "user_agent")
_SESSION_COOKIE = re.compile(r"sess|sid", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class LineContext:
    """What the lines of a site do not say themselves; files of one context are parsed together.

    Without a format every line is rejected.
    """

    format: Format | None
    timezone: str
    day_zone: str
    trusted_proxies: tuple[str, ...] = ()
    user_types: tuple[UserType, ...] = ()
    resources: ResourceMatcher = field(default_factory=lambda: ResourceMatcher(()))
    session_cookie: str | None = None
    redactor: Redactor | None = None
    pseudonyms: Pseudonyms = field(default_factory=Pseudonyms)


@dataclass(frozen=True)
class Parsed:
    """The lines of a chunk: RECORD_SCHEMA, REJECT_SCHEMA, and the source of each comment."""

    records: pl.DataFrame
    rejects: pl.DataFrame
    comments: pl.Series


def parse_lines(lines: Lines, context: LineContext) -> Parsed:
    """Return the records and rejects of a chunk, in order.

    Comments are blank lines and, where the format has directives, lines that begin with `#`.
    Elsewhere a client may be able to write such a beginning: it is a comment only when the line
    is no record and holds no quotation mark, as requests do.
    """
    form = context.format
    is_comment = lines.is_blank
    if form is not None and form.has_directives:
        is_comment = is_comment | lines.is_marked
    places = pl.DataFrame([lines.source, lines.line_no, lines.byte_offset])
    text, is_marked, comments = lines.text, lines.is_marked, lines.source.clear()
    if is_comment.any():
        comments = lines.source.filter(is_comment)
        text, places = text.filter(~is_comment), places.filter(~is_comment)
        is_marked = is_marked.filter(~is_comment)
    if lines.overlong or form is None:
        reason = "the line is longer than 8 MiB" if lines.overlong else "no known log format fits"
        records = pl.DataFrame(schema=RECORD_SCHEMA)
        reasons = _repeated(reason, pl.String, len(text))
    else:
        fields = _Fields(form.split(text), form, context)
        records, reasons = _records(text, places, fields, has_return=lines.has_return)
        records = _redacted(records, context)
    is_remark = (reasons == COMMENT).fill_null(value=False)
    if is_marked.any():
        is_remark |= is_marked & reasons.is_not_null() & ~text.str.contains('"', literal=True)
    if is_remark.any():
        comments = comments.append(places.get_column("source").filter(is_remark))
        text, places = text.filter(~is_remark), places.filter(~is_remark)
        reasons = reasons.filter(~is_remark)
    refused = _refused(text, places, reasons, context.redactor, is_cut=lines.overlong)
    return Parsed(records, _dated(refused, records), comments)


def _records(
    text: pl.Series, places: pl.DataFrame, fields: "_Fields", *, has_return: bool
) -> tuple[pl.DataFrame, pl.Series]:
    """Records of the good lines, and for all lines the reason why they are none."""
    context = fields.context
    time, client, status, size = fields.time(), fields.client(), fields.status(), fields.size()
    faults = {
        "the time is no date and time of the format": time.is_null(),
        "the client is neither an address nor a host name": client.get_column("refused"),
        "the status is no number of three digits": fields.is_given_without("status", status),
        "the size is no whole number": fields.is_given_without("bytes", size),
    }
    if has_return:
        is_split = text.str.contains("\r", literal=True)
        faults = {"a carriage return stands within the line": is_split, **faults}
    reasons = fields.reasons()
    for reason, is_at_fault in faults.items():
        if is_at_fault.any():
            reasons = reasons.set(is_at_fault & reasons.is_null(), reason)
    request, user = fields.request(), fields.text("user")
    referrers, referrer_values = fields.distinct("referrer")
    records = pl.DataFrame(
        {
            "source": places.get_column("source"),
            "line_no": places.get_column("line_no"),
            "time": time,
            "log_date": _days(time, ZoneInfo(context.day_zone)),
            "site_domain": fields.site_domain(),
            "client_ip": client.get_column("client_ip"),
            "client_host": client.get_column("client_host"),
            "user_id": user,
            "user_type": _user_types(user, context.user_types),
            "session_id": fields.session_id(),
            **{name: request.get_column(name) for name in request.columns},
            "status": status.set(status == 0, None),
            "bytes": size,
            "duration_ms": fields.duration_ms(),
            "referrer": referrers.spread(referrer_values),
            "referrer_domain": referrers.spread(referrer_domains(referrer_values)),
            "user_agent": fields.text("agent"),
            **context.resources.match(request.with_columns(status)).to_dict(),
            "redactions": _repeated([], pl.List(pl.String), len(text)),
        },
        schema=RECORD_SCHEMA,
    )
    if reasons.null_count() < len(reasons):
        records = records.filter(reasons.is_null())
    return records, reasons


def _redacted(records: pl.DataFrame, context: LineContext) -> pl.DataFrame:
    """The records with personal values masked; a subject that was one of them is a pseudonym."""
    if context.redactor is None or records.is_empty():
        return records
    masked = records.with_columns(
        context.redactor.columns(records.select(_REDACTED_COLUMNS)).get_columns()
    )
    has_mask = masked.get_column("redactions").list.len() > 0
    if not has_mask.any():
        return masked
    # A masked host must not stand in the next column.
    host = masked.get_column("referrer_domain")
    is_shown = masked.select(
        pl.col("referrer").str.to_lowercase().str.contains(pl.col("referrer_domain"), literal=True)
        | pl.col("referrer").str.contains("xn--", literal=True)
    ).to_series()
    masked = masked.with_columns(host.set(has_mask & ~is_shown, None))
    is_touched = has_mask & masked.get_column("subject_id").is_not_null()
    if not is_touched.any():
        return masked
    subjects = masked.get_column("subject_id")
    hidden = [
        None if subject is None else _hidden(subject, path, query, context)
        for subject, path, query in masked.filter(is_touched)
        .select("subject_id", "url_path", "url_query")
        .iter_rows()
    ]
    return masked.with_columns(
        subjects.scatter(is_touched.arg_true(), pl.Series(hidden, dtype=pl.String))
    )


def _hidden(subject: str, path: str, query: str | None, context: LineContext) -> str:
    """The subject as it may be kept: itself where the redacted request still shows it."""
    shown = unquote_plus(f"{path}?{query or ''}")
    if subject in shown or subject in unquote_plus(shown):
        return subject
    pseudonym = context.pseudonyms("subject", subject) if context.pseudonyms.is_secret else ""
    return f"[{pseudonym or 'masked'}]"


def _refused(
    text: pl.Series,
    places: pl.DataFrame,
    reasons: pl.Series,
    redactor: Redactor | None,
    *,
    is_cut: bool,
) -> pl.DataFrame:
    """The lines with a reason, masked; of a long one the beginning is kept.

    It is cut first, which costs a value at the cut its shape, then masked, then cut once more so
    far before the first cut that the half value is gone.
    """
    is_refused = reasons.is_not_null()
    if not is_refused.any():
        return places.clear().with_columns(
            reason=pl.lit(None, pl.String), line=pl.lit(None, pl.String)
        )
    whole = text.filter(is_refused)
    line = whole.str.slice(0, _KEPT_OF_REJECT + _LOST_AT_CUT)
    was_cut = (whole.str.len_bytes() > line.str.len_bytes()) | is_cut
    if redactor is not None:
        line = redactor.lines(line)
        line = line.zip_with(~was_cut, line.str.head(-_LOST_AT_CUT))
    return places.filter(is_refused).with_columns(
        reason=reasons.filter(is_refused), line=line.str.slice(0, _KEPT_OF_REJECT)
    )


def _dated(refused: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """REJECT_SCHEMA: the lines with the day of the record before them, else after them."""
    if refused.is_empty():
        return pl.DataFrame(schema=REJECT_SCHEMA)
    days = records.select("source", "line_no", "log_date")
    near = refused.join_asof(
        days, on="line_no", by="source", strategy="backward", check_sortedness=False
    ).join_asof(
        days.rename({"log_date": "next_date"}),
        on="line_no",
        by="source",
        strategy="forward",
        check_sortedness=False,
    )
    return near.with_columns(pl.coalesce("log_date", "next_date").alias("log_date")).select(
        *REJECT_SCHEMA
    )


class _Fields:
    """The raw fields of a chunk as typed columns; a field that the format lacks is all null."""

    def __init__(self, raw: pl.DataFrame, form: Format, context: LineContext) -> None:
        self.context = context
        self._raw = raw
        self._form = form

    def reasons(self) -> pl.Series:
        """Why a line has not the form of the format; null where it has."""
        return self._raw.get_column("reason")

    def _column(self, name: str) -> pl.Series:
        if name in self._raw.columns:
            return self._raw.get_column(name)
        return _repeated(None, pl.String, len(self._raw))

    def is_given_without(self, name: str, value: pl.Series) -> pl.Series:
        """True where the line has something in the field that is no value of it."""
        column = self._column(name)
        return value.is_null() & column.is_not_null() & ~column.is_in(_NO_VALUE)

    def text(self, name: str) -> pl.Series:
        """The field unescaped; `-` and empty text are null."""
        if name not in self._raw.columns:
            return self._column(name)
        distinct, values = self.distinct(name)
        return distinct.spread(values)

    def distinct(self, name: str) -> tuple[Distinct, pl.Series]:
        """The same once for each distinct value, and how to spread that over the rows."""
        distinct = Distinct(self._column(name))
        values = distinct.values.set(distinct.values.is_in(_NO_VALUE), None)
        if self._form.backslash_escapes:
            values = _unescaped(values)
        return distinct, values

    def time(self) -> pl.Series:
        return parse_times(
            self._column("time"),
            self._form.timezone or self.context.timezone,
            self._form.time_form,
        )

    def client(self) -> pl.DataFrame:
        """`client_ip`, `client_host`, and `refused` where the field holds neither."""
        peers = self._peers()
        addresses = canonical_ips(peers)
        names = _repeated(None, pl.String, len(peers))
        is_other = addresses.is_null() & peers.is_not_null() & ~peers.is_in(_NO_ADDRESS)
        if is_other.any():
            others = Distinct(peers.filter(is_other))
            names = names.scatter(is_other.arg_true(), others.mapped(_host_name))
        return pl.DataFrame(
            {
                "client_ip": addresses,
                "client_host": names,
                "refused": is_other & names.is_null(),
            }
        )

    def _peers(self) -> pl.Series:
        """The field that names the client, past trusted proxies."""
        chains = {name: self.text(name) for name in _CHAINS if name in self._raw.columns}
        if "host" not in self._raw.columns:
            return real_clients(None, self.context.trusted_proxies, **chains)
        peers = self._column("host")
        if not chains:
            return peers
        without = peers.is_null()
        if self.context.trusted_proxies:
            peers = real_clients(peers, self.context.trusted_proxies, **chains)
        if without.any():
            hops = real_clients(None, self.context.trusted_proxies, **chains)
            peers = hops.zip_with(without, peers)
        return peers

    def status(self) -> pl.Series:
        column = self._column("status")
        number = column.cast(pl.UInt16, strict=False)
        return number.set(
            (column.str.len_bytes() != _STATUS_DIGITS) | column.str.starts_with("+"), None
        )

    def size(self) -> pl.Series:
        column = self._column("bytes")
        return column.cast(pl.UInt64, strict=False).set(column.str.starts_with("+"), None)

    def duration_ms(self) -> pl.Series:
        for name, factor in _DURATIONS_MS.items():
            if name in self._raw.columns:
                duration = self._column(name).cast(pl.Float64, strict=False)
                return (duration * factor).set(~duration.is_finite() | (duration < 0), None)
        return _repeated(None, pl.Float64, len(self._raw))

    def site_domain(self) -> pl.Series:
        if "vhost" not in self._raw.columns:
            return self._column("vhost")
        return Distinct(self.text("vhost")).mapped(canonical_domain)

    def session_id(self) -> pl.Series:
        """The keyed hash of the session cookie, which is never kept itself."""
        for name, cookies in self._cookies():
            if is_session_cookie(name, self.context.session_cookie):
                hashed = Distinct(cookies)
                return hashed.mapped(lambda value: self.context.pseudonyms("session", value))
        if "cookie" in self._raw.columns:
            wanted = self.context.session_cookie
            return Distinct(self.text("cookie")).mapped(
                lambda header: self._session_of(header, wanted)
            )
        return _repeated(None, pl.String, len(self._raw))

    def _cookies(self) -> list[tuple[str, pl.Series]]:
        names = [name for name in self._raw.columns if name.startswith("cookie:")]
        return [(name.removeprefix("cookie:"), self.text(name)) for name in names]

    def _session_of(self, header: str, wanted: str | None) -> str | None:
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if value and is_session_cookie(name, wanted):
                return self.context.pseudonyms("session", value)
        return None

    def request(self) -> pl.DataFrame:
        """`method`, `url_path`, `url_query`, `protocol`."""
        if "request" in self._raw.columns:
            lines = self._column("request")
            parts = split_requests(lines)
            if self._form.backslash_escapes and lines.str.contains("\\", literal=True).any():
                parts = parts.with_columns(map(_unescaped, parts.get_columns()[1:3]))
            return parts
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


def is_session_cookie(name: str, wanted: str | None) -> bool:
    """True for the cookie that settings name; without one, for a name that holds sess or sid."""
    return name == wanted if wanted else bool(_SESSION_COOKIE.search(name))


def _days(times: pl.Series, zone: ZoneInfo) -> pl.Series:
    """The day of each instant in a zone; the lines of a chunk are mostly of one."""
    ends = (times.min(), times.max())
    days = {end.astimezone(zone).date() for end in ends if isinstance(end, dt.datetime)}
    if len(days) == 1:
        return _repeated(days.pop(), pl.Date, len(times))
    return times.dt.convert_time_zone(zone.key).dt.date()


def _host_name(text: str) -> str | None:
    return text.lower().rstrip(".") if is_hostname(text) else None


def _repeated(value: object, dtype: pl.DataType | type[pl.DataType], count: int) -> pl.Series:
    return pl.Series([value], dtype=dtype).new_from_index(0, count)


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


def _unescaped(texts: pl.Series) -> pl.Series:
    is_escaped = texts.str.contains("\\", literal=True).fill_null(value=False)
    if not is_escaped.any():
        return texts
    plain = [unescape(text) for text in texts.filter(is_escaped)]
    return texts.scatter(is_escaped.arg_true(), pl.Series(plain, dtype=pl.String))


def _user_types(users: pl.Series, rules: Sequence[UserType]) -> pl.Series:
    def type_of(user: str) -> str | None:
        return next((rule.type for rule in rules if re.search(rule.pattern, user)), None)

    return Distinct(users).mapped(type_of)
