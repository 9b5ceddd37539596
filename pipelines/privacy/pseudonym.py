"""Keyed hashes in place of values that must stay distinguishable and may not be read.

The key lies with the keys of the lake, readable by its owner alone: without it nobody can try out
session ids or telephone numbers against what the lake holds. Deleting it makes every pseudonym
anonymous for good.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.text.messages import message

_KEY_BYTES = 32
_DIGEST_BYTES = 10


@dataclass(frozen=True)
class Pseudonyms:
    """Gives the same pseudonym for the same value as long as the key is the same."""

    key: bytes = b""

    @classmethod
    def of(cls, home: Home) -> Self:
        """Return those of a home; without a key there, such as anyone could recompute.

        Raises:
            MimamoriError: the key's file holds no key, or is missing where there is a lake.
        """
        former = home.lake / home.pseudonym_key.name  # until the keys have been moved
        path = former if former.exists() else home.pseudonym_key
        if not path.exists():
            if home.catalog.exists() or home.lake_id.exists():
                raise missing_key(home)
            return cls()
        return cls._read(path)

    @classmethod
    def made(cls, home: Home) -> Self:
        """Return those of a home whose folder of keys exists, with a new key if it has none."""
        cls.kept_in(home.pseudonym_key)
        return cls.of(home)

    @classmethod
    def kept_in(cls, path: Path) -> Self:
        """Return those whose key is the file `path`, with a new key if it is missing.

        Raises:
            MimamoriError: the file holds no key.
        """
        if not path.exists():
            part = path.with_suffix(".part")
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(secrets.token_bytes(_KEY_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        return cls._read(path)

    @classmethod
    def _read(cls, path: Path) -> Self:
        key = path.read_bytes()
        if len(key) != _KEY_BYTES:
            raise MimamoriError(message("privacy.pseudonym.not_a_key", at=path, bytes=_KEY_BYTES))
        return cls(key)

    @property
    def is_secret(self) -> bool:
        """False when there is no key, so that short values could be found by trying them all."""
        return bool(self.key)

    def __call__(self, kind: str, value: str) -> str:
        """Return 20 hexadecimal digits: BLAKE2b of `value`, keyed, distinct for each `kind`."""
        digest = hashlib.blake2b(
            value.encode("utf-8", "surrogatepass"),
            digest_size=_DIGEST_BYTES,
            key=self.key,
            person=kind.encode(),
        )
        return digest.hexdigest()

    def derived(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for one purpose alone, from which no other can be computed.

        Without a key it is empty, and hashes made with it are such as anyone could recompute.
        """
        if not self.key:
            return b""
        derived = hashlib.blake2b(
            key=self.key, person=purpose.encode(), salt=b"derived", digest_size=_KEY_BYTES
        )
        return derived.digest()

    def keyed_sha256(self, purpose: str, sha256: str) -> str:
        """Return a SHA-256 with the key mixed in, in hexadecimal digits: HMAC-SHA-256 of it."""
        return hmac.digest(self.derived(purpose), sha256.encode(), "sha256").hex()


def missing_key(home: Home) -> MimamoriError:
    """Return the error for a lake whose hash key is not there."""
    return MimamoriError(message("privacy.pseudonym.key_missing", at=home.pseudonym_key))
