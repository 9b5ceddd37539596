"""Renders and writes the pages of shops, those of many shops in a process of their own.

Filling the template of a page is Python's work, of which a process does one thing at a time.
"""

import datetime as dt
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.cores import usable_cores
from pipelines.detect.catalogue import load_catalogue
from pipelines.private_files import write_whole
from pipelines.report.finding_view import RenderContext
from pipelines.report.franchise.facts import ShopFacts
from pipelines.report.franchise.other_process import OtherProcess
from pipelines.report.franchise.overview import page_name
from pipelines.report.franchise.page import render_shop
from pipelines.text.words import Words

_WORTH_A_PROCESS = 300
"""Pages that take as long as a process takes to start and to load its modules."""
_SHOPS_AT_ONCE = 50
_FILES_AT_ONCE = 4
_FILES_WAITING = 64


@contextmanager
def page_worker(shops: int) -> Iterator[Executor]:
    """Yield what renders the pages of so many shops: a thread, or another process for many.

    One process, since to gather the facts of shops takes this one as long. What is not rendered
    when the block ends is not rendered at all.
    """
    has_many = shops >= _WORTH_A_PROCESS and usable_cores() > 1
    worker = OtherProcess() if has_many else ThreadPoolExecutor(1)
    try:
        yield worker
    finally:
        worker.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class Pages:
    """Those of a day, below `folder`; `made_at` is an aware instant."""

    words: Words
    folder: Path
    made_at: dt.datetime

    def write(self, shops: Sequence[ShopFacts]) -> None:
        """Write the page of each shop, in one step each.

        Raises:
            MimamoriError: a file cannot be written.
        """
        catalogue = load_catalogue()
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            writing: deque[Future[None]] = deque()
            for shop in shops:
                context = RenderContext(self.words, catalogue, shop.day)
                page = render_shop(shop, context, self.made_at)
                # The next ones are filled while the disk takes it.
                writing.append(pool.submit(write_whole, self.folder / page_name(shop.shop), page))
                if len(writing) > _FILES_WAITING:
                    writing.popleft().result()
            for one in writing:
                one.result()


@dataclass
class PagesBeingWritten:
    """Hands the shops that it is given to a worker, some at a time."""

    pages: Pages
    worker: Executor
    _waiting: list[ShopFacts] = field(default_factory=list)
    _handed: list[Future[None]] = field(default_factory=list)

    def add(self, shop: ShopFacts) -> None:
        """Have the page of a shop written, sooner or later."""
        self._waiting.append(shop)
        if len(self._waiting) == _SHOPS_AT_ONCE:
            self._hand()

    def finish(self) -> None:
        """Wait until all pages stand.

        Raises:
            MimamoriError: a file cannot be written.
        """
        if self._waiting:
            self._hand()
        for one in self._handed:
            one.result()

    def _hand(self) -> None:
        self._handed.append(self.worker.submit(self.pages.write, self._waiting))
        self._waiting = []
