"""Work in the background: the next block is read while this one is parsed and that one written.

Decompression, Polars and DuckDB all leave Python's lock, so that threads of one process share the
processors between them.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_SECONDS = 0.2


class _End:
    """Marks the end of the items; `error` is what ended them early."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def prefetched(items: Iterable[Item], depth: int) -> Generator[Item, None, None]:
    """Yield `items`, made by another thread up to `depth` ahead; what it raises is raised here.

    When the caller stops early the thread stops at its next item.
    """
    ready: queue.Queue[Item | _End] = queue.Queue(depth)
    is_stopped = threading.Event()

    def put(item: Item | _End) -> None:
        while not is_stopped.is_set():
            try:
                ready.put(item, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return

    def make() -> None:
        try:
            for item in items:
                put(item)
                if is_stopped.is_set():
                    return
            put(_End())
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is awaited
            put(_End(error))

    thread = threading.Thread(target=make, name="prefetch", daemon=True)
    thread.start()
    try:
        while not isinstance(item := ready.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        is_stopped.set()
        thread.join()


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int, waiting: int = 1
) -> Generator[Result, None, None]:
    """Yield `function` of each item in order, worked out by `workers` threads.

    One item a worker is in hand, and so many more wait; what `function` raises is raised here.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="parse") as executor:
        running: deque[Future[Result]] = deque()
        for item in items:
            running.append(executor.submit(function, item))
            if len(running) >= workers + waiting:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


class OneBehind:
    """Runs calls one after another in another thread, the caller at most one call ahead."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._running: Future[None] | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the running call, whatever becomes of it, and end the thread."""
        self._executor.shutdown(wait=True)

    def submit(self, call: Callable[[], None]) -> None:
        """Begin `call` when the one before has ended; raise what that one raised."""
        self.wait()
        self._running = self._executor.submit(call)

    def wait(self) -> None:
        """Return when nothing runs; raise what the last call raised."""
        running, self._running = self._running, None
        if running is not None:
            running.result()

    def settle(self) -> None:
        """Return when nothing runs, without raising what the last call raised."""
        running, self._running = self._running, None
        if running is not None:
            running.exception()
