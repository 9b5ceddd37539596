"""Keyed hashes in place of values that must stay distinguishable and may not be read.

The key lies with the keys of the lake, readable by its owner alone: without it nobody can try out
session ids or telephone numbers against what the lake holds. Deleting it makes every pseudonym
anonymous for good. It can be changed (`mimamori keys rotate`): what a line of a day holds is hashed
with the key of that day, so that a line that comes late or twice is hashed as ever; what the lake
has to find again whatever the day is hashed with one key after the other.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.privacy.key_versions import KeyVersions, Version
from pipelines.privacy.keyed_hashes import KeyedHashes
from pipelines.text.messages import message

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Pseudonyms:
    """Keyed hashes with the key of a home, and with those that were in force before it.

    `former` are the keys before `key`, oldest first, each with the last day of log that it is for.
    """

    key: bytes = field(default=b"", repr=False)
    former: tuple[tuple[dt.date, KeyedHashes], ...] = ()

    @classmethod
    def of(cls, home: Home) -> Self:
        """Return those of a home; without a key there, such as anyone could recompute.

        Raises:
            MimamoriError: the key's file holds no key, or is missing where there is a lake.
            SettingsError: it is encrypted, and what decrypts it cannot be had.
        """
        beside_data = home.lake / home.pseudonym_key.name  # until the keys have been moved
        path = beside_data if beside_data.exists() else home.pseudonym_key
        if not path.exists():
            if home.lake_id.exists() or (home.cluster is None and home.catalog.exists()):
                raise missing_key(home)
            return cls()
        return cls._of(KeyVersions(home, path).read())

    @classmethod
    def made(cls, home: Home) -> Self:
        """Return those of a home whose folder of keys exists, with a new key if it has none."""
        return cls._of(KeyVersions(home, home.pseudonym_key).made())

    @classmethod
    def _of(cls, versions: tuple[Version, ...]) -> Self:
        *former, own = versions
        return cls(
            own.key,
            tuple((dt.date.fromisoformat(one.until or ""), KeyedHashes(one.key)) for one in former),
        )

    def changed_to(self, new: Version) -> Self:
        """Return those after a change to a key, which is for the days after `new.until`."""
        last = dt.date.fromisoformat(new.until or "")
        return type(self)(new.key, (*self.former, (last, self.newest)))

    @property
    def is_secret(self) -> bool:
        """False when there is no key, so that short values could be found by trying them all."""
        return bool(self.key)

    @property
    def newest(self) -> KeyedHashes:
        """Hashes with the key that is in force."""
        return KeyedHashes(self.key)

    @property
    def first(self) -> KeyedHashes:
        """Hashes with the first key: of what lies beside its value, and is no secret of its own."""
        return self.former[0][1] if self.former else self.newest

    def on(self, day: dt.date | None) -> KeyedHashes:
        """Return the hashes of what a line of a day of log holds."""
        if day is not None:
            for last, hashes in self.former:
                if day <= last:
                    return hashes
        return self.newest

    def of_days(self, kind: str, values: "pl.Series", days: "pl.Series") -> "pl.Series":
        """Return the hash of each value with the key of its row's day; null for null."""
        hashed = _hashed(self.newest, kind, values)
        first: object = days.min() if self.former else None
        if not isinstance(first, dt.date) or first > self.former[-1][0]:
            return hashed
        after = first - dt.timedelta(days=1)
        for last, hashes in self.former:
            rows = ((days > after) & (days <= last)).arg_true()
            if len(rows):
                hashed = hashed.scatter(rows, _hashed(hashes, kind, values.gather(rows)))
                after = last
        return hashed

    def lasting(self, kind: str, value: str) -> str:
        """Return a hash by which a value is found again whatever the day: of all keys in turn."""
        for _, hashes in self.former:
            value = hashes(kind, value)
        return self.newest(kind, value)

    def lasting_sha256(self, purpose: str, sha256: str) -> str:
        """Return a SHA-256 with all keys mixed in, one after the other."""
        for _, hashes in self.former:
            sha256 = hashes.keyed_sha256(purpose, sha256)
        return self.newest.keyed_sha256(purpose, sha256)


def _hashed(hashes: KeyedHashes, kind: str, values: "pl.Series") -> "pl.Series":
    from pipelines.normalise.columns import Distinct  # noqa: PLC0415 - polars loads slowly

    return Distinct(values).mapped(lambda value: hashes(kind, value))


def missing_key(home: Home) -> MimamoriError:
    """Return the error for a lake whose hash key is not there."""
    return MimamoriError(message("privacy.pseudonym.key_missing", at=home.pseudonym_key))
