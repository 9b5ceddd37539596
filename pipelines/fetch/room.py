"""How much more may come into the landing folder: the limits of the settings, and the disk."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.fetch.landing import LandingFolder
from pipelines.fetch.source import SourceError
from pipelines.settings.limits import Limits
from pipelines.text.messages import message


class Room:
    """Counts what comes; a file reserves its room before its first byte is asked for."""

    def __init__(self, landing: LandingFolder, limits: Limits) -> None:
        """Count what lies there."""
        self._landing = landing
        self._limits = limits
        self._used = landing.used_bytes()
        self._on_the_way = 0
        self._lock = threading.Lock()

    @contextmanager
    def reserved(self, size: int) -> Iterator[None]:
        """Have room for so many bytes more; what fails in the block gives it back.

        Raises:
            SourceError: `limits.landing_bytes` or `limits.landing_free_bytes` does not allow it.
        """
        with self._lock:
            if self._used + size > self._limits.landing_bytes:
                raise SourceError(
                    message("fetch.room.landing_bytes", allowed=self._limits.landing_bytes)
                )
            free = self._landing.free_bytes() - self._on_the_way
            if free - size < self._limits.landing_free_bytes:
                raise SourceError(
                    message("fetch.room.free_bytes", allowed=self._limits.landing_free_bytes)
                )
            self._used += size
            self._on_the_way += size
        try:
            yield
        except BaseException:
            with self._lock:
                self._used -= size
            raise
        finally:
            with self._lock:
                self._on_the_way -= size
