"""The keys of epochs: what makes the pseudonyms of old rows, and can be destroyed.

A row that is pseudonymised gets its pseudonyms from the key of the epoch of its day, so that one
value has one pseudonym within an epoch and another in the next. Whoever has the key can try values
out; once it is destroyed nobody can, and the epoch's rows are anonymous.
"""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.paths import Home
from pipelines.privacy.key_file import KEY_BYTES, destroy_key, made_key, read_key

PREFIX = "pn-"
"""What every pseudonym begins with: neither dot nor colon, so that none looks like an address."""
PATTERN = re.compile(rf"{PREFIX}[0-9a-f]{{20}}")
KINDS = ("user", "client", "session", "subject", "subnet")
_DIGITS = 20
_LABEL = re.compile(r"([0-9]{4})-([0-9]{2})\.([0-9]{1,2})")


def epoch_of(day: dt.date, months: int) -> str:
    """Return the epoch of a day: its first month and its length in months, as `2026-07.3`."""
    first = day.month - (day.month - 1) % months
    return f"{day.year:04}-{first:02}.{months}"


def last_day_of(epoch: str) -> dt.date:
    """Return the last day of an epoch."""
    found = _LABEL.fullmatch(epoch)
    if found is None:
        raise ValueError(epoch)
    year, month, months = map(int, found.groups())
    after = year * 12 + month - 1 + months
    return dt.date(after // 12, after % 12 + 1, 1) - dt.timedelta(days=1)


@dataclass(frozen=True)
class EpochKey:
    """The key of one epoch."""

    key: bytes = field(repr=False)

    def of_kind(self, kind: str) -> str:
        """Return the key for one kind of value, 64 hexadecimal digits."""
        return hashlib.blake2b(
            key=self.key, person=kind.encode(), salt=b"epoch", digest_size=KEY_BYTES
        ).hexdigest()

    def pseudonym(self, kind: str, value: str) -> str:
        """Return what stands for a value of a kind; `pseudonym_sql` says the same in SQL."""
        digest = hashlib.sha256((self.of_kind(kind) + value).encode("utf-8", "surrogatepass"))
        return PREFIX + digest.hexdigest()[:_DIGITS]


def pseudonym_sql(kind: str, value: str) -> str:
    """Return the SQL of the pseudonym of an expression; the key is bound as `$KIND_key`."""
    return f"'{PREFIX}' || left(sha256(${kind}_key || {value}), {_DIGITS})"


class EpochKeys:
    """The keys of a home's epochs, a file each in the folder of its keys."""

    def __init__(self, home: Home) -> None:
        """Take the home whose folder of keys exists."""
        self._folder = home.keys / "epochs"
        self._encryption = home.key_encryption_key

    def epochs(self) -> list[str]:
        """Return the epochs that have a key, the oldest first."""
        paths = self._folder.glob("*.key")
        return sorted(path.stem for path in paths if _LABEL.fullmatch(path.stem))

    def of(self, epoch: str) -> EpochKey | None:
        """Return the key of an epoch, None where there is none, or no more.

        Raises:
            MimamoriError: its file holds no key, or one that cannot be decrypted.
        """
        try:
            return EpochKey(read_key(self._path(epoch), self._encryption))
        except FileNotFoundError:
            return None

    def made(self, epoch: str) -> EpochKey:
        """Return the key of an epoch, a new one where it has none."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return EpochKey(made_key(self._path(epoch), self._encryption))

    def destroy(self, epoch: str) -> None:
        """Destroy the key of an epoch: overwritten, then removed. Backups of it are elsewhere."""
        destroy_key(self._path(epoch))

    def _path(self, epoch: str) -> Path:
        return self._folder / f"{epoch}.key"
