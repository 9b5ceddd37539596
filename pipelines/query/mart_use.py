"""Uses of a mart by holders who have no permission on the records, on record all the same.

Such a holder's `mimamori sql` leaves a file for each question in the folder `.use` of the mart,
which the role's group can write to and not list (`access.ROLE.group`). The next night puts the
files on record: who asked is the owner of the file, as the system knows it.
"""

import datetime as dt
import json
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from pipelines.errors import MimamoriError
from pipelines.findings import rfc3339
from pipelines.paths import Home
from pipelines.query.shape import shape_of
from pipelines.records import Act, Records, Series, Use
from pipelines.records.account import name_of
from pipelines.text.messages import message

FOLDER = ".use"
_LONGEST = 1 << 18  # bytes of a file; the shape of the longest question that is allowed fits
_EACH = 1_000  # files of a night that are put on record one by one; of the others, their number
_MOST_ROWS = 1 << 53
_HIDDEN = "?"


class Keeper(Protocol):
    """What keeps the record of a question while it is answered."""

    def use(self, act: Act, clock: Callable[[], dt.datetime]) -> AbstractContextManager[Use]:
        """Put a use on record when the block ends, however it ends; until then it may grow."""

    def hashed(self, value: str) -> str:
        """Return what stands for a value of a person in a record."""


def keeper(home: Home, mart: Path | None) -> Keeper:
    """Return what keeps the record of questions to a mart, or to the lake where it is None."""
    if mart is None or os.access(home.keys, os.W_OK | os.X_OK):
        return Records(home)
    return _Left(mart / FOLDER)


@dataclass(frozen=True)
class _Left:
    """Leaves a file for each question; without the key of the records, values are left out."""

    folder: Path

    def hashed(self, _: str) -> str:
        """Return the mark of a value that is left out."""
        return _HIDDEN

    @contextmanager
    def use(self, act: Act, _: Callable[[], dt.datetime]) -> Iterator[Use]:
        """Leave a file before the block is entered, and the rows in it when it ends.

        Where the mart has no such folder, as in a copy, nothing is on record: its files could be
        opened as well without this program.

        Raises:
            MimamoriError: the folder is there and cannot be written to.
        """
        use = Use()
        if not self.folder.is_dir():
            yield use
            return
        path = self.folder / f"{secrets.token_hex(16)}.json"
        _write(path, act, use)
        try:
            yield use
        finally:
            _write(path, act, use)


def _write(path: Path, act: Act, use: Use) -> None:
    content = json.dumps({"about": act.about, "rows": use.rows}).encode()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, 0o640)  # whoever runs the night reads it as a member of the group
            file.write(content)
    except OSError as error:
        raise MimamoriError(
            message("records.chain.cannot_be_written", at=path.parent, reason=error.strerror)
        ) from None


def put_on_record(home: Home, mart: Path, role: str, at: dt.datetime) -> None:
    """Put what holders left in the folder of a mart on record, and remove it.

    Past the first thousand of a night, one record tells the number of the others.

    Raises:
        MimamoriError: it cannot be put on record; what is not, stays.
    """
    found = sorted((mart / FOLDER).iterdir()) if (mart / FOLDER).is_dir() else []
    records = Records(home)
    for path in islice(found, _EACH):
        act = _act(path, role)
        if act is not None:
            records.append(Series.USE, act, at)
        with suppress(OSError):  # a folder that somebody made there
            path.unlink()
    if more := found[_EACH:]:
        records.append(Series.USE, Act("sql", {"further_uses": len(more)}, role=role), at)
        for path in more:
            with suppress(OSError):
                path.unlink()


def _act(path: Path, role: str) -> Act | None:
    """Return what a file tells of a use; None of what is no file, or a link to another."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
                return None
            content = file.read(_LONGEST)
    except OSError:
        return None
    asked, rows = None, None
    with suppress(ValueError, AttributeError, RecursionError):
        told = json.loads(content)
        # Whoever may write here may write anything; records, which nobody can change, hold no name.
        asked = shape_of(str(told.get("about")), lambda _: _HIDDEN)
        rows = told.get("rows")
    ended = dt.datetime.fromtimestamp(about.st_mtime, dt.UTC)
    return Act(
        "sql",
        {"question": asked, "ended_at": rfc3339(ended)},
        rows if isinstance(rows, int) and 0 <= rows <= _MOST_ROWS else None,
        name_of(about.st_uid),
        role,
    )
