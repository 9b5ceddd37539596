"""What became of a fetch from one source: counts, and what was not brought with the reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.fetch.source import RemoteFile
from pipelines.fetch.wanted import Refused
from pipelines.settings.source_places import SourcePlace
from pipelines.settings.sources import CONNECTION, AirflowSource
from pipelines.text.messages import Message, message


@dataclass(frozen=True)
class Problem:
    """What was not brought: a file with the entry of the settings that it is for, or all."""

    reason: Message
    path: str | None = None
    entry: str | None = None

    @property
    def in_words(self) -> Message:
        """The reason, with the file that it is about."""
        if self.path is None:
            return self.reason
        return message("fetch.result.about_file", path=self.path, reason=self.reason)


@dataclass(frozen=True)
class SourceResult:
    """What became of one source; `files` and `bytes` by entry of the settings (site or template).

    `brought` are the names below the landing folder; `kept` are those that files which were not
    read yet had to take.
    """

    source: str
    kind: str
    sites: frozenset[str]
    brought: tuple[str, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    bytes: Mapping[str, int] = field(default_factory=dict)
    unchanged: int = 0
    kept: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def failure(self) -> Message | None:
        """What was not brought, in one sentence; None where everything was."""
        return self._told(self.problems)

    def failure_of(self, entry: str) -> Message | None:
        """Return the same for one entry of the settings."""
        return self._told([one for one in self.problems if one.entry in {None, entry}])

    def _told(self, problems: Sequence[Problem]) -> Message | None:
        if not problems:
            return None
        first, others = problems[0].in_words, len(problems) - 1
        if others:
            return message("fetch.result.problems", source=self.source, first=first, others=others)
        return message("fetch.result.problem", source=self.source, first=first)


class Tally:
    """What has become of a source so far."""

    def __init__(self, place: SourcePlace) -> None:
        """Begin with nothing."""
        self.kept: list[str] = []
        self.unchanged: list[RemoteFile] = []
        self.renamed = 0
        self.problems: list[Problem] = []
        self._place = place
        self._brought: list[str] = []
        self._files: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def take(self, file: RemoteFile, transferred: int) -> None:
        """Count a file that came, of which so many bytes were transferred."""
        self._brought.append(file.claim.path)
        self._files[file.claim.template] += 1
        self._bytes[file.claim.template] += transferred

    def refuse(self, name: Refused) -> None:
        """Note a name that is not fetched."""
        self.problems.append(Problem(name.reason, name.path))

    def fail(self, reason: Message) -> None:
        """Note why nothing more of the source could be brought, as the first problem."""
        self.problems.insert(0, Problem(reason))

    def result(self) -> SourceResult:
        """Return what became of the source."""
        place = self._place
        return SourceResult(
            source=place.name,
            kind=CONNECTION if isinstance(place.source, AirflowSource) else place.source.kind,
            sites=place.sites,
            brought=tuple(sorted(self._brought)),
            files=dict(self._files),
            bytes=dict(self._bytes),
            unchanged=len(self.unchanged) + self.renamed,
            kept=tuple(self.kept),
            problems=tuple(self.problems),
        )
