r"""Records as lines of Apache's combined format, which every log analyser reads.

Mapping: `%h - %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"` of Apache's mod_log_config, escaped
as Apache does it (ap_escape_logitem): `\"`, `\\`, and `\xhh` for every byte that is not printable
ASCII. Blanks within a user name or a request target are `\x20`, so that a line always has as many
parts as the format.
"""

import datetime as dt
import re
from typing import Any

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNPRINTABLE = re.compile(rb"[^\x20\x21\x23-\x5b\x5d-\x7e]")


def combined_line(record: dict[str, Any], zone: dt.tzinfo) -> str:
    """Return a record as one line without its end, ASCII only, the time in `zone`.

    What the format has no place for (microseconds, duration, host, session) is left out; `-` is
    what the record does not know, `000` an unknown status.
    """
    query = record["url_query"]
    target = (record["url_path"] or "") + ("" if query is None else f"?{query}")
    parts = (record["method"], target, record["protocol"])
    request = " ".join(_word(part) for part in parts if part)
    status = record["status"]
    size = record["bytes"]
    return (
        f"{_word(record['client_ip'] or record['client_host'] or '-')} -"
        f" {_word(record['user_id'] or '-')} [{_time(record['time'].astimezone(zone))}]"
        f' "{request or "-"}" {"000" if status is None else status}'
        f" {'-' if size is None else size}"
        f' "{_escaped(record["referrer"] or "-")}" "{_escaped(record["user_agent"] or "-")}"'
    )


def _time(local: dt.datetime) -> str:
    return f"{local:%d}/{_MONTHS[local.month - 1]}/{local:%Y:%H:%M:%S %z}"


def _word(text: str) -> str:
    return _escaped(text).replace(" ", "\\x20")


def _escaped(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return _UNPRINTABLE.sub(_escape, text.encode()).decode("ascii")


def _escape(match: re.Match[bytes]) -> bytes:
    byte = match[0]
    return b"\\" + byte if byte in b'"\\' else b"\\x%02x" % byte[0]
