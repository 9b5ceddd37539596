"""Other Python processes that work for this one, each on one call at a time.

`multiprocessing` would run the script of the program again in each of them, whatever that is.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, BinaryIO

from pipelines.errors import MimamoriError
from pipelines.text.messages import message


class Processes(ThreadPoolExecutor):
    """Calls functions in so many processes, which begin when there is work and end with this one.

    Functions, arguments, results and exceptions go there and back as pickles. A process that ends
    by itself, as one does that takes too much memory, is a MimamoriError.
    """

    def __init__(self, count: int) -> None:
        """Begin no process yet."""
        super().__init__(count)
        self._idle: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
        for _ in range(count):
            self._idle.put(None)
        self._count = count

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called in a process that has nothing to do.

        Arguments are pickled now, so that they may be changed afterwards.
        """
        return super().submit(self._answer_to, pickle.dumps((fn, args, kwargs)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when they have done what was submitted, or only what was begun."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        for _ in range(self._count):
            process = self._idle.get()
            if process is not None:
                process.communicate()

    def _answer_to(self, task: bytes) -> Any:
        process = self._idle.get()
        try:
            process = process or _begun()
            is_well, result = _asked(process, task)
        finally:
            self._idle.put(process)
        if not is_well:
            raise result
        return result


def _begun() -> subprocess.Popen[bytes]:
    paths = os.pathsep.join(one for one in sys.path if one)
    return subprocess.Popen(  # noqa: S603 - Python, by our own interpreter
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )


def _asked(process: "subprocess.Popen[bytes]", task: bytes) -> Any:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("begun without pipes")
    try:
        process.stdin.write(task)
        process.stdin.flush()
        return pickle.load(process.stdout)  # noqa: S301 - our own process
    except (EOFError, OSError):
        ended = process.wait()
        raise MimamoriError(message("report.franchise.processes.ended", code=ended)) from None


def _serve(tasks: BinaryIO, answers: BinaryIO) -> None:
    """Do what is asked until nobody can ask any more."""
    while True:
        try:
            fn, args, kwargs = pickle.load(tasks)  # noqa: S301 - of the process that began this one
        except EOFError:
            return
        try:
            answer = (True, fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever asked has to know
            answer = (False, error)
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks is interrupted, and ends this one
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what is printed is no answer
        _serve(sys.stdin.buffer, out)
    os._exit(0)
