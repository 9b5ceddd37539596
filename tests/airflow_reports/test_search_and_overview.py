"""The search says who saw whom and what an account did, the overview what today asks for."""

import asyncio
import csv
import datetime as dt
import html
import io
import re
import shutil
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from pipelines import lake
from pipelines.airflow_reports.casework.forms import RefusedError
from pipelines.airflow_reports.casework.tokens import LIFETIME
from pipelines.airflow_reports.headers import FORM_HEADERS
from pipelines.airflow_reports.overview.gather import NightOf
from pipelines.airflow_reports.overview.page import soonest_then_riskiest
from pipelines.airflow_reports.search import sending
from pipelines.errors import UsageError
from pipelines.findings import Severity
from pipelines.paths import SQL_DIR, Home
from pipelines.query.connection import Session, TookTooLongError, questions
from pipelines.query.mart import mart_of, mart_questions
from pipelines.records import Entry, Records, Series
from pipelines.report.index import SUMMARY, Summary
from pipelines.report.verdict import Verdict
from pipelines.search import network, run
from pipelines.search.answer import FAR_MORE, FEW_PEOPLE, LEAST_PAST_DAYS, PAST_DAYS, USUAL_DAYS
from pipelines.search.question import Kind, question
from pipelines.search.run import all_lines, search
from pipelines.search.source import LakeSource, MartSource, Source
from pipelines.triage.cases.decisions import Assignment
from pipelines.triage.cases.read import open_cases
from tests.airflow_reports.casework_app import (
    CASE,
    NOW,
    OTHER,
    ROOT,
    SCRIPT,
    World,
    hidden_in,
)
from tests.airflow_reports.search_app import (
    ADDRESS,
    ADDRESS6,
    ADDRESS_CASE,
    EARLY,
    HOSTILE,
    MOVED_ADDRESS,
    SEEN_BY_MANY,
    SHOP_ADDRESS,
    SUBJECT,
    UNNAMED,
    searched_world,
)
from tests.detect.given_findings import DAY

pytestmark = pytest.mark.further

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

DAYS = {"from": str(DAY - dt.timedelta(days=1)), "to": str(DAY)}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, made_world: Path) -> Iterator[World]:
    """Lines of five weeks; a search changes nothing but the records of use."""
    with pytest.MonkeyPatch.context() as patch:
        yield searched_world(tmp_path_factory.mktemp("world"), made_world, patch)


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The same, seen by an officer."""
    yield shared
    shared.name, shared.session, shared.at = "officer", "session", NOW


def find(world: World, kind: str, value: str, **fields: str) -> httpx.Response:
    """Open the form, fill it in and send it."""
    hidden = world.hidden("search/", "search/")
    return world.post("search/", {**hidden, "kind": kind, "value": value, **DAYS, **fields})


def text_of(page: str) -> str:
    """Return what a reader sees of a page, on one line."""
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page.partition("<main>")[2])).split())


def uses(world: World) -> list[Entry]:
    """Return the records of use."""
    return list(Records(world.home).entries(Series.USE))


def test_who_saw_a_customer_and_is_that_usual(world: World) -> None:
    """Each account with the own past beside it; also a lost zero and a line that names nobody.

    The search is on record, and its value nowhere in clear: neither there nor in Airflow's log.
    """
    world.audited.clear()
    page = find(world, "subject", SUBJECT)
    assert page.status_code == 200
    text = text_of(page.text)
    reported = "未対応・確認中の検出のケースがあります：st-0412（未対応 2 件）。"
    verdict = "一日に見た人数が、本人の過去よりはるかに多かったアカウントが 1 あります。"
    assert f"アドレスのうち 1 に、{reported}{verdict} リクエスト 4 件" in text
    assert "リクエスト 4 件。このうち個人データへのアクセス 3 件、拒否や誤り 1 件。" in text
    assert "その前の 28 日：リクエスト 1 件、個人データへのアクセス 1 件。" in text
    assert "一日あたりのアクセスは、期間 1.5 件、その前 0.036 件。" in text
    assert "見たアカウントは、期間 2、その前 1。" in text
    many_seen = "1 はふだんよりはるかに多くの人を見た日がある、1 は本人のふだんどおり、1 は"
    assert f"{many_seen}この対象者を" in text
    assert (
        f"目立つアカウント 2：{SEEN_BY_MANY}（ふだんよりはるかに多い）、st-0412（未対応 2 件）"
        in text
    )
    many = text[text.index("だれが アカウント") :]
    assert f"{SEEN_BY_MANY} 職員 2 2 1 2 初めて ふだんよりはるかに多い" in many
    assert (
        "st-0412 職員 山田 花子 · 営業 1 1 1 1 1 日 本人のふだんどおり ふだん 3 人、最多 4 人"
        in many
    )
    assert f'href="{ROOT}/cases/{CASE}">未対応 2 件' in page.text
    assert "st-0700 職員 0 1 1 0 初めて" in many
    assert "セッションから" in many
    assert not re.search(r">\s*1:\d+\s*<", page.text)  # the place of a line is in the file
    assert page.text.count('<svg class="chart"') == 3
    last = uses(world)[-1]
    assert (last.what, last.who, last.rows) == ("search", "airflow:officer", 4 + 3 + 2)
    hashed = Records(world.home).hashed(SUBJECT)
    assert last.about == f"subject=#{hashed} {DAYS['from']}..{DAYS['to']}"
    assert world.audited == [("mimamori_search", "search/")]


def test_what_was_closed_as_confirmed_is_not_forgotten(
    tmp_path: Path, made_world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands first, with when and by whom, beside the account, and on the page of the case."""
    own = searched_world(tmp_path, made_world, monkeypatch)
    assert own.act(CASE, "close", verdict="confirmed", note="seen").status_code == 303
    page = find(own, "subject", SUBJECT)
    ended = "完了：事実 2 件（2026-11-20（金） airflow:officer）"
    text = text_of(page.text)
    assert f"1 に、事実とされて完了した検出があります：st-0412（{ended}）。" in text
    assert f'href="{ROOT}/cases/{CASE}">{ended}</a>' in page.text
    assert "未対応・確認中の検出のケースがあります" not in text
    case = text_of(own.get(f"cases/{CASE}").text)
    assert "完了：事実（11/20 09:00 airflow:officer）" in case
    assert "リスク 0" not in case
    assert "漏えい等の検討票 まだありません" in case
    assert own.act(CASE, "reopen").status_code == 303
    assert "事実とされて" not in text_of(find(own, "subject", SUBJECT).text)


def test_open_cases_of_addresses_come_first(world: World) -> None:
    """Whatever the day of the finding: whom nobody named saw, and what the address itself did.

    Without an open case the sentence says what it compares, and what not.
    """
    days = {"from": str(EARLY), "to": str(EARLY)}
    link = f'<a href="{ROOT}/cases/{ADDRESS_CASE}">未対応 1 件</a>'
    reported = f"アドレスのうち 1 に、未対応・確認中の検出のケースがあります：{ADDRESS6}（未対応 1"
    for kind, value, links in (("subject", UNNAMED, 2), ("address", ADDRESS6, 1)):
        page = find(world, kind, value, **days).text
        assert reported in text_of(page)
        assert "だれのアクセスか分からないものだけなので" in text_of(page)
        assert page.count(link) == links
    later = find(world, "address", ADDRESS6).text  # of these days it has no access, still a case
    assert "これらのリクエストのアカウントとアドレスのうち 1 に" in text_of(later)
    world.name = "ana"
    with mart_questions(mart_of(world.home, "analyst"), "Asia/Tokyo", world.settings.limits) as one:
        ((client,),) = one.con.execute(
            "select actor from lake.findings where actor_kind = 'ip' and log_date = ?", [EARLY]
        ).fetchall()
    assert f"ケースがあります：{client}（未対応 1 件）" in text_of(
        find(world, "address", client, **days).text
    )
    world.name = "officer"
    day_before = str(EARLY - dt.timedelta(days=1))
    usual = text_of(find(world, "subject", "1", **{"from": day_before, "to": day_before}).text)
    assert "一日に見た人数は、比べられるどのアカウントも、本人の過去よりはるかに多く" in usual
    assert "この対象者を見ることがふだんどおりかは、比べていません。" in usual
    assert "ケースがあります" not in usual


def test_days_after_the_last_logs_are_not_days_without_accesses(world: World) -> None:
    """The form ends where logs end; who asks for more is told so, and figures leave it out."""
    blank = world.get("search/").text
    assert re.search(rf'name="to" type="date" value="{DAY}"', blank)
    today = DAY + dt.timedelta(days=1)
    longer = text_of(find(world, "subject", SUBJECT, to=str(today)).text)
    assert "ログが読み込まれているのは 2026-11-19（木） までです。" in longer
    assert "一日あたりのアクセスは、期間 1.5 件" in longer
    assert "2 日のうち" in longer
    later = text_of(find(world, "subject", SUBJECT, **{"from": str(today), "to": str(today)}).text)
    assert "まだ何も読み込まれていません。" in later
    assert "リクエストはありません" not in later
    assert "ログが読み込まれているのは" not in text_of(find(world, "subject", SUBJECT).text)


def test_each_kind_is_found(world: World) -> None:
    """Values are canonical where they have a canonical form, and never part of a statement."""
    days = (DAY - dt.timedelta(days=1), DAY)
    asked: list[tuple[Kind, str, str, int]] = [
        ("account", "st-0412", "st-0412", 7),
        ("account", SEEN_BY_MANY, SEEN_BY_MANY, 34),  # with the line that names nobody
        ("person", "山田花子", "st-0412", 7),
        ("address", f"::ffff:{ADDRESS}", ADDRESS, 42),
        ("address", "2001:0DB8:0::7", ADDRESS6, 1),
        ("network", "192.0.2.9/24", "192.0.2.0/24", 42),
        ("network", "203.0.113.0/24", "203.0.113.0/24", 0),
        ("path", "/customers/*", "/customers/*", 43),
        ("subject", SUBJECT.lstrip("0"), SUBJECT.lstrip("0"), 4),
        ("subject", f"0{SUBJECT}", f"0{SUBJECT}", 4),
        ("subject", "' or 1=1 --", "' or 1=1 --", 0),
    ]
    with questions(world.home, "Asia/Tokyo", world.settings.limits) as session:
        for kind, value, canonical, lines in asked:
            found = search(session, LakeSource(), question(kind, value, days, DAY))
            assert (found.question.value, found.total.lines) == (canonical, lines), (kind, value)
            assert sum(one.lines for one in found.hours.values()) == lines
            assert len(found.lines) == lines
        for finding_id, count in ((f"{1:016x}", 1), (CASE, 2), ("f" * 16, 0)):
            found = search(session, LakeSource(), question("finding", finding_id, days, DAY))
            assert {one.case_id for one in found.findings} == ({CASE} if count else set())
            assert len(found.findings) == count


def test_nothing_is_as_usual_that_no_day_before_was_like(world: World) -> None:
    """Days at work without people count, exports too; what is not aggregated is not compared."""
    next_day = EARLY + dt.timedelta(days=1)
    with questions(world.home, "Asia/Tokyo", world.settings.limits) as session:
        for user, on, compared in (
            ("st-0800", EARLY, "far_more"),
            ("ST-0800", EARLY, "far_more"),
            ("st-0801", EARLY - dt.timedelta(days=1), "as_before"),
            ("st-0801", EARLY, "more"),
            ("st-0801", next_day, "unknown"),
        ):
            found = search(session, LakeSource(), question("account", user, (on, on), DAY))
            (party,) = found.accounts.shown
            assert party.habit is not None
            assert (party.name, party.habit.compared) == (user.lower(), compared), on
    rule = (SQL_DIR / "functions" / "who_looked.sql").read_text()
    assert f"day::date - {USUAL_DAYS} and day::date - 1" in rule
    assert f"past_days >= {LEAST_PAST_DAYS}," in rule
    assert f"subjects > greatest({FEW_PEOPLE}, {FAR_MORE} * " in rule


def test_an_address_that_moved_is_one_and_doubles_no_line(world: World) -> None:
    """It is in the lake once for each country; people and days are those of all of them."""
    days = (EARLY - dt.timedelta(days=1), EARLY)
    asked = question("address", MOVED_ADDRESS, days, DAY)
    mart = mart_of(world.home, "franchise:012")
    limits = world.settings.limits
    sources: list[tuple[AbstractContextManager[Session], Source]] = [
        (questions(world.home, "Asia/Tokyo", limits), LakeSource()),
        (mart_questions(mart, "Asia/Tokyo", limits), MartSource("franchise:012")),
    ]
    for opened, source in sources:
        with opened as session:
            found = search(session, source, asked)
            lines = source.lines(session, asked)
            sent = [one for batch in all_lines(session, lines, asked) for one in batch]
        (origin,) = found.origins.shown
        assert (origin.people, origin.days, origin.count.lines) == (2, 2, 2)
        assert len(found.lines) == len(sent) == 2


def test_the_first_time_is_said_only_where_all_of_the_past_is_there(world: World) -> None:
    """Not where lines are pseudonymised by now, nor before the first log."""
    asked = question("subject", SUBJECT, (DAY, DAY), DAY)
    begin = DAY - dt.timedelta(days=PAST_DAYS)
    with questions(world.home, "Asia/Tokyo", world.settings.limits) as session:
        for named_from, is_new in ((begin, True), (begin + dt.timedelta(days=1), False)):
            found = search(session, LakeSource(), asked, named_from=named_from)
            assert found.past_from == named_from
            (seen,) = (one for one in found.accounts.shown if one.name == SEEN_BY_MANY)
            assert (seen.before, seen.is_new) == (0, is_new)
        early = replace(asked, value="910", first=EARLY, last=EARLY)
        found = search(session, LakeSource(), early)
        (seen,) = found.accounts.shown
        assert found.past_days < PAST_DAYS
        assert (seen.before, seen.is_new) == (0, False)
    from_day = str(DAY - dt.timedelta(days=70))
    assert (
        "仮名化や削除がされていることがあり"
        in find(world, "subject", "1", **{"from": from_day}).text
    )


def test_a_person_is_picked_among_as_many_as_a_page_holds(world: World) -> None:
    """An exact account is its person's alone; a single letter of a name finds nobody."""
    with questions(world.home, "Asia/Tokyo", world.settings.limits) as session:
        for value, count in (("st-0412", 1), ("st-1050", 1), ("花", 0), ("山田", 1), ("代理", 51)):
            assert len(LakeSource().people(session, value)) == count, value
    page = find(world, "person", "代理")
    assert "あてはまる人が 50 人います。選んでください。 ほかにもいます。" in text_of(page.text)
    assert uses(world)[-1].rows == 50


def test_of_a_network_no_more_is_read_than_one_search_looks_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Addresses are read in batches."""
    monkeypatch.setattr(network, "_BATCH_ROWS", 1)
    asked = question("network", "203.0.113.0/24", (EARLY, EARLY), DAY)
    with questions(world.home, "Asia/Tokyo", world.settings.limits) as session:
        assert search(session, LakeSource(), asked).total.lines == 1
        monkeypatch.setattr(network, "MOST_CLIENTS", 1)
        with pytest.raises(UsageError):
            search(session, LakeSource(), asked)


def test_of_more_lines_those_that_are_shown_are_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the lake and for a mart; the answer is the same, on the second page too."""
    monkeypatch.setattr(run, "LINES_A_PAGE", 2)
    days = (DAY - dt.timedelta(days=1), DAY)
    analyst = mart_of(world.home, "analyst")
    for kind, value in (("subject", SUBJECT), ("path", "/customers/*")):
        asked = question(kind, value, days, DAY)
        for page in (1, 2):
            found = []
            for few in (50_000, 1):
                monkeypatch.setattr(run, "FEW_KEPT", few)
                with questions(world.home, "Asia/Tokyo", world.settings.limits) as session:
                    found.append(search(session, LakeSource(), asked, page))
            assert found[0] == found[1]
            assert len(found[0].lines) > 0
    source, pages = MartSource("analyst"), []
    with mart_questions(analyst, "Asia/Tokyo", world.settings.limits) as one:
        ((subject,),) = one.con.execute(
            "select subject_id from lake.access_log where subject_id is not null"
            " group by 1 order by count(*) desc, 1 limit 1"
        ).fetchall()
    asked = question("subject", subject, (EARLY, DAY), DAY, source.kinds, is_pseudonymous=True)
    for few in (50_000, 1):
        monkeypatch.setattr(run, "FEW_KEPT", few)
        with mart_questions(analyst, "Asia/Tokyo", world.settings.limits) as session:
            pages.append(search(session, source, asked))
    assert pages[0] == pages[1]
    assert pages[0].total.lines > 1


def test_of_many_lines_none_is_held(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is the same where every part of it reads the files; lines come page by page."""
    days = (DAY - dt.timedelta(days=1), DAY)
    asked = question("path", "/*", days, DAY)
    with questions(world.home, "Asia/Tokyo", world.settings.limits) as session:
        held = search(session, LakeSource(), asked)
        monkeypatch.setattr(run, "MOST_KEPT", 1)
        monkeypatch.setattr(run, "LINES_A_PAGE", 20)
        last = search(session, LakeSource(), asked, page=3)
    assert (last.days, last.accounts, last.origins) == (held.days, held.accounts, held.origins)
    assert last.lines == held.lines[40:]
    assert len(last.lines) == 4


def test_a_button_of_an_answer_searches_on_in_the_language_chosen(world: World) -> None:
    """Whatever letters a log had: the form sends them encoded, the page shows them visible."""
    page = find(world, "person", "花子", language="en")
    assert 'name="pick" value="person:st-0412"' in page.text  # for further pages and the file
    code = f"account:{quote(HOSTILE, safe='')}"
    assert page.cookies["mimamori_language"] == "en"
    hidden = hidden_in(page.text, "search/")
    found = world.post("search/", {**hidden, "pick": code, **DAYS}, cookie="mimamori_language=en")
    assert "1 request: 1 access" in text_of(found.text)
    assert f'name="pick" value="{code}"' in found.text
    assert "<script" not in found.text.lower()
    assert html.escape(SCRIPT) in found.text


def test_a_page_leads_back_to_the_search_before(world: World) -> None:
    """With its days and its page of lines, step by step; a trail that is none is left out."""
    first = find(world, "subject", SUBJECT).text
    assert "の検索に戻る" not in text_of(first)
    trail = f"subject:{SUBJECT};{DAYS['from']};{DAYS['to']};1"
    assert first.count(f'name="trail" value="{trail}"') == 2  # the form, and what can be picked
    hidden = world.hidden("search/", "search/")
    sent = {**hidden, **DAYS, "trail": trail, "pick": "account:st-0412"}
    second = world.post("search/", sent).text
    assert f"← {SUBJECT} の検索に戻る" in text_of(second)
    assert f'name="pick" value="subject:{SUBJECT}">← ' in second
    onward = f"{trail} account:st-0412;{DAYS['from']};{DAYS['to']};1"
    assert f'name="trail" value="{onward}"' in second
    again = world.post("search/", {**sent, "trail": onward}).text
    assert f'name="trail" value="{onward}"' in again
    for wrong in (SCRIPT, f"{trail};", f'{trail}"', "x"):
        page = world.post("search/", {**sent, "trail": wrong}).text
        assert "の検索に戻る" not in text_of(page)
    long = world.post("search/", {**sent, "trail": " ".join([trail] * 50)}).text
    assert re.findall(r'name="trail" value="([^"]*)"', long)[0].split() == [trail] * 10


def test_an_address_asks_for_nothing(world: World) -> None:
    """What stands in it is neither searched for nor shown."""
    before = len(uses(world))
    assert SUBJECT not in world.get(f"search/?kind=subject&value={SUBJECT}").text
    assert len(uses(world)) == before


async def never(*_: object) -> Any:
    """Take or send nothing."""
    await asyncio.Event().wait()


def test_lines_come_as_a_file_that_a_spreadsheet_may_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, the oldest first, what a spreadsheet would run defused; the use on record."""
    hidden = world.hidden("search/", "search/")
    asked = {**hidden, "kind": "path", "value": "/*", **DAYS}
    sent = world.post("search/csv", asked)
    assert sent.headers["content-disposition"].startswith("attachment; filename=mimamori-search-")
    rows = list(csv.DictReader(io.StringIO(sent.text.removeprefix("\ufeff"))))
    assert len(rows) == 44
    assert int(sent.headers["content-length"]) == len(sent.content)
    with monkeypatch.context() as patch:  # what was sent holds no place, what is being sent does
        patch.setattr(sending, "FILES_A_USER", 1)
        assert world.post("search/csv", asked).status_code == 200
        patch.setattr(sending, "MOST_BYTES", 100)
        assert world.post("search/csv", asked).status_code == 422
        slow = _sent(world.home, b"")
        with pytest.raises(RefusedError):
            _sent(world.home, b"")
        assert world.post("search/csv", asked).status_code == 422
        patch.setattr(sending, "FILES", 1)
        assert world.post("search/csv", asked).status_code == 503
        patch.setattr(sending, "SENDING_SECONDS", 0)
        with pytest.raises(TimeoutError):
            asyncio.run(slow({"type": "http"}, never, never))
    assert world.post("search/csv", asked).status_code == 200
    assert [one["time"] for one in rows] == sorted(one["time"] for one in rows)
    assert "'=1+1" in {one["subject_id"] for one in rows}
    assert {one["file_id"] for one in rows} == {"1"}
    assert (uses(world)[-1].what, uses(world)[-1].rows) == ("search csv", 44)
    config = world.home.root.parent / "mimamori.yaml"
    kept = config.read_text()
    config.write_text(f"{kept}limits: {{sql_rows: 43}}\n")
    try:
        refused = world.post("search/csv", asked)
    finally:
        config.write_text(kept)
    assert refused.status_code == 422
    assert "該当する行は 44 件で、limits.sql_rows（43）を超えます" in refused.text


def _sent(home: Home, content: bytes, user: str = "airflow-user") -> sending.FileSent:
    return sending.send_file(
        home.lake / "spill", user, "a.csv", "text/csv", lambda file: file.write(content)
    )


def test_files_that_wait_lie_in_the_home_unreadable_and_bounded_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked for them; without a name, for nobody else, gone when they were sent or late."""
    home = Home(tmp_path / "var")
    monkeypatch.setattr(sending, "BYTES", 1000)
    content = b"192.0.2.7,st-Kanariya\n" * 30
    before = _open_files(home)
    waiting = _sent(home, content, "one")
    (file,) = _open_files(home) - before
    assert file.startswith(f"{home.lake}/spill/")
    assert file.endswith(" (deleted)")
    assert list(home.lake.rglob("*.*")) == []
    (stored,) = [path for path in _descriptors() if str(path.readlink()) == file]
    assert stored.stat().st_mode & 0o777 == 0o600
    assert stored.stat().st_size == len(content)
    assert b"Kanariya" not in stored.read_bytes()
    with pytest.raises(RefusedError):  # another's, but of one disk
        _sent(home, content, "two")
    taken: list[bytes] = []

    async def take(part: MutableMapping[str, Any]) -> None:
        taken.append(part.get("body", b""))

    asyncio.run(waiting({"type": "http", "asgi": {"spec_version": "2.4"}}, never, take))
    assert b"".join(taken) == content
    late = _sent(home, content, "two")
    monkeypatch.setattr(sending, "SENDING_SECONDS", 0)
    with pytest.raises(TimeoutError):
        asyncio.run(late({"type": "http"}, never, never))
    assert _open_files(home) == before
    monkeypatch.setattr(sending, "SENDING_SECONDS", 900)
    again = _sent(home, content, "two")
    asyncio.run(again({"type": "http", "asgi": {"spec_version": "2.4"}}, never, take))


def _descriptors() -> list[Path]:
    return [path for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]


def _open_files(home: Home) -> set[str]:
    return {
        name for path in _descriptors() if (name := str(path.readlink())).startswith(str(home.root))
    }


def test_a_search_that_takes_too_long_says_so(world: World) -> None:
    """All parts of an answer share the time of one question."""
    days = (DAY - dt.timedelta(days=1), DAY)
    limits = world.settings.limits.model_copy(update={"sql_seconds": 0})
    with (
        questions(world.home, "Asia/Tokyo", limits) as session,
        pytest.raises(TookTooLongError),
    ):
        search(session, LakeSource(), question("path", "/*", days, DAY))


def test_an_analyst_searches_by_pseudonym_and_learns_nobody_by_guessing(world: World) -> None:
    """A value in clear is refused alike whether it is known or not, before anything is read."""
    with mart_questions(mart_of(world.home, "analyst"), "Asia/Tokyo", world.settings.limits) as one:
        ((user,),) = one.con.execute(
            "select user_id from lake.access_log group by 1 having count(*) = 7"
        ).fetchall()
    world.name = "ana"
    page = find(world, "account", user)
    assert "個人データへのアクセス 7 件" in text_of(page.text)
    assert not re.search(rf"st-0412|{re.escape(ADDRESS)}|山田|/customers/", page.text)
    told = {
        text_of(find(world, "account", value).text.replace(value, "…"))
        for value in ("st-0412", "nobody-at-all", "c" * 19)
    }
    assert len(told) == 1
    assert find(world, "account", "st-0412").status_code == 422
    assert find(world, "person", "山田 花子").status_code == 422
    assert find(world, "path", "/*").status_code == 422


def test_a_franchise_finds_what_its_own_sites_logged(world: World) -> None:
    """Nothing of another site is among its data, whatever it asks."""
    days = (DAY - dt.timedelta(days=1), DAY)
    source = MartSource("franchise:012")
    mart = mart_of(world.home, "franchise:012")
    with mart_questions(mart, "Asia/Tokyo", world.settings.limits) as session:
        for kind, value, lines in (
            ("path", "/*", 1),
            ("network", "198.51.100.0/24", 1),
            ("address", SHOP_ADDRESS, 1),
            ("subject", SUBJECT, 0),
            ("address", ADDRESS, 0),
            ("account", "st-0412", 0),
        ):
            asked = question(kind, value, days, DAY, source.kinds)
            assert search(session, source, asked).total.lines == lines, (kind, value)
    world.name = "shop"
    page = find(world, "account", "fr012-01")
    assert "リクエスト 1 件。" in text_of(page.text)
    assert SHOP_ADDRESS in page.text
    given = list(Records(world.home).entries(Series.DISCLOSURES))[-1]
    assert isinstance(given.about, dict)
    assert (given.about["route"], given.rows) == ("franchise_page", uses(world)[-1].rows)
    assert given.about["whose"] == f"search {uses(world)[-1].about}, franchise 012"
    assert find(world, "person", "st-0412").status_code == 422


def test_an_auditor_has_nothing_to_search(world: World) -> None:
    """Refused by GET and POST, on record, and no page leads there."""
    hidden = world.hidden("search/", "search/")
    world.name = "audit"
    asked = {**hidden, "kind": "subject", "value": SUBJECT, **DAYS}
    for answer in (
        world.get("search/"),
        world.post("search/", asked),
        world.post("search/csv", asked),
    ):
        assert answer.status_code == 403
        assert uses(world)[-1].what == "casework: refused"
    assert f"{ROOT}/search/" not in world.get("cases/").text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": "users"}, 422),
        ({"kind": SCRIPT}, 422),
        ({"value": " "}, 422),
        ({"value": "a\x00b"}, 422),
        ({"value": "x" * 2001}, 422),
        ({"kind": "address", "value": "192.0.2"}, 422),
        ({"kind": "network", "value": "0.0.0.0/0"}, 422),
        ({"kind": "path", "value": "customers"}, 422),
        ({"kind": "finding", "value": "' or 1=1"}, 422),
        ({"from": SCRIPT}, 422),
        ({"from": str(DAY), "to": str(DAY - dt.timedelta(days=1))}, 422),
        ({"to": str(DAY + dt.timedelta(days=9))}, 422),
        ({"from": "2020-01-01"}, 422),
        ({"page": "0x1"}, 400),
        ({"page": "9" * 9}, 400),
        ({"token": "x"}, 403),
    ],
)
def test_a_field_that_is_not_right_is_said_and_stays(
    world: World, fields: dict[str, str], status: int
) -> None:
    """What was typed is shown again, as text, and nothing was read."""
    hidden = world.hidden("search/", "search/")
    sent = {**hidden, "kind": "subject", "value": "typed by me", **DAYS, **fields}
    before = sum(one.what == "search" for one in uses(world))
    page = world.post("search/", sent)
    assert page.status_code == status
    assert "<script" not in page.text.lower()
    if status in {403, 422} and "value" not in fields:
        assert 'value="typed by me"' in page.text
    assert sum(one.what == "search" for one in uses(world)) == before


def test_what_another_site_or_session_sends_finds_nothing(world: World) -> None:
    """Cross-site, without an origin, with a token of another act, user, session, or an old one."""
    hidden = world.hidden("search/", "search/")
    asked = {**hidden, "kind": "subject", "value": SUBJECT, **DAYS}
    for path in ("search/", "search/csv"):
        for headers in ({"sec_fetch_site": "cross-site"}, {"sec_fetch_site": ""}):
            assert world.post(path, asked, **headers).status_code == 403
        other = world.hidden("cases/", "language")
        assert world.post(path, {**asked, "token": other["token"]}).status_code == 403
        for name, value in (("name", "tanaka"), ("session", "another")):
            kept = getattr(world, name)
            setattr(world, name, value)
            assert world.post(path, asked).status_code == 403
            setattr(world, name, kept)
        world.at = NOW + LIFETIME + dt.timedelta(seconds=1)
        assert world.post(path, asked).status_code == 403
        world.at = NOW
        for method in ("GET", "PUT", "DELETE"):
            answer = world.ask(method, "search/csv", None, {})
            assert answer.status_code in {404, 405}
    assert uses(world)[-1].what == "casework: refused"


def test_every_answer_is_guarded(world: World) -> None:
    """No script, forms to this origin alone, no cache: also refusals."""
    for answer in (world.get("search/"), find(world, "x", "y")):
        assert {name: answer.headers.get(name) for name in FORM_HEADERS} == FORM_HEADERS


def test_the_folder_of_marts_may_be_gone(world: World, tmp_path: Path) -> None:
    """Before the first night a role has no data: the page says so and the form stays."""
    marts = world.home.marts
    marts.rename(tmp_path / "aside")
    try:
        world.name = "ana"
        answer = find(world, "account", "0" * 20)
    finally:
        (tmp_path / "aside").rename(marts)
    assert answer.status_code == 503
    assert "今は検索できません" in answer.text


def test_the_overview_says_what_is_open_silent_and_due(world: World) -> None:
    """Who has what from before this week, which site is silent since when, until when to report."""
    closed = {"verdict": "confirmed", "note": "copied a list"}
    assert world.act(CASE, "assign", owner="tanaka", due=str(DAY + dt.timedelta(days=2)))
    assert world.act(OTHER, "close", **closed).status_code == 303
    world.at = NOW + dt.timedelta(days=7)
    page = world.get("overview/")
    assert page.status_code == 200
    text = text_of(page.text)
    # No night has taken in a day after that with lines: nobody is silent for it.
    assert "2026-11-26（木）までの 7 日分は、まだ取り込んでいません。" in text
    assert "届かない portal 最後の記録は" not in text
    examined(world, DAY + dt.timedelta(days=7))
    page = world.get("overview/")
    text = text_of(page.text)
    assert "まだ取り込んでいません" not in text
    assert "届かない portal 最後の記録は 11/19 21:30（その後 7 日分がない）" in text
    assert 'class="missing"><span role="img" aria-label="届かない"' in page.text
    older = text[text.index("今週（2026-11-23）より前からのもの") : text.index("担当者と経過日数")]
    assert "利用者 st-0412" in older
    assert "tanaka 2026-11-21 期限切れ" in older
    assert "まだだれも対応していません" in older or "担当者なし" in older
    nights = text[text.index("夜間処理 ") :]
    assert "2026-11-19（木） 完了 11/20 04:50 2 時間" in nights
    assert "実行なし" in nights
    assert "1 件中 1（100%）" in text
    due = text[text.index("期限のあるもの 何を") :]
    assert "個人情報保護委員会への速報 利用者 st-<script>alert(1)</script> 2026-11-24（火）" in due
    assert "<script" not in page.text.lower()
    last = uses(world)[-1]
    assert (last.what, last.who, last.role) == ("overview", "airflow:officer", "security")
    # Nothing comes in any more; the case is opened again, then it was a false alarm.
    assert "取り込めていない日 0 取り込みの記録なし" in text
    assert world.act(OTHER, "reopen", note="once more").status_code == 303
    ingest(world, "done", NOW)
    text = text_of(world.get("overview/").text)
    assert "取り込めていない日 7 最後の取り込み 11/20 09:00 " in text
    assert "失敗か報告なしの夜 7 最近 8 夜" in text
    assert "個人情報保護委員会への速報 利用者 st-<script>" in text
    ingest(world, "failed", NOW + dt.timedelta(days=6))
    wrong = {"verdict": "false_alarm", "note": "a test"}
    assert world.act(OTHER, "close", **wrong).status_code == 303
    page = world.get("overview/")
    assert 'tile critical"><span>取り込めていない日' in page.text
    assert "（失敗）" in text_of(page.text)
    assert "個人情報保護委員会への速報" not in text_of(page.text)


def test_the_tile_of_the_report_opens_it(world: World) -> None:
    """The day's page in the reader's language, not the form to sign it."""
    folder = world.home.reports / str(DAY)
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text("", encoding="utf-8")
    summary = Summary(
        on=DAY, verdict=Verdict.ACT_TODAY, open=dict.fromkeys(Severity, 0), others=0, sites=1,
        sites_missing=0, lines=1, rejects=0, checks=1, checks_failed=0, made_at=NOW,
    )  # fmt: skip
    (folder / SUMMARY).write_text(summary.model_dump_json(), encoding="utf-8")
    try:
        page = world.get("overview/").text
    finally:
        if made:
            shutil.rmtree(folder)
    tile = page[page.index('<li class="card tile') :].split("</li>")[0].split("<small>")[0]
    assert f'<a href="{ROOT}/{DAY}/index.html">' in tile


def test_of_older_cases_the_riskiest_comes_first_where_none_is_due(world: World) -> None:
    """A due date goes before all risk, and the risk before the day on which a case was opened."""
    with lake.open_reader(world.home, world.settings.timezone) as con:
        found = open_cases(con, world.settings.cases.half_life_days, DAY)
    one = next(one for one in found if one.opened_on)
    calm, risky = (
        replace(one, case_id=c * 16, risk=r, assignment=None) for c, r in (("a", 8), ("b", 84))
    )
    given = Assignment(owner="tanaka", due_on=DAY, since_on=DAY, owned_from=DAY)
    due = replace(calm, case_id="c" * 16, assignment=given)
    risky = replace(risky, opened_on=DAY)
    assert [x.case_id[0] for x in sorted((calm, risky, due), key=soonest_then_riskiest)] == [
        "c",
        "b",
        "a",
    ]


def test_no_night_is_late_that_was_over_before_the_watch_began(world: World) -> None:
    """A backlog that is read in one go; what was over since then counts as before."""
    begun = NOW + dt.timedelta(days=3)
    night = NightOf(DAY, 60, {}, (), 1, begun + dt.timedelta(minutes=5), begun)
    assert night.is_backlog(world.settings)
    assert not night.is_late(world.settings)
    assert replace(night, watched_from=NOW - dt.timedelta(days=9)).is_late(world.settings)


def examined(world: World, day: dt.date) -> None:
    """Put on record that a night has examined a day."""
    with lake.open_writer(world.home, world.settings.timezone) as con:
        con.execute(
            "insert into lake.stage_run (stage, log_date, status, started_at, ended_at)"
            " values ('detect', ?, 'done', ?, ?)",
            [day, world.at, world.at],
        )


def ingest(world: World, status: str, ended_at: dt.datetime) -> None:
    """Put a run of the ingest on record."""
    with lake.open_writer(world.home, world.settings.timezone) as con:
        con.execute(
            "insert into lake.stage_run (stage, status, started_at, ended_at)"
            " values ('ingest', ?, ?, ?)",
            [status, ended_at, ended_at],
        )


@pytest.mark.parametrize("name", ["ana", "audit", "shop"])
def test_the_overview_is_for_security(world: World, name: str) -> None:
    """Others are refused, on record, and no page of theirs leads there."""
    world.name = name
    assert world.get("overview/").status_code == 403
    assert uses(world)[-1].what == "casework: refused"
    assert f"{ROOT}/overview/" not in world.get("cases/").text
