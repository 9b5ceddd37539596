"""Raw fields of a chunk of lines as typed columns, and what the lines do not say themselves."""

import re
from dataclasses import dataclass, field

import polars as pl

from pipelines.enrich.resource import ResourceMatcher
from pipelines.formats.format import Format
from pipelines.formats.unescape import unescaped
from pipelines.ingest.day_window import DayWindow
from pipelines.ingest.hidden_attacks import HiddenAttacks
from pipelines.ingest.long_fields import cut_fields
from pipelines.normalise.client import canonical_ips, is_hostname, real_clients
from pipelines.normalise.columns import Distinct
from pipelines.normalise.site import canonical_domain
from pipelines.normalise.time import parse_times
from pipelines.normalise.url import split_requests, split_targets
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.privacy.redact import Redactor
from pipelines.settings.model import UserType

_NO_ADDRESS = ("-", "unix:", "")
_DURATIONS_MS = {"duration_ns": 1e-6, "duration_us": 1e-3, "duration_ms": 1.0, "duration_s": 1e3}
_NO_VALUE = ["-", ""]
_NO_STATUS = ["0", "-1"]  # as some servers write 000
_RARE = ("vhost", "forwarded_for")
_LAST_NAME = r"[, ]([^, ]+) *$"
_NO_NAMES = ["unknown", "-", "unix:"]
_NAME_WITH_PORT = r"^[\w.-]*[A-Za-z][\w-]*:[0-9]{1,5}$"
_ADDRESS = r"^(?:[0-9.]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$"
_DOMAIN_USER = r"^[\w.-]+\\[A-Za-z][\w.$-]*$"
_RAW_BYTE = r"\\x[0-9a-f]{2}"  # a byte that is no UTF-8, see `Lines`
_ESCAPED_BYTE = r"\\x[0-9A-Fa-f]{2}"  # also of what nginx escapes, as it writes a backslash
_LARGEST_EXACT = 2.0**53  # of whole numbers in floating point
_UNITS_MS = {
    "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6,
}  # fmt: skip
_PART_OF_DURATION = re.compile(
    r"([0-9]{1,20}+(?:[.][0-9]{0,20}+)?|[.][0-9]{1,20}+)(ns|[uµμm]s|[smh])"
)
_WITH_UNITS = "[0-9][a-zµμ]+$"
_STATUS_DIGITS = 3
_CHAINS = ("forwarded_for", "forwarded", "real_ip")
_SESSION_COOKIE = re.compile(r"sess|sid", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class LineContext:
    """What the lines of a site do not say themselves; files of one context are parsed together.

    Without a format every line is rejected; without `days` a line may be about any,
    without `field_bytes` a field be of any length, and without `attacks` none is sought.
    """

    format: Format | None
    timezone: str
    day_zone: str
    trusted_proxies: tuple[str, ...] = ()
    user_types: tuple[UserType, ...] = ()
    resources: ResourceMatcher = field(default_factory=lambda: ResourceMatcher(()))
    session_cookie: str | None = None
    redactor: Redactor | None = None
    attacks: HiddenAttacks | None = None
    pseudonyms: Pseudonyms = field(default_factory=Pseudonyms)
    days: DayWindow | None = None
    field_bytes: int | None = None


class Fields:
    """The raw fields of a chunk as typed columns; a field that the format lacks is all null."""

    def __init__(self, raw: pl.DataFrame, form: Format, context: LineContext) -> None:
        """Take what `form` split the lines into."""
        self.context = context
        # A field that no line has need not be looked at.
        empty = [name for name in _RARE if name in raw and raw[name].null_count() == len(raw)]
        raw, self.cut = cut_fields(raw.drop(empty), context.field_bytes)
        self._raw = _turned(raw)
        self._form = form

    @property
    def names_fields(self) -> bool:
        """Whether each line names its values itself."""
        return self._form.names_fields

    def reasons(self) -> pl.Series:
        """Why a line has not the form of the format; null where it has."""
        return self._raw.get_column("reason")

    def _column(self, name: str) -> pl.Series:
        if name in self._raw.columns:
            return self._raw.get_column(name)
        return repeated(None, pl.String, len(self._raw))

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

    def user(self) -> pl.Series:
        r"""The user that the line names; a Windows domain in front (`SHOP\tanaka`) is no escape."""
        users = self.text("user")
        column = self._column("user")
        is_of_domain = column.str.contains(_DOMAIN_USER) & ~column.str.contains(_ESCAPED_BYTE)
        is_of_domain = is_of_domain.fill_null(value=False)
        return users.zip_with(~is_of_domain, column) if is_of_domain.any() else users

    def distinct(self, name: str) -> tuple[Distinct, pl.Series]:
        """The same once for each distinct value, and how to spread that over the rows."""
        distinct = Distinct(self._column(name))
        values = distinct.values.set(distinct.values.is_in(_NO_VALUE), None)
        if self._form.backslash_escapes:
            values = unescaped(values)
        return distinct, values

    def time(self) -> pl.Series:
        """Return instants, microseconds, UTC."""
        return parse_times(
            self._column("time"),
            self._form.timezone or self.context.timezone,
            self._form.time_form,
        )

    def client(self) -> pl.DataFrame:
        """`client_ip`, `client_host`, and `refused` where the field holds neither."""
        peers = self._peers()
        addresses = canonical_ips(peers)
        if addresses.null_count():
            is_chain = addresses.is_null() & peers.str.contains(",", literal=True)
            if is_chain.any():
                last = self._last_of(peers.filter(is_chain))
                peers = peers.scatter(is_chain.arg_true(), last)
                addresses = canonical_ips(peers)
        names = repeated(None, pl.String, len(peers))
        is_other = addresses.is_null() & peers.is_not_null() & ~peers.is_in(_NO_ADDRESS)
        if is_other.any():
            others = Distinct(peers.filter(is_other))
            names = names.scatter(is_other.arg_true(), others.mapped(_host_name))
        return pl.DataFrame(
            {
                "client_ip": addresses,
                "client_host": names,
                "refused": is_other & names.is_null() & self._may_be_shifted(peers),
            }
        )

    def _last_of(self, chains: pl.Series) -> pl.Series:
        """Who connected, where the field of the client is a chain of proxies: what is written last.

        Behind trusted proxies, the last address that is none of them. Without an address the last
        name; null where the last hop is unknown.
        """
        found = real_clients(None, self.context.trusted_proxies, forwarded_for=chains)
        names = chains.str.extract(_LAST_NAME)
        return found.zip_with(found.is_not_null(), names.set(names.is_in(_NO_NAMES), None))

    def _may_be_shifted(self, peers: pl.Series) -> pl.Series:
        """Where a client that is none may be a sign that the line is of another format.

        It is no such sign in an object of named values, nor where bytes are no UTF-8.
        """
        if self._form.names_fields:
            return repeated(value=False, dtype=pl.Boolean, count=len(peers))
        return ~peers.str.contains(_RAW_BYTE).fill_null(value=False)

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
        """Return the status, 0 where there was none; null where it is no number of three digits."""
        column = self._column("status")
        if (column.str.len_bytes() != _STATUS_DIGITS).any():
            column = column.set(column.is_in(_NO_STATUS), "000")
            if self._form.names_fields:
                column = column.str.replace(r"^([0-9]{3})(?:[.]0| .*)$", "$1")  # 200.0, 200 OK
        number = column.cast(pl.UInt16, strict=False)
        return number.set(
            (column.str.len_bytes() != _STATUS_DIGITS) | column.str.starts_with("+"), None
        )

    def size(self) -> pl.Series:
        """Return bytes; null where it is no whole number."""
        column = self._column("bytes")
        size = column.cast(pl.UInt64, strict=False).set(column.str.starts_with("+"), None)
        if not self._form.names_fields:
            return size
        # JSON may write a whole number as 512.0 or 1.2e3.
        other = column.set(size.is_not_null(), None).cast(pl.Float64, strict=False)
        is_whole = (other >= 0) & (other < _LARGEST_EXACT) & (other == other.floor())
        return size.zip_with(
            ~is_whole.fill_null(value=False), other.set(~is_whole, None).cast(pl.UInt64)
        )

    def duration_ms(self) -> pl.Series:
        """Return milliseconds; null where it is no time that can pass."""
        for name, factor in _DURATIONS_MS.items():
            if name in self._raw.columns:
                column = self._column(name)
                duration = column.cast(pl.Float64, strict=False) * factor
                is_text = duration.is_null() & column.str.contains(_WITH_UNITS)
                if is_text.any():
                    spelled = Distinct(column.filter(is_text))
                    values = pl.Series([in_ms(text) for text in spelled.values], dtype=pl.Float64)
                    duration = duration.scatter(is_text.arg_true(), spelled.spread(values))
                return duration.set(~duration.is_finite() | (duration < 0), None)
        return repeated(None, pl.Float64, len(self._raw))

    def site_domain(self) -> pl.Series:
        """Return the host asked for, in one spelling."""
        if "vhost" not in self._raw.columns:
            return self._column("vhost")
        return Distinct(self.text("vhost")).mapped(canonical_domain)

    def session_id(self, days: pl.Series) -> pl.Series:
        """The keyed hash of the session cookie, which is never kept itself; `days` of the lines."""
        pseudonyms, wanted = self.context.pseudonyms, self.context.session_cookie
        for name, cookies in self._cookies():
            if is_session_cookie(name, wanted):
                return pseudonyms.of_days("session", cookies, days)
        if "cookie" in self._raw.columns:
            sent = Distinct(self.text("cookie")).mapped(lambda header: _session_of(header, wanted))
            return pseudonyms.of_days("session", sent, days)
        return repeated(None, pl.String, len(self._raw))

    def _cookies(self) -> list[tuple[str, pl.Series]]:
        names = [name for name in self._raw.columns if name.startswith("cookie:")]
        return [(name.removeprefix("cookie:"), self.text(name)) for name in names]

    def request(self) -> pl.DataFrame:
        """`method`, `url_path`, `url_query`, `protocol`."""
        if "request" in self._raw.columns:
            lines = self._column("request")
            parts = split_requests(lines)
            if self._form.backslash_escapes and lines.str.contains("\\", literal=True).any():
                parts = parts.with_columns(map(unescaped, parts.get_columns()[1:3]))
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


def _turned(raw: pl.DataFrame) -> pl.DataFrame:
    """The fields with host and client exchanged where an address stands before a name with a port.

    Only a server has a name with a port, so the address is the client's.
    """
    if not {"vhost", "host"} <= set(raw.columns):
        return raw
    if not raw.get_column("host").str.contains(":", literal=True).any():
        return raw
    vhost, host = pl.col("vhost"), pl.col("host")
    is_turned = host.str.contains(_NAME_WITH_PORT) & vhost.str.contains(_ADDRESS)
    if not raw.select(is_turned.any()).item():
        return raw
    return raw.with_columns(
        host=pl.when(is_turned).then(vhost).otherwise(host),
        vhost=pl.when(is_turned).then(host).otherwise(vhost),
    )


def _session_of(header: str, wanted: str | None) -> str | None:
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if value and is_session_cookie(name, wanted):
            return value
    return None


def is_session_cookie(name: str, wanted: str | None) -> bool:
    """True for the cookie that settings name; without one, for a name that holds sess or sid."""
    return name == wanted if wanted else bool(_SESSION_COOKIE.search(name))


def in_ms(text: str) -> float | None:
    """Return the milliseconds of a duration with its units: `1.5ms`, `1m3.5s`, `350µs`."""
    parts = _PART_OF_DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS_MS[unit] for number, unit in parts)


def _host_name(text: str) -> str | None:
    return text.lower().rstrip(".") if is_hostname(text) else None


def repeated(value: object, dtype: pl.DataType | type[pl.DataType], count: int) -> pl.Series:
    """Return a column of one value."""
    return pl.Series([value], dtype=dtype).new_from_index(0, count)
