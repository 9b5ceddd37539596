"""Attacks on a lake after an erasure: all that is left is at hand, but for the keys of hashes."""

import datetime as dt
import hashlib

import pytest

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.doctor.content import check_content
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_proofs
from pipelines.ingest.identity import file_id
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.night import stages
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.subject.person import person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import erase
from tests.byte_search import places_of
from tests.retention.conftest import NEW, NIGHT, NOW, World, copied, night_world

pytestmark = pytest.mark.slow

_LATER = NOW + dt.timedelta(days=1)
_HOME, _OFFICE = "198.51.100.77", "203.0.113.200"
_TOLD = "198.51.101.9"  # a record of a service history tells who came from here
_PHONE, _OFFICE_PC = "PhoneOfTaro/9.1 (Android 14)", "OfficePC/7.7 (Windows NT 10.0)"


def _line(day: dt.date, at: str, ip: str, user: str, request: str, agent: str, cookie: str = "-"):
    time = f"[{day:%d/%b/%Y}:{at} +0900]"
    return f'{ip} - {user} {time} "{request} HTTP/1.1" 200 5 "-" "{agent}" "{cookie}"'


_YESTERDAY = NEW - dt.timedelta(days=1)
_FIRST = _line(NEW, "08:00:04", _HOME, "st-taro", "POST /login", _PHONE)
_LINES = [
    _FIRST,
    _line(NEW, "08:00:00", _HOME, "-", "GET /login", _PHONE),
    _line(_YESTERDAY, "08:10:00", _HOME, "-", "GET /login", _PHONE),
    _line(NEW, "09:00:00", _OFFICE, "st-taro", "GET /customers/1", _OFFICE_PC),
    _line(NEW, "09:00:01", _OFFICE, "st-jiro", "GET /customers/2", _OFFICE_PC, "session_id=j"),
    _line(NEW, "09:00:02", _OFFICE, "-", "GET /of-one-of-both", _OFFICE_PC),
    _line(_YESTERDAY, "09:00:03", _OFFICE, "st-jiro", "GET /customers/2", _OFFICE_PC),
    _line(NEW, "10:00:00", "192.0.2.250", "st-taro", "GET /customers/3", "A/1", "session_id=t"),
    _line(NEW, "10:00:09", "192.0.2.251", "-", "GET /in-a-train", "RareAgent/2.0", "session_id=t"),
    _line(NEW, "10:30:00", _TOLD, "-", "GET /log-in", "Told/1.0"),
    _line(NEW, "10:30:05", _TOLD, "-", "GET /customers/4", "Told/1.0"),
    _line(NEW, "10:40:00", "198.51.100.78", "-", "GET /", "Neighbour/1.0"),
    _line(NEW, "10:50:00", "198.51.102.7", "st-taro", "GET /customers/5", "Cafe/1.0"),
    _line(NEW, "10:50:01", "198.51.102.8", "-", "GET /customers/600600", "Stranger/1.0"),
    _line(NEW, "11:00:00", "192.0.2.252", "-", "GET /", "Visitor/1.0"),
]
_CONTENT = ("\n".join(_LINES) + "\n").encode()


@pytest.fixture(scope="module")
def _taro(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A night with lines of `st-taro` at home, in the office and on a train; then an erasure."""
    world = copied(night_world(tmp_path_factory), tmp_path_factory.mktemp("named again"))
    path = world.home.logs / "main" / "taro.log"
    path.write_bytes(_CONTENT)
    stages.ingest(world.settings, world.home, clock=lambda: _LATER, on=NIGHT)
    with lake.open_writer(world.home, world.settings.timezone) as con:
        refresh_aggregates(con, [_YESTERDAY, NEW])
        con.execute(
            "insert into lake.service_user by name select log_date, event_id,"
            " 'st-taro' as user_id, 'staff' as user_type, 'address' as joined_by, 1 as users,"
            " 0 as seconds from lake.access_log where client_ip = ? and url_path = '/customers/4'",
            [_TOLD],
        )
        person = person_of(con, user="st-taro", ip=None, subject=None)
        erase(con, world.home, person, Asked("asked for", "Taro", "Hanako"), _LATER)
    return world


@pytest.fixture
def taro(_taro: World, tmp_path) -> World:
    """A copy of that folder."""
    return copied(_taro, tmp_path)


def test_no_digest_of_a_file_confirms_a_guess_at_the_one_name_that_it_lacks(taro: World) -> None:
    """All other lines can be put together from the lake; of the file there are keyed digests."""
    digests = [hashlib.sha256(text).hexdigest() for text in (_CONTENT, _FIRST.encode())]
    assert places_of(taro.home, digests, but=[taro.home.logs]) == {}
    ids = KeyedIds.made_with(Pseudonyms.of(taro.home))
    kept = taro.rows("select content_sha256 from lake.ledger where path = 'main/taro.log'")
    assert kept == [(ids.of_content(digests[0]),)]


def test_no_number_of_a_file_confirms_a_guess_at_its_first_line(taro: World) -> None:
    """Neither of the file nor of one of its lines; files that begin otherwise keep theirs."""
    guessed = file_id(_FIRST.encode())
    step = 0x9E3779B97F4A7C15
    events = [(guessed + number * step) % (1 << 64) for number in range(1, len(_LINES) + 1)]
    for table in ("ledger", "ledger_day", "request_fact"):
        query = f"select count(*) from lake.{table} where file_id = ?"
        assert taro.rows(query, guessed) == [(0,)]
    query = "select count(*) from lake.request_fact where list_contains(?, event_id)"
    assert taro.rows(query, events) == [(0,)]
    ((number, first),) = taro.rows(
        "select file_id, event_id from lake.request_fact where url_path = '/of-one-of-both'"
    )
    assert (number + 6 * step) % (1 << 64) == first
    assert taro.rows("select count(*) from lake.ledger where file_id = ?", number) == [(1,)]


def test_requests_without_a_name_beside_the_persons_lose_address_and_agent(taro: World) -> None:
    """Those of a device or a session of the person's alone; what others may have done stays."""
    values = [_HOME, _PHONE, "198.51.100.0/24", "192.0.2.251", "RareAgent/2.0"]
    values += [_TOLD, "198.51.101.0/24", "Told/1.0"]
    assert places_of(taro.home, values, but=[taro.home.logs, taro.home.reports]) == {}
    rows = taro.rows(
        "select url_path, client_ip, user_agent from lake.access_log"
        " where user_id is null and url_path in ('/of-one-of-both', '/')"
        " and user_agent in (?, 'Visitor/1.0') order by all",
        _OFFICE_PC,
    )
    assert rows == [
        ("/", "192.0.2.252", "Visitor/1.0"),
        ("/of-one-of-both", _OFFICE, _OFFICE_PC),
    ]
    unnamed = taro.rows(
        "select url_path, client_ip[:3], user_agent from lake.access_log"
        " where user_id is null and client_ip like 'pn-%' order by all"
    )
    assert unnamed == [
        ("/in-a-train", "pn-", None),
        ("/log-in", "pn-", None),
        *[("/login", "pn-", None)] * 2,
    ]


def test_a_subnet_that_others_came_from_keeps_its_name(taro: World) -> None:
    """A stranger who asked for personal data, with or without a name, and whosever data it was."""
    query = "select count(*) from lake.subnet_day where subnet = '198.51.102.0/24'"
    assert taro.rows(query) == [(1,)]
    with lake.open_writer(taro.home, taro.settings.timezone) as con:
        person = person_of(con, user=None, ip=None, subject="600600")
        erase(con, taro.home, person, Asked("asked for", "Taro", "Hanako"), _LATER)
    assert taro.rows(query) == [(1,)]


def test_the_file_is_known_again_and_every_count_holds(taro: World) -> None:
    """As it lies there, grown, and under another name: no line is read twice."""
    (taro.home.logs / "main" / "again.log").write_bytes(_CONTENT)
    path = taro.home.logs / "main" / "taro.log"
    path.write_bytes(_CONTENT + (_LINES[-1].replace("GET /", "GET /new") + "\n").encode())
    result = stages.ingest(
        taro.settings, taro.home, clock=lambda: _LATER + dt.timedelta(days=1), on=NIGHT
    )
    assert result.records == 1
    with lake.open_reader(taro.home, taro.settings.timezone) as con:
        ids = KeyedIds.made_with(Pseudonyms.of(taro.home))
        told = [*check_proofs(con), *check_content(con, taro.settings, taro.home.logs, ids)]
        assert {found.status for found in told} == {Status.OK}
