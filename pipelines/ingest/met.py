"""What a dimension has met: remembered while there is room, and kept until it is written."""

from abc import ABC, abstractmethod

import polars as pl


class Met(ABC):
    """Values that have been met, by their ids, and which of them are fresh: not yet taken."""

    def __init__(self, schema: pl.Schema) -> None:
        """Begin with none; fresh rows are of `schema`, which has a column `id`."""
        self._schema = schema
        self.met_count = 0  # rows that were ever fresh
        self.forget()

    @abstractmethod
    def _begin(self) -> None:
        """Remember none; what is fresh stays so."""

    def _keep(self, rows: pl.DataFrame) -> None:
        self._fresh.append(rows)
        self.fresh_count += len(rows)
        self.met_count += len(rows)

    def fresh_rows(self) -> pl.DataFrame:
        """Return what `take_fresh` would, and leave it there."""
        return pl.concat([pl.DataFrame(schema=self._schema), *self._fresh])

    def put_back(self, rows: pl.DataFrame) -> None:
        """Let rows be fresh again."""
        self._fresh.append(rows)
        self.fresh_count += len(rows)

    def _drop_fresh(self) -> None:
        self._fresh: list[pl.DataFrame] = []
        self.fresh_count = 0

    def take_fresh(self) -> pl.DataFrame:
        """Return the rows of what was first met since the last call.

        Each id comes once, also when it was remembered no more and met again.
        """
        fresh = pl.concat([pl.DataFrame(schema=self._schema), *self._fresh])
        self._drop_fresh()
        return fresh.unique("id", keep="any", maintain_order=True)

    def forget(self) -> None:
        """Know none any more, as after a rollback."""
        self._begin()
        self._drop_fresh()
