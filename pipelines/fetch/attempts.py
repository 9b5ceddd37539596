"""Trying again what may pass, waiting twice as long each time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pipelines.fetch.source import SourceError

_T = TypeVar("_T")
_LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Attempts:
    """How often something is tried, and until when: a reading of `time.monotonic`."""

    most: int
    sleep: Callable[[float], None]
    deadline: float

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
                is_last = attempt >= self.most or time.monotonic() > self.deadline
                if not error.may_pass or is_last:
                    raise
            self.sleep(min(2.0**attempt, _LONGEST_WAIT_SECONDS))
            attempt += 1
