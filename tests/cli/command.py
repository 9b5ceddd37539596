"""The command line as a user meets it: a process, its output and its exit code."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
from contextlib import suppress
from pathlib import Path

from tests import command_line

LINE = (
    '192.0.2.1 - - [19/Nov/2026:09:15:{:02} +0900] "GET /{} HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
)
SETTINGS = (
    "sites:\n  - {id: main, group: main, domains: [main.example], logs: ['main/*'],"
    " format: combined}\n"
)


def laid_out(folder: Path) -> Path:
    """Lay settings and a landing folder of three lines into `folder`, and return it."""
    (folder / "mimamori.yaml").write_text(SETTINGS)
    logs = folder / "var" / "logs" / "main"
    logs.mkdir(parents=True)
    (logs / "access.log").write_text("".join(LINE.format(n, n) for n in range(3)))
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a user whose settings and working folder lie in `folder`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "MIMAMORI_CONFIG": str(folder / "mimamori.yaml"),
        "MIMAMORI_HOME": str(folder / "var"),
    }


def run(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `mimamori` to its end."""
    return command_line.run(*arguments, env=environment(folder), stdin=stdin)


def run_at_terminal(folder: Path, *arguments: str, **variables: str) -> str:
    """Run `mimamori` to its end at a terminal of 80 columns; return what the terminal shows."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    shown = b""
    variables = {**environment(folder), "TERM": "xterm", **variables}
    child = command_line.start(*arguments, env=variables, terminal=follower)
    os.close(follower)
    with suppress(OSError):  # the other end was closed
        while part := os.read(leader, 65_536):
            shown += part
    child.communicate()
    os.close(leader)
    return shown.decode().replace("\r\n", "\n")
