"""A key in a file: 32 bytes for its owner alone, as they are or encrypted by a key from elsewhere.

With a key-encryption key, which lies with no backup of the keys, a copy of the folder of keys tells
nothing of what stands in these files. They are encrypted with AES-256-GCM, bound to their names.
"""

import hashlib
import os
import secrets
from pathlib import Path

from pipelines.errors import MimamoriError
from pipelines.paths import KeyEncryptionKey
from pipelines.private_files import sync_folder, write_whole
from pipelines.text.messages import message

KEY_BYTES = 32
_MARK = b"mimamori encrypted key 1\n"
_PRINT_BYTES = 8
_NONCE_BYTES = 12


def read_key(path: Path, encryption: KeyEncryptionKey | None) -> bytes:
    """Return the key that a file holds, decrypted where it is encrypted.

    Raises:
        FileNotFoundError: there is no file.
        MimamoriError: it holds no key, or one that is encrypted with another key, or with one that
            the settings do not name.
        SettingsError: the key-encryption key of the settings cannot be had.
    """
    content = path.read_bytes()
    own = encryption() if encryption is not None else None  # asked for, even where all is in clear
    if not content.startswith(_MARK):
        if len(content) != KEY_BYTES:
            raise MimamoriError(message("privacy.pseudonym.not_a_key", at=path, bytes=KEY_BYTES))
        return content
    if own is None:
        raise MimamoriError(message("privacy.key_file.none_named", at=path))
    head, rest = content[: len(_MARK) + _PRINT_BYTES], content[len(_MARK) + _PRINT_BYTES :]
    if head != _head(own):
        raise MimamoriError(message("privacy.key_file.another_key", at=path))
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - most lakes need it not
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        return AESGCM(own).decrypt(nonce, sealed, head + path.name.encode())
    except (InvalidTag, ValueError):
        raise MimamoriError(message("privacy.key_file.damaged", at=path)) from None


def write_key(path: Path, key: bytes, encryption: KeyEncryptionKey | None) -> None:
    """Put a key in a file in one step, on disk when this returns; a folder that exists."""
    content = key
    if encryption is not None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        own = encryption()
        head, nonce = _head(own), secrets.token_bytes(_NONCE_BYTES)
        content = head + nonce + AESGCM(own).encrypt(nonce, key, head + path.name.encode())
    write_whole(path, content)
    sync_folder(path.parent)


def made_key(path: Path, encryption: KeyEncryptionKey | None) -> bytes:
    """Return the key of a file, a new one where there is no file.

    Raises:
        MimamoriError, SettingsError: as of `read_key`.
    """
    if not path.exists():
        write_key(path, secrets.token_bytes(KEY_BYTES), encryption)
    return read_key(path, encryption)


def leftovers(keys: Path, stem: str = "*") -> list[Path]:
    """Return what writers that were killed left below a folder of keys, of keys of that name."""
    folders = (keys, keys / "former", keys / "epochs")
    return [one for folder in folders for one in sorted(folder.glob(f".{stem}.*key.????????"))]


def destroy_key(path: Path) -> None:
    """Overwrite a file of a key, then remove it. Backups of it are elsewhere."""
    with path.open("r+b") as stream:
        stream.write(secrets.token_bytes(path.stat().st_size))
        stream.flush()
        os.fsync(stream.fileno())
    path.unlink()
    sync_folder(path.parent)


def is_encrypted(path: Path) -> bool:
    """Return whether the key of a file is encrypted."""
    with path.open("rb") as file:
        return file.read(len(_MARK)) == _MARK


def _head(own: bytes) -> bytes:
    """What an encrypted key begins with: by which key it was encrypted, without giving it away."""
    return _MARK + hashlib.blake2b(key=own, person=b"print", digest_size=_PRINT_BYTES).digest()
