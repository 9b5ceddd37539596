"""nginx's `log_format` strings, and Envoy's, as layouts.

Sources: https://nginx.org/en/docs/http/ngx_http_log_module.html,
https://nginx.org/en/docs/varindex.html and
https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
"""

import re
from collections.abc import Callable
from typing import cast

from pipelines.formats.layout import Escapes, Layout, Piece, layout_from

# Variable -> the raw field it fills, the kind of its text, and which of several is preferred.
_VARIABLES = {
    "remote_addr": ("host", "host", 0),
    "realip_remote_addr": ("host", "host", 1),
    "proxy_protocol_addr": ("", "host", 0),
    "remote_user": ("user", "user", 0),
    "request": ("request", "text", 0),
    "status": ("status", "status", 0),
    "body_bytes_sent": ("bytes", "bytes", 0),
    "bytes_sent": ("bytes", "bytes", 1),
    "http_referer": ("referrer", "text", 0),
    "http_user_agent": ("agent", "text", 0),
    "http_x_forwarded_for": ("forwarded_for", "list", 0),
    "proxy_add_x_forwarded_for": ("", "list", 0),
    "http_forwarded": ("forwarded", "text", 0),
    "http_x_real_ip": ("real_ip", "host", 0),
    "http_cookie": ("cookie", "text", 0),
    "host": ("vhost", "vhost", 0),
    "http_host": ("vhost", "vhost", 1),
    "server_name": ("vhost", "vhost", 2),
    "request_method": ("method", "word", 0),
    "request_uri": ("target", "target", 0),
    "uri": ("path", "path", 0),
    "document_uri": ("path", "path", 1),
    "query_string": ("query", "word", 0),
    "args": ("query", "word", 0),
    "is_args": ("", "is_args", 0),
    "server_protocol": ("protocol", "word", 0),
    "request_time": ("duration_s", "number", 0),
    "server_port": ("", "port", 0),
    "remote_port": ("", "port", 0),
    "request_length": ("", "number", 0),
}
_TIMES = {"time_local": ("clf", 2), "time_iso8601": ("iso", 1), "msec": ("epoch_s", 0)}
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<name>\w+))")
_ESCAPING = re.compile(r"\s*escape\s*=\s*(default|json|none)\b\s*")
_PASTED = re.compile(r"\s*log_format\s+\S+\s+")
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s'"]+)""", re.DOTALL)
_ESCAPE = re.compile(r"""\\([\\"'tnr])""")
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r"}

_ENVOY_TOKEN = re.compile(r"%(?P<operator>[A-Z][A-Z0-9_]+)(?:\((?P<argument>[^()]*)\))?(?::\d+)?%")
_ENVOY = {
    "DOWNSTREAM_REMOTE_ADDRESS": ("host", "host", 1),
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": ("host", "host", 0),
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS": ("host", "host", 3),
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": ("host", "host", 2),
    "RESPONSE_CODE": ("status", "status", 0),
    "BYTES_SENT": ("bytes", "bytes", 0),
    "BYTES_RECEIVED": ("", "number", 0),
    "DURATION": ("duration_ms", "number", 0),
    "PROTOCOL": ("protocol", "word", 0),
    "RESPONSE_CODE_DETAILS": ("", "list", 0),
    "RESPONSE_FLAGS": ("", "word", 0),
}
_ENVOY_HEADERS = {
    ":method": ("method", "word", 0),
    ":path": ("target", "word", 0),
    "x-envoy-original-path": ("target", "word", 0),
    ":authority": ("vhost", "vhost", 0),
    "x-forwarded-for": ("forwarded_for", "list", 0),
    "forwarded": ("forwarded", "text", 0),
    "x-real-ip": ("real_ip", "host", 0),
    "user-agent": ("agent", "text", 0),
    "referer": ("referrer", "text", 0),
    "cookie": ("cookie", "text", 0),
}
_OF_HEADERS = {"REQ", "RESP", "TRAILER", "REQUEST_HEADER", "RESPONSE_HEADER", "RESPONSE_TRAILER"}


def is_nginx(text: str) -> bool:
    """True when `text` holds a variable."""
    return _VARIABLE.search(text) is not None


def is_envoy(text: str) -> bool:
    """True when `text` holds a command operator such as `%START_TIME%`."""
    return _ENVOY_TOKEN.search(text) is not None


def spelled(token: str) -> str | None:
    """Return a variable or an operator in the one spelling that pieces have; None for neither.

    Names of variables and headers have no case: `$http_x_user`, `%REQ(x-user)%`.
    """
    variable, operator = _VARIABLE.fullmatch(token), _ENVOY_TOKEN.fullmatch(token)
    if variable is not None:
        return _variable_spelled(variable)
    return None if operator is None else _operator_spelled(operator)


def _variable_spelled(match: re.Match[str]) -> str:
    return f"${(match['braced'] or match['name']).lower()}"


def _operator_spelled(match: re.Match[str]) -> str:
    operator, argument = match["operator"], match["argument"]
    if argument is None:
        return f"%{operator}%"
    return f"%{operator}({argument.lower() if operator in _OF_HEADERS else argument})%"


def unpasted(text: str) -> str:
    """Return `[escape=…] FORMAT` of a `log_format` directive as people paste it, pieces joined."""
    directive = _PASTED.match(text)
    rest = text[directive.end() :] if directive else text.strip("\r\n")
    escaping = _ESCAPING.match(rest)
    if escaping:
        rest = rest[escaping.end() :]
    stripped = rest.strip()
    if directive or stripped.startswith("'"):
        stripped = stripped.removesuffix(";").rstrip()
        pieces = [next(part for part in found.groups() if part is not None)
                  for found in _QUOTED.finditer(stripped)]  # fmt: skip
        rest = "".join(_ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[1]), piece) for piece in pieces)
    is_default = escaping is None or escaping[1] == "default"
    return rest if is_default else f"escape={cast('re.Match[str]', escaping)[1]} {rest}"


def nginx_layout(title: str, source: str) -> Layout:
    """Return the layout of a `log_format` string, `escape=…` before it or not.

    Raises:
        ValueError: see `layout_from`.
    """
    escaping = _ESCAPING.match(source)
    escapes: Escapes = "backslash"
    if escaping:
        source = source[escaping.end() :]
        given = escaping[1]
        escapes = "json" if given == "json" else "none" if given == "none" else "backslash"
    source = source.strip("\r\n").replace("\\t", "\t")
    pieces = _pieces(source, _VARIABLE, _nginx_piece)
    return layout_from(title, pieces, escapes)


def envoy_layout(title: str, source: str) -> Layout:
    r"""Return the layout of an Envoy format string; a `\n` at its end is left out.

    Raises:
        ValueError: see `layout_from`.
    """
    bare = source.strip().strip("'").removesuffix("\\n").strip("\r\n").replace('\\"', '"')
    return layout_from(title, _pieces(bare, _ENVOY_TOKEN, _envoy_piece), "none")


def _pieces(
    source: str, token: re.Pattern[str], piece_of: Callable[[re.Match[str]], Piece]
) -> list[Piece]:
    pieces: list[Piece] = []
    position = 0
    for match in token.finditer(source):
        pieces += [Piece(source[position : match.start()]), piece_of(match)]
        position = match.end()
    return [*pieces, Piece(source[position:])]


def _nginx_piece(match: re.Match[str]) -> Piece:
    variable = match["braced"] or match["name"]
    if variable in _TIMES:
        form, rank = _TIMES[variable]
        return Piece(kind="time", name="time", rank=rank, form=form)
    if variable.startswith("cookie_"):
        name = f"cookie:{variable.removeprefix('cookie_')}"
        return Piece(kind="word", name=name, source=_variable_spelled(match))
    unknown = ("", "text" if variable.startswith(("http_", "sent_http_")) else "list", 0)
    name, kind, rank = _VARIABLES.get(variable, unknown)
    return Piece(kind=kind, name=name, rank=rank, source=_variable_spelled(match))


def _envoy_piece(match: re.Match[str]) -> Piece:
    operator, argument = match["operator"], match["argument"]
    if operator == "START_TIME":
        is_plain = not argument or argument in {"%Y-%m-%dT%H:%M:%S.%3fZ", "%FT%T.%3fZ"}
        epochs = {"%s": "epoch_s", "%s.%3f": "epoch_s", "%s%3f": "epoch_ms"}
        form = "iso" if is_plain else epochs.get(argument, f"strftime:{argument}")
        return Piece(kind="time", name="time", form=form)
    if operator in {"REQ", "REQUEST_HEADER"}:
        for header in (argument or "").lower().split("?"):
            if header in _ENVOY_HEADERS:
                name, kind, rank = _ENVOY_HEADERS[header]
                return Piece(kind=kind, name=name, rank=rank)
    name, kind, rank = _ENVOY.get(operator, ("", "list", 0))
    return Piece(kind=kind, name=name, rank=rank, source=_operator_spelled(match))
