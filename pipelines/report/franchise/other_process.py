"""Another Python process that works for this one.

`multiprocessing` would run the script of the program again in it, whatever that is.
"""

import logging
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, BinaryIO

from pipelines.interpreter import collect_garbage_rarely

log = logging.getLogger(__name__)

_DONE = b"."
_SECONDS_TO_END = 5


class OtherProcess(ThreadPoolExecutor):
    """Calls functions without a result in another process, one after the other.

    It begins with the first call and ends with this process. When it cannot do something, for
    whatever reason, that and all that follows is done here; functions must be such that they can be
    called twice.
    """

    def __init__(self) -> None:
        """Begin no process yet."""
        super().__init__(1, thread_name_prefix="other-process")
        self._process: subprocess.Popen[bytes] | None = None
        self._has_failed = self._is_over = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called; arguments are pickled now, and may be changed afterwards."""
        return super().submit(self._call, pickle.dumps((fn, args, kwargs)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the process: when it has done all, or with `cancel_futures` at once."""
        if cancel_futures:
            self._is_over = True
            super().shutdown(wait=False, cancel_futures=True)
            self._end()
        super().shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            self._end()

    def _call(self, task: bytes) -> None:
        if not self._has_failed:
            try:
                self._process = self._process or _begun()
                self._has_failed = self._is_over or not _is_done(self._process, task)
            except OSError:
                self._has_failed = True
            if not self._has_failed:
                return
            if not self._is_over:
                log.warning("another process could not do its work, which is done here")
            self._end()
        if self._is_over:
            raise CancelledError
        fn, args, kwargs = pickle.loads(task)  # noqa: S301 - made above
        fn(*args, **kwargs)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()  # nobody waits for what it has in hand
            with suppress(subprocess.TimeoutExpired):
                process.wait(_SECONDS_TO_END)
            process.kill()
            with suppress(OSError), process:  # what it was asked and did not take
                pass


def _begun() -> "subprocess.Popen[bytes]":
    """Begin it with the modules of this process, and none of the folder that it is in."""
    paths = os.pathsep.join(one or os.getcwd() for one in sys.path)  # noqa: PTH109 - as Python does
    return subprocess.Popen(  # noqa: S603 - Python, by our own interpreter
        [sys.executable, "-P", "-s", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
        process_group=0,  # an interrupt at the keyboard is for whoever waits
    )


def _is_done(process: "subprocess.Popen[bytes]", task: bytes) -> bool:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("begun without pipes")
    process.stdin.write(task)
    process.stdin.flush()
    return process.stdout.read(len(_DONE)) == _DONE


def _serve(tasks: BinaryIO, answers: BinaryIO) -> None:
    """Do what is asked, until somebody fails: whoever asks finds out by doing it."""
    while True:
        fn, args, kwargs = pickle.load(tasks)  # noqa: S301 - of the process that began this one
        fn(*args, **kwargs)
        answers.write(_DONE)
        answers.flush()


if __name__ == "__main__":
    collect_garbage_rarely()
    # What is half done is undone: no part of a file stays.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with suppress(Exception, SystemExit), os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what is printed is no answer
        _serve(sys.stdin.buffer, out)
    os._exit(0)
