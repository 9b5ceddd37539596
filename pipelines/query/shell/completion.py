"""What Tab offers: keywords, tables, views, table functions, columns, saved queries, commands."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import duckdb
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from pipelines.lake.dictionary import relations, table_functions
from pipelines.query.saved import saved_queries
from pipelines.query.shell.commands import NAMES, is_command

_WORD = re.compile(r"[\w.\-]+$")
_NAME = re.compile(r"\w+")


@dataclass(frozen=True)
class Words:
    """The words of a lake: columns by table or view, functions, keywords in capitals or not."""

    columns: dict[str, tuple[str, ...]]
    functions: tuple[str, ...]
    keywords: tuple[str, ...]

    def candidates(self, text: str, word: str) -> Iterator[tuple[str, str]]:
        """Yield what `word`, the end of it, may become in the statement `text`, with its kind."""
        qualifier, _, _ = word.rpartition(".")
        named = [name for name in dict.fromkeys(_NAME.findall(text)) if name in self.columns]
        columns = dict.fromkeys(
            column for name in named or self.columns for column in self.columns[name]
        )
        if qualifier and qualifier != "lake":  # an alias
            yield from ((f"{qualifier}.{column}", "column") for column in columns)
            return
        for name in self.columns:
            yield f"lake.{name}", "table"
        for name in self.functions:
            yield f"lake.{name}(", "function"
        if not qualifier:
            yield from ((column, "column") for column in columns)
            yield from ((keyword, "keyword") for keyword in self.keywords)


def words_of(con: duckdb.DuckDBPyConnection) -> Words:
    """Return the words of the attached lake."""
    keywords = con.execute(
        "select keyword_name from duckdb_keywords()"
        " where keyword_category <> 'unreserved' order by 1"
    ).fetchall()
    return Words(
        {each.name: tuple(column.name for column in each.columns) for each in relations(con)},
        tuple(each.name for each in table_functions()),
        tuple(keyword for (keyword,) in keywords),
    )


class LakeCompleter(Completer):
    """Completes SQL and the shell's commands; the lake's words are read at the first need."""

    def __init__(self, load: Callable[[], Words]) -> None:
        """Keep how the words are read."""
        self._load = load

    @cached_property
    def _words(self) -> Words:
        return self._load()

    @cached_property
    def _saved(self) -> dict[str, str]:
        return {name: f"{query.ja} / {query.en}" for name, query in saved_queries().items()}

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Yield what the word before the cursor may become; nothing for an empty word of SQL."""
        before = document.text_before_cursor
        found = _WORD.search(before)
        word = found[0] if found else ""
        if is_command(document.text):
            candidates = self._of_command(before, word)
        elif word or complete_event.completion_requested:
            candidates = self._words.candidates(document.text, word)
        else:
            return
        wanted = word.lower()
        for text, kind in candidates:
            if text.startswith(wanted) or (kind == "table" and text[5:].startswith(wanted)):
                yield Completion(text, -len(word), display_meta=kind)

    def _of_command(self, before: str, word: str) -> Iterator[tuple[str, str]]:
        command = before.split(maxsplit=1)[0]
        if before.lstrip() == word:
            yield from ((name, "command") for name in NAMES)
        elif command == ".saved":
            yield from self._saved.items()
        elif command == ".schema":
            yield from ((f"lake.{name}", "table") for name in self._words.columns)
