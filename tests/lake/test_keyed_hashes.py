"""Hashes of what can be found by trying are keyed, and a lake knows its key."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.detect.aggregates import load_macros
from pipelines.enrich.geo import GeoReader
from pipelines.errors import MimamoriError
from pipelines.ingest.identity import stable_id
from pipelines.ingest.reader import first_line_of
from pipelines.lake import keyed_hashes
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.privacy.keyed_hashes import KeyedHashes
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.load import load
from pipelines.settings.model import Settings

_LINE = (
    '192.0.2.{0} - - [19/Nov/2026:09:15:{0:02} +0900] "GET /{0} HTTP/1.1" 200 512 "-" "Mozilla"\n'
)
_SETTINGS = """
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/access.log*"], format: combined}
"""


def _lines(last: int) -> str:
    return "".join(_LINE.format(number) for number in range(last))


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings and a working folder with ten lines in its lake."""
    folder = tmp_path_factory.mktemp("keyed")
    (folder / "mimamori.yaml").write_text(_SETTINGS)
    (folder / "var" / "logs" / "main").mkdir(parents=True)
    (folder / "var" / "logs" / "main" / "access.log").write_text(_lines(10))
    stages.ingest(load(folder / "mimamori.yaml"), Home(folder / "var"))
    return folder


@pytest.fixture
def home(ingested: Path, tmp_path: Path) -> Home:
    """A copy of it."""
    return Home(shutil.copytree(ingested, tmp_path / "copy") / "var")


@pytest.fixture
def settings(ingested: Path) -> Settings:
    """The settings of the lake."""
    return load(ingested / "mimamori.yaml")


def _rows(home: Home, query: str) -> list[tuple[object, ...]]:
    with lake.open_reader(home, "UTC") as con:
        return con.execute(query).fetchall()


def _plain_first_line() -> str:
    return hashlib.sha256(first_line_of(_lines(1).encode())).hexdigest()


def _plain_content(home: Home) -> str:
    return hashlib.sha256((home.logs / "main" / "access.log").read_bytes()).hexdigest()


def _as_an_earlier_release_left_it(home: Home) -> None:
    with lake.open_writer(home, "UTC") as con:
        con.execute(
            "update lake.ledger set first_line_sha256 = ?, content_sha256 = ?",
            [_plain_first_line(), _plain_content(home)],
        )
        con.execute("delete from lake.keyed_hash")


def test_nothing_that_can_be_tried_is_found(home: Home, settings: Settings) -> None:
    """Neither an address, nor a first line, nor a customer's number, without the key."""
    ids = {number for (number,) in _rows(home, "select client_id from lake.client")}
    with GeoReader.open(settings.geoip) as geo:
        key = Pseudonyms.of(home).first.derived("client")
        assert stable_id("192.0.2.7", None, geo.edition, key=key) in ids
        assert stable_id("192.0.2.7", None, geo.edition) not in ids
    assert (_plain_first_line(),) not in _rows(home, "select first_line_sha256 from lake.ledger")
    with lake.open_writer(home, "UTC") as con:
        load_macros(con)
        query = "select list(subject_bits(n::varchar, 0) order by n) from range(50) as subject (n)"
        keyed = [one.execute(query).fetchall() for one in (con, con.cursor())]
        con.execute("create or replace macro subject_salt() as ''")
        assert con.execute(query).fetchall() != keyed[0] == keyed[1]


def test_a_key_for_each_purpose() -> None:
    """None of them can be taken for another's, and without a key there are none."""
    pseudonyms = KeyedHashes(bytes(range(32)))
    keys = {pseudonyms.derived(purpose) for purpose in ("client", "first-line", "subject-bits")}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}
    assert pseudonyms.key not in keys
    assert KeyedHashes().derived("client") == b""


@pytest.mark.further
def test_files_of_an_earlier_release_are_known_again(home: Home, settings: Settings) -> None:
    """Grown or delivered once more under another name: no line is counted twice."""
    _as_an_earlier_release_left_it(home)
    log = home.logs / "main" / "access.log"
    log.write_text(_lines(25))
    assert stages.ingest(settings, home).records == 15
    assert (_plain_first_line(),) not in _rows(home, "select first_line_sha256 from lake.ledger")
    shutil.copy(log, log.with_name("access.log.1"))
    assert stages.ingest(settings, home).records == 0
    counts = "select count(*), count(distinct event_id) from lake.access_log"
    assert _rows(home, counts) == [(25, 25)]
    assert _rows(home, "select count(distinct file_id) from lake.ledger") == [(1,)]


def test_digests_of_files_are_keyed_without_touching_what_was_keyed_before(
    home: Home, settings: Settings
) -> None:
    """A lake whose ids were keyed by an earlier release keeps them, and its files are known."""
    before = _rows(home, "select first_line_sha256, content_sha256 from lake.ledger")
    with lake.open_writer(home, "UTC") as con:
        con.execute("insert into lake.findings (finding_id, case_id) values ('1a', '2b')")
        con.execute("update lake.ledger set content_sha256 = ?", [_plain_content(home)])
        con.execute("delete from lake.keyed_hash where purpose = 'content'")
    shutil.copy(home.logs / "main" / "access.log", home.logs / "main" / "access.log.1")
    assert stages.ingest(settings, home).records == 0
    query = "select distinct first_line_sha256, content_sha256 from lake.ledger"
    assert _rows(home, query) == before
    assert _rows(home, "select finding_id, case_id from lake.findings") == [("1a", "2b")]


@pytest.mark.further
def test_keying_that_breaks_off_changes_nothing(
    home: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digests and the record that they are keyed stand or fall together."""
    _as_an_earlier_release_left_it(home)
    with monkeypatch.context() as patch:
        patch.setattr(keyed_hashes, "_PURPOSES", None)
        with pytest.raises(TypeError), lake.open_writer(home, "UTC"):
            pytest.fail("opened")
    assert _rows(home, "select distinct first_line_sha256 from lake.ledger") == [
        (_plain_first_line(),)
    ]
    with (home.logs / "main" / "access.log").open("a") as stream:
        stream.write(_LINE.format(10))
    assert stages.ingest(settings, home).records == 1
    assert _rows(home, "select count(*) from lake.access_log") == [(11,)]


def _lost(home: Home) -> None:
    home.pseudonym_key.unlink()


def _of_another(home: Home) -> None:
    home.pseudonym_key.write_bytes(bytes(32))


def _lost_by_an_earlier_release(home: Home) -> None:
    _as_an_earlier_release_left_it(home)
    with lake.open_writer(home, "UTC") as con:
        con.execute("update lake.request_fact set session_id = 'a keyed hash' where line_no = 3")
        con.execute("delete from lake.keyed_hash")
    home.pseudonym_key.unlink()


@pytest.mark.parametrize("change", [_lost, _of_another, _lost_by_an_earlier_release])
def test_a_lost_or_wrong_key_is_no_new_one(
    home: Home, settings: Settings, change: Callable[[Home], None]
) -> None:
    """The message names the file and what to do; no key is made, and the lake stays readable."""
    change(home)
    before = home.pseudonym_key.exists()
    with pytest.raises(
        MimamoriError, match=r"pseudonym.key: .*restore (it|the right one) from its"
    ):
        stages.ingest(settings, home)
    assert home.pseudonym_key.exists() == before
    assert _rows(home, "select count(*) from lake.access_log") == [(10,)]
    if not before:
        with pytest.raises(MimamoriError, match="is missing, and with a new key"):
            Pseudonyms.of(home)


def test_a_lake_that_never_had_a_key_gets_one(home: Home, settings: Settings) -> None:
    """No session id of its own was ever made with one."""
    _as_an_earlier_release_left_it(home)
    home.pseudonym_key.unlink()
    assert stages.ingest(settings, home).records == 0
    assert home.pseudonym_key.stat().st_size == 32
