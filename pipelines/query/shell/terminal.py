"""Input from a person at a terminal: lines that are edited, kept and completed."""

import sys
from collections.abc import Callable, Iterator

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import Output, create_output
from pygments.lexers.sql import SqlLexer

from pipelines.paths import Home
from pipelines.query.shell.commands import is_command
from pipelines.query.shell.completion import LakeCompleter, Words
from pipelines.query.shell.history import history_file, make_history_file
from pipelines.query.shell.statements import is_blank, is_complete
from pipelines.text.terminal import bare

_PROMPT = "mimamori> "
_CONTINUED = "     ...> "


def inputs(
    home: Home, load_words: Callable[[], Words], output: Output | None = None
) -> Iterator[str]:
    """Yield what the person enters, a command or statements up to `;`, until Ctrl-D.

    Enter goes on to a new line until the statement is complete; Ctrl-C drops it. What was entered
    is kept in a file of the working folder that only this account can read. `output` is where the
    line is drawn, standard output by default.
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
        output=output,
    )
    while True:
        try:
            yield session.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def drawing() -> Output:
    """Return standard output for what draws with escapes."""
    return create_output(stdout=bare(sys.stdout))


def history(home: Home) -> History:
    """Return what this account entered before; in memory only where no file can be written."""
    return FileHistory(history_file(home)) if make_history_file(home) else InMemoryHistory()


def _is_ready(text: str) -> bool:
    return is_command(text) or is_blank(text) or is_complete(text)
