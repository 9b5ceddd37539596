"""A manager is asked for the reason, once, on record; the answer closes the case or raises it."""

import datetime as dt
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.asking.facts import gather_asked
from pipelines.asking.letter import letter_text
from pipelines.audit.questions import questions_of
from pipelines.audit.questions_section import questions_part
from pipelines.audit.writer import AuditWriter
from pipelines.deliver.ledger import Ledger
from pipelines.detect.catalogue import load_catalogue
from pipelines.errors import UsageError
from pipelines.findings import Severity
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.records.verify import verify
from pipelines.report.case_facts import DayCases
from pipelines.settings.model import Settings
from pipelines.text.month import Month
from pipelines.text.words import Words
from pipelines.triage.cases.ask import answer, ask
from pipelines.triage.cases.commands import cases_of, close, history_of
from pipelines.triage.cases.managers import manager_to_ask
from pipelines.triage.cases.read import Case, every_case
from pipelines.triage.cases.risk import Rise
from pipelines.worksheet.document import Mark
from pipelines.worksheet.law import law_on
from tests import mail_server
from tests.asking.asked_lake import (
    NOW,
    TODAY,
    answered_by_list,
    asked,
    case,
    fill,
    listed,
    sent,
    settings_at,
)
from tests.detect.given_findings import DAY, at, settings_in


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings and a working folder for all tests here; each asks about people of its own."""
    return tmp_path_factory.mktemp("asking")


@pytest.fixture(scope="module")
def box() -> Iterator[mail_server.Box]:
    """A mail server on this machine."""
    with mail_server.serving(None) as served:
        yield served


@pytest.fixture(scope="module")
def settings(folder: Path, box: mail_server.Box) -> Settings:
    """Settings that ask through it."""
    return settings_at(folder, box.port)


@pytest.fixture(scope="module")
def home(folder: Path, settings: Settings) -> Home:
    """The working folder, with a case about everybody."""
    home = Home(folder / "var")
    fill(home, settings)
    return home


def _found_later(con: duckdb.DuckDBPyConnection, user: str, day: dt.date, severity: str) -> None:
    """Give a user one more finding, on another day."""
    con.execute(
        "insert into lake.findings select * replace ('later-' || actor as finding_id, $day as date,"
        " $severity as severity, 95 as score) from lake.findings where actor = $user limit 1",
        {"user": user, "day": day, "severity": severity},
    )


def _case(home: Home, settings: Settings, user: str, day: dt.date = TODAY) -> Case:
    found = cases_of(home, settings, day, everything=True)
    return next(one for one in found if one.case_id == case(user))


def test_the_manager_is_asked_once_and_the_answer_closes_the_case(
    home: Home, settings: Settings, box: mail_server.Box
) -> None:
    """The letter says who, what, when and by when; no subject, and no person in its subject."""
    question = asked(home, settings, "st-1")
    assert (question.manager, question.reply_by) == ("boss", TODAY + dt.timedelta(days=5))
    assert sent(home, settings, question.question_id) == [("sent", "")]
    mail = message_from_bytes(box.raw[-1], policy=email.policy.default)
    text = mail.get_content()
    assert (mail["To"], mail["Reply-To"]) == ("boss@prime.example", "security@prime.example")
    assert question.question_id in mail["Subject"]
    assert str(question.reply_by) in mail["Subject"]
    assert not any(one in str(mail["Subject"]) for one in ("st-1", "山田", "boss", "上野", "site"))
    for told in ("上野 次郎 様", "山田 花子", "st-1", "契約課", "11/19", "site", "officer"):
        assert told in text
    assert "60 人分" in text
    assert "棚卸しですか" in text
    assert "70001" not in text
    with pytest.raises(UsageError, match=question.question_id):
        asked(home, settings, "st-1")
    assert sent(home, settings, question.question_id) == []  # the ledger knows it
    (receipt,) = Ledger(home).receipts()
    assert (receipt["kind"], receipt["period"]) == ("question", question.question_id)
    with pytest.raises(UsageError, match="cannot answer for themselves"):
        answer(home, settings, case("st-1"), "st-1b", "I did", "mm", NOW, is_explained=True)
    for own in ("山田花子", "山田　花子（契約課）", "Ｐ１"):
        with pytest.raises(UsageError, match="cannot answer for themselves"):
            answer(home, settings, case("st-1"), own, "I did", "mm", NOW, is_explained=True)
    with pytest.raises(UsageError, match="for somebody else to do"):
        answer(home, settings, case("st-1"), "boss", "fine", "X (st-1)", NOW, is_explained=True)
    given = answer(
        home, settings, case("st-1"), "上野", "契約更新の電話", "mm", NOW, is_explained=True
    )
    assert given.state_on(TODAY) == "explained"
    history = history_of(home, settings, case("st-1"), TODAY)
    assert history.case.state == "closed"
    assert [(one.act, one.person, one.verdict) for one in history.decisions] == [
        ("asked", "boss", None),
        ("sent", "boss", None),
        ("answered", "上野", "explained"),
        ("closed", None, "explained"),
    ]
    assert history.decisions[-1].note == "契約更新の電話"
    acts = [
        (one.what, one.about["question"])
        for one in Records(home).entries(Series.DECISIONS)
        if one.about["cases"] == [case("st-1")]
    ]
    assert acts == [(f"cases {act}", question.question_id) for act in ("ask", "answer")]
    (disclosed,) = Records(home).entries(Series.DISCLOSURES)
    assert disclosed.about["whose"] == f"question {question.question_id}"
    assert verify(Records(home)).ok


_ASKED = {"boss": "chief", "gone-1": "chief", "team-1": "st-9x", "st-1": "boss"}
_NOBODY = {
    "nobody": "is not in the list",
    "orphan": "names no manager",
    "stray": "is not in that list",
    "lonely": "lead back to the person",
    "mute-1": "has no mail address",
    "chief": "names no manager",
}


@pytest.mark.further
def test_whom_to_ask(home: Home, settings: Settings) -> None:
    """The manager however named, above one who has left; else it is said why nobody can be."""
    with lake.open_reader(home, settings.timezone) as con:
        known = {one.actor: one for one in every_case(con, 14, TODAY)}
        for user, manager in _ASKED.items():
            assert manager_to_ask(con, known[user], [user], TODAY).user_id == manager
        assert manager_to_ask(con, known["st-1"], ["st-1", "boss"], TODAY).user_id == "chief"
        officer = manager_to_ask(con, known["st-1"], ["st-1"], TODAY, "上野 (boss)")
        assert officer.user_id == "chief"  # nobody asks themselves
        for user, why in _NOBODY.items():
            with pytest.raises(UsageError, match=why):
                manager_to_ask(con, known[user], [user], TODAY)


def test_what_is_no_question_is_refused(home: Home, settings: Settings, tmp_path: Path) -> None:
    """An address, a forged id, a day that is past, the own case, no mail server."""
    (address,) = [one for one in cases_of(home, settings, TODAY, everything=True)
                  if one.actor_kind == "ip"]  # fmt: skip
    for case_id, day, author, why in (
        (address.case_id, None, "mm", "about no person"),
        ("0" * 16, None, "mm", "no case"),
        ("' or 1=1", None, "mm", "no case"),
        (case("orphan"), DAY, "mm", "--reply-by"),
        (case("orphan"), None, "orphan", "for somebody else to do"),
    ):
        with pytest.raises(UsageError, match=why):
            ask(home, settings, case_id, day, None, author, NOW)
    with pytest.raises(UsageError, match="add deliver: email:"):
        ask(home, settings_in(tmp_path), case("orphan"), None, None, "mm", NOW)


def test_a_mail_server_that_is_down_loses_nothing(
    folder: Path, home: Home, settings: Settings, box: mail_server.Box
) -> None:
    """The question is put down, the failure is told, and a later night sends it."""
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("update lake.person set manager = 'P9' where user_id = 'orphan'")
    question = asked(home, settings, "orphan")
    down = settings_at(folder, 1)
    ((status, why),) = sent(home, down, question.question_id)
    assert (status, bool(why)) == ("failed", True)
    assert listed(home, settings, "orphan").is_open
    box.failures[:] = ["451 come back later"]
    assert sent(home, settings, question.question_id)[0][0] == "failed"
    before = len(box.raw)
    assert sent(home, settings, question.question_id) == [("sent", "")]
    assert len(box.raw) == before + 1


@pytest.mark.further
def test_without_an_answer_the_case_rises(home: Home, settings: Settings) -> None:
    """From the day after the date: at least high, first on the page of that day, overdue since."""
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("update lake.person set manager = 'boss' where user_id = 'stray'")
        con.execute(
            "update lake.findings set severity = 'medium', score = 40 where actor = 'stray'"
        )
    question = asked(home, settings, "stray", TODAY)
    sent(home, settings, question.question_id)
    waiting = _case(home, settings, "stray")
    assert (waiting.severity, waiting.rise, waiting.is_late(TODAY)) == (
        Severity.MEDIUM,
        None,
        False,
    )
    late = _case(home, settings, "stray", TODAY + dt.timedelta(days=1))
    assert (late.severity, late.rise) == (Severity.HIGH, Rise.UNANSWERED)
    assert late.is_late(late.on)
    with lake.open_writer(home, settings.timezone) as con:
        _found_later(con, "stray", late.on, "critical")
    worse = _case(home, settings, "stray", late.on)
    assert (worse.rise is not Rise.UNANSWERED, worse.rise is not None) == (True, True)
    assert DayCases((worse,)).unanswered == (worse,)  # a new finding hides no missing answer
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("delete from lake.findings where finding_id = 'later-stray'")
    later = _case(home, settings, "stray", TODAY + dt.timedelta(days=2))
    assert (later.severity, later.rise) == (Severity.HIGH, None)
    after = lambda: at("09:00", TODAY + dt.timedelta(days=3))  # noqa: E731 - a clock
    again = ask(home, settings, case("stray"), None, None, "mm", after)
    assert again.question_id != waiting.question.question_id if waiting.question else False
    sent(home, settings, again.question_id, after)
    asked_again = _case(home, settings, "stray", TODAY + dt.timedelta(days=3))
    assert (asked_again.severity, asked_again.is_late(asked_again.on)) == (Severity.HIGH, False)
    unexplained = answer(
        home, settings, case("stray"), "boss", "心当たりがない", "mm", after, is_explained=False
    )
    states = [unexplained.state_on(TODAY + dt.timedelta(days=days)) for days in (2, 3)]
    assert states == ["unsent", "unexplained"]  # an audit of an earlier day knows no later answer
    still = _case(home, settings, "stray", TODAY + dt.timedelta(days=3))
    assert (still.severity, still.state) == (Severity.HIGH, "new")


@pytest.mark.further
def test_nobody_is_late_who_was_never_written_to(
    folder: Path, home: Home, settings: Settings, box: mail_server.Box
) -> None:
    """The days to answer begin when the letter goes out, and the letter says until when."""
    question = asked(home, settings, "left-2", TODAY)
    assert sent(home, settings_at(folder, 1), question.question_id)[0][0] == "failed"
    later = TODAY + dt.timedelta(days=3)
    unsent = _case(home, settings, "left-2", later)
    assert (unsent.is_late(later), unsent.rise) == (False, None)
    assert listed(home, settings, "left-2").state_on(later) == "unsent"
    assert sent(home, settings, question.question_id, lambda: at("08:00", later)) == [("sent", "")]
    now = listed(home, settings, "left-2")
    assert (now.state_on(later), now.reply_by) == ("waiting", later)
    assert now.state_on(later - dt.timedelta(days=1)) == "unsent"
    assert str(later) in message_from_bytes(box.raw[-1], policy=email.policy.default)["Subject"]
    late = _case(home, settings, "left-2", later + dt.timedelta(days=1))
    assert late.rise is Rise.UNANSWERED


@pytest.mark.further
def test_who_asked_and_enters_the_answer_too_is_named(home: Home, settings: Settings) -> None:
    """On the command line or on the page: it is one account, and the register says so."""
    asked(home, settings, "left-3", author="Sato (officer)")
    given = answer(
        home, settings, case("left-3"), "chief", "fine", "airflow:officer", NOW, is_explained=True
    )
    assert given.is_by_asker
    assert given.as_json(TODAY)["is_by_asker"] is True
    other = replace(given, author="Sato (officer-2)")
    assert not other.is_by_asker


@pytest.mark.further
def test_a_case_that_was_closed_meanwhile_is_not_asked_about(
    home: Home, settings: Settings, box: mail_server.Box
) -> None:
    """The letter is not sent; an answer that comes all the same is put down and closes nothing."""
    question = asked(home, settings, "gone-1")
    close(home, settings, [case("gone-1")], "false_alarm", "a test", "mm", NOW)
    before = len(box.raw)
    assert sent(home, settings, question.question_id) == []
    assert len(box.raw) == before
    assert listed(home, settings, "gone-1").state_on(TODAY) == "closed"
    answer(home, settings, case("gone-1"), "chief", "yes", "mm", NOW, is_explained=True)
    history = history_of(home, settings, case("gone-1"), TODAY)
    assert [one.act for one in history.decisions] == ["asked", "closed", "answered"]
    with pytest.raises(UsageError, match="cases ask"):
        answer(home, settings, case("gone-1"), "chief", "yes", "mm", NOW, is_explained=True)


@pytest.mark.further
def test_an_entry_of_assignments_answers(folder: Path, home: Home, settings: Settings) -> None:
    """By its reference, for the person, site and subjects; what came later stays open."""
    question = asked(home, settings, "team-1")
    with lake.open_writer(home, settings.timezone) as con:
        _found_later(con, "team-1", TODAY, "medium")
    reference = question.question_id

    def taken(*rows: str) -> int:
        return answered_by_list(home, settings, folder, *rows)

    assert taken(f"st-1,,70001,,2026-11-01,2026-11-30,{reference} of somebody else") == 0
    assert taken(f"team-1,,,site,2026-11-20,2026-11-30,{reference} too late") == 0
    assert taken(f"team-1,,70001,,2026-11-01,2026-11-30,{reference} one of sixty people") == 0
    assert taken(f"team-1,,,elsewhere,2026-11-01,2026-11-30,{reference}") == 0
    assert taken("team-1,,,site,2026-11-01,2026-11-30,without the reference") == 0
    assert listed(home, settings, "team-1").is_open
    with lake.open_reader(home, settings.timezone) as con:
        letter = letter_text(
            gather_asked(con, settings, question, TODAY), Words("en", settings.zone)
        )
    row = re.search(
        r"each site \((.+)\): user (\S+), from no later than (.+), to no earlier than (.+), and",
        letter,
    )
    assert row is not None
    site, user, first, last = row.groups()
    assert taken(f"{user},,,{site},{first},{last},契約更新 ({reference.upper()})") == 1
    given = listed(home, settings, "team-1")
    assert given.answer is not None
    assert (given.answer.answered_by, given.answer.note) == (
        "context.assignments",
        f"契約更新 ({reference.upper()})",
    )
    still = _case(home, settings, "team-1")
    history = history_of(home, settings, case("team-1"), TODAY)
    assert [one.act for one in history.decisions] == ["asked", "answered"]
    assert (still.state, still.findings) == ("new", 1)  # nobody asked about what was found later
    assert taken(f"team-1,,,site,2026-11-01,2026-11-30,{reference}") == 0  # once


@pytest.mark.further
def test_the_audit_has_the_register(home: Home, settings: Settings) -> None:
    """All questions of the month with what became of them, in the words of the page and as data."""
    month = Month(DAY.replace(day=1))
    with lake.open_reader(home, settings.timezone) as con:
        found = questions_of(con, Ledger(home), month, TODAY + dt.timedelta(days=3))
    states = [one.state for one in found]
    assert sorted(states) == [
        *4 * ["explained"],
        "superseded",
        "unexplained",
        *2 * ["waiting"],
    ]
    assert [one.as_json()["sent_at"] is None for one in found].count(False) == 5
    words = Words("ja", settings.zone)
    writer = AuditWriter(words, load_catalogue(), law_on(month.last).eea, NOW())
    part = questions_part(found, writer)
    (table,) = part.tables
    assert len(table.rows) == len(found)
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert "期限までに回答のないもの" not in "".join(part.lead)
    assert "心当たりのないもの 1 件" in "".join(part.lead)
    assert "尋ねた本人が回答を記入したもの 4 件" in "".join(part.lead)
    answered = next(one for one in found if one.state == "explained")
    assert answered.question.is_by_asker
    due = answered.question.asked_on - dt.timedelta(days=1)
    late = replace(answered, question=replace(answered.question, reply_by=due))
    for one, text in (
        (answered, "理由あり、尋ねた本人が記入"),
        (late, "理由あり（期限後）、尋ねた本人が記入"),
    ):
        (shown,) = questions_part([one], writer).tables[0].rows
        assert [cell.text for cell in shown if isinstance(cell, Mark)] == [text]
