"""`mimamori` as a process: its output, its exit code, its own environment.

The processes are forked from one that has imported what commands import (`forked_imports`). Where
it matters how the interpreter starts and what it imports, a command is not `forked`.
"""

import multiprocessing
import multiprocessing.reduction
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

# The clock that scripts/at_clock.sh gives to the tests, which is their processes' too.
CLOCK = {
    name: os.environ[name]
    for name in ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC")
    if name in os.environ
}
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.forked_imports"])


def run(
    *arguments: str | Path,
    env: Mapping[str, str],
    folder: Path | None = None,
    stdin: bytes = b"",
    forked: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run `mimamori` to its end with nothing but `env` and a clock in its environment, in `folder`.

    Not `forked`, it is a new process of the interpreter.
    """
    if not forked:
        return subprocess.run(
            [sys.executable, "-m", "pipelines", *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            cwd=folder,
            env={**CLOCK, **env},
        )
    child = start(*arguments, env=env, folder=folder, stdin=stdin)
    output, errors = child.communicate()
    return subprocess.CompletedProcess(child.command, child.returncode, output, errors)


class Running:
    """A forked `mimamori` that may still run; like a `subprocess.Popen`, as far as tests ask."""

    def __init__(self, command: Sequence[str], child: Any, streams: Sequence[IO[bytes]]) -> None:
        """`streams` are those of what it writes."""
        self.command = list(command)
        self._child = child
        self._streams = streams

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None as long as it runs."""
        return self._child.exitcode  # type: ignore[no-any-return]

    @property
    def returncode(self) -> int:
        """The exit code of one that has ended."""
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self._child.pid, number)

    def communicate(self) -> tuple[bytes, bytes]:
        """Wait for its end and return what it wrote: output and errors."""
        self._child.join()
        output, errors = map(_whole, self._streams)
        return output, errors


def start(
    *arguments: str | Path,
    env: Mapping[str, str],
    folder: Path | None = None,
    stdin: bytes = b"",
    prelude: str = "",
    terminal: int | None = None,
) -> Running:
    """Start `mimamori` with nothing but `env` and a clock in its environment, in `folder`.

    `prelude` is Python that runs in its process before it. `terminal` is the file descriptor of
    one that shows what it writes.
    """
    command = ["mimamori", *map(str, arguments)]
    output, errors = _unread(), _unread()
    with tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        files = [one.fileno() for one in (given, output, errors)]
        if terminal is not None:
            files[1:] = [terminal, terminal]
        streams = [multiprocessing.reduction.DupFd(one) for one in files]
        child = _FORKS.Process(
            target=_main,
            args=(command, {**CLOCK, **env}, str(folder or Path.cwd()), streams, prelude),
        )
        child.start()
    return Running(command, child, (output, errors))


def call(function: Callable[..., None], *arguments: Any) -> int:
    """Call a function of a module in a process of its own; return the exit code of that."""
    child = _FORKS.Process(target=function, args=arguments)
    child.start()
    child.join()
    return child.exitcode or 0


def _unread() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _whole(stream: IO[bytes]) -> bytes:
    with stream:
        stream.seek(0)
        return stream.read()


def _main(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    streams: Sequence[Any],  # whatever hands a file over
    prelude: str,
) -> None:
    # Not where the tests' own process, which keeps its streams, would import it.
    from pipelines.cli import main  # noqa: PLC0415

    for number, stream in enumerate(streams):
        os.dup2(stream.detach(), number)
    # multiprocessing has closed the first; the others know what stood there before.
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = list(command)
    exec(prelude, {})  # noqa: S102 - of the test itself
    main()
