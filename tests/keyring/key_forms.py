"""How a key may be written, and every key of a working folder: what must be found nowhere."""

import base64
from collections.abc import Iterator

from pipelines.keyring.files import key_files
from pipelines.lake.keyed_hashes import _PURPOSES
from pipelines.paths import Home
from pipelines.privacy.key_file import read_key
from pipelines.privacy.keyed_hashes import KeyedHashes


def forms(key: bytes) -> Iterator[bytes]:
    """How the bytes of a key may be written."""
    yield key
    yield from (key.hex().encode(), key.hex().upper().encode())
    yield from (base64.b64encode(key)[:42], base64.urlsafe_b64encode(key)[:42])
    yield repr(key)[2:-1].encode()


def kept_keys(home: Home) -> list[bytes]:
    """Every key that lies in the folder of keys, decrypted."""
    return [read_key(home.keys / one.name, home.key_encryption_key) for one in key_files(home)]


def all_keys(home: Home) -> list[bytes]:
    """Every key of a home, that which encrypts them, and what is made of each for a purpose."""
    own, keys = home.key_encryption_key, kept_keys(home)
    purposes = (*_PURPOSES, "mart", "records chain")
    derived = [KeyedHashes(key).derived(purpose) for key in keys for purpose in purposes]
    return [*([own()] if own else []), *keys, *derived]


def told(home: Home, content: bytes) -> list[bytes]:
    """Return the keys of a home that stand in a content, in whatever spelling."""
    return [key for key in all_keys(home) if any(form in content for form in forms(key))]


def told_to_airflow(home: Home, output: str) -> list[bytes]:
    """Return the keys of a home that stand in what Airflow keeps there, or in its output."""
    files = [path for path in (home.root / "airflow").rglob("*") if path.is_file()]
    assert {"airflow.db"} <= {path.name for path in files}
    assert len(all_keys(home)) > 10
    return told(home, b"".join(path.read_bytes() for path in files) + output.encode())
