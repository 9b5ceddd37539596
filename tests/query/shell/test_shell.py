"""The shell of `mimamori sql`: commands, completion, history, and a real terminal."""

import os
import pty
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.query.connection import questions
from pipelines.query.saved import SavedQuery, saved_queries
from pipelines.query.shell.commands import NAMES, answer
from pipelines.query.shell.completion import LakeCompleter, words_of
from pipelines.query.shell.history import history_file
from pipelines.query.shell.terminal import history, inputs
from pipelines.settings.limits import Limits

_SETTINGS = (
    "sites:\n  - {id: main, group: main, domains: [main.example], logs: ['main/*'],"
    " format: combined}\n"
)


@pytest.fixture(scope="module")
def shell_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A working folder with an empty lake, beside its settings."""
    folder = tmp_path_factory.mktemp("shell")
    (folder / "mimamori.yaml").write_text(_SETTINGS)
    made = Home(folder / "var")
    made.root.mkdir()
    with lake.open_writer(made, "Asia/Tokyo"):
        return made


@pytest.fixture(scope="module")
def completer(shell_home: Home) -> LakeCompleter:
    """Completion over the lake."""
    with lake.open_reader(shell_home, "Asia/Tokyo") as con:
        words = words_of(con)
    return LakeCompleter(lambda: words)


def _offered(completer: LakeCompleter, text: str) -> list[str]:
    event = CompleteEvent(completion_requested=True)
    return [one.text for one in completer.get_completions(Document(text), event)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from lake.user_d", ["lake.user_day", "lake.user_days"]),
        ("from user_d", ["lake.user_day", "lake.user_days"]),
        ("from lake.who", ["lake.who_saw("]),
        ("select reject_s", ["reject_share"]),
        ("from lake.logins as l where l.login_r", ["l.login_result"]),
        ("SEL", ["select"]),
        (".sch", [".schema"]),
        (".schema lake.logi", ["lake.logins"]),
        (".saved who-s", ["who-saw-customer"]),
        (".", list(NAMES)),
    ],
)
def test_tab_offers_what_fits(completer: LakeCompleter, text: str, expected: list[str]) -> None:
    """Tables, views, functions, columns, keywords, commands and saved queries."""
    assert [one for one in _offered(completer, text) if one in expected] == expected
    assert len(_offered(completer, text)) <= len(expected) + 3


def test_columns_of_the_tables_that_are_named_come_alone(completer: LakeCompleter) -> None:
    """A statement that names a view is offered its columns, not those of others."""
    offered = _offered(completer, "from lake.site_days where r")
    assert "rejects" in offered
    assert "risk" not in offered


def test_commands_answer(shell_home: Home) -> None:
    """Each lists what it says; what is unknown is told with what was meant."""
    with questions(shell_home, "Asia/Tokyo", Limits()) as session:
        assert ".saved NAME" in str(answer(session, ".help"))
        assert "lake.personal_data_access" in str(answer(session, ".views"))
        assert "lake.ledger" in str(answer(session, ".tables"))
        assert "lake.day_of(user, day)" in str(answer(session, ".macros"))
        assert "login_result" in str(answer(session, ".schema lake.logins"))
        assert set(saved_queries()) <= set(str(answer(session, ".saved")).split())
        chosen = answer(session, ".saved who-saw-customer subject='00 1'")
        assert isinstance(chosen, tuple)
        query, given = chosen
        assert isinstance(query, SavedQuery)
        assert given == {"subject": "00 1"}
        for line, told in (
            (".schema logns", "logins"),
            (".nothing", ".help"),
            (".saved 'x", "quot"),
        ):
            with pytest.raises(UsageError, match=told):
                answer(session, line)


def test_statement_may_take_several_lines_and_is_kept(
    tmp_path: Path, completer: LakeCompleter
) -> None:
    """Enter goes on until the semicolon; Ctrl-C drops, Ctrl-D ends; only the owner can read it."""
    made = Home(tmp_path)
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("select\r40 + 2;\r")
        keys.send_text("dropped\x03")
        keys.send_text(".views\r\x04")
        assert list(inputs(made, lambda: completer._words)) == ["select\n40 + 2;", ".views"]
    path = history_file(made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "40 + 2;" in path.read_text(encoding="utf-8")


def test_history_that_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    """A working folder that is not there stops nobody."""
    assert type(history(Home(tmp_path / "none"))).__name__ == "InMemoryHistory"


def test_terminal_gets_a_shell(shell_home: Home) -> None:
    """Banner, a query, a mistake, a command, and the end."""
    leader, follower = pty.openpty()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(shell_home.root),
        "TERM": "xterm",
        "MIMAMORI_CONFIG": str(shell_home.root.parent / "mimamori.yaml"),
        "MIMAMORI_HOME": str(shell_home.root),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines", "sql"],
        stdin=follower, stdout=follower, stderr=follower, env=environment,
    ) as process:  # fmt: skip
        os.close(follower)
        _wait_for(leader, "レイクを読み取り専用で開きました")
        for entry, expected in (
            ("select 40 + 2 as answer;", "│     42 │"),
            ("select nothing;", "Binder Error"),
            (".views", "lake.findings_open"),
        ):
            os.write(leader, f"{entry}\r".encode())
            _wait_for(leader, expected)
        os.write(leader, b".quit\r")
        _wait_for(leader, None)
        assert process.wait(timeout=60) == 0
    os.close(leader)


def _wait_for(terminal: int, text: str | None) -> None:
    """Read what a terminal shows until a text stands there; None is the end."""
    said = b""
    while text is None or text.encode() not in said:
        if not select.select([terminal], [], [], 60)[0]:
            pytest.fail(f"{text!r} did not come: {said.decode('utf-8', 'replace')}")
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the program has ended
            assert text is None, said.decode("utf-8", "replace")
            return
        if b"\x1b[6n" in part:  # a terminal tells where its cursor is
            os.write(terminal, b"\x1b[1;1R")
        said += part
