"""What says that a lake is being moved, and what says for good that it was moved away.

It is no lake at the new place until that was proved, and none at the former one from the moment at
which that is cleared up.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from pipelines.errors import MimamoriError
from pipelines.lake.place_kind import Place
from pipelines.paths import Home
from pipelines.private_files import sync_folder, write_whole
from pipelines.text.messages import message


@dataclass(frozen=True)
class _Elsewhere:
    """A place that a working folder has on record: its catalog and data, as messages name them."""

    to: str
    data: str

    _NAME: ClassVar[str]

    @classmethod
    def path(cls, home: Home) -> Path:
        """Return the file that holds the record."""
        return home.lake / cls._NAME

    @classmethod
    def read(cls, home: Home) -> Self | None:
        """Return what a working folder has on record; None where it has nothing."""
        try:
            return cls(**json.loads(cls.path(home).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def write(self, home: Home) -> None:
        """Put it on record in place of one before."""
        write_whole(self.path(home), json.dumps(vars(self)))
        sync_folder(home.lake)

    @classmethod
    def remove(cls, home: Home) -> None:
        """Take it off the record, if it is there."""
        cls.path(home).unlink(missing_ok=True)
        sync_folder(home.lake)

    def is_of(self, place: Place) -> bool:
        """Return whether a place is the one on record."""
        return (self.to, self.data) == (place.catalog_name, place.data)


@dataclass(frozen=True)
class MoveMark(_Elsewhere):
    """What is being made where, and, once that has been proved, of which snapshot.

    While `is_clearing` the former place is being deleted, and nothing of it is to be trusted.
    """

    snapshot: int | None = None
    files: int = 0
    bytes: int = 0
    is_clearing: bool = False

    _NAME = "move.pending"


@dataclass(frozen=True)
class Departure(_Elsewhere):
    """Where the lake of a working folder went, and when: settings from before make no second one.

    It stays until the lake comes back.
    """

    at: str

    _NAME = "moved.json"


def require_no_move(home: Home) -> None:
    """Refuse to delete for good while a lake may have a second copy.

    Raises:
        MimamoriError: a move was begun and is not complete.
    """
    mark = MoveMark.read(home)
    if mark is not None:
        raise MimamoriError(message("lake.move_mark.pending", at=MoveMark.path(home), to=mark.to))
