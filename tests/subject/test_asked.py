"""What was asked: the register without the value, proposals, and the page of an extract."""

import dataclasses
import datetime as dt
import html
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Records, Series
from pipelines.subject.erase import Nobody, hash_of
from pipelines.subject.extract import Extract, _row
from pipelines.subject.files import Left
from pipelines.subject.page import as_page
from pipelines.subject.person import Person
from pipelines.subject.places import Place
from pipelines.subject.proposal import (
    Proposal,
    erase_proposed,
    held_by_proposal,
    propose,
    read_proposal,
    withdraw,
)
from pipelines.subject.register import (
    Asked,
    begin_erasure,
    begun_erasures,
    end_erasure,
    of_same_person,
    register,
    register_pseudonym,
    rows_are_erased,
)
from pipelines.subject.run import Erased, as_json
from pipelines.text.messages import message
from pipelines.text.words import Words
from tests.detect.given_findings import settings_in
from tests.memory_lake import insert

_NOW = dt.datetime(2026, 3, 20, 3, 0, tzinfo=dt.UTC)
_LATER = _NOW + dt.timedelta(hours=1)
_SATO = Person("user", "sato", ("sato", "adm-sato"))
_ASKED = Asked("letter of sato", "Taro", "Hanako for adm-sato", "passport of sato")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a folder of keys."""
    made = Home(tmp_path)
    made.keys.mkdir(mode=0o700)
    return made


def test_an_act_is_in_the_register_and_the_records_without_the_value(
    lake_in_memory: duckdb.DuckDBPyConnection, home: Home
) -> None:
    """Texts have a mark in its place; an erasure is no use of the watch."""
    request = register(lake_in_memory, home, "list", _SATO, _ASKED, 7, _NOW)
    assert dataclasses.astuple(request) == (
        request.request_id, _NOW, "list", "user", hash_of(Pseudonyms.of(home), "user", "sato"),
        "passport of ■", "letter of ■", "Taro", "Hanako for ■", "done", 7,
    )  # fmt: skip
    none = register(lake_in_memory, home, "list", _SATO, Asked(None, "Taro"), 0, _NOW)
    assert (none.reason, none.second, none.identity_check) == (None, None, None)
    assert none.request_id != request.request_id
    rows = lake_in_memory.execute("from lake.subject_request").fetchall()
    assert rows == [dataclasses.astuple(request), dataclasses.astuple(none)]
    records = Records(home)
    told = [(one.what, one.rows, one.about) for one in records.entries(Series.USE)]
    about = {
        "request": request.request_id, "kind": "user", "person": records.hashed("sato"),
        "reason": "letter of ■", "second": "Hanako for ■",
    }  # fmt: skip
    assert told[0] == ("subject list", 7, about)
    pseudonym = "pn-" + "0" * 20
    tried = register_pseudonym(lake_in_memory, home, pseudonym, Asked("why", "Taro"), 2, _NOW)
    assert (tried.act, tried.person_kind, tried.outcome, tried.rows) == (
        "reidentify", "pseudonym", "done", 2,
    )  # fmt: skip
    last = list(records.entries(Series.USE))[-1]
    assert (last.what, last.rows) == ("subject reidentify", 2)
    assert list(records.entries(Series.ERASURES)) == []


def test_an_erasure_is_begun_until_it_is_done_with_all_of_the_same_person(
    lake_in_memory: duckdb.DuckDBPyConnection, home: Home
) -> None:
    """By whatever name they were asked for; another's stays begun."""
    con = lake_in_memory
    other = Person("user", "tanaka", ("tanaka",))
    again = Person("user", "adm-sato", ("adm-sato",))
    of_ip = Person("ip", "192.0.2.1", ("192.0.2.1",))
    first, second, third, fourth = (
        begin_erasure(con, home, person, _ASKED, _NOW + dt.timedelta(minutes=minutes))
        for minutes, person in enumerate((_SATO, other, again, of_ip))
    )
    register(con, home, "list", _SATO, _ASKED, 7, _NOW)
    assert (first.outcome, first.rows) == ("begun", 0)
    assert begun_erasures(con) == [first, second, third, fourth]
    assert set(of_same_person(con, third)) == {first.request_id, third.request_id}
    assert of_same_person(con, second) == [second.request_id]
    rows_are_erased(con, third, 12)
    assert [one.outcome for one in begun_erasures(con)] == [
        "begun", "begun", "rows erased", "begun",
    ]  # fmt: skip
    end_erasure(con, home, third, _LATER)
    assert [one.request_id for one in begun_erasures(con)] == [second.request_id, fourth.request_id]
    outcomes = dict(con.execute("select request_id, outcome from lake.subject_request").fetchall())
    assert outcomes[third.request_id] == "done"
    assert outcomes[first.request_id] == f"broken off, then done by {third.request_id}"
    until = con.execute(
        "select erased_at, until_at from lake.tombstone order by erased_at, value_hash"
    ).fetchall()
    minute = dt.timedelta(minutes=1)
    assert set(until) == {
        (_NOW, _NOW), (_NOW + minute, _NOW + minute), (_NOW + 2 * minute, _LATER),
        (_NOW + 3 * minute, _NOW + 3 * minute),
    }  # fmt: skip
    ended = list(Records(home).entries(Series.ERASURES))[-1]
    assert (ended.what, ended.rows) == ("subject erase", 12)
    assert isinstance(ended.about, dict)
    assert ended.about["request"] == third.request_id


def test_whoever_takes_a_persons_place_is_nobody_that_was_there_before() -> None:
    """A pseudonym as others are, and a salt that nobody guesses."""
    one, other = Nobody.made(), Nobody.made()
    assert re.fullmatch(r"pn-[0-9a-f]{20}", one.pseudonym)
    assert re.fullmatch(r"[0-9a-f]{64}", one.salt)
    assert (one.pseudonym, one.salt) != (other.pseudonym, other.salt)


_PROPOSAL = Proposal("sato", None, None, "手紙", "Taro", "passport", with_landing=False)


def test_a_proposal_waits_under_a_name_that_says_nothing(
    lake_in_memory: duckdb.DuckDBPyConnection, home: Home, tmp_path: Path
) -> None:
    """Its file is its owner's alone; withdrawn, it is there no more."""
    name = propose(home, _PROPOSAL)
    assert re.fullmatch("[0-9a-f]{16}", name)
    assert read_proposal(home, name) == _PROPOSAL
    (path,) = home.proposals.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "手紙" in path.read_text(encoding="utf-8")
    assert _PROPOSAL.asked("Hanako") == Asked("手紙", "Taro", "Hanako", "passport")
    assert _PROPOSAL.person(lake_in_memory).value == "sato"
    day = dt.date(2026, 3, 10)
    insert(lake_in_memory, "user_day", log_date=day, user_id="sato")
    insert(lake_in_memory, "user_hour", log_date=day, user_id="sato")
    insert(lake_in_memory, "user_hour", log_date=day, user_id="sato")
    held = held_by_proposal(lake_in_memory, home, settings_in(tmp_path), name, _NOW)
    assert held == {"places": 2, "rows": 3, "cases": 0, "findings": 0, "days": 30}
    withdraw(home, name)
    withdraw(home, name)
    for wrong in (name, "../x", name.upper() + "0"):
        with pytest.raises(UsageError, match="no erasure of the number"):
            read_proposal(home, wrong)


@pytest.mark.parametrize(
    ("second", "why"), [("taro", "two people"), (" ", "two people"), ("sato", None)]
)
def test_a_proposal_needs_a_second_person(
    lake_in_memory: duckdb.DuckDBPyConnection,
    home: Home,
    tmp_path: Path,
    second: str,
    why: str | None,
) -> None:
    """Its author is none; where nobody else agreed, it still waits."""
    author = "Taro" if why else "sato"
    name = propose(home, dataclasses.replace(_PROPOSAL, author=author))
    persons = 2 if why else 1
    settings = settings_in(tmp_path, subject_requests={"persons": persons})
    with pytest.raises(UsageError, match=why or "own account"):
        erase_proposed(lake_in_memory, home, settings, name, second, _NOW)
    assert read_proposal(home, name).author == author


def test_an_erasure_is_told_by_its_places_and_what_is_out_of_reach() -> None:
    """With the reason of each."""
    why = message("subject.files.elsewhere")
    done = Erased("r", 3, (Place("lake.user_day", 3, "2026-03-10"),), (Left("-", why),))
    assert done.as_json() == {
        "request_id": "r",
        "rows": 3,
        "places": [{"place": "lake.user_day", "rows": 3}],
        "left": [{"place": "-", "why": str(why)}],
    }
    assert as_json([Place("a", 1)]) == [
        {"place": "a", "rows": 1, "first_day": None, "last_day": None}
    ]


def _extract(total: int) -> Extract:
    held = (Place("lake.user_day", 3, "2026-03-10", "2026-03-12"), Place("a.html", 1))
    places = as_json([*held, Place("lake.request_fact", 2, "2026-03-10", "2026-03-11")])
    names = (
        *("time", "site_id", "method", "path", "status", "kind", "client_ip", "country"),
        *("browser", "browser_version", "os", "os_version", "corrections"),
    )
    row = (
        *(_NOW, "shop", "GET", "/customers/7", 200, "record", "192.0.2.7", "JP"),
        *("Chrome", "157", "Windows", "10", ["one", "two"]),
    )
    shown = [_row(names, row)]
    nothing: dict[str, list[dict[str, object]]] = {
        name: []
        for name in (
            "viewers", "sources", "directory", "corrections", "findings", "looked", "provided",
        )
    }  # fmt: skip
    return Extract(
        {"kind": "user", "value": "sato"}, _NOW,
        {"access_log_days": 400, "pseudonymise_after_days": 90}, places,
        requests=shown, requests_total=total, rows=3, **nothing,
    )  # fmt: skip


@pytest.mark.parametrize(("total", "is_cut"), [(1, False), (2, True)])
def test_a_page_shows_what_is_held_and_says_where_it_shows_a_part(
    total: int, *, is_cut: bool
) -> None:
    """Values as they are, several by commas; sections without rows say so."""
    page = as_page(_extract(total), Words("en", ZoneInfo("Asia/Tokyo")))
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "|", page)))
    cells = [cell.strip() for cell in text.split("|") if cell.strip()]
    at = cells.index("comparison with what is usual (user_day)")
    assert cells[at + 1 : at + 6] == ["3", "2026-03-10", "2026-03-12", "a.html", "1"]
    assert "None" not in cells
    assert (
        cells[cells.index("Access is recorded") + 1] == "from 2026-03-10 (Tue) to 2026-03-11 (Wed)"
    )
    assert "Accesses by your account or from your address, the latest first." in cells
    at = cells.index("shop")
    local = _NOW.astimezone(ZoneInfo("Asia/Tokyo"))
    assert cells[at - 1] == f"{local:%Y-%m-%d (%a) %H:%M:%S}"
    assert cells[at : at + 7] == [
        *("shop", "Opened a person's record", "/customers/7", "Chrome 157 (Windows 10)"),
        *("192.0.2.7 Japan (JP)", "Answered", "one, two"),
    ]
    at = cells.index("Nothing was found of")
    assert cells[at + 1 : at + 3] == ["Uses of this system about you", "To whom it was provided"]
    assert ("records." in text and "The latest 5" in text) == is_cut
    at = next(n for n, cell in enumerate(cells) if cell.startswith("Until access records"))
    assert cells[at + 1] == "400 days"


_WORDS = (("GET", 404, "page", "ページを開いた", "ページがなかった"),
          ("POST", 403, "record", "個人の記録に送信・変更をした", "断った（権限がない）"),
          ("POST", 302, "login", "ログインの操作をした", "別のページへ移した"),
          ("GET", 503, "export", "書き出し（ダウンロード）をした", "サーバーの不具合"),
          (None, None, None, "通信があった", "不明"))  # fmt: skip


@pytest.mark.parametrize(("method", "status", "kind", "act", "result"), _WORDS)
def test_what_was_done_is_told_in_plain_words(
    method: str | None, status: int | None, kind: str | None, act: str, result: str
) -> None:
    """By method, kind of the page and answer; the time is local, what is not logged is said so."""
    row = {"time": "2026-11-20T15:00:01Z", "method": method, "status": status, "kind": kind}
    page = as_page(
        dataclasses.replace(_extract(1), requests=[row]), Words("ja", ZoneInfo("Asia/Tokyo"))
    )
    cells = [cell.strip() for cell in re.sub(r"<[^>]+>", "|", page).split("|") if cell.strip()]
    at = cells.index("2026-11-21（土） 00:00:01")
    assert cells[at + 1 : at + 5] == [act, "記録なし", "記録なし", result]


def test_a_page_in_both_languages_has_the_first_one_first() -> None:
    """Each half says its language, and no id stands twice."""
    zone = ZoneInfo("Asia/Tokyo")
    page = as_page(_extract(1), Words("ja", zone), Words("en", zone))
    assert page.index("あなたについて保有しているもの") < page.index("What is held on you")
    assert page.index('<div lang="ja"') < page.index('<div lang="en"')
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
