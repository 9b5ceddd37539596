"""How many formats the directives of files may declare, and what becomes of lines beyond.

Each format has a parser of its own and its lines are parsed apart, some 10 ms for the first of
them; whoever writes a file can name the fields in another way on every line.
"""

from dataclasses import dataclass, field

import polars as pl

from pipelines.formats.format import Format, because

BEYOND_LIMIT = "too_many_formats"
"""The code of the reason why the lines of such a format are no records."""
_FILES_WORTH = 16  # formats of all files of a site in one run
_TEXTS = {"time": pl.String, "host": pl.String}
_CHANGES_WORTH = 256  # directives of a file that put another format in force


@dataclass(frozen=True)
class _Refusing:
    """Takes no line apart."""

    fields: tuple[str, ...] = tuple(_TEXTS)

    def split(self, lines: pl.Series) -> pl.DataFrame:
        nothing = pl.DataFrame(dict.fromkeys(_TEXTS, [None] * len(lines)), schema=_TEXTS)
        return nothing.with_columns(reason=pl.lit(because(BEYOND_LIMIT)))

    def looks(self, line: pl.Expr) -> pl.Expr:
        return line.is_null()


BEYOND = Format("#Fields beyond limits.file_formats", _Refusing(), has_directives=True)
"""The format of lines after a directive that is one too many: each is rejected."""


@dataclass
class DeclaredBySite:
    """The directives that the files of one site held so far in a run."""

    most: int
    _directives: set[str] = field(default_factory=set)

    def of_file(self) -> "DeclaredByFile":
        """Return the count for one more file."""
        return DeclaredByFile(self, self.most)

    def admits(self, directive: str) -> bool:
        """Return whether a directive is known already, or one more is allowed; then it is known."""
        if directive not in self._directives and len(self._directives) >= self.most * _FILES_WORTH:
            return False
        self._directives.add(directive)
        return True


@dataclass
class DeclaredByFile:
    """The formats of the directives of one file, each made once."""

    _site: DeclaredBySite
    _most: int
    _known: dict[tuple[str, str | None], Format | None] = field(default_factory=dict)
    _changes: int = 0

    def knows(self, directive: str, dialect: str | None) -> bool:
        """Return whether the format of a directive has been kept."""
        return (directive, dialect) in self._known

    def known(self, directive: str, dialect: str | None) -> Format | None:
        """Return the format that was kept, None for a directive that cannot be followed."""
        return self._known[directive, dialect]

    def keep(self, directive: str, dialect: str | None, found: Format | None) -> None:
        """Keep the format of a directive."""
        self._known[directive, dialect] = found

    def admits(self, directive: str) -> bool:
        """Return whether the file may declare one format more."""
        return len(self._known) < self._most and self._site.admits(directive)

    def change(self) -> None:
        """Count a directive that put another format in force, or was one too many."""
        self._changes += 1

    @property
    def is_exhausted(self) -> bool:
        """True after so many changes that directives are followed no more."""
        return self._changes > self._most * _CHANGES_WORTH
