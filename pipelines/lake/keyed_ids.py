"""Ids of findings, cases and incidents, and digests of files: without the key they tell nobody.

A bare digest of a name is found by trying names, also after the name itself was erased.
"""

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Self

import duckdb

from pipelines.privacy.pseudonym import Pseudonyms

ID_COLUMNS = {
    "findings": ("finding_id", "case_id"),
    "shadow_finding": ("finding_id",),
    "triage": ("finding_id",),
    "case_decision": ("case_id", "finding_ids"),
    "incident": ("incident_id", "finding_ids"),
}
"""The tables of the lake with such ids, and their columns; a name in the plural is a list."""

_DIGITS = 16


@dataclass(frozen=True)
class KeyedIds:
    """Makes ids with a key of the lake: the same for the same parts, in this lake alone.

    The key is the first one that the lake had, so that ids outlive a change of it.
    """

    key: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection) -> Self:
        """Return those of a connection that may write, or examines a day (`use_salts`).

        On any other there is no key, and nobody can find its ids in the lake.
        """
        rows = con.execute("select id_salt()").fetchall()
        return cls(bytes.fromhex(rows[0][0]))

    @classmethod
    def made_with(cls, pseudonyms: Pseudonyms) -> Self:
        """Return those of a lake whose hash keys these are."""
        return cls(pseudonyms.first.derived("ids"))

    def finding(
        self, detector: str, day: dt.date, site: str | None, actor_kind: str, actor: str
    ) -> str:
        """Return the id that the same finding has on every run, 16 hexadecimal digits."""
        return self.of_former(unkeyed(detector, f"{day}", f"{site}", actor_kind, actor))

    def case(self, actor_kind: str, actor: str, category: str = "") -> str:
        """Return the id of the case about an actor; the `category` sets those of sites apart."""
        return self.of_former(unkeyed("case", actor_kind, actor, category))

    def of_former(self, former: str) -> str:
        """Return the id of what had an id without a key, as earlier releases made them."""
        return self.of_content(former)[:_DIGITS]

    def of_content(self, sha256: str) -> str:
        """Return what stands for the SHA-256 of a file or table, 64 hexadecimal digits.

        After an erasure all else of a file can be put together from the lake: by a bare digest,
        whoever tries names in the place of the erased one finds it.
        """
        return hmac.digest(self.key, sha256.encode(), "sha256").hex()


def unkeyed(*parts: str) -> str:
    """Return the id that earlier releases made of these parts."""
    text = "\x1f".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
