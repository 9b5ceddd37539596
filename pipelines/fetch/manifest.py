"""`SHA256SUMS` beside the files of a source: the digest that each must have."""

import re
import threading

from pipelines.fetch.source import Reader, SourceError
from pipelines.fetch.wanted import MANIFEST, Wanted
from pipelines.text.messages import message

_MOST_BYTES = 16 * 1024 * 1024
_LINE = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)")


class Manifests:
    """The manifests of a source's folders, each read once; safe to ask from several threads."""

    def __init__(self, session: Reader, wanted: Wanted) -> None:
        """Take the source, and what is wanted of it, when it was listed."""
        self._session = session
        self._folders = frozenset(wanted.folders_with_manifest)
        self._read: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def digest(self, path: str) -> str | None:
        """Return the SHA-256 that a file must have, None where no manifest names it.

        Raises:
            SourceError: the manifest cannot be read.
        """
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            return None
        with self._lock:
            if folder not in self._read:
                place = f"{folder}/{MANIFEST}" if folder else MANIFEST
                content = self._session.text(place, _MOST_BYTES)
                self._read[folder] = digests_in(content or b"", place)
            return self._read[folder].get(name)


def digests_in(content: bytes, path: str) -> dict[str, str]:
    """Return the digests in a manifest by name, in lower case.

    Raises:
        SourceError: it is too large, or a line is none that `sha256sum` writes.
    """
    if len(content) > _MOST_BYTES:
        raise SourceError(message("fetch.manifest.too_large", at=path))
    found = {}
    for number, line in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), start=1):
        text = line.rstrip("\r")
        if not text:
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise SourceError(message("fetch.manifest.wrong_line", at=f"{path}:{number}"))
        if not match[1]:  # a name written with escapes is none that is fetched
            found[match[3].removeprefix("./")] = match[2].lower()
    return found
