"""Subjects under watch, kept in the lake: `context.watch`, without whom it names.

That somebody is a celebrity, a colleague or somebody's relative is told by no log, so the lake has
keyed hashes of the subjects alone. Requests are compared with them by the same hash
(`sql/day/watched.sql`), so that nothing tells a subject that nobody asked for.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping

import duckdb
import polars as pl

from pipelines.context.entry import Entry
from pipelines.context.read import ContextRead
from pipelines.context.versions import (
    READ,
    Row,
    Rows,
    renewed_rows,
    replace_rows,
    stored_rows,
    write_rows,
)
from pipelines.privacy.pseudonym import Pseudonyms

_KEY: dict[str, pl.DataType] = dict.fromkeys(
    ("subject_hash", "kind", "site_id", "user_id"), pl.String()
)
_WATCH = pl.Schema({**_KEY, "stand_in_hashes": pl.List(pl.String()), "reason": pl.String(), **READ})
_SUBJECT = "[subject]"
# From so many characters on a subject is taken out of a reason also within a word or number; a
# shorter one would be taken out of dates and names.
_LEAST_INSIDE = 5


def keep_watch(
    con: duckdb.DuckDBPyConnection,
    reads: Mapping[str, ContextRead],
    pseudonyms: Pseudonyms,
    now: dt.datetime,
) -> None:
    """Bring `lake.watch` up to what the settings' list says at `now`, in one transaction.

    `reads` is what `load.read_all` gave, `pseudonyms` are those of the lake. `con` must be its
    writer's, with the macros that queries share. A list that cannot be read changes nothing; where
    the settings name none, the table is emptied.
    """
    read = reads.get("watch")
    if read is not None and read.problem is not None:
        return
    stored = stored_rows(con, "watch", _WATCH, tuple(_KEY))
    rows = renewed_rows(stored, _listed(con, read, pseudonyms), now) if read is not None else {}
    if rows != stored:
        replace_rows(con, "watch", _frame(rows))


def hash_watch_anew(
    con: duckdb.DuckDBPyConnection,
    reads: Mapping[str, ContextRead],
    pseudonyms: Pseudonyms,
    now: dt.datetime,
) -> None:
    """Write `lake.watch` with the hashes of a new key, within the transaction that changes it.

    The salt of `con` must be that of the new key. Entries that the list no longer has go, as nobody
    knows any more whose they are.
    """
    read = reads.get("watch")
    write_rows(con, "watch", _frame(renewed_rows({}, _listed(con, read, pseudonyms), now)))


def _frame(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(list(rows.values()), schema=_WATCH)


def _listed(
    con: duckdb.DuckDBPyConnection, read: ContextRead | None, pseudonyms: Pseudonyms
) -> Rows:
    listed: Rows = {}
    if read is not None:
        aliases = dict(con.execute("select user_id, usual_id from lake.user_alias").fetchall())
        for row in _rows(con, read, aliases, pseudonyms):
            listed.setdefault(tuple(row[name] for name in _KEY), row)
    return listed


def _rows(
    con: duckdb.DuckDBPyConnection,
    read: ContextRead,
    aliases: Mapping[str, str],
    pseudonyms: Pseudonyms,
) -> Iterator[Row]:
    texts = [_texts(str(entry["subject"]), pseudonyms) for entry in read.entries]
    flat = [text for group in texts for text in group]
    hashed = con.execute(
        "select list_transform(?::varchar[], lambda text: watched_hash(text))", [flat]
    ).fetchall()[0][0]
    hashes = dict(zip(flat, hashed, strict=True))
    for entry, (clear, *stand_ins) in zip(read.entries, texts, strict=True):
        user = entry["user"]
        yield {
            "subject_hash": hashes[clear],
            "kind": entry["kind"],
            "site_id": entry["site"],
            "user_id": aliases.get(str(user), user),
            "stand_in_hashes": [hashes[text] for text in stand_ins],
            "reason": _without_subject(entry),
        }


def _texts(subject: str, pseudonyms: Pseudonyms) -> list[str]:
    """How a subject may stand in the lake: as it is, or as a pseudonym of one of the keys."""
    keys = (*(hashes for _, hashes in pseudonyms.former), pseudonyms.newest)
    stand_ins = [f"[{hashes('subject', subject)}]" for hashes in keys if hashes.key]
    return [subject, *stand_ins]


def _without_subject(entry: Entry) -> str | None:
    reason = entry["reason"]
    if reason is None:
        return None
    subject = unicodedata.normalize("NFKC", str(entry["subject"])).strip()
    if subject.isdecimal():
        subject = subject.lstrip("0") or "0"
    pattern = f"0*{re.escape(subject)}"
    if len(subject) < _LEAST_INSIDE:
        pattern = rf"(?<![0-9A-Za-z]){pattern}(?![0-9A-Za-z])"
    text = unicodedata.normalize("NFKC", str(reason))
    cleared, found = re.subn(pattern, _SUBJECT, text, flags=re.IGNORECASE)
    return cleared if found else str(reason)
