"""Input from a person at a terminal: lines that are edited, kept and completed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer

from pipelines.paths import Home
from pipelines.shell.commands import is_command
from pipelines.shell.completion import LakeCompleter, Words
from pipelines.shell.statements import is_blank, is_complete

_PROMPT = "mimamori> "
_CONTINUED = "     ...> "


def inputs(home: Home, load_words: Callable[[], Words]) -> Iterator[str]:
    """Yield what the person enters, a command or statements up to `;`, until Ctrl-D.

    Enter goes on to a new line until the statement is complete; Ctrl-C drops it. What was entered
    is kept in a file of the working folder that only this account can read.
    """
    session: PromptSession[str] = PromptSession(
        _PROMPT,
        history=history(home),
        completer=LakeCompleter(load_words),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        enable_history_search=True,
        lexer=PygmentsLexer(SqlLexer),
        multiline=Condition(lambda: not _is_ready(get_app().current_buffer.text)),
        prompt_continuation=_CONTINUED,
        mouse_support=False,
    )
    while True:
        try:
            yield session.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def history(home: Home) -> History:
    """Return what this account entered before; in memory only where no file can be written."""
    path = history_file(home)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        return InMemoryHistory()
    try:
        os.fchmod(handle, 0o600)
    except OSError:
        return InMemoryHistory()
    finally:
        os.close(handle)
    return FileHistory(path)


def history_file(home: Home) -> Path:
    """Return the file of this account's entries: queries may name persons, as the lake does."""
    return home.root / f".sql_history-{os.getuid()}"


def _is_ready(text: str) -> bool:
    return is_command(text) or is_blank(text) or is_complete(text)
