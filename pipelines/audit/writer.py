"""What words, law and detectors an audit is written with."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.audit.judge import Judged
from pipelines.detect.catalogue import Detector
from pipelines.normalise.country_groups import Countries
from pipelines.report.finding_view import ID_LIMIT
from pipelines.text.display import visible
from pipelines.text.words import Words
from pipelines.worksheet.document import Cell, Table


@dataclass(frozen=True)
class AuditWriter:
    """What turns facts into an audit report; `made_at` is an aware instant."""

    words: Words
    catalogue: Mapping[str, Detector]
    eea: Countries
    made_at: dt.datetime

    def sentence(self, key: str, **values: object) -> str:
        """Return a sentence of the audit."""
        return self.words(f"audit.{key}", **values)

    def table(
        self, key: str, rows: Sequence[tuple[Cell, ...]], heading: str = "", kind: str = ""
    ) -> Table:
        """Return a table under the column names `key`."""
        return Table(tuple(self.sentence(key).split("|")), tuple(rows), heading, kind)

    def local(self, instant: dt.datetime) -> dt.datetime:
        """Return an instant in the configured zone."""
        return instant.astimezone(self.words.zone)

    def joined(self, texts: Iterable[str]) -> str:
        """Return texts as a list in a sentence."""
        return self.words("list_separator").join(texts)

    def share(self, part: int, whole: int) -> str:
        """Return so many of so many."""
        return self.sentence("figure.days_value", part=part, whole=whole)

    def title(self, detector: str) -> str:
        """Return the title of a detector; its id where it has no header, as Sigma rules."""
        known = self.catalogue.get(detector)
        title = known.title.in_locale(self.words.language) if known else detector
        return visible(title, ID_LIMIT)

    def reasons(self, judged: Judged) -> str:
        """Return why a verdict is as it is, as one sentence."""
        return self.joined(self.sentence(f"reason.{one.key}", n=one.n) for one in judged.reasons)

    def stage(self, stage: str) -> str:
        """Return the name of a stage of the night."""
        return self.words.known(f"stage.{stage}", stage)

    def cut(self, count: int) -> tuple[str, ...]:
        """Return the sentence that says how many rows are not shown, none where all are."""
        return (self.sentence("exceptions.cut", n=count),) if count > 0 else ()
