"""What all tests share: no test fails because the machine is slow, and one browser serves all.

Where there is no Chromium, or no server to fetch from, the tests that need it are left out, and the
last lines say so.
"""

import collections
import gc
import heapq
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import settings

from pipelines import lake
from pipelines.lake import connection
from pipelines.paths import Home
from tests import memory_lake, report_browser
from tests.dated import knows_the_day
from tests.fetch.servers import missing_packages
from tests.scheduling import GroupScheduling, group_of, part_of_further, scattered

# Of the account: modules that are imported to collect the tests set another.
_UMASK = os.umask(0)
os.umask(_UMASK)

gc.disable()  # until all tests are collected

_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own there
_ENOUGH = 8 << 30

settings.register_profile("every-change", deadline=None, max_examples=30)
settings.register_profile("thorough", deadline=None, max_examples=300)  # make test-full
settings.load_profile("every-change")

_NO_BROWSER = "no browser for this test"
_NO_SERVER = "no server for this test"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `pytest`, and of `make test` by ARGS."""
    parser.addoption(
        "--slowest-files",
        type=int,
        default=0,
        help="tell the files of tests that took longest, this many of them",
    )
    parser.addoption(
        "--further",
        default="all",
        metavar="all|none|K/N",
        help="of the tests marked `further`, run these: the K-th of N parts, whole files each",
    )
    parser.addoption(
        "--dated",
        choices=("all", "none", "only"),
        default="all",
        help="the tests that know what day it is: with the others, not (but for those marked"
        " `further`), or alone",
    )
    parser.addoption(
        "--fuzz-inputs",
        type=int,
        default=30_000,
        help="inputs that the compiled part of ingest is tried with under sanitizers",
    )


def pytest_configure() -> None:
    """Let the folders of tests lie in memory where there is room: most tests wait for the disk."""
    if not _MEMORY.is_dir() or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return
    if min(shutil.disk_usage(_MEMORY).free, _free_memory()) > _ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def _free_memory() -> int:
    """Bytes that programs could still take."""
    sizes = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return int(sizes["MemAvailable"].split()[0]) << 10


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores: the one that waits for Airflow's services leaves its core."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    """Share the tests out to the workers group by group."""
    return GroupScheduling(config, log)


def pytest_collection_finish() -> None:
    """What was imported and collected stays: nobody looks among it for garbage any more."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # what is made for one test is gone with it anyway
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take what is asked for of `further`; begin with what takes longest; see to the browser."""
    try:
        is_run = part_of_further(config.getoption("--further"))
    except ValueError as error:
        raise pytest.UsageError(f"--further: {error}") from None
    dated = config.getoption("--dated")

    def is_left_out(item: pytest.Item) -> bool:
        is_further = item.get_closest_marker("further") is not None
        if is_further and not is_run(item.nodeid):
            return True
        if dated == "all" or (dated == "none" and is_further):
            return False
        return knows_the_day(item.path) is (dated == "none")

    left_out = [one for one in items if is_left_out(one)]
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [one for one in items if one not in gone]
    items.sort(key=_begins_late)
    _leave_out(
        items, "browser", _NO_BROWSER, report_browser.missing_programs(), "MIMAMORI_BROWSER_TESTS"
    )
    _leave_out(items, "servers", _NO_SERVER, missing_packages(), "MIMAMORI_SERVER_TESTS")


def _begins_late(item: pytest.Item) -> bool:
    takes_long = any(map(item.get_closest_marker, ("airflow", "slow")))
    return not takes_long and group_of(item.nodeid) == item.nodeid.partition("::")[0]


def _leave_out(
    items: list[pytest.Item], marker: str, why: str, missing: list[str], required: str
) -> None:
    """Skip the tests of a marker where what they need is missing and not `required`."""
    if not missing or os.environ.get(required) == "required":
        return
    left_out = pytest.mark.skip(reason=f"{why}: {' and '.join(missing)} not found")
    for item in items:
        if item.get_closest_marker(marker):
            item.add_marker(left_out)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell which files took longest."""
    seconds = collections.defaultdict[str, float](float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
    count: int = config.getoption("--slowest-files")
    if count:
        terminalreporter.section("slowest files")
    for name in heapq.nlargest(count, seconds, seconds.__getitem__):
        terminalreporter.write_line(f"{seconds[name]:7.1f} s  {name}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Say in the very last line how many tests were left out, and how to have them run."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    if groups := scattered(
        one
        for reports in reporter.stats.values()
        for one in reports
        if isinstance(one, pytest.TestReport)
    ):
        # What they share was made more than once; a crashed worker is the one good reason.
        reporter.write_line(f"run by more than one worker: {', '.join(groups)}", red=True)
        session.exitstatus = session.exitstatus or 1
    skipped = [str(report.longrepr) for report in reporter.getreports("skipped")]
    without_server = sum(_NO_SERVER in why for why in skipped)
    if without_server:
        reporter.write_line(
            "OpenSSH、nginx、promtool、systemd、docker-compose、PostgreSQL、Valkey のどれかが"
            f"ないため、テスト {without_server} 件を省きました。パッケージ openssh-server、"
            "nginx-light、promtool、systemd、docker-compose、postgresql、valkey-server を入れると"
            "行います / tests left out, as there is no OpenSSH, nginx, promtool, systemd, "
            "docker-compose, PostgreSQL or Valkey: "
            f"{without_server}; they run once the packages openssh-server, nginx-light, promtool, "
            "systemd, docker-compose, postgresql and valkey-server are installed",
            yellow=True,
        )
    left_out = sum(_NO_BROWSER in why for why in skipped)
    if left_out:
        reporter.write_line(
            f"Chromium がないため、画面のテスト {left_out} 件を省きました。"
            "パッケージ chromium と chromium-driver を入れると行います / "
            f"browser tests left out, as there is no Chromium: {left_out}; "
            "they run once the packages chromium and chromium-driver are installed",
            yellow=True,
        )


@pytest.fixture(scope="module", autouse=True)
def _umask_of_the_module() -> Iterator[None]:
    """Each module begins with the umask of the account, whatever an import or a command set."""
    os.umask(_UMASK)
    yield
    os.umask(_UMASK)


@pytest.fixture(autouse=True)
def _umask_of_the_test() -> Iterator[None]:
    """Commands that a test runs in this process set an umask: it ends with the test."""
    before = os.umask(0)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def _empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A working folder whose lake has all migrations and no rows, for its owner alone."""
    home = Home(tmp_path_factory.mktemp("empty-lake"))
    before = os.umask(0o077)
    try:
        with lake.open_writer(home, "UTC"):
            return home
    finally:
        os.umask(before)


@pytest.fixture(scope="session")
def _tables_of_the_lake(_empty_lake: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the empty tables of the lake, see `tests.memory_lake`."""
    folder = tmp_path_factory.mktemp("tables")
    home = Home(folder / "var")
    for of, to in ((_empty_lake.lake, home.lake), (_empty_lake.keys, home.keys)):
        shutil.copytree(of, to)
    memory_lake.write_empty(home, folder / "empty.duckdb")
    return folder / "empty.duckdb"


@pytest.fixture
def lake_in_memory(
    _tables_of_the_lake: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the empty tables of the lake."""
    copy = tmp_path_factory.mktemp("lake") / "lake.duckdb"
    with memory_lake.opened(_tables_of_the_lake, copy) as con:
        yield con


@pytest.fixture(scope="module", autouse=True)
def _lakes_begin_as_copies(request: pytest.FixtureRequest, _empty_lake: Home) -> Iterator[None]:
    """A lake that is opened for the first time is a copy of an empty one.

    To run all migrations takes a second. Modules about how a lake is made are marked
    `lake_from_nothing`.
    """
    if request.node.get_closest_marker("lake_from_nothing"):
        yield
        return
    prepare = connection._prepare_folder

    def copied(home: Home) -> None:
        is_new = not home.lake.exists() and not home.keys.exists()
        if is_new and home.cluster is None:
            for of, to in ((_empty_lake.lake, home.lake), (_empty_lake.keys, home.keys)):
                shutil.copytree(of, to)
        prepare(home)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "_prepare_folder", copied)
        yield


@pytest.fixture(scope="session")
def browser(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[report_browser.Browser]:
    """A headless Chromium."""
    with report_browser.opened(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, browser: report_browser.Browser) -> Iterator[str]:
    """Both colour schemes in turn; other tests see the light one."""
    browser.prefer(request.param)
    yield request.param
    browser.prefer("light")
