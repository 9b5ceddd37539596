"""Runs pytest again and again, each time in a fork of a process that has imported what all need.

To import them takes longer than most tests. Reads from standard input a line of JSON for each run,
`{"arguments", "seconds", "output"}`, and answers with the exit code, null where the time was over.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

# None of them imports `pipelines`, in which something is changed before each run.
_PRELOADED = (
    *("cryptography.hazmat.primitives.ciphers.aead", "duckdb", "hypothesis.strategies", "jinja2"),
    *("numpy", "polars", "pydantic", "pyarrow", "rich.console", "yaml"),
)
_PAUSE_SECONDS = 0.02


def main() -> None:
    """Answer until standard input ends."""
    for name in _PRELOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        code = _run(asked["arguments"], asked["seconds"], Path(asked["output"]))
        print(json.dumps(code), flush=True)


def _run(arguments: list[str], seconds: float, output: Path) -> int | None:
    child = os.fork()
    if not child:
        code = 1
        try:
            os.setsid()
            written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for of, stream in ((nothing, 0), (written, 1), (written, 2)):
                os.dup2(of, stream)
            code = int(pytest.main(arguments))
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            _end(child)  # what it left behind
            return os.waitstatus_to_exitcode(status)
        time.sleep(_PAUSE_SECONDS)
    _end(child)
    os.waitpid(child, 0)
    return None


def _end(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
