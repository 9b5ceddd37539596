"""A use that is going on: a file of its own, so that one that is killed still gets its record.

Whoever uses keeps the file locked; one that nobody keeps is of a process that was ended by force,
and the next record tells of it.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipelines.records.entry import Act

_FOLDER = "open"
UNENDED = "ended by force"


@contextmanager
def going_on(records: Path, act: Act) -> Iterator[Path]:
    """Keep a file of `act` while the block runs; yield it, to be removed once it is on record."""
    folder = records / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{secrets.token_hex(8)}.json"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.write(handle, json.dumps(vars(act)).encode())
        yield path
    finally:
        os.close(handle)


@contextmanager
def abandoned(records: Path) -> Iterator[list[Act]]:
    """Yield the uses whose processes were ended by force; forget them when the block ends well."""
    found: dict[Path, Act] = {}
    for path in sorted((records / _FOLDER).glob("*.json")):
        with suppress(OSError, ValueError, TypeError):  # ended or begun this very moment
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found[path] = _told(json.loads(path.read_bytes()))
            finally:
                os.close(handle)
    yield list(found.values())
    for path in found:
        path.unlink(missing_ok=True)


def _told(values: dict[str, Any]) -> Act:
    act = Act(**values)
    about = act.about if isinstance(act.about, dict) else {"asked": act.about}
    return Act(act.what, about | {"use": UNENDED}, act.rows, act.who, act.role)
