"""The table of a soak: for each kind of fault, for how many of them each column holds."""

from collections import defaultdict
from dataclasses import dataclass, field

ACCOUNTED, REPORTED, ONCE, RECOVERED = "accounted", "reported", "reported once", "recovered"
COLUMNS = ("injected", ACCOUNTED, REPORTED, ONCE, RECOVERED)


@dataclass
class Row:
    """How many faults of a kind there were, and what was judged of each, by column."""

    injected: int = 0
    judged: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    _open: list[bool] = field(default_factory=list)

    def note(self, column: str, holds: bool) -> None:
        """Take whether a column holds for the fault that was injected last."""
        self.judged[column].append(holds)
        self._open.append(holds)

    def begin(self) -> None:
        """Take one fault more."""
        self.injected += 1
        self._open.clear()

    def is_well(self) -> bool:
        """Return whether all columns hold for the fault that was injected last."""
        return all(self._open)

    def cells(self) -> list[str]:
        """Return the figures in the order of COLUMNS, a dash where nothing was judged."""
        judged = (self.judged.get(name) for name in COLUMNS[1:])
        return [str(self.injected), *("–" if one is None else str(sum(one)) for one in judged)]


@dataclass
class Verdict:
    """The table by kind, sites and days without fault, lines, and whatever was not as it has to be.

    `wrong` is empty exactly where everything is.
    """

    rows: dict[str, Row] = field(default_factory=lambda: defaultdict(Row))
    calm_sites: int = 0
    calm_days: int = 0
    lines: int = 0
    wrong: list[str] = field(default_factory=list)

    def injected(self, kind: str) -> Row:
        """Return the row of a kind for one fault more."""
        row = self.rows[kind]
        row.begin()
        return row
