"""The keys that records are chained with: the one in force, and those of older records.

Which key a record was signed with follows from its number. Whoever has a former key can sign no
later record with it, and no earlier one either: the record after it holds its hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.privacy.key_versions import Version
from pipelines.privacy.keyed_hashes import KeyedHashes

_PURPOSE = "records chain"


@dataclass(frozen=True)
class ChainKeys:
    """The key in force, and the former ones with the number of the last record of each."""

    newest: KeyedHashes
    former: tuple[tuple[int, KeyedHashes], ...] = ()

    @classmethod
    def of_versions(cls, versions: Sequence[Version]) -> "ChainKeys":
        """Return those of a key's versions, oldest first."""
        *former, own = versions
        return cls(
            KeyedHashes(own.key),
            tuple((int(one.until or 0), KeyedHashes(one.key)) for one in former),
        )

    def of(self, seq: int) -> bytes:
        """Return the key that the record of a number is signed with."""
        for last, hashes in self.former:
            if seq <= last:
                return hashes.derived(_PURPOSE)
        return self.signing

    @property
    def signing(self) -> bytes:
        """The key that new records, and uses that are going on, are signed with."""
        return self.newest.derived(_PURPOSE)

    def derived(self, purpose: str) -> list[bytes]:
        """Return the keys of 32 bytes for one purpose, of the key in force and of former ones."""
        return [one.derived(purpose) for one in (self.newest, *(old for _, old in self.former))]

    def hashed(self, value: str) -> str:
        """Return what stands for a value of a person in new records."""
        return self.newest("record", value)

    def marks(self, value: str) -> list[str]:
        """Return all that may stand for a value of a person in records, of each key."""
        return [
            hashes("record", value) for hashes in (self.newest, *(one for _, one in self.former))
        ]
