"""A use that is going on: a file of its own, so that one that is killed still gets its record.

Whoever uses keeps the file locked; one that nobody keeps is of a process that was ended by force,
and the next record tells of it. It says after which record the use began: where a later one has the
same use already, somebody put the file back.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.records.entry import REPEATED, UNSIGNED, Act, Series, signature

_FOLDER = "open"
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
UNENDED = "ended by force"


@contextmanager
def going_on(records: Path, act: Act, after: int, key: bytes) -> Iterator[Path]:
    """Keep a file of `act` while the block runs; yield it, to be removed once it is on record.

    `after` is the number of the last record before it. It is signed with the key of the chain,
    since the next record believes it.
    """
    folder = records / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{secrets.token_hex(8)}.json"
    text = json.dumps({"act": vars(act), "after": after}).encode()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.write(handle, text + b"\n" + _sign(key, path, text))
        yield path
    finally:
        os.close(handle)


@contextmanager
def abandoned(
    records: Path, key: bytes, is_on_record: Callable[[Act, int], bool]
) -> Iterator[list[tuple[Series, Act]]]:
    """Yield what is to be put on record of files that nobody keeps; forget them afterwards.

    A signed one is a use whose process was ended by force, unless `is_on_record` knows it from a
    record after the given one; of any other it is told that it lay there, and nobody is said to
    have done what it says.
    """
    found: dict[Path, tuple[Series, Act]] = {}
    for path in sorted((records / _FOLDER).glob("*.json")):
        with suppress(OSError):  # somebody keeps it, or it is no file
            handle = os.open(path, _READ)
            with os.fdopen(handle, "rb") as file:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found[path] = _told(key, path, file.read(), is_on_record)
    yield list(found.values())
    for path in found:
        path.unlink(missing_ok=True)


def sign_anew(records: Path, former: bytes, key: bytes) -> None:
    """Sign the uses that are going on with another key; those without the former's stay as is."""
    for path in sorted((records / _FOLDER).glob("*.json")):
        with suppress(OSError):
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            with os.fdopen(handle, "r+b") as file:
                text, _, sign = file.read().partition(b"\n")
                if hmac.compare_digest(sign, _sign(former, path, text)):
                    file.seek(len(text) + 1)
                    file.write(_sign(key, path, text))


def _told(
    key: bytes, path: Path, content: bytes, is_on_record: Callable[[Act, int], bool]
) -> tuple[Series, Act]:
    text, _, sign = content.partition(b"\n")
    file: dict[str, Any] = {
        "file": f"{_FOLDER}/{path.name}",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if not hmac.compare_digest(sign, _sign(key, path, text)):
        return Series.EVIDENCE, Act(UNSIGNED, file)
    values = json.loads(text)
    act = Act(**values["act"])
    about = dict(act.about) if isinstance(act.about, Mapping) else {"asked": act.about}
    ended = replace(act, about=about | {"use": UNENDED})
    if any(is_on_record(one, values["after"]) for one in (act, ended)):
        return Series.EVIDENCE, Act(REPEATED, file)
    return Series.USE, ended


def _sign(key: bytes, path: Path, text: bytes) -> bytes:
    """Sign a use under the name of its file: it counts once."""
    return signature(key, f"{_FOLDER}/{path.name}", text).encode()
