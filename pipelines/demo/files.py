"""Where a site's log files lie, and how lines get there: rotated every night, older days packed."""

import datetime as dt
import re
import zlib
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import Self

from pipelines.errors import MimamoriError
from pipelines.text.messages import message

_LEVEL = 4
_WAITING_AT_MOST = 4
_WILDCARD = re.compile(r"\*+|\?|\[!?[^\]]+\]")
_OTHER_PACKING = (".bz2", ".xz", ".zst")


def log_paths(site_id: str, glob: str, days: Sequence[dt.date]) -> list[str]:
    """Return the path of each day's file that `glob` finds: the last plain, the others rotated.

    `site/access.log*` gives `site/access.log-20261101.gz` and, for the last day,
    `site/access.log`. A glob without room for a date gives one path for all days.

    Raises:
        MimamoriError: the glob asks for a packing that is not gz.
    """
    if glob.endswith(_OTHER_PACKING):
        raise MimamoriError(message("demo.files.compression", at=f"site {site_id!r}", glob=glob))
    segments = glob.split("/")
    dated = max((n for n, text in enumerate(segments) if "*" in text), default=None)
    paths = []
    for day in days:
        parts = [
            _name(text, day if number == dated else None, last=day == days[-1])
            for number, text in enumerate(segments)
        ]
        if dated is not None and dated < len(segments) - 1:
            parts[dated] = _plain(segments[dated], day.isoformat())
        paths.append("/".join(parts))
    return paths


def _name(segment: str, day: dt.date | None, *, last: bool) -> str:
    if day is None:
        return _plain(segment, "x")
    head, _, tail = segment.rpartition("*")
    lead = "" if _plain(head, "") else "access"
    texts = [f"-{day:%Y%m%d}.gz", f"-{day:%Y%m%d}"]
    if tail:  # what follows the star is the ending, packed or not
        texts = [f"-{day:%Y%m%d}"]
    if last:
        texts = [""] if not tail.endswith(".gz") else [f"-{day:%Y%m%d}"]
    names = [_plain(head, "") + lead + text + tail for text in texts]
    return next((name for name in names if fnmatchcase(name, segment)), _plain(segment, "x"))


def _plain(segment: str, star: str) -> str:
    """The segment with something in place of every wildcard."""

    def fill(match: re.Match[str]) -> str:
        wildcard = match[0]
        if wildcard.startswith("*"):
            return star
        if wildcard == "?" or wildcard.startswith("[!"):
            return "0"
        return wildcard[1]

    return _WILDCARD.sub(fill, segment)


class Landing:
    """Writes log files aside and moves them into place once all are written, or none.

    Packing happens in a second thread while the next file is being made.
    """

    def __init__(self, root: Path, paths: Sequence[str]) -> None:
        """Plan to write `paths` below `root`.

        Raises:
            MimamoriError: one of them is there already and not empty.
        """
        for path in paths:
            target = root / path
            if target.exists() and target.stat().st_size:
                raise MimamoriError(message("demo.files.not_empty", root=root, path=path))
        self._root = root
        self._parts: dict[Path, Path] = {}
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        """Begin to write."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Move the files into place, or after an error remove what was written of them."""
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)
        try:
            if kind is None:
                for waiting in self._waiting:
                    waiting.result()
                for target, part in self._parts.items():
                    part.replace(target)
        finally:
            for part in self._parts.values():
                with suppress(OSError):  # never written, or moved
                    part.unlink()

    def add(self, path: str, content: bytes) -> None:
        """Put `content` at the end of the file, packed if its name says so."""
        target = self._root / path
        part = target.with_name(f".{target.name}.part")
        fresh = target not in self._parts
        self._parts[target] = part
        self._waiting.append(self._pool.submit(_append, part, content, fresh, path.endswith(".gz")))
        while len(self._waiting) > _WAITING_AT_MOST:
            self._waiting.popleft().result()


def _append(part: Path, content: bytes, fresh: bool, packed: bool) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    if packed:
        packer = zlib.compressobj(_LEVEL, wbits=31)  # a gzip stream without name and time
        content = packer.compress(content) + packer.flush()
    with part.open("wb" if fresh else "ab") as file:
        file.write(content)
