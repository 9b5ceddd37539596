"""Trying again what may pass, waiting twice as long each time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pipelines.fetch.source import SourceError
from pipelines.fetch.source_time import SourceTime

_T = TypeVar("_T")
_LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Attempts:
    """How often something is tried, while its source has time."""

    most: int
    sleep: Callable[[float], None]
    time: SourceTime

    def at(self, work: Callable[[int], _T]) -> _T:
        """Return what `work` returns, which is told the number of the attempt, from 1.

        Raises:
            SourceError: it failed for good, or as often as it may.
        """
        attempt = 1
        while True:
            try:
                return work(attempt)
            except SourceError as error:
                left_seconds = self.time.left_seconds
                if not error.may_pass or attempt >= self.most or not left_seconds:
                    raise
            self.sleep(min(2.0**attempt, _LONGEST_WAIT_SECONDS, left_seconds))
            attempt += 1
