"""Pages of many shops are rendered by processes of their own: the same pages, the same errors."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.report.build import write_reports
from pipelines.report.franchise import pages
from pipelines.report.franchise.overview import page_name
from pipelines.report.franchise.processes import Processes
from tests.report import franchise_lake, report_lake
from tests.report.franchise_lake import DAY, SHOPS


@pytest.fixture(scope="module")
def shop_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The lake of shops; tests only read it."""
    return franchise_lake.build(tmp_path_factory.mktemp("shop-lake"))


@pytest.fixture
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the few shops of the lake count as many, on a machine with a free processor."""
    monkeypatch.setattr(pages, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(pages, "_SHOPS_AT_ONCE", 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


def _written(home: Home, out: Path) -> dict[str, bytes]:
    settings = franchise_lake.settings_in("ja")
    with lake.open_reader(home, settings.timezone) as con:
        write_reports(con, settings, [DAY], out, report_lake.now)
    folder = out / DAY.isoformat()
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*.*")}


@pytest.mark.usefixtures("_many")
def test_processes_write_what_a_thread_writes(
    shop_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file of the day is equal to the last byte."""
    by_processes = _written(shop_home, tmp_path / "processes")
    monkeypatch.setattr(pages, "_WORTH_A_PROCESS", len(SHOPS) + 1)
    assert by_processes == _written(shop_home, tmp_path / "thread")
    assert {f"franchise/{page_name(one.shop)}" for one in SHOPS} <= by_processes.keys()


@pytest.mark.usefixtures("_many")
def test_page_that_cannot_be_written_ends_the_report(shop_home: Home, tmp_path: Path) -> None:
    """The message of the process comes through, and the page of the day is not written."""
    in_the_way = tmp_path / DAY.isoformat() / "franchise" / page_name(SHOPS[0].shop)
    in_the_way.mkdir(parents=True)
    with pytest.raises(MimamoriError, match=in_the_way.name):
        _written(shop_home, tmp_path)
    assert not (tmp_path / DAY.isoformat() / "index.html").exists()


@pytest.mark.parametrize(
    ("shops", "processors", "kind"),
    [(299, 8, ThreadPoolExecutor), (300, 1, ThreadPoolExecutor), (300, 2, Processes)],
)
def test_processes_are_for_many_shops_and_free_processors(
    monkeypatch: pytest.MonkeyPatch, shops: int, processors: int, kind: type
) -> None:
    """A process takes longer to begin than a few pages take."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    with pages.page_workers(shops) as workers:
        assert type(workers) is kind


def test_process_that_ends_by_itself_is_told() -> None:
    """As when the system ends one that takes too much memory; no answer is waited for."""
    with Processes(1) as workers:
        assert workers.submit(abs, -1).result() == 1
        with pytest.raises(MimamoriError, match="exit code -9"):
            workers.submit(signal.raise_signal, signal.SIGKILL).result()


def test_arguments_may_be_changed_once_they_are_submitted() -> None:
    """As a shop's facts are, which keep what was worked out of them."""
    given = list(range(100_000))
    with Processes(1) as workers:
        found = [workers.submit(len, given)]
        given.clear()
        found.append(workers.submit(len, given))
        assert [one.result() for one in found] == [100_000, 0]


def test_what_a_process_prints_is_no_answer() -> None:
    """And an error of a call is the caller's."""
    with Processes(2) as workers:
        found = [workers.submit(print, one) for one in range(10)]
        assert [one.result() for one in found] == [None] * 10
        with pytest.raises(ZeroDivisionError):
            workers.submit(divmod, 1, 0).result()


_KILLED = """
import os
from pipelines.report.franchise import pages
os.sched_getaffinity = lambda _: {0, 1}
with pages.page_workers(300) as workers:
    print(workers.submit(os.getpid).result(), flush=True)
    os.kill(os.getpid(), 9)
"""


def test_process_ends_with_the_one_that_began_it() -> None:
    """Also where that one is killed: none is left behind."""
    # What the worker holds open, as this pipe, is closed when it ends.
    done = subprocess.run(
        [sys.executable, "-c", _KILLED], stdout=subprocess.PIPE, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert int(done.stdout) != os.getpid()
