"""Hashes made with one key, which nobody can try values out against who does not have it."""

import hashlib
import hmac
from dataclasses import dataclass, field

from pipelines.privacy.key_file import KEY_BYTES

_DIGEST_BYTES = 10


@dataclass(frozen=True)
class KeyedHashes:
    """Hashes made with one key: the same for the same value as long as the key is the same."""

    key: bytes = field(default=b"", repr=False)

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
            key=self.key, person=purpose.encode(), salt=b"derived", digest_size=KEY_BYTES
        )
        return derived.digest()

    def keyed_sha256(self, purpose: str, sha256: str) -> str:
        """Return a SHA-256 with the key mixed in, in hexadecimal digits: HMAC-SHA-256 of it."""
        return hmac.digest(self.derived(purpose), sha256.encode(), "sha256").hex()
