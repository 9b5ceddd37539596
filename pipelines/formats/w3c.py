"""W3C extended logs, whose `#Fields` directive says what stands in the lines after it.

Three dialects differ in how they write what a plain field cannot hold: IIS puts `+` for a space and
milliseconds for `time-taken`, CloudFront percent-encodes headers and separates by tabs; others
follow the draft, with quoted strings and seconds. Times are UTC.

Sources: https://www.w3.org/TR/WD-logfile.html,
https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging and
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import unquote

import polars as pl

from pipelines.formats.format import because, look_like
from pipelines.formats.split import matched
from pipelines.formats.unescape import without_nul
from pipelines.formats.user_names import OWN, field_of
from pipelines.normalise.columns import rejoined
from pipelines.text.messages import message

DIRECTIVE = "#Fields:"
IIS, CLOUDFRONT, W3C = "iis_w3c", "cloudfront", "w3c"
DEFAULTS = {
    IIS: (
        "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
        "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
    ),
    CLOUDFRONT: (
        "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status "
        "cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type "
        "x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for "
        "ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
        "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type "
        "sc-content-type sc-content-len sc-range-start sc-range-end"
    ),
}
# Field -> raw field; of several that fill one the first here is taken.
_NAMES = {
    "date": "date",
    "time": "clock",
    "timestamp": "time",
    "c-ip": "host",
    "c-dns": "host",
    "cs-username": "user",
    "cs-auth-username": "user",
    "x-host-header": "vhost",
    "cs-host": "vhost",
    "cs(host)": "vhost",
    "cs-method": "method",
    "cs-uri": "target",
    "cs-uri-stem": "path",
    "cs-uri-path": "path",
    "cs-uri-query": "query",
    "cs-version": "protocol",
    "cs-protocol-version": "protocol",
    "sc-status": "status",
    "sc-bytes": "bytes",
    "bytes": "bytes",
    "cs(referer)": "referrer",
    "cs(referrer)": "referrer",
    "cs(user-agent)": "agent",
    "cs(cookie)": "cookie",
    "cs(x-forwarded-for)": "forwarded_for",
    "x-forwarded-for": "forwarded_for",
    "cs(forwarded)": "forwarded",
    "cs(x-real-ip)": "real_ip",
    "x-real-ip": "real_ip",
}
_CLOUDFRONT_COUNTS = (12, 15, 18, 19, 23, 24, 26)  # of fields, by the years
_IIS_ONLY = {"sc-win32-status", "sc-substatus", "s-sitename", "s-computername"}
_PLUS_FOR_SPACE: tuple[str, ...] = ("agent", "cookie", "forwarded_for")
_ENCODED: tuple[str, ...] = ("agent", "cookie", "forwarded_for", "user")
_QUOTED_FIELD = '(?:"((?:[^"]|"")*)"|([^{x}]*))'
_SHAPES = {
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "clock": "[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?",
    "host": "[0-9A-Za-z_.:%-]+",
    "method": "[A-Za-z_-]+",
    "path": "(?:[/*-]|[A-Za-z][A-Za-z0-9+.-]*:)?[^ \t]*",
    "status": "(?:[0-9]{3}|0|-)",
    "bytes": "(?:[0-9]+|-)",
    "duration": "(?:[0-9.]+|-)",
    "number": "(?:[0-9]+|-)",
}
_NUMBERS = {"s-port", "sc-substatus", "sc-win32-status", "cs-bytes", "c-port"}
_MOST_FIELDS = 200


@dataclass(frozen=True)
class W3cSplitter:
    """Takes lines apart by the names of a `#Fields` directive.

    Where the names are but assumed (`is_assumed`), a line must look as they promise. With `users`
    the fields of these names stand for the user, each as a raw field of its own.
    """

    names: tuple[str, ...]
    dialect: str
    is_assumed: bool = False
    users: tuple[str, ...] | None = None

    def with_users(self, names: Sequence[str]) -> tuple["W3cSplitter", dict[str, tuple[str, ...]]]:
        """Return the same with fields that stand for the user, and the raw field of each name."""
        named = replace(self, users=tuple(names))
        raw = {place: name for name, place in named.places.items()}
        keys = [name.lower() for name in self.names]
        return named, {
            name: (raw[keys.index(name.lower())],) for name in names if name.lower() in keys
        }

    @property
    def own_users(self) -> tuple[str, ...]:
        """The field that names the user by itself, where there is one."""
        return (self.names[self.places[OWN]].lower(),) if OWN in self.places else ()

    @cached_property
    def places(self) -> dict[str, int]:
        """Raw field -> where it stands in a line, from 0."""
        keys = [name.lower() for name in self.names]
        found: dict[str, int] = {}
        for name, raw in _NAMES.items():
            if name in keys:
                found.setdefault(raw, keys.index(name))
        for name in keys:
            cookie = re.fullmatch(r"cs\(cookie:(.+)\)", name)
            if cookie:
                found[f"cookie:{cookie[1]}"] = keys.index(name)
        if "time-taken" in keys:
            found[self._duration] = keys.index("time-taken")
        if "target" in found:
            found.pop("path", None)
            found.pop("query", None)
        if self.users is not None:
            found.pop(OWN, None)
            for number, name in enumerate(self.users):
                if name.lower() in keys and keys.index(name.lower()) not in found.values():
                    found[field_of(number)] = keys.index(name.lower())
        return found

    @property
    def _duration(self) -> str:
        return "duration_ms" if self.dialect == IIS else "duration_s"

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields."""
        names = [name for name in self.places if name not in {"date", "clock"}]
        return tuple(dict.fromkeys(["time", *names]))

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where it does not fit."""
        is_tabbed = lines.str.contains("\t", literal=True)
        if not is_tabbed.any():
            frame = self._split_on(lines, " ")
        elif is_tabbed.all():
            frame = self._split_on(lines, "\t")
        else:
            tabbed = self._split_on(lines.filter(is_tabbed), "\t")
            frame = rejoined(self._split_on(lines.filter(~is_tabbed), " "), tabbed, is_tabbed)
        if self.is_assumed:
            is_irregular = ~look_like(self, lines)
            if is_irregular.any():
                reason = pl.lit(because("fields_assumed"))
                frame = frame.with_columns(
                    reason=pl.when(is_irregular)
                    .then(pl.coalesce("reason", reason))
                    .otherwise("reason")
                )
        return self._read(frame)

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether fields have the form that their names promise."""
        raw = {place: name for name, place in self.places.items()}
        shapes = []
        for place, name in enumerate(self.names):
            kind = "number" if name.lower() in _NUMBERS else raw.get(place, "")
            kind = "duration" if kind.startswith("duration") else kind
            shapes.append(_SHAPES.get(kind, '(?:"(?:[^"]|"")*"|[^ \t]*)'))
        spaced, tabbed = (
            f"^{separator.join(shapes)} *$" for separator in (" ", "\t")
        )  # a tabbed line may hold spaces
        if self.dialect == CLOUDFRONT:
            tabbed = "|".join(
                "^"
                + "\t".join(shapes[:count])
                + ("(?:\t.*)?" if count == len(shapes) else "")
                + "$"
                for count in (*_CLOUDFRONT_COUNTS, len(shapes))
                if count <= len(shapes)
            )
        tabbed = tabbed.replace("[^ \t]*", "[^\t]*")
        return line.str.contains(f"(?:{spaced})|(?:{tabbed})")

    def _split_on(self, lines: pl.Series, separator: str) -> pl.DataFrame:
        """The raw fields of the lines, and the reason where their number is another."""
        count = len(self.names)
        places = self.places
        text = lines.str.strip_chars_end(" ") if separator == " " else lines
        parts = text.str.split_exact(separator, count).struct.unnest()
        last, beyond = parts.get_column(f"field_{count - 1}"), parts.get_column(f"field_{count}")
        is_even = last.is_not_null() & beyond.is_null()
        if self.dialect == CLOUDFRONT and separator == "\t":
            is_even |= self._is_of_other_age(parts, text)
        frame = parts.select(
            pl.col(f"field_{place}").alias(name) for name, place in places.items()
        ).with_columns(
            pl.when(pl.all().str.contains('^".+"$'))
            .then(pl.all().str.slice(1, pl.all().str.len_chars() - 2))
            .otherwise(pl.all())
            .str.replace_all('""', '"', literal=True)
            if lines.str.contains('"', literal=True).any() and self.dialect == W3C
            else pl.all()
        )
        reason = because("fields_counted", count=count)
        if is_even.all():
            return frame.with_columns(reason=pl.lit(None, pl.String))
        even = frame.filter(is_even).with_columns(reason=pl.lit(None, pl.String))
        irregular = self._quoted(text.filter(~is_even), separator)
        irregular = irregular.with_columns(
            reason=pl.when(~pl.col("is_match")).then(pl.lit(reason)).otherwise(None)
        ).drop("is_match")
        return rejoined(even, irregular, ~is_even)

    def _is_of_other_age(self, parts: pl.DataFrame, text: pl.Series) -> pl.Series:
        """Where a line has as many of CloudFront's fields as there once were, or more than named.

        New ones are only ever added at the end.
        """
        known = [each for each in _CLOUDFRONT_COUNTS if each < len(self.names)]
        standard = DEFAULTS[CLOUDFRONT].split()
        is_standard = list(self.names[: len(standard)]) == standard[: len(self.names)]
        if not is_standard:
            return pl.repeat(value=False, n=len(text), eager=True)
        count = text.str.count_matches("\t", literal=True) + 1
        return count.is_in(known) | parts.get_column(f"field_{len(self.names)}").is_not_null()

    def _quoted(self, lines: pl.Series, separator: str) -> pl.DataFrame:
        """The fields of lines in which quoted strings hold the separator."""
        places = {place: name for name, place in self.places.items()}
        names: list[str] = []
        shapes: list[str] = []
        for place in range(len(self.names)):
            shape = _QUOTED_FIELD.replace("{x}", separator)
            if place in places:
                names += [f"{places[place]}\x00", places[place]]
            else:
                shape = shape.replace("((", "(?:(").replace("([", "(?:[")
            shapes.append(shape)
        pattern = f"^(){separator.join(shapes)}$"
        found = matched(lines, pattern, names)
        return found.select(
            *(
                pl.coalesce(pl.col(f"{name}\x00").str.replace_all('""', '"', literal=True), name)
                .alias(name)
                for name in self.places
            ),
            "is_match",
        )  # fmt: skip

    def _read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The fields with date and clock joined, and written plainly."""
        if "date" in frame.columns and "clock" in frame.columns:
            frame = frame.with_columns(time=pl.col("date") + " " + pl.col("clock"))
        frame = frame.drop("date", "clock", strict=False)
        if self.dialect == IIS:
            names = [name for name in _PLUS_FOR_SPACE if name in frame.columns]
            return frame.with_columns(pl.col(names).str.replace_all("+", " ", literal=True))
        if self.dialect == CLOUDFRONT:
            users = (name for name in frame.columns if name.startswith(f"{OWN}:"))
            names = [*(name for name in _ENCODED if name in frame.columns), *users]
            return frame.with_columns(_percent_decoded(frame.get_column(name)) for name in names)
        return frame


def _percent_decoded(texts: pl.Series) -> pl.Series:
    """Texts decoded once; twice where CloudFront's older logs encoded twice (`%2520`)."""
    encoded = texts.filter(texts.str.contains("%", literal=True).fill_null(value=False)).unique()
    if encoded.is_empty():
        return texts
    plain = [
        without_nul(unquote(unquote(text)) if "%25" in text else unquote(text)) for text in encoded
    ]
    return texts.replace(encoded, pl.Series(plain, dtype=pl.String))


def fields_of(directive: str) -> tuple[str, ...]:
    """Return the names that a `#Fields` directive lists.

    Raises:
        ValueError: no time or no client among them, or too many.
    """
    names = tuple(directive.strip().removeprefix(DIRECTIVE).split())
    if len(names) > _MOST_FIELDS:
        raise ValueError(message("formats.w3c.too_many_fields", most=_MOST_FIELDS))
    if "s-queuename" in names or "s-reason" in names:
        raise ValueError(message("formats.w3c.error_log"))
    raw = {_NAMES.get(name.lower()) for name in names}
    if not ({"date", "clock"} <= raw or "time" in raw):
        raise ValueError(message("formats.w3c.no_time"))
    if not raw & {"host", "forwarded_for", "forwarded", "real_ip"}:
        raise ValueError(message("formats.w3c.no_client_address"))
    return names


def dialect_of(names: tuple[str, ...]) -> str:
    """Return the dialect that the names of the fields tell."""
    lower = {name.lower() for name in names}
    if any(name.startswith("x-edge-") for name in lower):
        return CLOUDFRONT
    return IIS if lower & _IIS_ONLY else W3C
