"""Hostile landing folders: links, pipes, names and folders that whoever delivers files can make.

Nothing outside the folder is read, nothing waits, each is reported, and the night goes on.
"""

import datetime as dt
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.doctor.configuration import check_landing
from pipelines.doctor.outcome import Status
from pipelines.ingest import folder as folders
from pipelines.ingest.discover import discover, files_in, known_sites, shown
from pipelines.ingest.folder import (
    GONE,
    LINK,
    ON_THE_WAY,
    SPECIAL,
    Folder,
    RefusedError,
    names_below,
)
from pipelines.ingest.reading import Opening
from pipelines.ingest.result import IngestResult
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings

_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
_SETTINGS = """
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/access.log*", "deep/**/a.log"],
     format: combined}
  - {id: "shop-{franchise}", group: benry, domains: ["{franchise}.shop.example"],
     logs: ["shop/{franchise}/access.log*"], franchise: "{franchise}", format: combined}
"""
_LINE = (
    '192.0.2.1 - - [19/Nov/2026:09:00:{:02} +0900] "GET /{} HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
)
_LINES = "".join(_LINE.format(number, number) for number in range(5))


_ODD = "この名前のフォルダはサイトになれません"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A landing folder with one good shop, 001."""
    good = tmp_path / "logs" / "shop" / "001"
    good.mkdir(parents=True)
    (tmp_path / "logs" / "main").mkdir()
    (good / "access.log").write_text(_LINES)
    return tmp_path / "logs"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """One plain site and a template."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS)
    return load(path)


def _ingest(settings: Settings, logs: Path, *site_ids: str) -> IngestResult:
    home = Home(logs.parent)
    return stages.ingest(settings, home, logs, site_ids, clock=lambda: _NOW)


def _problems(settings: Settings, logs: Path) -> dict[str, str | None]:
    """What cannot be read, with the reason; each that can be is opened."""
    with Folder.at(logs) as folder:
        for file in discover(settings, logs):
            if file.problem is None:
                folder.file(file.path).close()
    return {file.relative: file.problem for file in discover(settings, logs) if file.problem}


def _link(logs: Path, name: str, target: str | Path) -> None:
    (logs / name).symlink_to(target)


_LINKS: dict[str, Callable[[Path], str]] = {
    "absolute": lambda logs: str(logs.parent / "secret"),
    "relative": lambda logs: "../../../secret",  # noqa: ARG005 - as the others
    "lake's key": lambda logs: str(logs.parent / "keys" / "catalog.sqlite"),
    "dangling": lambda logs: str(logs / "gone"),
    "to itself": lambda logs: "access.log",  # noqa: ARG005 - as the others
    "of a good shop": lambda logs: "../001/access.log",  # noqa: ARG005 - as the others
}


@pytest.mark.parametrize("kind", _LINKS)
def test_link_to_a_file_is_reported_and_not_followed(
    settings: Settings, logs: Path, kind: str
) -> None:
    """Wherever it leads, nothing behind it is looked at."""
    (logs.parent / "secret").write_text(_LINES)
    (logs / "shop" / "666").mkdir()
    _link(logs, "shop/666/access.log", _LINKS[kind](logs))
    assert _problems(settings, logs) == {"shop/666/access.log": LINK}


@pytest.mark.parametrize("target", ["../main", "/etc", "..", "001", "nowhere"])
def test_link_to_a_folder_is_reported_and_not_followed(
    settings: Settings, logs: Path, target: str
) -> None:
    """Neither as the folder of a site nor on the way to one; elsewhere it concerns nobody."""
    _link(logs, "shop/666", target)
    _link(logs, "deep", target)
    _link(logs, "elsewhere", target)
    assert _problems(settings, logs) == {"deep": LINK, "shop/666": LINK}
    assert {site.id for site in known_sites(settings, logs)} == {"main", "shop-001", "shop-666"}


def test_the_landing_folder_itself_may_be_a_link(settings: Settings, logs: Path) -> None:
    """It is the operator's choice, not that of whoever delivers."""
    other = logs.with_name("other")
    other.symlink_to(logs)
    assert [file.relative for file in discover(settings, other)] == ["shop/001/access.log"]


def test_pipes_sockets_and_devices_are_reported_and_block_nothing(
    settings: Settings, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a pipe without a writer would wait forever."""
    os.mkfifo(logs / "main" / "access.log.pipe")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(logs / "main")  # the address of a socket is short
        server.bind("access.log.sock")
        if os.geteuid() == 0:
            os.mknod(logs / "main" / "access.log.null", 0o600 | 0o020000, os.makedev(1, 3))
        else:
            os.mkfifo(logs / "main" / "access.log.null")
        assert _problems(settings, logs) == {
            f"main/access.log.{kind}": SPECIAL for kind in ("null", "pipe", "sock")
        }


def test_hostile_tree_costs_the_night_nothing_and_stands_in_ledger_and_failures(
    settings: Settings, logs: Path
) -> None:
    """The good shop is read; each hostile name is a failure and a row, the next night again."""
    (logs.parent / "secret").write_text(_LINE.format(59, "secret"))
    _link(logs, "main/access.log", logs.parent / "secret")
    _link(logs, "shop/666", logs.parent)
    os.mkfifo(logs / "main" / "access.log.pipe")
    (logs / "shop" / "-rf").mkdir()
    (logs / "shop" / "-rf" / "access.log").write_text(_LINES)
    expected = {
        f"main/access.log: cannot be read: {LINK}",
        f"main/access.log.pipe: cannot be read: {SPECIAL}",
        f"shop/666: cannot be read: {LINK}",
        f"shop/-rf: cannot be read: {_ODD} / a folder of such a name cannot be a site",
    }
    for records in (5, 0):
        result = _ingest(settings, logs)
        assert (result.records, set(result.failures)) == (records, expected)
    home = Home(logs.parent)
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select path, site_id, count(*) from lake.ledger where status = 'unreadable'"
            " group by all order by all"
        ).fetchall()
        sites = con.execute("select site_id from lake.site order by all").fetchall()
        paths = con.execute("select distinct url_path from lake.access_log").fetchall()
    (page,) = stages.report(settings, home, [dt.date(2026, 11, 19)], clock=lambda: _NOW)
    said = page.read_text(encoding="utf-8")
    for path in ("main/access.log", "main/access.log.pipe", "shop/666", "shop/-rf"):
        assert path in said
    assert f"読み込めないファイル main/access.log: {LINK.partition(' / ')[0]}" in said
    assert rows == [
        ("main/access.log", "main", 2),
        ("main/access.log.pipe", "main", 2),
        ("shop/-rf", "shop-{franchise}", 2),
        ("shop/666", "shop-666", 2),
    ]
    assert sites == [("main",), ("shop-001",), ("shop-666",)]
    assert ("/secret",) not in paths


@pytest.mark.parametrize("kind", ["pipe", "link", "folder link", "gone", "folder"])
def test_file_swapped_after_the_listing_is_reported(
    settings: Settings, logs: Path, kind: str
) -> None:
    """What was a file when it was listed is looked at again when it is open."""
    (logs.parent / "outside" / "666").mkdir(parents=True)
    (logs.parent / "outside" / "666" / "access.log").write_text(_LINE.format(59, "secret"))
    own = logs / "shop" / "666" / "access.log"
    own.parent.mkdir()
    own.write_text(_LINES)

    def swap() -> None:
        own.unlink()
        if kind == "pipe":
            os.mkfifo(own)
        elif kind == "link":
            own.symlink_to(logs.parent / "outside" / "666" / "access.log")
        elif kind == "folder":
            own.mkdir()
        elif kind == "folder link":
            own.parent.rmdir()
            own.parent.symlink_to(logs.parent / "outside" / "666")

    with Folder.at(logs) as folder:
        good, own_file = files_in(settings, folder)
        swap()
        opening = Opening.of(own_file, folder)
        other = Opening.of(good, folder)
        opening.close()
        other.close()
    reason = {
        "pipe": SPECIAL,
        "link": LINK,
        "folder": SPECIAL,
        "gone": GONE,
        "folder link": ON_THE_WAY,
    }[kind]
    assert (opening.problem, opening.first_line) == (reason, b"")
    assert (other.problem, other.first_line) == (None, _LINES.encode().splitlines()[0])


def test_name_that_vanishes_while_its_folder_is_listed_is_reported(
    settings: Settings, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the names and what stands behind them anything can happen."""
    going = logs / "main" / "access.log.1"
    going.write_text(_LINES)
    (logs / "main" / "access.log").write_text(_LINES)
    scandir = os.scandir

    @contextmanager
    def scan_and_remove(descriptor: int) -> Iterator[list[os.DirEntry[str]]]:
        with scandir(descriptor) as found:
            names = list(found)
        if going.name in {one.name for one in names}:
            going.unlink()
        yield names

    monkeypatch.setattr(os, "scandir", scan_and_remove)
    assert {file.relative: file.problem for file in discover(settings, logs)} == {
        "main/access.log": None,
        "main/access.log.1": GONE,
        "shop/001/access.log": None,
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_what_may_not_be_read_is_reported(settings: Settings, logs: Path) -> None:
    """A folder closed to this user, one whose names alone are open, and a file."""
    modes = {"shop/closed": 0o700, "shop/names": 0o744, "main": 0o755}
    for name in modes:
        (logs / name).mkdir(exist_ok=True)
        (logs / name / "access.log").write_text(_LINES)
    for name, mode in {".": 0o755, "shop": 0o755, "shop/001": 0o755, **modes}.items():
        (logs / name).chmod(mode)
    (logs / "main" / "access.log").chmod(0o600)
    with Folder.at(logs) as folder:
        os.seteuid(65534)  # nobody
        try:
            found = {file.relative: file.problem for file in files_in(settings, folder)}
            with pytest.raises(PermissionError):
                folder.file("main/access.log")
        finally:
            os.seteuid(0)
    assert found == {
        "main/access.log": None,
        "shop/001/access.log": None,
        "shop/closed": "Permission denied",
        "shop/names/access.log": "Permission denied",
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_hard_link_to_anothers_file_is_not_read(logs: Path) -> None:
    """Who owns the folder may own nothing but the name; a file of its own may have several."""
    key = logs.parent / "key"
    key.write_text(_LINES)
    own = logs / "shop" / "666"
    own.mkdir()
    (own / "access.log.key").hardlink_to(key)
    (own / "access.log").write_text(_LINES)
    (own / "access.log.same").hardlink_to(own / "access.log")
    os.chown(own, 65534, 65534)
    os.chown(own / "access.log", 65534, 65534)
    with Folder.at(logs) as folder:
        for name in ("access.log", "access.log.same"):
            folder.file(f"shop/666/{name}").close()
        with pytest.raises(RefusedError, match="other names"):
            folder.file("shop/666/access.log.key")
        key.unlink()  # then it is the shop's alone
        folder.file("shop/666/access.log.key").close()


_ODD_NAMES = [
    b"\xff\n",
    "\u202etxt.exe".encode(),
    b"\x1b]0;owned\x07",
    b"\\xff\\x0a",
    b"\xc2\x85",
    b"\x85",
]


def test_odd_names_are_read_and_shown_as_plain_text(settings: Settings, logs: Path) -> None:
    """No byte, no line end, no terminal's escape; and no two names are shown alike."""
    for name in _ODD_NAMES:
        (logs / "main" / os.fsdecode(b"access.log." + name)).write_text(_LINES)
    assert _problems(settings, logs) == {}
    names = [file.relative for file in discover(settings, logs) if file.site.id == "main"]
    assert len(set(names)) == len(_ODD_NAMES)
    assert "".join(names).isprintable()
    assert shown(os.fsdecode(b"a\xff\n")) == "a\\xff\\x0a"


@pytest.mark.parametrize("name", ["..", ".", "", "a/../../secret", "/etc/passwd", "a\0b"])
def test_name_that_leads_elsewhere_is_never_opened(logs: Path, name: str) -> None:
    """Names come from the ledger too, which is no reason to believe them."""
    (logs / "a").mkdir()
    with Folder.at(logs) as folder, pytest.raises(RefusedError, match="not the name of a file"):
        folder.file(name)


def test_folders_within_folders_come_to_an_end(settings: Settings, logs: Path) -> None:
    """What lies too deep is reported, what lies before it is read."""
    deepest = logs / Path("deep", *["d"] * 300)
    deepest.mkdir(parents=True)
    (deepest / "a.log").write_text(_LINES)
    (logs / "deep" / "d" / "a.log").write_text(_LINES)
    found = {file.relative: file.problem for file in discover(settings, logs)}
    assert found.pop("deep/d/a.log") is None
    assert found.pop("shop/001/access.log") is None
    ((path, problem),) = found.items()
    assert (path.count("/"), problem) == (
        64,
        "フォルダが 64 段より深くなっています / more than 64 folders within folders",
    )
    with Folder.at(logs) as folder:
        assert "deep/d/a.log" in set(names_below(folder))


def test_many_names_that_cannot_be_read_are_told_by_one(settings: Settings, logs: Path) -> None:
    """Ten thousand links fill no report; a folder beside them is told as ever."""
    for number in range(50):
        _link(logs, f"main/access.log.{number:02}", "gone")
    _link(logs, "shop/666", "gone")
    found = _problems(settings, logs)
    assert len(found) == 22
    more = found["main/"] or ""
    assert more.endswith("ほかに 30 個あります / 30 more names in this folder cannot be read")
    assert found["shop/666"] == LINK


@pytest.mark.parametrize("name", ["head", "main"])
def test_folder_that_would_be_another_site_is_reported(
    tmp_path: Path, logs: Path, name: str
) -> None:
    """The name of a folder takes no other site's place, and stops no other."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(
        _SETTINGS.replace("shop-{franchise}", "{franchise}")
        + "  - {id: head, group: main, domains: [h.example], logs: ['head/*'], format: combined}\n"
    )
    (logs / "shop" / name).mkdir()
    (logs / "shop" / name / "access.log").write_text(_LINES)
    assert _problems(load(path), logs) == {
        f"shop/{name}/access.log": (
            f"フォルダの名前が別のサイト {name!r} のものです / "
            f"its folder would be of another site, {name!r}"
        )
    }


def test_file_that_two_sites_claim_is_reported(tmp_path: Path, logs: Path) -> None:
    """Who chooses its name stops no night; neither site has its lines."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(
        "sites:\n"
        "  - {id: a, group: g, domains: [a.example], logs: ['main/a*'], format: combined}\n"
        "  - {id: b, group: g, domains: [b.example], logs: ['main/*z'], format: combined}\n"
    )
    for name in ("a", "az", "z"):
        (logs / "main" / name).write_text(_LINES)
    assert {file.relative: file.problem for file in discover(load(path), logs)} == {
        "main/a": None,
        "main/az": (
            "サイト 'a' と 'b' の両方が指します。どちらかの 'logs' を狭めてください / "
            "sites 'a' and 'b' both claim it; make the 'logs' patterns of one of them narrower"
        ),
        "main/z": None,
    }


def test_site_that_vanished_since_the_list_costs_no_other(settings: Settings, logs: Path) -> None:
    """A task is given a list of sites; one of them may be gone when it begins."""
    shutil.copytree(logs / "shop" / "001", logs / "shop" / "002")
    batch = [site.id for site in known_sites(settings, logs)]
    shutil.rmtree(logs / "shop" / "001")
    result = _ingest(settings, logs, *batch)
    assert result.failures == ("shop-001: もう何もありません / there is nothing there any more",)
    assert result.records == 5


def test_problem_of_no_site_is_reported_whatever_sites_are_asked_for(
    settings: Settings, logs: Path
) -> None:
    """A folder whose name can be no site is in nobody's list."""
    (logs / "shop" / "-x").mkdir()
    assert _ingest(settings, logs, "main").failures == (
        f"shop/-x: cannot be read: {_ODD} / a folder of such a name cannot be a site",
    )


def test_doctor_names_what_cannot_be_read(settings: Settings, logs: Path) -> None:
    """With its reason, without opening what is behind a link."""
    _link(logs, "main/access.log", logs.parent)
    outcome, *others = check_landing(settings, logs)
    assert outcome.status is Status.WRONG
    assert "main/access.log: シンボリックリンクはたどりません" in outcome.message
    assert [one.check for one in others] == ["sites", "unclaimed-files", "raw-logs"]


_FEW_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (530, 530))
from pipelines.ingest.folder import held_open
print(held_open(2000), held_open(5))
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 530))
print(held_open(10), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_no_more_files_are_held_open_than_the_system_allows() -> None:
    """The limit is raised as far as it goes, and the batch fits into what there is."""
    done = subprocess.run([sys.executable, "-c", _FEW_FILES], capture_output=True, check=True)
    assert done.stdout.split() == [b"18", b"5", b"10", b"522"]


def test_more_files_than_may_be_open_are_all_read(
    settings: Settings, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read in batches, and each is let go."""
    for number in range(50):
        (logs / "main" / f"access.log.{number:02}").write_text(_LINE.format(number, number))
    before = len(list(Path("/proc/self/fd").iterdir()))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    monkeypatch.setattr(folders, "_OTHERS_OPEN", most - 20)
    assert _ingest(settings, logs).records == 55
    assert len(list(Path("/proc/self/fd").iterdir())) == before
