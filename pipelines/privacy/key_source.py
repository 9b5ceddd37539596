"""Where the key-encryption key comes from: a variable, a file, or what Airflow's backend holds."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pipelines.airflow_connection import connection_of
from pipelines.errors import SettingsError
from pipelines.paths import Home
from pipelines.privacy.key_file import KEY_BYTES
from pipelines.settings.lake_places import KeySource, LakePlaces
from pipelines.text.messages import message

_SETTING = "lake.key_encryption_key"
_MOST_BYTES = 4096


@dataclass(frozen=True)
class FetchedKey:
    """Fetches the key of a source when it is first called, and remembers it."""

    source: KeySource
    secret: Callable[[str], str | None]
    asked: str = field(default=_SETTING)

    def __call__(self) -> bytes:
        """Return the key, 32 bytes.

        Raises:
            SettingsError: there is none, or what is there is no key; it is not repeated.
        """
        return self._key

    @cached_property
    def _key(self) -> bytes:
        text = self._text()
        if text is None:
            raise SettingsError(
                message("privacy.key_source.missing", at=self.asked, source=str(self.source))
            )
        key = _decoded(text)
        if key is None:
            raise SettingsError(
                message(
                    "privacy.key_source.not_a_key",
                    at=self.asked,
                    source=str(self.source),
                    bytes=KEY_BYTES,
                )
            )
        return key

    def _text(self) -> bytes | None:
        if self.source.file is not None:
            return _read(self.source.file)
        if self.source.env is not None:
            text = self.secret(self.source.env)
        else:
            connection = connection_of(self.source.connection or "", self.asked)
            text = connection.password if connection else None
        return text.encode("utf-8", "surrogateescape") if text else None


def home_of(working_folder: Home, places: LakePlaces, secret: Callable[[str], str | None]) -> Home:
    """Return a working folder with its keys and its lake where the settings have them.

    `secret` gives the value of an environment variable; it is asked when a key is needed.
    """
    source = places.key_encryption_key
    fetched = FetchedKey(source, secret) if source else None
    return replace(
        working_folder.with_keys(places.keys),
        key_encryption_key=fetched,
        cluster=places.cluster(secret),
    )


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return None


def _decoded(text: bytes) -> bytes | None:
    """The key that a text stands for: 32 bytes as they are, in hexadecimal digits or base64.

    Thirty-two letters are a password, which can be guessed, and no key.
    """
    if len(text) == KEY_BYTES and not text.isascii():
        return text
    text = text.strip()
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        try:
            key = base64.b64decode(text.translate(bytes.maketrans(b"-_", b"+/")), validate=True)
        except (ValueError, binascii.Error):
            return None
    return key if len(key) == KEY_BYTES else None
