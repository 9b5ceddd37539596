"""Rows of data files that hold on certain days: laws, lists of countries."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Dated(BaseModel):
    """A row of a file: its source, how well it is known, and the days on which it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    valid_from: dt.date
    valid_to: dt.date | None
    checked: Literal["read", "secondary", "unverified"]

    def source_in(self, language: str) -> str:
        """Return the source in one language; the file has it as Japanese, ` / `, English."""
        japanese, _, english = self.source.partition(" / ")
        return japanese if language == "ja" else english or japanese

    def holds_on(self, day: dt.date) -> bool:
        """Return whether the row holds on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
