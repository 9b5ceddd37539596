"""Reading one log file: what of it is new, and what became of its lines."""

import datetime as dt
import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import polars as pl

from pipelines.formats.declared import BEYOND, DeclaredByFile
from pipelines.formats.format import Format
from pipelines.ingest.archives import SIGNATURE_BYTES, is_archive
from pipelines.ingest.bounds import LINES, Passed
from pipelines.ingest.discover import LogFile
from pipelines.ingest.folder import GONE, Folder, OpenFile, problem_of, reason_of
from pipelines.ingest.follow import FormatFollower
from pipelines.ingest.identity import file_id
from pipelines.ingest.ledger import KnownFile, Ledger, Reading
from pipelines.ingest.limits_reached import LimitReached
from pipelines.ingest.lines import NumberedBlock
from pipelines.ingest.reader import (
    Block,
    LineReader,
    first_line_of,
    head_of,
    known_beginning,
    open_stream,
)
from pipelines.ingest.tally import Tally
from pipelines.settings.limits import Limits
from pipelines.text.messages import message

_UNREADABLE_FORMATS = (None, BEYOND)
_SHA256_OF_NOTHING = hashlib.sha256().hexdigest()
_SETTLED_AFTER = dt.timedelta(hours=1)


@dataclass
class Opening:
    """A file held open until `close`, with its first line, or the problem that stood in the way.

    Whatever is read of the file is read through `content`, so that it is one and the same file
    however its name changes hands. The first line is empty when the file begins with nothing but
    directives.
    """

    file: LogFile
    landing: Folder
    content: OpenFile | None = None
    first_line: bytes = b""
    is_empty: bool = False
    problem: str | None = None

    @classmethod
    def of(cls, file: LogFile, landing: Folder) -> "Opening":
        """Open `file` and look into it; a problem is a value, not an error."""
        if file.problem is not None:
            return cls(file, landing, problem=file.problem)
        content = None
        try:
            content = landing.file(file.path)
            head = head_of(content)
            return cls(file, landing, content, first_line_of(head), is_empty=not head)
        except OSError as error:
            return cls(file, landing, content, problem=problem_of(error))
        except Exception as error:  # noqa: BLE001 - each decompressor has errors of its own
            problem = f"the compressed file is damaged ({error})"
            return cls(file, landing, content, problem=problem)

    def close(self) -> None:
        """Let go of the file."""
        if self.content is not None:
            self.content.close()


class FileReading:
    """One reading of one file; iterate `blocks` to the end, then everything else is known."""

    def __init__(
        self,
        opening: Opening,
        ledger: Ledger,
        read_at: dt.datetime,
        limits: Limits,
        declared: DeclaredByFile,
    ) -> None:
        """Prepare to read the file as the ledger knows it, within the limits.

        `declared` counts the formats that its directives declare.
        """
        self.file = opening.file
        self.read_at = read_at
        self.tally = Tally()
        self.ended = self._began = time.perf_counter()
        self.file_id = file_id(b"")
        self.from_line = 1
        self.lines = 0
        self.duplicates = 0  # lines at the beginning that were not read again
        self.notice: str | None = None
        self.reached: list[LimitReached] = []
        self._opening = opening
        self._ledger = ledger
        self._limits = limits
        self._declared = declared
        self._status = "read"
        self._message: str | None = None
        self._is_finished = True
        self._reader: LineReader | None = None
        self._follower: FormatFollower | None = None
        self._position = self._reported = 0

    def blocks(self) -> Iterator[tuple[Format | None, NumberedBlock]]:
        """Yield the new lines of the file, each block with the format it is in (None: unknown)."""
        yield from self._blocks()
        self._position = self.file.disk_bytes

    def _blocks(self) -> Iterator[tuple[Format | None, NumberedBlock]]:
        content = self._opening.content
        if self._opening.problem or content is None:
            self._fail(self._opening.problem or "it is not open")
        elif self._opening.is_empty:
            self._status = "empty"
        else:
            try:
                yield from self._content(content)
            except OSError as error:
                self._fail(reason_of(error))

    def _content(self, content: OpenFile) -> Iterator[tuple[Format | None, NumberedBlock]]:
        candidates = self._ledger.candidates(self._opening.first_line, self.file.site.id)
        before = self._longest_known(content, candidates)
        self.file_id = (
            before.file_id if before else self._ledger.new_file_id(self._opening.first_line)
        )
        self.from_line = before.next_line if before else 1
        self._follower = FormatFollower(
            self.file.site.format, before.format if before else None, self._declared
        )
        with content.open("rb") as raw, open_stream(raw, self._limits) as stream:
            self._reader = reader = LineReader(stream)
            if before:
                reader.skip(before.content_bytes)
                if self._ledger.content_digest(reader.digest()) != before.content_sha256:
                    raise _ReplacedError
            for block in reader.blocks():
                self._position = min(raw.tell(), self.file.disk_bytes)
                yield from self._cut(block)
                if self.from_line + self.lines - 1 > self._limits.file_lines:
                    break
            if reader.unfinished and self._takes_unfinished(before):
                last = reader.take_unfinished()
                if last:
                    yield from self._cut(last)
        self._is_finished = not (reader.damage or reader.unfinished)
        passed = reader.passed or self._passed_lines()
        if passed:
            self._put_aside(passed, reader)
        elif reader.damage:
            self._message = message(
                "ingest.reading.damaged", position=reader.position, damage=reader.damage
            )
            self.notice = f"{self.file.relative}: {self._message}"
        if before:
            self._compare_names(before)
        self._ledger.know(self._known(before))

    def _passed_lines(self) -> Passed | None:
        last, allowed = self.from_line + self.lines - 1, self._limits.file_lines
        return Passed(LINES, last, allowed) if last > allowed else None

    def _put_aside(self, passed: Passed, reader: LineReader) -> None:
        """Note that the file is read no further, until it changes or the limit does."""
        self._status, self._is_finished = "put_aside", True
        self._message = message(
            "ingest.reading.put_aside", position=reader.position, passed=passed.in_words
        )
        self.notice = f"{self.file.relative}: {self._message}"
        self.reached.append(LimitReached.of_file(passed, self.file, self.read_at, lines=None))

    def _compare_names(self, before: KnownFile) -> None:
        """Tell a file that came again beside its other names from one that was renamed."""
        next_line = before.paths.get(self.file.relative, 1)
        if next_line < before.next_line:
            landing = self._opening.landing
            others = [path for path in before.paths if path != self.file.relative]
            if any(self._still_holds(landing, path, before) for path in others):
                self.from_line, self.duplicates = next_line, before.next_line - next_line
        if self._status != "read":
            return
        if not self.lines and (self.duplicates or self.file.relative not in before.paths):
            self._status = "duplicate" if self.duplicates else "renamed"

    def _longest_known(
        self, content: OpenFile, candidates: Sequence[KnownFile]
    ) -> KnownFile | None:
        """Return the one of the known files that this begins with; of several, the longest."""
        boundaries = {known.content_bytes: known.content_sha256 for known in candidates}
        if not boundaries:
            return None
        length = known_beginning(content, boundaries, self._limits, self._ledger.content_digest)
        return next((known for known in candidates if known.content_bytes == length), None)

    def _still_holds(self, landing: Folder, path: str, known: KnownFile) -> bool:
        """Whether the file at `path` (still) begins with the content of a known file."""
        try:
            with closing(landing.file(path)) as content:
                return self._longest_known(content, [known]) is not None
        except OSError:
            return False

    def _cut(self, block: Block) -> Iterator[tuple[Format | None, NumberedBlock]]:
        assert self._follower is not None  # noqa: S101 - for the type checker
        if not block.offset and first_line_of(block.data) not in {b"", self._opening.first_line}:
            raise _ReplacedError
        for form, piece in self._follower.cut(block):
            numbered = NumberedBlock(piece, self.from_line + self.lines)
            self.lines += numbered.line_count
            if self.notice is None and form in _UNREADABLE_FORMATS and first_line_of(piece.data):
                self.notice = f"{self.file.relative}: {self._unknown_format(form)}"
            yield form, numbered

    def _unknown_format(self, form: Format | None) -> str:
        if form is not None:
            return (
                "the file declares more formats than limits.file_formats"
                " (its lines beyond are kept as rejected)"
            )
        return (
            f"{self.sureness or 'no known log format fits'}; set 'format' for site "
            f"{self.file.site.id!r} (its lines are kept as rejected)"
        )

    def limits_reached(self) -> list[LimitReached]:
        """Return rows for the limits that the file passed; call it when lines were tallied."""
        return self.reached + [
            LimitReached.of_file(
                Passed(name, self.tally.most.get(name, allowed + 1), allowed),
                self.file,
                self.read_at,
                lines,
            )
            for name, lines in self.tally.beyond.items()
            for allowed in (getattr(self._limits, name),)
        ]

    def progressed(self) -> int:
        """Return by how many bytes on disk the reading has come further since the last call."""
        before, self._reported = self._reported, self._position
        return self._position - before

    def _takes_unfinished(self, before: KnownFile | None) -> bool:
        """Whether a last line without its line end may be read: nothing will be added to it."""
        content = self._opening.content
        if content is not None and is_archive(content.beginning(SIGNATURE_BYTES)):
            return True
        if self._is_settled(before):
            return True
        form = self._follower.format if self._follower else None
        if self._reader is None or form is None or not form.ends_with_delimiter:
            return False
        line = pl.Series([self._reader.unfinished.decode("utf-8", "backslashreplace")])
        return form.splitter.split(line).get_column("reason").null_count() == 1

    def _is_settled(self, before: KnownFile | None) -> bool:
        """Whether an earlier run has seen the file as it is, so that it will not grow."""
        return (
            before is not None
            and not self.lines
            and before.modified_ns == self.file.modified_ns
            and self.read_at - before.read_at > _SETTLED_AFTER
        )

    def _fail(self, problem: str) -> None:
        self._status, self._message, self._is_finished = "unreadable", problem, False
        self.notice = f"{self.file.relative}: cannot be read: {problem}"

    @property
    def first_new_line(self) -> int:
        """Number of the first line that was read now."""
        return self.from_line + self.duplicates

    @property
    def sureness(self) -> str | None:
        """How well the format that `auto` took fits."""
        return self._follower.sureness if self._follower else None

    @property
    def is_gone(self) -> bool:
        """True when the file was taken away since it was found: nobody can say what was in it."""
        return self._opening.problem == GONE

    @property
    def is_failed(self) -> bool:
        """True when nothing of the file could be read, or not all that is in it."""
        return self._status in {"unreadable", "put_aside"}

    def _known(self, before: KnownFile | None) -> KnownFile:
        reading = self.as_row(snapshot=None)
        next_line = reading.from_line + reading.lines
        return KnownFile(
            file_id=reading.file_id,
            site_id=reading.site_id,
            first_line_sha256=reading.first_line_sha256,
            content_bytes=reading.content_bytes,
            content_sha256=reading.content_sha256,
            next_line=next_line,
            format=reading.format,
            paths={**(before.paths if before else {}), reading.path: next_line},
            read_at=reading.read_at,
            modified_ns=reading.modified_ns,
        )

    def as_row(self, snapshot: int | None) -> Reading:
        """Return the row of lake.ledger; call it when every line has been tallied."""
        tally, reader, follower = self.tally, self._reader, self._follower
        return Reading(
            file_id=self.file_id,
            from_line=self.from_line,
            site_id=self.file.site.id,
            path=self.file.relative,
            format=follower.found if follower else None,
            status=self._status,
            message=self._message,
            disk_bytes=self.file.disk_bytes if self._is_finished else None,
            modified_ns=self.file.modified_ns,
            first_line_sha256=self._ledger.digest(self._opening.first_line),
            content_bytes=reader.position if reader else 0,
            content_sha256=self._ledger.content_digest(
                reader.digest() if reader else _SHA256_OF_NOTHING
            ),
            lines=self.lines + self.duplicates,
            records=tally.total("records"),
            rejects=tally.total("rejects"),
            comments=tally.comments,
            duplicates=self.duplicates + tally.total("duplicates"),
            first_time=tally.first_time,
            last_time=tally.last_time,
            read_at=self.read_at,
            duration_ms=(self.ended - self._began) * 1000,
            snapshot=snapshot,
        )


class _ReplacedError(OSError):
    """The file is no more what it was when it was opened first; the next run reads it."""

    def __init__(self) -> None:
        super().__init__("it was replaced while it was being read; the next run tries again")
