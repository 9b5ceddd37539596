"""What was delivered: a small SQLite file, so that nothing is sent twice, and proof of what was.

Digests in it are keyed as those in the records are: names tried in a report that an erasure wrote
anew would otherwise tell, by the digest of the one that was sent, who was erased.

A delivery and its entry are one transaction. A process that is killed in between leaves no entry,
and the letter goes out again: rather twice than never. Of two processes the second waits.
"""

import datetime as dt
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipelines.deliver.channel import Receipt
from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.records.evidence import KEY_PURPOSE, is_digest, keyed
from pipelines.text.messages import message

WAIT_SECONDS = 600.0
_SEEN = "seen"
_VERSION = 1  # 0: of a release that kept plain digests
_TABLES = (
    """
create table if not exists delivery (  -- one row per notice and channel, the last that went out
    kind text not null,               -- alert, digest, copy; seen: a day looked at, no channel
    period text not null,
    channel text not null,
    fingerprint text not null,         -- keyed; empty where none is compared
    sent_at text not null,             -- RFC 3339, UTC
    primary key (kind, period, channel)
) strict, without rowid
""",
    """
create table if not exists receipt (   -- one row per notice that went out, never changed
    sent_at text not null,             -- RFC 3339, UTC
    channel text not null,
    kind text not null,
    period text not null,
    recipients text not null,          -- JSON array: addresses, the webhook's host, or a path
    refused text not null,             -- JSON array: those whom the mail server did not take
    sha256 text not null,              -- of the bytes that went out, keyed
    head text not null default ''      -- of the records of use, as it was sent
) strict
""",
)


State = Literal["sent", "earlier", "missing"]


@dataclass
class Entry:
    """Whether a notice went out by a channel as it is now; set `receipt` when it has."""

    state: State
    receipt: Receipt | None = None


class Ledger:
    """The file, made when the first delivery is recorded.

    Every method raises MimamoriError when the file cannot be used or another process keeps it.
    """

    def __init__(self, home: Home, wait_seconds: float = WAIT_SECONDS) -> None:
        """Name the file of a working folder; nothing is opened yet."""
        self._path = home.deliveries
        self._records = Records(home)
        self._wait_seconds = wait_seconds

    def state(self, kind: str, period: str, channel: str, fingerprint: str) -> State:
        """Return whether it went out with this fingerprint, with another one, or not at all."""
        if not self._path.exists():
            return "missing"
        with self._open() as con:
            return self._state(con, kind, period, channel, fingerprint)

    @contextmanager
    def delivery(
        self, kind: str, period: str, channel: str, fingerprint: str, at: dt.datetime
    ) -> Iterator[Entry]:
        """Yield what is held; when the block ends well and set a receipt, that went out.

        `at` is an aware instant.
        """
        with self._open() as con:
            con.execute("begin immediate")  # an end without commit undoes it
            entry = Entry(self._state(con, kind, period, channel, fingerprint))
            yield entry
            if entry.receipt is not None:
                _write(con, kind, period, channel, self._keyed(fingerprint), at)
                digest = self._keyed(entry.receipt.sha256)
                _keep(con, kind, period, channel, replace(entry.receipt, sha256=digest), at)
            con.execute("commit")

    def sent_at(self, kind: str, period: str, channel: str) -> dt.datetime | None:
        """Return the aware instant at which something went out last, None where it did not."""
        if not self._path.exists():
            return None
        with self._open() as con:
            row = con.execute(
                "select sent_at from delivery where kind = ? and period = ? and channel = ?",
                (kind, period, channel),
            ).fetchone()
        return None if row is None else dt.datetime.fromisoformat(row[0])

    def receipts(self, content: bytes | None = None) -> list[dict[str, Any]]:
        """Return what went out, oldest first, by the columns of the table `receipt`.

        With `content` those alone by which exactly that went out.
        """
        if not self._path.exists():
            return []
        with self._open() as con:
            con.row_factory = sqlite3.Row
            rows = [dict(row) for row in con.execute("select * from receipt order by rowid")]
        if content is not None:
            plain, keys = hashlib.sha256(content).hexdigest(), self._keys()
            rows = [row for row in rows if is_digest(row["sha256"], plain, keys)]
        lists = ("recipients", "refused")
        return [row | {name: json.loads(row[name]) for name in lists} for row in rows]

    def heads(self) -> dict[str, str]:
        """Return the heads of the records that went out, each by the receipt that holds it."""
        receipts = [one for one in self.receipts() if one["head"]]
        return {f"{one['sent_at']} {one['channel']}": one["head"] for one in receipts}

    def first_day_seen(self) -> dt.date | None:
        """Return the earliest day that was looked at before, sent or not; None without any."""
        if not self._path.exists():
            return None
        with self._open() as con:
            (period,) = con.execute(
                "select min(period) from delivery where kind = ?", (_SEEN,)
            ).fetchone() or (None,)
        return None if period is None else dt.date.fromisoformat(period)

    def see(self, days: Iterable[dt.date], at: dt.datetime) -> None:
        """Remember that `days` were looked at."""
        with self._open() as con:
            con.execute("begin immediate")
            for on in days:
                _write(con, _SEEN, on.isoformat(), "", "", at)
            con.execute("commit")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            with closing(
                sqlite3.connect(self._path, timeout=self._wait_seconds, isolation_level=None)
            ) as con:
                con.execute("pragma synchronous = full")
                for table in _TABLES:
                    con.execute(table)
                self._bring_up(con)
                yield con
        except OSError as error:
            raise MimamoriError(
                message("deliver.ledger.cannot_be_written", at=self._path, reason=error.strerror)
            ) from None
        except sqlite3.Error as error:
            raise MimamoriError(
                message("deliver.ledger.cannot_be_used", at=self._path, reason=error)
            ) from None

    def _bring_up(self, con: sqlite3.Connection) -> None:
        """Bring a ledger of an earlier release to this one: its columns, and keyed digests."""
        if _version(con) == _VERSION:
            return
        con.execute("pragma secure_delete = on")  # what stood there is not left in free pages
        con.create_function("keyed", 1, self._keyed)
        con.execute("begin immediate")
        if _version(con) != _VERSION:  # else another process was faster
            columns = {row[1] for row in con.execute("pragma table_info(receipt)")}
            if "head" not in columns:
                con.execute("alter table receipt add column head text not null default ''")
            if con.execute("select 1 from delivery union all select 1 from receipt").fetchone():
                con.execute("update delivery set fingerprint = keyed(fingerprint)")
                con.execute("update receipt set sha256 = keyed(sha256)")
            con.execute(f"pragma user_version = {_VERSION}")
        con.execute("commit")

    def _state(
        self, con: sqlite3.Connection, kind: str, period: str, channel: str, fingerprint: str
    ) -> State:
        row = con.execute(
            "select fingerprint from delivery where kind = ? and period = ? and channel = ?",
            (kind, period, channel),
        ).fetchone()
        if row is None:
            return "missing"
        return "sent" if is_digest(row[0], fingerprint, self._keys()) else "earlier"

    def _keys(self) -> list[bytes]:
        return self._records.derived_keys(KEY_PURPOSE)

    def _keyed(self, digest: str) -> str:
        return digest and keyed(digest, self._records.derived_key(KEY_PURPOSE))


def _version(con: sqlite3.Connection) -> int:
    (version,) = con.execute("pragma user_version").fetchone()
    return int(version)


def _write(
    con: sqlite3.Connection,
    kind: str,
    period: str,
    channel: str,
    fingerprint: str,
    at: dt.datetime,
) -> None:
    con.execute(
        "insert or replace into delivery values (?, ?, ?, ?, ?)",
        (kind, period, channel, fingerprint, at.astimezone(dt.UTC).isoformat()),
    )


def _keep(
    con: sqlite3.Connection,
    kind: str,
    period: str,
    channel: str,
    receipt: Receipt,
    at: dt.datetime,
) -> None:
    con.execute(
        "insert into receipt values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            at.astimezone(dt.UTC).isoformat(),
            channel,
            kind,
            period,
            json.dumps(receipt.recipients, ensure_ascii=False),
            json.dumps(receipt.refused, ensure_ascii=False),
            receipt.sha256,
            receipt.head,
        ),
    )
