"""What was let go, by kind."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Act = Literal["deleted", "pseudonymised"]


@dataclass(frozen=True)
class LetGo:
    """What was, or would be, let go of one kind of data; `days` are those that it is about."""

    kind: str
    act: Act
    rows: int = 0
    files: int = 0
    days: tuple[dt.date, ...] = ()
    site_group: str | None = None

    @property
    def first_day(self) -> dt.date | None:
        """The first of the days."""
        return min(self.days, default=None)

    @property
    def last_day(self) -> dt.date | None:
        """The last of the days."""
        return max(self.days, default=None)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values, the days as their number and ends."""
        return asdict(self) | {
            "days": len(self.days),
            "first_day": self.first_day and self.first_day.isoformat(),
            "last_day": self.last_day and self.last_day.isoformat(),
        }


@dataclass(frozen=True)
class Retained:
    """The result of a run of retention after the night of a day.

    `waiting` counts access rows left in clear because of open cases, and the people in these;
    `held` rows that legal holds keep, of all kinds. `oldest` is the oldest day that is still there,
    by kind.
    """

    night: dt.date
    is_dry_run: bool
    acts: tuple[LetGo, ...]
    waiting_rows: int
    waiting_people: int
    held_rows: int
    oldest: dict[str, dt.date | None]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "night": self.night.isoformat(),
            "dry_run": self.is_dry_run,
            "kinds": [one.as_json() for one in self.acts],
            "waiting": {"rows": self.waiting_rows, "people": self.waiting_people},
            "held": {"rows": self.held_rows},
            "oldest": {kind: day and day.isoformat() for kind, day in self.oldest.items()},
        }


def merged(found: Iterable[LetGo]) -> tuple[LetGo, ...]:
    """Return one entry for each kind, act and group, without those of nothing."""
    groups: dict[tuple[str, Act, str | None], list[LetGo]] = {}
    for one in found:
        if one.rows or one.files:
            groups.setdefault((one.kind, one.act, one.site_group), []).append(one)
    return tuple(_sum(parts) for parts in groups.values())


def _sum(parts: Sequence[LetGo]) -> LetGo:
    first = parts[0]
    return LetGo(
        first.kind,
        first.act,
        sum(one.rows for one in parts),
        sum(one.files for one in parts),
        tuple(sorted({day for one in parts for day in one.days})),
        first.site_group,
    )
