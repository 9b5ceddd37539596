"""What words, law and detectors a worksheet is written with."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.detect.catalogue import Detector
from pipelines.findings import Finding
from pipelines.report.finding_view import ID_LIMIT
from pipelines.report.rule_words import title_in
from pipelines.text.display import visible
from pipelines.text.words import Words
from pipelines.worksheet.law import Law


def span_of(words: Words, days: Sequence[dt.date]) -> str:
    """Return a day, or the first and the last of several and how many they are, as text."""
    first, last = words.iso_day(days[0]), words.iso_day(days[-1])
    if first == last:
        return first
    return words("worksheet.span", first=first, last=last, n=len(days))


@dataclass(frozen=True)
class WorksheetWriter:
    """What turns facts into a worksheet.

    `known_at` is the instant of knowing where a person gave one, `command` what makes the sheet
    again, `made_at` an aware instant.
    """

    words: Words
    catalogue: Mapping[str, Detector]
    law: Law
    made_at: dt.datetime
    command: str
    known_at: dt.datetime | None = None

    def sentence(self, key: str, **values: object) -> str:
        """Return a sentence of the worksheet."""
        return self.words(f"worksheet.{key}", **values)

    def columns(self, key: str) -> tuple[str, ...]:
        """Return the column names of a table."""
        return tuple(self.sentence(key).split("|"))

    def local(self, instant: dt.datetime) -> dt.datetime:
        """Return an instant in the configured zone."""
        return instant.astimezone(self.words.zone)

    def joined(self, texts: Iterable[str]) -> str:
        """Return texts as a list in a sentence."""
        return self.words("list_separator").join(texts)

    def title(self, finding: Finding) -> str:
        """Return what a finding is, in words."""
        detector = self.catalogue.get(finding.detector)
        known = detector.title.in_locale(self.words.language) if detector else finding.detector
        return visible(title_in(finding) or known, ID_LIMIT)
