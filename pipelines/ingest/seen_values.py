"""The values of a dimension seen so far: remembered while there is room, kept until written."""

from abc import ABC, abstractmethod

import polars as pl


class SeenValues(ABC):
    """Values that have been seen, by their ids, and which of them are fresh: not yet taken."""

    def __init__(self, schema: pl.Schema) -> None:
        """Begin with none; fresh rows are of `schema`, which has a column `id`."""
        self._schema = schema
        self.seen_count = 0  # rows that were ever fresh
        self.forget()

    @abstractmethod
    def _begin(self) -> None:
        """Remember none; what is fresh stays so."""

    def _keep(self, rows: pl.DataFrame) -> None:
        self._fresh.append(rows)
        self.fresh_count += len(rows)
        self.seen_count += len(rows)

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
        """Return the rows of what was first seen since the last call.

        Each id comes once, also when it was remembered no more and seen again.
        """
        fresh = pl.concat([pl.DataFrame(schema=self._schema), *self._fresh])
        self._drop_fresh()
        return fresh.unique("id", keep="any", maintain_order=True)

    def forget(self) -> None:
        """Know none any more, as after a rollback."""
        self._begin()
        self._drop_fresh()
