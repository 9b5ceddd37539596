"""A calendar month in the configured zone: the span that an audit is about."""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property

from pipelines.errors import UsageError
from pipelines.text.messages import message

WRITTEN = "[0-9]{4}-(?:0[1-9]|1[0-2])"
"""Regular expression of a month as it is written, `2026-11`."""


@dataclass(frozen=True)
class Month:
    """A month; `str` gives it as `2026-11`."""

    first: dt.date

    @classmethod
    def written(cls, text: str) -> "Month":
        """Return the month that `text` names; UsageError when it names none."""
        if not re.fullmatch(WRITTEN, text) or text.startswith("0000"):
            raise UsageError(message("text.month.not_a_month", at=f"{text!r}"))
        return cls(dt.date(int(text[:4]), int(text[5:]), 1))

    @classmethod
    def of(cls, day: dt.date) -> "Month":
        """Return the month in which `day` lies."""
        return cls(day.replace(day=1))

    @classmethod
    def before(cls, day: dt.date) -> "Month":
        """Return the month before that of `day`."""
        return cls.of(day.replace(day=1) - dt.timedelta(days=1))

    @cached_property
    def days(self) -> tuple[dt.date, ...]:
        """Every day of it, in order."""
        days = (self.first + dt.timedelta(days=number) for number in range(31))
        return tuple(day for day in days if day.month == self.first.month)

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return self.days[-1]

    def days_before(self, today: dt.date) -> tuple[dt.date, ...]:
        """Return its days that are over when the present day is `today`."""
        return tuple(day for day in self.days if day < today)

    def __str__(self) -> str:
        """Return it as `2026-11`."""
        return f"{self.first:%Y-%m}"


def require_begun(month: Month, today: dt.date) -> None:
    """Raise UsageError where no day of the month is over, `today` being the present one."""
    if not month.days_before(today):
        raise UsageError(message("text.month.no_day_over", at=month))
