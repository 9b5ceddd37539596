"""What is put down of a question and of its answer, and what neither asks nor answers."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import lake
from pipelines.context.read import ContextRead
from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.settings.model import Settings
from pipelines.triage.cases.ask import answer, ask, take_answers
from pipelines.triage.cases.commands import read_history
from pipelines.triage.cases.managers import manager_to_ask, person_named
from pipelines.triage.cases.questions import Question, read_questions
from pipelines.triage.cases.read import every_case
from pipelines.triage.channel import Channel
from pipelines.triage.own import accounts_about, is_named
from tests.asking.asked_lake import NOW, TODAY, case, fill, settings_at
from tests.detect.given_findings import DAY, at, clock_at, settings_in


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings and a working folder; each test asks about people of its own."""
    return tmp_path_factory.mktemp("ask")


@pytest.fixture(scope="module")
def settings(folder: Path) -> Settings:
    """Settings that name a mail server, which nothing here asks."""
    return settings_at(folder)


@pytest.fixture(scope="module")
def home(folder: Path, settings: Settings) -> Home:
    """The working folder, with a case about everybody."""
    home = Home(folder / "var")
    fill(home, settings)
    return home


@pytest.fixture(scope="module")
def con(home: Home, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The one connection of all tests here: to open the lake takes longer than they do."""
    with lake.open_writer(home, settings.timezone) as con:
        yield con


@pytest.fixture(scope="module")
def channel(con: duckdb.DuckDBPyConnection) -> Channel:
    """A channel that decides by it."""
    return Channel(who="os:mm", opening=lambda _home, _timezone: nullcontext(con))


class Desk:
    """Somebody who asks and enters answers."""

    def __init__(self, home: Home, settings: Settings, channel: Channel) -> None:
        """Take the place."""
        self._at, self._channel = (home, settings), channel

    def ask(self, user: str, author: str = "mm", number: int = 0, **values: Any) -> Question:
        """Ask about a user's case, so many days after the usual one."""
        clock = clock_at(TODAY + dt.timedelta(days=number), "09:00")
        given = {"reply_by": None, "note": None, **values}
        return ask(
            *self._at, case(user), given["reply_by"], given["note"], author, clock, self._channel
        )

    def answer(
        self, user: str, by: str = "chief", note: str = "stock", author: str = "nn",
        *, is_explained: bool = True,
    ) -> Question:  # fmt: skip
        """Enter what was answered."""
        return answer(
            *self._at, case(user), by, note, author, NOW, self._channel, is_explained=is_explained
        )


@pytest.fixture(scope="module")
def desk(home: Home, settings: Settings, channel: Channel) -> Desk:
    """A desk in this working folder."""
    return Desk(home, settings, channel)


def _acts(home: Home, user: str) -> list[tuple[str, int | None, Mapping[str, Any]]]:
    """What is on record about a user's case."""
    return [
        (one.what, one.rows, one.about)
        for one in Records(home).entries(Series.DECISIONS)
        if one.about["cases"] == [case(user)]
    ]


def _listed(con: duckdb.DuckDBPyConnection, user: str) -> tuple[Question, ...]:
    return read_questions(con, [case(user)])


def _decided(con: duckdb.DuckDBPyConnection, settings: Settings, user: str) -> list[str]:
    found = read_history(con, settings, case(user), TODAY)
    return [*(one.act for one in found.decisions), found.case.state]


def test_a_question_is_put_down_with_all_that_it_is_about(home: Home, desk: Desk) -> None:
    """Due in five days unless a day is given; on record without the manager's name."""
    before = desk.ask("st-1", "officer (mm)", note="why?")
    assert (before.manager, before.author, before.note) == ("boss", "officer (mm)", "why?")
    assert (before.asked_at, before.reply_by) == (NOW(), TODAY + dt.timedelta(days=5))
    assert before.finding_ids == {"bulk-record-access-st-1-site", "off-hours-access-st-1-site"}
    assert (before.findings, before.is_again, before.is_open) == (2, False, True)
    assert (before.question_id[:2], len(before.question_id)) == ("q-", 14)
    ((what, rows, about),) = _acts(home, "st-1")
    assert (what, rows) == ("cases ask", 1)
    assert "boss" not in str(about)
    assert {**about, "manager": ""} == {
        "cases": [case("st-1")],
        "question": before.question_id,
        "manager": "",
        "reply_by": "2026-11-25",
        "by": "officer (mm)",
    }


def test_nobody_is_asked_twice_at_once(desk: Desk) -> None:
    """Until the day is over; then the last question is the one that counts."""
    first = desk.ask("team-1", reply_by=TODAY + dt.timedelta(days=2))
    with pytest.raises(UsageError, match=f"{first.question_id}.*already asked.*2026-11-22"):
        desk.ask("team-1", number=2)
    again = desk.ask("team-1", number=3)
    assert again.question_id != first.question_id
    assert again.asked_on == TODAY + dt.timedelta(days=3)


def test_what_cannot_be_asked(home: Home, channel: Channel, desk: Desk, tmp_path: Path) -> None:
    """No signature, a note of nothing, a day that is past, the own case, no mail server."""
    with pytest.raises(UsageError, match="--author"):
        desk.ask("boss", " ")
    with pytest.raises(UsageError, match="--note"):
        desk.ask("boss", note="\u200b")
    with pytest.raises(UsageError, match="--reply-by 2026-11-19"):
        desk.ask("boss", reply_by=DAY)
    with pytest.raises(UsageError, match="somebody else"):
        desk.ask("boss", "Ueno (boss)")
    plain = settings_in(tmp_path)
    to_a_folder = settings_in(tmp_path, deliver={"folder": {"path": "out"}})
    for without in (plain, to_a_folder):
        with pytest.raises(UsageError, match=r"deliver\.email"):
            ask(home, without, case("boss"), None, None, "mm", NOW, channel)
    assert _acts(home, "boss") == []


def test_an_answer_that_explains_closes_what_was_asked_about(
    home: Home, settings: Settings, desk: Desk, con: duckdb.DuckDBPyConnection
) -> None:
    """The case too, with the answer for a reason; on record with how many findings."""
    asked = desk.ask("left-2")
    given = desk.answer("left-2", "上野", "stock")
    assert given.answer is not None
    assert (given.answer.answered_by, given.answer.author) == ("上野", "nn")
    assert (given.answer.is_explained, given.answer.note) == (True, "stock")
    assert _decided(con, settings, "left-2") == ["asked", "answered", "closed", "closed"]
    closed = read_history(con, settings, case("left-2"), TODAY).decisions[-1]
    assert (closed.question_id, closed.person, closed.findings) == (None, None, 1)
    what, rows, about = _acts(home, "left-2")[-1]
    assert (what, rows) == ("cases answer", 1)
    assert (about["answer"], about["question"]) == ("explained", asked.question_id)
    with pytest.raises(UsageError, match="no question waits"):
        desk.answer("left-2")


def test_an_answer_that_explains_nothing_closes_nothing(
    home: Home, settings: Settings, desk: Desk, con: duckdb.DuckDBPyConnection
) -> None:
    """It is on record with no finding."""
    desk.ask("left-3")
    given = desk.answer("left-3", is_explained=False)
    assert given.answer is not None
    assert not given.answer.is_explained
    assert _decided(con, settings, "left-3") == ["asked", "answered", "new"]
    what, rows, about = _acts(home, "left-3")[-1]
    assert (what, rows, about["answer"]) == ("cases answer", 0, "unexplained")


def test_what_is_no_answer(home: Home, desk: Desk) -> None:
    """By or from whom the case is about, without a word, or to nothing that was asked."""
    with pytest.raises(UsageError, match="no question waits"):
        desk.answer("gone-1")
    with pytest.raises(UsageError, match="no case"):
        desk.answer("no such user")
    desk.ask("gone-1")
    refused: list[tuple[dict[str, Any], str]] = [
        ({"by": "gone-1"}, "cannot answer"),
        ({"by": "P23"}, "cannot answer"),
        ({"author": "gone-1"}, "somebody else"),
        ({"by": " "}, "--by"),
        ({"note": " "}, "--note"),
        ({"author": " "}, "--author"),
    ]
    for wrong, said in refused:
        with pytest.raises(UsageError, match=said):
            desk.answer("gone-1", **wrong)
    assert [what for what, _, _ in _acts(home, "gone-1")] == ["cases ask"]


_WEEK = (at("00:00", DAY), at("00:00", DAY + dt.timedelta(days=7)))


def _entry(reason: str, user: str | None = "chief", **values: Any) -> dict[str, Any]:
    base = {"user": user, "team": None, "subject": None, "site": None, "reason": reason}
    return {**base, "from_at": _WEEK[0], "to_at": _WEEK[1], **values}


def _reads(entries: Sequence[dict[str, Any]], **values: Any) -> dict[str, ContextRead]:
    teams = ContextRead("teams", "teams.csv", entries=(
        {"team": "leads", "user": "chief"}, {"team": "leads", "user": "boss"},
        {"team": "desk", "user": "boss"},
    ))  # fmt: skip
    listed = ContextRead("assignments", "a.csv", entries=tuple(entries), **values)
    return {"assignments": listed, "teams": teams}


@pytest.fixture(scope="module")
def reference(desk: Desk, con: duckdb.DuckDBPyConnection) -> str:
    """The reference of a question about a finding of one subject, which no test here answers."""
    con.execute(
        'update lake.findings set subject_count = 1, evidence = \'{"subjects": ["0070001"]}\''
        " where actor = 'chief'"
    )
    con.execute("update lake.person set manager = 'P9' where user_id = 'chief'")
    return desk.ask("chief").question_id


@pytest.mark.parametrize(
    "values",
    [
        {"user": "boss"},
        {"user": None, "team": "desk"},
        {"user": None, "team": "none such"},
        {"site": "shop"},
        {"subject": "70002"},
        {"from_at": at("09:01")},
        {"to_at": at("16:59")},
        {"from_at": None},
        {"to_at": None},
        {"from_at": DAY, "to_at": DAY},
        {"reason": "another"},
    ],
)
def test_entries_that_answer_nothing(
    home: Home,
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    reference: str,
    caplog: pytest.LogCaptureFixture,
    values: dict[str, Any],
) -> None:
    """For others, another site or subject, or not for as long as the finding; the log says so."""
    entries = [_entry(**{"reason": reference, **values})]
    assert take_answers(con, home, settings, _reads(entries), NOW) == 0
    assert _listed(con, "chief")[-1].is_open
    assert (reference in caplog.text) is ("reason" not in values)


def test_what_was_not_read_answers_nothing(
    home: Home, settings: Settings, con: duckdb.DuckDBPyConnection, reference: str
) -> None:
    """No list, one with a problem, one without entries."""
    fitting = [_entry(reference)]
    for reads in ({}, _reads(fitting, problem="cannot be read"), _reads([])):
        assert take_answers(con, home, settings, reads, NOW) == 0
    assert _listed(con, "chief")[-1].is_open


@pytest.mark.parametrize(
    ("user", "values"),
    [
        ("chief", {"from_at": at("09:00"), "to_at": at("17:00")}),
        ("chief", {"user": None, "team": "leads"}),
        ("chief", {"site": "site", "subject": "70001"}),
        ("chief", {"reason": "stock (ｑ-{})"}),
    ],
)
def test_entries_that_answer(
    home: Home,
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    reference: str,
    user: str,
    values: dict[str, Any],
) -> None:
    """To the minute, for a team, or for a subject without its zeros; in full-width letters too."""
    reason = values.pop("reason", "{}").format(reference.removeprefix("q-"))
    reason = reason if reason.startswith("stock") else reference
    with_another = [_entry("another", "boss"), _entry(reason, **{"user": user, **values})]
    taken: list[int] = []
    con.execute("create or replace temp table kept as from lake.findings where actor = 'chief'")
    con.execute("create or replace temp table acts as from lake.case_decision")
    taken.append(take_answers(con, home, settings, _reads(with_another), NOW))
    (last,) = _listed(con, "chief")
    assert last.answer is not None
    assert (last.answer.answered_by, last.answer.note) == ("context.assignments", reason)
    assert _decided(con, settings, "chief")[-3:] == ["answered", "closed", "closed"]
    taken.append(take_answers(con, home, settings, _reads(with_another), NOW))
    assert taken == [1, 0]
    with lake.transaction(con):  # as it was
        con.execute("delete from lake.findings where actor = 'chief'")
        con.execute("insert into lake.findings from kept")
        con.execute("delete from lake.triage")
        con.execute("delete from lake.case_decision")
        con.execute("insert into lake.case_decision from acts")


def test_entries_close_only_where_all_findings_are_covered(
    home: Home, settings: Settings, desk: Desk, con: duckdb.DuckDBPyConnection
) -> None:
    """One that covers a part is an answer, and leaves the findings open."""
    with lake.transaction(con):
        con.execute(
            "insert into lake.findings select * replace ('other-boss' as finding_id,"
            " 'shop' as site_id) from lake.findings where actor = 'boss'"
        )
    asked = desk.ask("boss")
    assert len(asked.finding_ids) == 2
    entries = [_entry(asked.question_id, "boss", site="site")]
    assert take_answers(con, home, settings, _reads(entries), NOW) == 0
    assert _decided(con, settings, "boss") == ["asked", "answered", "new"]


_ASKED = {"boss": "chief", "gone-1": "chief", "team-1": "st-9x", "st-1": "boss"}
_NOBODY = {
    "nobody": "is not in the list",
    "orphan": "names no manager",
    "stray": "is not in that list",
    "lonely": "lead back to the person",
    "mute-1": "has no mail address",
}


def test_whom_to_ask(con: duckdb.DuckDBPyConnection) -> None:
    """The manager however named, above one who has left or asks; else it is said why nobody."""
    known = {one.actor: one for one in every_case(con, 14, TODAY)}
    for user, manager in _ASKED.items():
        assert manager_to_ask(con, known[user], [user], TODAY).user_id == manager
    st_1 = known["st-1"]
    assert manager_to_ask(con, st_1, ["st-1", "P9"], TODAY).user_id == "chief"
    assert manager_to_ask(con, st_1, ["st-1"], TODAY, "上野 (boss)").user_id == "chief"
    for user, why in _NOBODY.items():
        with pytest.raises(UsageError, match=why):
            manager_to_ask(con, known[user], [user], TODAY)
    with pytest.raises(UsageError, match="about no person"):
        manager_to_ask(con, known["192.0.2.1"], [], TODAY)


def test_a_manager_may_be_asked_on_the_last_day(con: duckdb.DuckDBPyConnection) -> None:
    """From the day after it is the one above."""
    known = {one.actor: one for one in every_case(con, 14, TODAY)}
    last = dt.date(2026, 10, 31)
    days = {last: "left", last + dt.timedelta(days=1): "chief"}
    for day, manager in days.items():
        assert manager_to_ask(con, known["gone-1"], ["gone-1"], day).user_id == manager


def test_somebody_is_listed_under_each_account_and_id(con: duckdb.DuckDBPyConnection) -> None:
    """With all of them, and a mail address only where it is one."""
    one = person_named(con, "st-1b")
    assert one is not None
    assert one == person_named(con, "P1") == person_named(con, "st-1")
    assert (one.user_id, one.ids) == ("st-1", frozenset({"st-1", "st-1b", "P1"}))
    assert (one.name, one.manager, one.mail, one.left_on) == ("山田 花子", "P9", None, None)
    mute, boss = person_named(con, "mute"), person_named(con, "boss")
    assert mute is not None
    assert mute.mail is None
    assert boss is not None
    assert boss.mail == "boss@prime.example"
    assert person_named(con, "no such user") is None


def test_who_a_case_is_about(con: duckdb.DuckDBPyConnection) -> None:
    """All accounts of the person; an address that points to nobody is about nobody."""
    assert sorted(accounts_about(con, [case("st-1")])) == ["st-1", "st-1b"]
    assert accounts_about(con, [case("nobody")]) == ["nobody"]
    assert accounts_about(con, []) == []
    (address,) = [one for one in every_case(con, 14, TODAY) if one.actor_kind == "ip"]
    assert accounts_about(con, [address.case_id]) == []


@pytest.mark.parametrize(
    ("written", "is_named_so"),
    [
        ("山田 花子", True),
        ("山田花子 (契約課)", True),
        ("契約課 (山田　花子)", True),
        ("Ｐ１", True),
        ("p1", True),
        ("P11", False),
        ("山田", False),
        ("", False),
    ],
)
def test_names_of_the_list(con: duckdb.DuckDBPyConnection, written: str, is_named_so: bool) -> None:
    """In any width and case, with and without spaces, alone or beside something else."""
    assert is_named(con, ["st-1", "st-1b"], written) is is_named_so
    assert not is_named(con, [], written)
