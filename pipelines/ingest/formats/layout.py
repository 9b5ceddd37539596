"""What a log line looks like: a format string compiled to a layout of words and quoted parts.

Names (`combined`), Apache `LogFormat` strings and nginx `log_format` strings all become a
`Layout`. A new named format is one entry in `NAMED`.

Sources: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html and
https://nginx.org/en/docs/http/ngx_http_log_module.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

NAMED = {
    "common": '%h %l %u %t "%r" %>s %b',
    "combined": '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
    "vhost_combined": '%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"',
}
AUTO = "auto"

# Directive or variable -> the raw field it fills. Others are carried past.
_APACHE = {
    "h": "host", "a": "host", "u": "user", "t": "time", "r": "request", "s": "status",
    "b": "bytes", "B": "bytes", "O": "bytes", "v": "vhost", "V": "vhost", "m": "method",
    "U": "path", "q": "query", "H": "protocol", "D": "duration_us", "T": "duration_s",
}  # fmt: skip
_APACHE_HEADERS = {
    "referer": "referrer", "user-agent": "agent", "host": "vhost",
    "x-forwarded-for": "forwarded_for",
}  # fmt: skip
_NGINX = {
    "remote_addr": "host", "remote_user": "user", "time_local": "time", "request": "request",
    "status": "status", "body_bytes_sent": "bytes", "bytes_sent": "bytes",
    "http_referer": "referrer", "http_user_agent": "agent", "http_x_forwarded_for": "forwarded_for",
    "host": "vhost", "http_host": "vhost", "server_name": "vhost", "request_method": "method",
    "uri": "path", "request_uri": "target", "query_string": "query", "args": "query",
    "server_protocol": "protocol", "request_time": "duration_s",
}  # fmt: skip
_DIRECTIVE = re.compile(
    r"%(?:[!\d,]*)(?:[<>])?(?:\{(?P<argument>[^}]*)\})?(?P<letter>\^?[A-Za-z]{1,2}|%)"
)
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<name>\w+))")


@dataclass(frozen=True)
class Piece:
    """A field (`name` set; empty for one that is carried past) or a literal text."""

    name: str | None
    text: str = ""

    @property
    def is_field(self) -> bool:
        """False for a literal."""
        return self.name is not None


@dataclass(frozen=True)
class Layout:
    """A line as pieces in order: literal, field, literal, …; `title` is how messages call it."""

    title: str
    pieces: tuple[Piece, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields that the layout fills, in order of the line."""
        return tuple(piece.name for piece in self.pieces if piece.name)

    @property
    def ends_with_delimiter(self) -> bool:
        """True when a line without its line end shows by itself that it is whole."""
        return bool(self.pieces) and not self.pieces[-1].is_field


@cache
def layout_of(text: str) -> Layout:
    """Return the layout for a format name or format string.

    Raises:
        ValueError: an unknown name, a string without a time or client, or two fields that
            nothing separates.
    """
    source = NAMED.get(text, text)
    if "%" in source:
        pieces = _apache_pieces(source)
    elif "$" in source:
        pieces = _pieces(source, _VARIABLE, _nginx_field)
    else:
        names = ", ".join((*NAMED, AUTO))
        raise ValueError(
            f"unknown format {text!r}: use one of {names}, an Apache LogFormat or an nginx "
            "log_format string"
        )
    for piece, following in pairwise(pieces):
        if piece.is_field and following.is_field:
            raise ValueError(f"in format {text!r} nothing stands between two fields")
    layout = Layout(text, tuple(pieces))
    for needed in ("time", "host"):
        if needed not in layout.fields and not (
            needed == "host" and "forwarded_for" in layout.fields
        ):
            what = {"time": "time of the request", "host": "client address"}[needed]
            raise ValueError(f"format {text!r} holds no {what}")
    return layout


def _apache_pieces(source: str) -> list[Piece]:
    # httpd writes %t with its brackets; a layout names them, as nginx formats do.
    bare = re.sub(r"%[<>]?t", "[%t]", source.replace('\\"', '"').replace("\\t", "\t"))
    return _pieces(bare, _DIRECTIVE, _apache_field)


def _apache_field(match: re.Match[str]) -> Piece:
    letter, argument = match["letter"], match["argument"]
    if letter == "%":
        return Piece(None, "%")
    if letter == "i":
        return Piece(_APACHE_HEADERS.get((argument or "").lower(), ""))
    if letter == "T" and argument:
        return Piece(
            {"us": "duration_us", "ms": "duration_ms", "s": "duration_s"}.get(argument, "")
        )
    if argument and letter in {"t", "h"}:
        return Piece("")
    return Piece(_APACHE.get(letter, ""))


def _nginx_field(match: re.Match[str]) -> Piece:
    return Piece(_NGINX.get(match["braced"] or match["name"], ""))


def _pieces(
    source: str, token: re.Pattern[str], field: Callable[[re.Match[str]], Piece]
) -> list[Piece]:
    pieces: list[Piece] = []

    def literal(text: str) -> None:
        if not text:
            return
        if pieces and not pieces[-1].is_field:
            pieces[-1] = Piece(None, pieces[-1].text + text)
        else:
            pieces.append(Piece(None, text))

    position = 0
    for match in token.finditer(source):
        literal(source[position : match.start()])
        piece = field(match)
        if piece.is_field:
            pieces.append(piece)
        else:
            literal(piece.text)
        position = match.end()
    literal(source[position:])
    return pieces
