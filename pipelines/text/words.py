"""The report's language: its sentences (`locales/*.yaml`), numbers, dates and names of countries.

`ja.yaml` holds those of the day's report, `detail.ja.yaml` those of its closer looks,
`cases.ja.yaml` those about cases, `casework.ja.yaml` those of the pages on which people decide,
`search.ja.yaml` and `overview.ja.yaml` those of the pages beside them,
`worksheet.ja.yaml` those of the breach worksheet, `audit.ja.yaml` those of the monthly audit,
`coverage.ja.yaml` those of what detectors lack, `subject.ja.yaml` those of a person's extract,
`bundle.ja.yaml` those of an evidence bundle, `asking.ja.yaml` those of a question to a manager,
`weekly.ja.yaml` those of the page of a week.
No text stands in a template. A sentence with a count may have two forms, `one` and `other`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from babel import Locale

from pipelines.text.yaml_text import read_yaml

LOCALES = Path(__file__).parent / "locales"
Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Sentence = str | Mapping[str, str]
_PARTS = (
    "", "detail.", "cases.", "casework.", "search.", "overview.", "worksheet.", "audit.",
    "coverage.", "subject.", "bundle.", "asking.", "weekly.",
)  # fmt: skip


@cache
def sentences(language: Language) -> Mapping[str, Sentence]:
    """Return the sentences of `language` by dotted key."""
    found: dict[str, Sentence] = {}
    for part in _PARTS:
        path = LOCALES / f"{part}{language}.yaml"
        found.update(_flat(read_yaml(path.read_text(encoding="utf-8")), ""))
    return found


def _flat(tree: Mapping[str, Any], above: str) -> list[tuple[str, Sentence]]:
    found: list[tuple[str, Sentence]] = []
    for name, value in tree.items():
        key = f"{above}{name}"
        if isinstance(value, str) or "other" in value:
            found.append((key, value))
        else:
            found.extend(_flat(value, f"{key}."))
    return found


@cache
def _countries(language: Language) -> Mapping[str, str]:
    return dict(Locale.parse(language).territories)


@dataclass(frozen=True)
class Words:
    """Says things in one language and one time zone; equal input gives equal text."""

    language: Language
    zone: ZoneInfo

    def __call__(self, key: str, **values: Any) -> str:
        """Return the sentence `key` with `values` in its places; `n` chooses the form.

        Whole numbers are written with thousands separators. A key that no language knows is a
        mistake in the program and raises KeyError.
        """
        sentence = sentences(self.language)[key]
        if not isinstance(sentence, str):
            count = values.get("n")
            sentence = sentence["one" if count == 1 and "one" in sentence else "other"]
        shown = {
            name: self.number(value) if isinstance(value, int | float) else value
            for name, value in values.items()
        }
        return sentence.format_map(shown)

    def known(self, key: str, fallback: str) -> str:
        """Return the sentence `key`, or `fallback` for a word that has none."""
        sentence = sentences(self.language).get(key)
        return sentence if isinstance(sentence, str) else fallback

    def number(self, value: float) -> str:
        """Return `value` with thousands separators and as many decimals as it is worth."""
        if isinstance(value, int) or float(value).is_integer():
            return f"{int(value):,}"
        magnitude = abs(value)
        for threshold, decimals in ((100, 0), (10, 1), (0.01, 2)):
            if magnitude >= threshold:
                return f"{value:,.{decimals}f}"
        return f"{value:.1g}"

    def percent(self, part: float, whole: float) -> str:
        """Return the share of `part` in `whole`; a dash where there is no whole."""
        if not whole:
            return "–"
        share = 100 * part / whole
        if 0 < share < 1:
            return "<1%"
        if 99 < share < 100:  # noqa: PLR2004 - no share short of the whole reads as the whole
            return ">99%"
        return f"{share:.0f}%"

    def long_day(self, day: dt.date) -> str:
        """Return the date in full with its weekday."""
        return self("date.long", **self._date_parts(day))

    def short_day(self, day: dt.date) -> str:
        """Return month, day and weekday."""
        return self("date.short", **self._date_parts(day))

    def month_day(self, day: dt.date) -> str:
        """Return month and day alone, for narrow places."""
        return f"{day:%m/%d}"

    def iso_day(self, day: dt.date) -> str:
        """Return the ISO date with its weekday."""
        return self("date.iso", iso=day.isoformat(), weekday=self(f"weekday.{day.weekday()}"))

    def _date_parts(self, day: dt.date) -> dict[str, str]:
        return {
            "year": str(day.year),
            "month": str(day.month),
            "month_name": self(f"month.{day.month}"),
            "day": str(day.day),
            "weekday": self(f"weekday.{day.weekday()}"),
        }

    def moment(self, instant: dt.datetime) -> str:
        """Return an instant as local month/day and time of day."""
        return instant.astimezone(self.zone).strftime("%m/%d %H:%M")

    def exact_moment(self, instant: dt.datetime) -> str:
        """Return an instant as local ISO date, weekday and time of day to the second."""
        local = instant.astimezone(self.zone)
        return f"{self.iso_day(local.date())} {local:%H:%M:%S}"

    def clock(self, instant: dt.datetime) -> str:
        """Return an instant as local time of day."""
        return instant.astimezone(self.zone).strftime("%H:%M")

    def span(self, first: dt.datetime, last: dt.datetime) -> str:
        """Return first and last instant, saying the date once where both share it."""
        begin, end = self.moment(first), self.moment(last)
        if begin == end:
            return begin
        same_day = begin[:5] == end[:5]
        return f"{begin}–{end[6:]}" if same_day else f"{begin} – {end}"

    def duration(self, length: dt.timedelta) -> str:
        """Return a length of time in days, hours and minutes, without those that are none.

        What goes back, as a clock that is slow, has a minus sign.
        """
        minutes = round(length.total_seconds() / 60)
        if minutes < 0:
            return "-" + self.duration(-length)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        if not days and not hours:
            return self("duration.minutes", n=minutes)
        if not days:
            text = self("duration.hours", n=hours)
        else:
            text = self("duration.days", n=days)
            text += self("duration.and_hours", hours=hours) if hours else ""
        return text + (self("duration.and_minutes", minutes=minutes) if minutes else "")

    def country(self, code: str) -> str:
        """Return the name of a country with its ISO code; the code alone when it has no name."""
        name = _countries(self.language).get(code.upper())
        return self("country", name=name, code=code.upper()) if name else code

    def zone_name(self, day: dt.date) -> str:
        """Return the time zone and its offset on `day`."""
        offset = dt.datetime.combine(day, dt.time(12), self.zone).strftime("%z")
        return f"{self.zone.key} (UTC{offset[:3]}:{offset[3:]})"
