"""What says that a lake is being moved, and what says for good that it was moved away.

It is no lake at the new place until that was proved, and none at the former one from the moment at
which that is cleared up.
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipelines.errors import MimamoriError
from pipelines.lake.place_kind import Place
from pipelines.paths import Home
from pipelines.private_files import sync_folder, write_whole
from pipelines.text.messages import message


@dataclass(frozen=True)
class MoveMark:
    """What is being made where, and, once that has been proved, of which snapshot.

    While `is_clearing` the former place is being deleted, and nothing of it is to be trusted.
    """

    to: str
    data: str
    snapshot: int | None = None
    files: int = 0
    bytes: int = 0
    is_clearing: bool = False

    @classmethod
    def read(cls, home: Home) -> Self | None:
        """Return the mark of a working folder; None where nothing is being moved."""
        try:
            return cls(**json.loads(_path(home).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def write(self, home: Home) -> None:
        """Put the mark in place of one before."""
        write_whole(_path(home), json.dumps(vars(self)))
        sync_folder(home.lake)

    @staticmethod
    def remove(home: Home) -> None:
        """Take the mark away."""
        _path(home).unlink()
        sync_folder(home.lake)

    def is_of(self, place: Place) -> bool:
        """Return whether a place is the one that is being made."""
        return (self.to, self.data) == (place.catalog_name, place.data)


@dataclass(frozen=True)
class Departure:
    """Where the lake of a working folder went, and when: settings from before make no second one.

    It stays until the lake comes back.
    """

    to: str
    data: str
    at: str

    @classmethod
    def read(cls, home: Home) -> Self | None:
        """Return what a working folder has on record; None where its lake lies within it."""
        try:
            return cls(**json.loads(_departure(home).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    @staticmethod
    def note(home: Home, place: Place, at: dt.datetime) -> None:
        """Put on record that the lake lies at a place from the aware instant `at` on."""
        told = Departure(place.catalog_name, place.data, at.isoformat())
        write_whole(_departure(home), json.dumps(vars(told)))
        sync_folder(home.lake)

    @staticmethod
    def forget(home: Home) -> None:
        """Take it off the record: the lake has come back."""
        _departure(home).unlink(missing_ok=True)
        sync_folder(home.lake)

    def is_to(self, place: Place) -> bool:
        """Return whether a place is the one that the lake went to."""
        return (self.to, self.data) == (place.catalog_name, place.data)


def require_no_move(home: Home) -> None:
    """Refuse to delete for good while a lake may have a second copy.

    Raises:
        MimamoriError: a move was begun and is not complete.
    """
    mark = MoveMark.read(home)
    if mark is not None:
        raise MimamoriError(message("lake.move_mark.pending", at=_path(home), to=mark.to))


def _path(home: Home) -> Path:
    return home.lake / "move.pending"


def _departure(home: Home) -> Path:
    return home.lake / "moved.json"
