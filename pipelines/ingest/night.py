"""What a run of ingest has to know of the night that it is part of."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pipelines.ingest.day_window import DayWindow
from pipelines.ingest.hidden_attacks import AttackSearch
from pipelines.ingest.known_sites import Roster
from pipelines.ingest.new_values import OfNote
from pipelines.lake.turns import Turns, alone


@dataclass(frozen=True)
class Night:
    """The days that lines may be about, and how detection judges texts.

    `agents_of_note` must not be lost among many user agents. `rosters` are those of the templates
    that have one, as they lie there now. `turns` are those of one of several writers.
    """

    window: DayWindow
    agents_of_note: OfNote
    attacks: AttackSearch
    rosters: Sequence[Roster] = ()
    turns: Turns | None = None

    def alone(self) -> AbstractContextManager[None]:
        """Have no other writer while the block runs."""
        return alone(self.turns)
