"""What says that a lake is being moved: it is no lake at the new place until that was proved."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipelines.lake.place_kind import Place
from pipelines.paths import Home
from pipelines.private_files import write_whole


@dataclass(frozen=True)
class MoveMark:
    """What is being made where, and, once that has been proved, of which snapshot."""

    to: str
    data: str
    snapshot: int | None = None
    files: int = 0
    bytes: int = 0

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

    @staticmethod
    def remove(home: Home) -> None:
        """Take the mark away."""
        _path(home).unlink()

    def is_of(self, place: Place) -> bool:
        """Return whether a place is the one that is being made."""
        return (self.to, self.data) == (place.catalog_name, place.data)


def _path(home: Home) -> Path:
    return home.lake / "move.pending"
