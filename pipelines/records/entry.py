"""One record: what it says, and the line that it is in its file."""

import datetime as dt
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pipelines.findings import rfc3339
from pipelines.records.account import account

NO_HASH = "0" * 64
BROKEN_OFF = "records: line broken off"
HEAD_MISSING = "records: head missing"
UNSIGNED = "records: use without signature"
REPEATED = "records: use that is on record already"
_HASH = b',"hash":"'
_END = b'"}'
_KEYS = ("seq", "at", "who", "role", "what", "about", "rows", "prev", "hash")

About = str | Mapping[str, Any] | None


class Series(StrEnum):
    """What a record is about, and the first part of its file's name, `SERIES-YYYY-MM.jsonl`."""

    USE = "use"
    DECISIONS = "decisions"
    DISCLOSURES = "disclosures"
    ERASURES = "erasures"
    EVIDENCE = "evidence"


@dataclass(frozen=True)
class Act:
    """What somebody did, before it is on record.

    `about` names dates, sites, files, ids of findings; of a person no more than a keyed hash
    (`Records.hashed`). `rows` counts what was shown or changed, where that can be counted.
    """

    what: str
    about: About = None
    rows: int | None = None
    who: str = field(default_factory=account)
    role: str = "security"


@dataclass(frozen=True)
class Entry:
    """A record: its place in the chain from 1 on, an aware instant, the act, the hashes."""

    seq: int
    at: str
    who: str
    role: str
    what: str
    about: Any
    rows: int | None
    prev: str
    hash: str


def written(key: bytes, series: str, seq: int, at: dt.datetime, act: Act, prev: str) -> bytes:
    """Return the line of a record, without the line feed: JSON, the hash as its last key."""
    values = {
        "seq": seq,
        "at": rfc3339(at),
        "who": act.who,
        "role": act.role,
        "what": act.what,
        "about": act.about,
        "rows": act.rows,
        "prev": prev,
    }
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    signed = text.encode("utf-8", "backslashreplace")[:-1]
    return signed + _HASH + signature(key, series, signed).encode() + _END


def read(line: bytes) -> Entry | None:
    """Return what a line says, None for one that is no record; its hash is not looked at."""
    try:
        values = json.loads(line)
        if not isinstance(values, dict) or tuple(values) != _KEYS:
            return None
        entry = Entry(**values)
    except (ValueError, TypeError):
        return None
    is_whole = isinstance(entry.seq, int) and isinstance(entry.hash, str)
    return entry if is_whole and isinstance(entry.prev, str) else None


def is_genuine(key: bytes, series: str, line: bytes) -> bool:
    """Return whether a line is to the byte what was written with the key."""
    signed, sign, rest = line.rpartition(_HASH)
    expected = signature(key, series, signed).encode() + _END
    return bool(sign) and hmac.compare_digest(rest, expected)


def signature(key: bytes, series: str, signed: bytes) -> str:
    """Return the HMAC-SHA-256 over series and text: a line of one file is none of another."""
    return hmac.digest(key, series.encode() + b"\n" + signed, "sha256").hex()
