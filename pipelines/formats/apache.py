"""Apache's `LogFormat` strings, and Tomcat's patterns, which are nearly the same.

Sources: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html and
https://tomcat.apache.org/tomcat-9.0-doc/config/valve.html#Access_Log_Valve
"""

import re
from dataclasses import replace

from pipelines.formats.layout import Layout, Piece, layout_from
from pipelines.normalise.time_form import expression_of

# Directive -> the raw field it fills, the kind of its text, and which of several is preferred.
_DIRECTIVES = {
    "a": ("host", "host", 0),
    "h": ("host", "host", 1),
    "l": ("", "logname", 0),
    "u": ("user", "user", 0),
    "r": ("request", "text", 0),
    "s": ("status", "status", 1),
    "b": ("bytes", "bytes", 0),
    "B": ("bytes", "bytes", 0),
    "O": ("bytes", "bytes", 1),
    "v": ("vhost", "vhost", 0),
    "V": ("vhost", "vhost", 1),
    "m": ("method", "word", 0),
    "U": ("path", "path", 0),
    "q": ("query", "query", 0),
    "H": ("protocol", "word", 0),
    "p": ("", "port", 0),
    "D": ("duration_us", "number", 0),
    "T": ("duration_s", "number", 0),
    "f": ("", "text", 0),
    "I": ("", "number", 0),
    "S": ("", "number", 0),
    "k": ("", "number", 0),
    "P": ("", "word", 0),
}
_HEADERS = {
    "referer": ("referrer", "text", 0),
    "user-agent": ("agent", "text", 0),
    "host": ("vhost", "vhost", 2),
    "x-forwarded-for": ("forwarded_for", "list", 0),
    "forwarded": ("forwarded", "text", 0),
    "x-real-ip": ("real_ip", "host", 0),
    "cookie": ("cookie", "text", 0),
}
_OF_HEADERS = {"i", "o", "^ti", "^to"}  # whose names have no case
_DURATIONS = {"us": "duration_us", "ms": "duration_ms", "s": "duration_s", "ns": "duration_ns"}
_TOMCAT = {"D": ("duration_ms", "number", 0), "F": ("", "number", 0), "I": ("", "text", 0),
           "S": ("", "word", 0)}  # fmt: skip
_TOKEN = re.compile(
    r"%(?P<before>[!<>,0-9]*)(?:\{(?P<argument>[^}]*)\})?(?P<after>[!<>,0-9]*)"
    r"(?P<letter>\^[A-Za-z]{2}|[A-Za-z%])"
)
_PASTED = re.compile(
    r"""\s*(?:LogFormat|CustomLog\s+(?:"[^"]*"|\S+))\s+(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+))"""
    r"(?:\s+[^\s%]+)?\s*",
    re.IGNORECASE | re.DOTALL,
)
_PASTED_VALVE = re.compile(r"""(?:<Valve\s[^>]*?)?\bpattern\s*=\s*(["'])(.*)\1[^"']*""", re.DOTALL)
_ESCAPE = re.compile(r'\\([\\"tnr])')
_ESCAPED = {"t": "\t", "n": "", "r": ""}  # a format ends the line by itself
_ENTITIES = {"&quot;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&"}
_EPOCHS = {"sec": "epoch_s", "msec": "epoch_ms", "usec": "epoch_us"}
_TIME_PARTS = {"sec": "%s", "msec": "%s%msec_frac", "usec": "%s%usec_frac",
               "msec_frac": "%msec_frac", "usec_frac": "%usec_frac"}  # fmt: skip
_JAVA_TIME = re.compile(r"'([^']*)'|([A-Za-z])\2*")
_JAVA_PARTS = {
    "yyyy": "%Y", "yy": "%y", "MM": "%m", "MMM": "%b", "MMMM": "%B", "dd": "%d", "d": "%-d",
    "HH": "%H", "H": "%-H", "hh": "%I", "mm": "%M", "ss": "%S", "SSS": "%msec_frac", "a": "%p",
    "Z": "%z", "X": "%z", "XX": "%z", "XXX": "%z", "z": "%Z", "EEE": "%a", "EEEE": "%A",
}  # fmt: skip


def is_apache(text: str) -> bool:
    """True when `text` holds a directive that only a log format would."""
    return re.search(r"%[!<>,0-9]*(?:\{[^}]*\})?[<>]?[ahtr]", text) is not None


def unpasted(text: str) -> str:
    """Return the bare format of a `LogFormat` or `CustomLog` line as people paste it."""
    pasted = _PASTED.fullmatch(text)
    bare = next(filter(None, pasted.groups())) if pasted and any(pasted.groups()) else text
    if len(bare) > 1 and bare[0] == bare[-1] == '"' and '\\"' in bare:
        bare = bare[1:-1]
    return bare.strip("\r\n")


def valve_pattern(text: str) -> str | None:
    """Return the pattern of a Tomcat `pattern="…"` attribute or `<Valve>`; None for other text."""
    pasted = _PASTED_VALVE.fullmatch(text.strip())
    if pasted is None:
        return None
    pattern = pasted[2]
    for entity, character in _ENTITIES.items():
        pattern = pattern.replace(entity, character)
    return pattern


def apache_layout(title: str, source: str, *, is_tomcat: bool = False) -> Layout:
    """Return the layout of a `LogFormat` string (or Tomcat pattern) `source`.

    Raises:
        ValueError: see `layout_from`.
    """
    bare = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), source)
    pieces: list[Piece] = []
    position = 0
    for match in _TOKEN.finditer(bare):
        pieces += [Piece(bare[position : match.start()]), *_pieces(match, is_tomcat=is_tomcat)]
        position = match.end()
    pieces.append(Piece(bare[position:]))
    return layout_from(title, _with_times(pieces), "backslash")


def spelled(directive: str) -> str | None:
    """Return a directive in the one spelling that pieces have, `%{x-user}i`; None for none."""
    match = _TOKEN.fullmatch(directive)
    return None if match is None else _spelled(match)


def _spelled(match: re.Match[str]) -> str:
    letter, argument = match["letter"], match["argument"]
    if not argument:
        return f"%{letter}"
    return f"%{{{argument.lower() if letter in _OF_HEADERS else argument}}}{letter}"


def _pieces(match: re.Match[str], *, is_tomcat: bool) -> list[Piece]:
    letter, argument = match["letter"], match["argument"]
    modifiers = match["before"] + match["after"]
    if letter == "%":
        return [Piece("%")]
    if letter == "t":
        if not argument:  # httpd writes the brackets itself
            return [Piece("["), Piece(kind="time", name="time", rank=2, form="clf"), Piece("]")]
        return [_time_piece(argument, is_tomcat=is_tomcat)]
    name, kind, rank = _filled(letter, argument, modifiers, is_tomcat=is_tomcat)
    return [Piece(kind=kind, name=name, rank=rank, source=_spelled(match))]


def _filled(
    letter: str, argument: str | None, modifiers: str, *, is_tomcat: bool
) -> tuple[str, str, int]:
    """The raw field that a directive fills, the kind of its text and its rank."""
    if argument:
        return _filled_with(letter, argument)
    if is_tomcat and letter in _TOMCAT:
        return _TOMCAT[letter]
    if letter == "s":
        return "status", "status", 1 - (">" in modifiers)
    return _DIRECTIVES.get(letter, ("", "list", 0))


def _filled_with(letter: str, argument: str) -> tuple[str, str, int]:
    if letter == "i":
        return _HEADERS.get(argument.lower(), ("", "text", 0))
    if letter in {"C", "c"}:
        return f"cookie:{argument}", "word", 0
    if letter == "T":
        return _DURATIONS.get(argument, ""), "number", 0
    if letter in {"a", "h"} and argument == "c":
        return "host", "host", 2
    return "", "list", 0


def _time_piece(argument: str, *, is_tomcat: bool) -> Piece:
    """A time whose `form` is still the bare part: several may make one time together."""
    phase, colon, rest = argument.partition(":")
    is_end = phase == "end" and bool(colon)
    if phase in {"begin", "end"} and colon:
        argument = rest
    if argument in _TIME_PARTS:
        form = _TIME_PARTS[argument]
    elif (is_tomcat or "%" not in argument) and argument:
        form = _from_java(argument)
    else:
        form = argument
    return Piece(kind="time", name="part of end" if is_end else "part", form=form)


def _from_java(pattern: str) -> str:
    """A SimpleDateFormat pattern as strftime spells it; unknown letters make no time."""

    def part(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1].replace("%", "%%") or "'"
        return _JAVA_PARTS.get(match[0], "%" + match[0])

    return _JAVA_TIME.sub(part, pattern)


def _with_times(pieces: list[Piece]) -> list[Piece]:
    """The pieces with times that are given in parts (`%{%T}t.%{msec_frac}t`) made one."""
    merged: list[Piece] = []
    for piece in (piece for piece in pieces if piece.is_field or piece.text):
        is_part = piece.name.startswith("part")
        if is_part and merged and merged[-1].name == piece.name:
            merged[-1] = replace(piece, form=merged[-1].form + piece.form)
        elif (
            is_part and len(merged) > 1 and merged[-2].name == piece.name
            and not merged[-1].is_field
        ):  # fmt: skip
            between = merged.pop().text.replace("%", "%%")
            merged[-1] = replace(piece, form=merged[-1].form + between + piece.form)
        else:
            merged.append(piece)
    return [_finished(piece) if piece.name.startswith("part") else piece for piece in merged]


def _finished(piece: Piece) -> Piece:
    form = {_TIME_PARTS[part]: name for part, name in _EPOCHS.items()}.get(piece.form)
    form = form or f"strftime:{piece.form}"
    try:
        expression_of(form)
    except ValueError:
        return Piece(kind="text")
    is_fine = "frac" in piece.form or "%f" in piece.form
    rank = (0 if is_fine else 1) + (10 if piece.name == "part of end" else 0)
    return Piece(kind="time", name="time", rank=rank + (2 if rank == 1 else 0), form=form)
