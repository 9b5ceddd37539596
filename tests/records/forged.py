"""Records written with the right key by somebody who does not keep to the rules of the chain."""

import datetime as dt
import json

from pipelines.records import Act, Records, Series
from pipelines.records.entry import NO_HASH, written

AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


class Forger:
    """Signs lines of any number, after any hash, and puts them into files of any name."""

    def __init__(self, records: Records) -> None:
        """Take the records whose key it got hold of."""
        self.records = records
        with records.locked():
            self._keys = records.keys()

    def line(
        self,
        seq: int,
        before: str = NO_HASH,
        act: Act | None = None,
        at: dt.datetime = AT,
        series: Series = Series.USE,
    ) -> bytes:
        """Return a line, with its line feed."""
        made = act or Act("sql", who="tanaka")
        return written(self._keys.of(seq), series, seq, at, made, before) + b"\n"

    def chain(self, *seqs: int, series: Series = Series.USE, before: str = NO_HASH) -> list[bytes]:
        """Return lines of these numbers, each of which holds the hash of the one before."""
        lines: list[bytes] = []
        for seq in seqs:
            lines.append(self.line(seq, before, series=series))
            before = hash_of(lines[-1])
        return lines

    def put(self, *lines: bytes, name: str = "use-2026-11") -> None:
        """Write a file of these lines."""
        (self.records.folder / f"{name}.jsonl").write_bytes(b"".join(lines))

    def keep_head(self, seq: int, digest: str) -> None:
        """Write the head among the keys."""
        path = self.records.folder.parent / "keys" / "records.head"
        path.write_text(f"{seq:020d} {digest}\n")


def hash_of(line: bytes) -> str:
    """Return the hash of a line."""
    digest: str = json.loads(line)["hash"]
    return digest
