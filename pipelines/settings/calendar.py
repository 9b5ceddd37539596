"""Which days are working days: settings' weekdays without public holidays."""

import datetime as dt
from collections.abc import Iterable

from pipelines.settings.model import BusinessHours

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def public_holidays(country: str | None, years: Iterable[int]) -> list[dt.date]:
    """Return the public holidays of a country (ISO 3166) in these years, in order."""
    if country is None:
        return []
    import holidays  # noqa: PLC0415 - few commands ask, and it loads slowly

    return sorted(holidays.country_holidays(country, years=list(years)))


def working_days(hours: BusinessHours, first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days from `first` to `last` on which staff are expected."""
    closed = set(public_holidays(hours.holidays, range(first.year, last.year + 1)))
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if _WEEKDAYS[day.weekday()] in hours.days and day not in closed]
