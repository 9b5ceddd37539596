"""By which way somebody decides: a command, or a page to which another account signed in."""

from dataclasses import dataclass

from pipelines import lake
from pipelines.records import About, Act


@dataclass(frozen=True)
class Channel:
    """Whose account a decision is on record by, and how the lake is opened for it.

    `who` is None for the account that runs this process. `opening` may wait for a shorter time, or
    look first whether what is decided about has changed.
    """

    who: str | None = None
    opening: lake.Opening = lake.open_writer

    def act(self, what: str, about: About, rows: int | None = None) -> Act:
        """Return what is put on record of a decision."""
        return Act(what, about, rows) if self.who is None else Act(what, about, rows, self.who)


COMMAND_LINE = Channel()
