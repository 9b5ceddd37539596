"""What the lake has read of the files that lie in the landing folder."""

import datetime as dt
import threading
from collections.abc import Collection

from pipelines import lake
from pipelines.fetch.landing import Lying
from pipelines.ingest.discover import shown
from pipelines.lake.place import place_of
from pipelines.paths import Home

# A reading that left nothing for another has the size of the file on disk.
_READ_WHOLE = """
with lying as (
    select unnest($paths) as path, unnest($sizes) as size, unnest($modified_ns) as modified_ns
)
select lying.path, lying.size, lying.modified_ns, max(ledger.read_at)
from lake.ledger as ledger
inner join lying
    on lying.path = ledger.path and lying.size = ledger.disk_bytes
    and lying.modified_ns = ledger.modified_ns
where ledger.status in ('read', 'renamed', 'duplicate', 'empty')
group by all
"""


class Readings:
    """Asks the lake, which is opened for each question; safe for several threads."""

    def __init__(self, home: Home, timezone: str) -> None:
        """Take the lake's home."""
        self._home = home
        self._timezone = timezone
        self._lock = threading.Lock()
        self._asked: dict[Lying, bool] = {}

    def ask_ahead(self, files: Collection[Lying]) -> None:
        """Ask of many files at once what `is_read_whole` will be asked of each."""
        found = self.read_whole(files)
        with self._lock:
            self._asked |= {one: one in found for one in files}

    def is_read_whole(self, lying: Lying) -> bool:
        """Return whether the lake has all of a file as it lies there."""
        with self._lock:
            known = self._asked.get(lying)
        return lying in self.read_whole([lying]) if known is None else known

    def read_whole(self, files: Collection[Lying]) -> dict[Lying, dt.datetime]:
        """Return those files of which the lake has all, with the instant of their last reading."""
        named = {(shown(one.path), one.size, one.modified_ns): one for one in files}
        if not named or not place_of(self._home).has_catalog():
            return {}
        paths, sizes, modified = zip(*named, strict=True)
        values = {"paths": paths, "sizes": sizes, "modified_ns": modified}
        with lake.open_reader(self._home, self._timezone) as con:
            rows = con.execute(_READ_WHOLE, {key: list(each) for key, each in values.items()})
            return {named[tuple(key)]: read_at for *key, read_at in rows.fetchall()}
