"""Pages of many shops are rendered by another process: the same pages, the same errors."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import partialmethod
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.private_files import whole_file
from pipelines.report.build import write_reports
from pipelines.report.franchise import pages
from pipelines.report.franchise.other_process import OtherProcess
from pipelines.report.franchise.overview import page_name
from tests.report import franchise_lake, report_lake
from tests.report.franchise_lake import DAY, SHOPS

pytestmark = pytest.mark.further


@pytest.fixture
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the few shops of the lake count as many, on a machine with a free processor."""
    monkeypatch.setattr(pages, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(pages, "_SHOPS_AT_ONCE", 2)
    monkeypatch.setattr(pages, "usable_cores", lambda: 2)


def _written(home: Home, out: Path) -> dict[str, bytes]:
    settings = franchise_lake.settings_in("ja")
    with lake.open_reader(home, settings.timezone) as con:
        write_reports(con, settings, [DAY], out, report_lake.now)
    folder = out / DAY.isoformat()
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*.*")}


@pytest.mark.usefixtures("_many")
def test_another_process_writes_what_a_thread_writes(
    shop_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file of the day is equal to the last byte, and nothing is done twice."""
    monkeypatch.setattr(OtherProcess, "_end", partialmethod(_end_once, OtherProcess._end))
    by_process = _written(shop_home, tmp_path / "process")
    monkeypatch.setattr(pages, "_WORTH_A_PROCESS", len(SHOPS) + 1)
    assert by_process == _written(shop_home, tmp_path / "thread")
    assert {f"franchise/{page_name(one.shop)}" for one in SHOPS} <= by_process.keys()


def _end_once(process: OtherProcess, end: Callable[[OtherProcess], None]) -> None:
    assert not process._has_failed
    end(process)


@pytest.mark.usefixtures("_many")
def test_page_that_cannot_be_written_ends_the_report(shop_home: Home, tmp_path: Path) -> None:
    """The message comes through, and the page of the day is not written."""
    in_the_way = tmp_path / DAY.isoformat() / "franchise" / page_name(SHOPS[0].shop)
    in_the_way.mkdir(parents=True)
    with pytest.raises(MimamoriError, match=in_the_way.name):
        _written(shop_home, tmp_path)
    assert not (tmp_path / DAY.isoformat() / "index.html").exists()


@pytest.mark.parametrize(
    ("shops", "processors", "kind"),
    [(299, 8, ThreadPoolExecutor), (300, 1, ThreadPoolExecutor), (300, 2, OtherProcess)],
)
def test_another_process_is_for_many_shops_and_a_free_processor(
    monkeypatch: pytest.MonkeyPatch, shops: int, processors: int, kind: type
) -> None:
    """A process takes longer to begin than a few pages take."""
    monkeypatch.setattr(pages, "usable_cores", lambda: processors)
    with pages.page_worker(shops) as worker:
        assert type(worker) is kind


def _note(path: Path) -> None:
    with path.open("a") as file:
        print(os.getpid(), file=file)


def _die_elsewhere(path: Path, own: int) -> None:
    if os.getpid() != own:
        signal.raise_signal(signal.SIGKILL)
    _note(path)


def test_what_a_process_that_died_leaves_is_done_here(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As when the system ends one for want of memory: no call is lost, and none waits for ever."""
    path, own = tmp_path / "pids", os.getpid()
    with OtherProcess() as process:
        process.submit(_note, path)
        process.submit(_die_elsewhere, path, own)
        process.submit(_note, path).result()
    first, *others = path.read_text().split()
    assert first != str(own)
    assert others == [str(own)] * 2
    assert "done here" in caplog.text


def test_process_that_cannot_begin_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where there is no more memory, or no Python."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with OtherProcess() as process:
        process.submit(_note, tmp_path / "pids").result()
    assert (tmp_path / "pids").read_text() == f"{os.getpid()}\n"


def test_error_is_the_one_that_this_process_would_raise() -> None:
    """With the frames of what raised it, to be looked into; the next call goes on."""
    with OtherProcess() as process:
        with pytest.raises(ZeroDivisionError) as raised:
            process.submit(divmod, 1, 0).result()
        assert raised.traceback
        process.submit(print, "no answer").result()


def test_arguments_may_be_changed_once_they_are_submitted(tmp_path: Path) -> None:
    """As a shop's facts are, which keep what was worked out of them."""
    path = [tmp_path / "first"]
    with OtherProcess() as process:
        process.submit(_note, *path)
        path[0] = tmp_path / "second"
        process.submit(_note, *path)
    assert {one.name for one in tmp_path.iterdir()} == {"first", "second"}


def _write_for_ever(path: Path) -> None:
    with whole_file(path):
        time.sleep(200)


def test_what_was_not_begun_is_cancelled(tmp_path: Path) -> None:
    """Whoever interrupts a report waits for no page, and no part of one stays behind."""
    with OtherProcess() as process:
        begun, waiting = (process.submit(_write_for_ever, tmp_path / "page") for _ in range(2))
        while not any(tmp_path.iterdir()):
            time.sleep(0.01)
        process.shutdown(cancel_futures=True)
        assert waiting.cancelled()
        with pytest.raises(CancelledError):
            begun.result()
    assert not any(tmp_path.iterdir())
    process.shutdown()  # a second call does nothing


_KILLED = """
import os
from pipelines.report.franchise.other_process import OtherProcess
process = OtherProcess()
process.submit(print, "begun", flush=True).result()
os.kill(os.getpid(), 9)
"""


def test_process_ends_with_the_one_that_began_it(tmp_path: Path) -> None:
    """Also where that one is killed; and it takes no module of the folder that it is in."""
    (tmp_path / "pickle.py").write_text("print('a module of the folder')")
    # What both print goes to one pipe, which is at its end when both are.
    done = subprocess.run(
        [sys.executable, "-P", "-c", _KILLED],
        cwd=tmp_path,
        # Not what tells Python to print at once: it is set on some machines alone.
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT_ROOT)},
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stderr == b"begun\n"
