"""Which format is in force in each part of a file."""

from collections.abc import Mapping
from typing import Any

from pipelines.ingest.formats.format import Format
from pipelines.ingest.formats.layout import NAMED
from pipelines.ingest.formats.names import AUTO, format_of
from pipelines.ingest.lines import NumberedBlock, lines_of
from pipelines.ingest.reader import Block


class FormatFollower:
    """Follows the format of one file that is being read, block by block."""

    def __init__(self, source: str | Mapping[str, Any], resumed_as: str | None = None) -> None:
        """`source` is what settings say; `resumed_as` the title of the earlier reading."""
        self._format = None if source == AUTO else format_of(source)
        self._resumed_as = resumed_as
        self.sureness: str | None = None

    @property
    def found(self) -> str | None:
        """Title of the last format in force, for the ledger; None while none is known."""
        return self._format.title if self._format else None

    def cut(self, block: Block) -> list[tuple[Format | None, Block]]:
        """Return the block in pieces of one format each; None where no format is known."""
        if self._format is None and not block.overlong:
            lines = lines_of([NumberedBlock(block, 1)]).text.head(200)
            scores = {name: format_of(name).fits(lines).sum() for name in NAMED}
            best = max(scores, key=scores.__getitem__)
            self._format = format_of(best) if scores[best] else None
        return [(self._format, block)]
