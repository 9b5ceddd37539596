"""What retention removes, noted before it goes, so that a run that is broken off is on record too.

Between the note and what it is about, a run may be killed: such a note tells of nothing yet, and
the next run finds the same again.
"""

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from pipelines.paths import Home
from pipelines.retention.result import LetGo


@dataclass(frozen=True)
class Told:
    """What goes after a night, and the instant of the run that does it."""

    night: dt.date
    done_at: dt.datetime
    act: LetGo


class Journal:
    """A file in the folder of the lake, for the holder of the writers' lock."""

    def __init__(self, home: Home) -> None:
        """Name the file; nothing is opened yet."""
        self._path = home.lake / "retention.pending"

    def read(self) -> list[Told]:
        """Return what runs noted that were broken off before it was on record.

        A last line that was not written whole is left out.
        """
        found = []
        with suppress(FileNotFoundError):
            for line in self._path.read_text(encoding="utf-8").splitlines():
                with suppress(json.JSONDecodeError):
                    found.append(_told(json.loads(line)))
        return found

    def noted(self, night: dt.date, done_at: dt.datetime, acts: Iterable[LetGo]) -> Iterator[LetGo]:
        """Yield what is about to go, each on disk by then."""
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(handle, "a", encoding="utf-8") as stream:  # noqa: PTH123 - it is open already
            stream.write("\n")  # ends a line that was not written whole
            for act in acts:
                if act.rows or act.files:
                    _keep(stream, _line(night, done_at, act))
                yield act

    def clear(self) -> None:
        """Forget what is on record now."""
        self._path.unlink(missing_ok=True)


def _keep(stream: TextIO, line: str) -> None:
    stream.write(line)
    stream.flush()
    os.fsync(stream.fileno())


def _line(night: dt.date, done_at: dt.datetime, act: LetGo) -> str:
    days = [day.isoformat() for day in act.days]
    about = {"night": night.isoformat(), "done_at": done_at.isoformat()}
    return json.dumps(about | {"act": asdict(act) | {"days": days}}, ensure_ascii=False) + "\n"


def _told(line: dict[str, Any]) -> Told:
    act = line["act"]
    days = tuple(dt.date.fromisoformat(day) for day in act["days"])
    return Told(
        dt.date.fromisoformat(line["night"]),
        dt.datetime.fromisoformat(line["done_at"]),
        LetGo(**(act | {"days": days})),
    )
