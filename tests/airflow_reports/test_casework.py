"""Cases are worked on in Airflow: by `security` alone, on record, never over anybody's head."""

import datetime as dt
import html
import json
import re

import pytest
import yaml

from pipelines import lake
from pipelines.lake.keyed_hashes import use_salts
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.lake.place import writers_lock
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Entry, Records, Series
from pipelines.records.verify import verify
from pipelines.triage.cases.commands import CaseHistory, cases_of, close, history_of
from pipelines.triage.commands import suppressions
from pipelines.triage.detected import replace_findings
from tests.airflow_reports.casework_app import (
    CASE,
    NOW,
    OTHER,
    OWN,
    ROOT,
    SCRIPT,
    World,
    finding,
    findings,
    hidden_in,
)
from tests.detect.given_findings import DAY, at
from tests.page_language import in_the_other_language, texts_of

FIRST = f"{1:016x}"


def _history(world: World, case_id: str = CASE) -> CaseHistory:
    return history_of(world.home, world.settings, case_id, DAY)


def _decisions(world: World) -> list[Entry]:
    return list(Records(world.home).entries(Series.DECISIONS))


def test_the_list_has_what_rose_first_and_leads_to_each_case(world: World) -> None:
    """Severity, risk, who, state, owner, age, site; in the reader's language; use on record."""
    page = world.get("cases/")
    assert page.status_code == 200
    links = re.findall(rf'href="{ROOT}/cases/([0-9a-f]{{16}})"', page.text)
    listed = cases_of(world.home, world.settings, DAY)
    assert links == [one.case_id for one in listed]
    assert f"<strong>{round(listed[0].risk)}</strong>" in page.text
    assert "担当者なし" in page.text
    (use,) = [one for one in Records(world.home).entries(Series.USE) if one.what == "cases list"]
    assert (use.who, use.role, use.rows) == ("airflow:officer", "security", len(listed))
    assert world.audited == [("mimamori_case_read", "cases/")]
    assert "<form" in page.text  # the choice of a language
    assert f'href="{ROOT}/cases/?show=mine"' in page.text
    assert "ここに当てはまるケースはありません" in world.get("cases/?show=mine").text
    assert world.get(f"cases/?show={SCRIPT}").status_code == 200


@pytest.mark.further
def test_a_week_has_what_was_open_at_its_end_and_who_has_it(world: World) -> None:
    """The week that is asked for, else the last one; what is closed since is not there."""
    world.act(CASE, "assign", owner="tanaka", due="2026-11-25")
    page = world.get("cases/?week=2026-W47").text
    listed = len(cases_of(world.home, world.settings, DAY))
    assert (
        f"いまも未対応のもの {listed} 件（この週に始まったもの {listed} 件、その前から 0 件）"
        in page
    )
    assert f"担当者あり 1 件、担当者なし {listed - 1} 件" in page
    assert "tanaka" in page
    before = world.get("cases/?week=2026-W99").text
    assert "2026-W46（11/09" in before
    assert "いまも未対応のもの 0 件" in before


@pytest.mark.further
def test_a_case_shows_what_decided_and_what_was_said(world: World) -> None:
    """Its findings with figures, the day's page where there is one, and its forms."""
    (world.home.reports / str(DAY)).mkdir(parents=True)
    (world.home.reports / str(DAY) / "index.html").write_text("page")
    page = world.get(f"cases/{CASE}").text
    assert f'href="{ROOT}/{DAY}/index.html#f-{FIRST}"' in page
    assert "まだだれも対応していません" in page
    (said,) = re.findall(r'<p class="card said-case">(.*?)</p>', page)
    assert "st-0412" in said
    assert "リスク" in said
    assert "ほかに 1 種類の検出" in said
    assert 'name="pick" value="account:st-0412"' in page
    found = world.post("search/", {**hidden_in(page, "search/"), "pick": "account:st-0412"})
    assert found.status_code == 200
    assert f'<input name="from" type="date" value="{DAY}"' in found.text
    for act in ("acknowledge", "assign", "close", "comment"):
        assert world.hidden(f"cases/{CASE}", f"cases/{CASE}/{act}")["token"]
    for act in ("acknowledge", "close", "suppress"):
        assert world.hidden(f"cases/{CASE}", f"cases/{CASE}/{act}", FIRST)["finding"] == FIRST


def test_a_case_is_walked_from_new_to_closed_and_open_again(world: World) -> None:
    """Each act is done by the functions of the command line, and is a record in the chain."""
    walk: tuple[tuple[str, dict[str, str]], ...] = (
        ("acknowledge", {}),
        ("assign", {"owner": "tanaka", "due": "2026-11-25", "note": "ask\r\nthe manager"}),
        ("comment", {"note": "asked"}),
        ("close", {"verdict": "explained", "note": "inventory day"}),
    )
    for number, (act, fields) in enumerate(walk):
        world.at = NOW + dt.timedelta(minutes=number)
        answer = world.act(CASE, act, **fields)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"{ROOT}/cases/{CASE}#history",
        ), answer.text[-2000:]
    history = _history(world)
    assert history.case.state == "closed"
    assert [(one.act, one.author, one.note) for one in history.decisions] == [
        ("assigned", "airflow:officer", "ask the manager"),
        ("commented", "airflow:officer", "asked"),
        ("closed", "airflow:officer", "inventory day"),
    ]
    assert history.decisions[0].due_on == dt.date(2026, 11, 25)
    page = world.get(f"cases/{CASE}").text
    assert page.index("inventory day") < page.index("asked") < page.index("ask the manager")
    world.at = NOW + dt.timedelta(hours=1)
    assert world.act(CASE, "reopen", note="the list was wrong").status_code == 303
    assert len(_history(world).findings) == 2
    assert [(one.what, one.who, one.role) for one in _decisions(world)] == [
        (what, "airflow:officer", "security")
        for what in (
            *("findings: acknowledged", "cases assign", "cases comment"),
            *("cases close", "findings: new"),
        )
    ]
    assert verify(Records(world.home)).ok
    assert ("mimamori_decision", f"cases/{CASE}/close") in world.audited


@pytest.mark.further
def test_a_closed_finding_whose_decisions_are_gone_is_shown_and_opened(world: World) -> None:
    """Retention takes decisions by their own time."""
    with lake.open_writer(world.home, world.settings.timezone) as con:
        con.execute("update lake.findings set status = 'closed' where finding_id = ?", [FIRST])
    assert world.act(CASE, "close", verdict="explained", note="the rest").status_code == 303
    world.at += dt.timedelta(minutes=1)
    assert world.act(CASE, "reopen").status_code == 303
    assert [one.finding_id for one in _history(world).closed] == [FIRST]
    world.at += dt.timedelta(minutes=1)
    assert world.act(CASE, "reopen", FIRST).status_code == 303
    assert _history(world).closed == ()


@pytest.mark.further
def test_the_manager_is_asked_on_the_page_and_the_answer_closes_the_case(world: World) -> None:
    """Where no mail can be sent the page says so, and the question stands; acts are audited."""
    page = world.get(f"cases/{OTHER}").text
    assert "/ask" in page  # offered, and refused with the reason: nobody is listed
    assert "context.people" in world.act(OTHER, "ask", note="", due="").text
    assert world.act(CASE, "ask", note="棚卸しですか", due="2026-11-27").status_code == 303
    page = world.get(f"cases/{CASE}").text
    for told in (
        "まだ送れていない",
        "boss",
        "2026-11-27",
        "メールはまだ送れていません",
        "棚卸しですか",
    ):
        assert told in page
    assert f"cases/{CASE}/ask" not in page
    assert "上司への質問はまだ送れていない" in world.get("cases/").text
    world.at += dt.timedelta(minutes=1)
    wrong = world.act(CASE, "answer", answered_by="st-0412", outcome="explained", note="mine")
    assert wrong.status_code == 422
    assert 'value="st-0412"' in wrong.text
    assert world.act(CASE, "answer", answered_by="b", outcome="", note="x").status_code == 422
    given = {"answered_by": "boss", "outcome": "explained", "note": "棚卸しの手伝い"}
    assert world.act(CASE, "answer", **given).status_code == 303
    page = world.get(f"cases/{CASE}").text
    assert "理由があった" in page
    assert "尋ねた本人が記入した回答です" in page
    assert page.count("棚卸しの手伝い") == 3  # the question, the answer and the closing
    assert _history(world).case.state == "closed"
    outcomes = [one for one in world.audited if one[0].startswith("mimamori_decision_")]
    assert outcomes == [
        ("mimamori_decision_not_done", f"cases/{OTHER}/ask (422)"),
        ("mimamori_decision_done", f"cases/{CASE}/ask"),
        ("mimamori_decision_not_done", f"cases/{CASE}/answer (422)"),
        ("mimamori_decision_not_done", f"cases/{CASE}/answer (422)"),
        ("mimamori_decision_done", f"cases/{CASE}/answer"),
    ]


@pytest.mark.further
def test_what_people_write_is_text_on_every_page_that_shows_it(world: World) -> None:
    """Question, answer and who gave it, owner, comment and signature: a script stays what it is."""
    script = "<script>alert(1)</script>"
    for act, fields in (
        ("assign", {"owner": script, "due": "", "note": script}),
        ("comment", {"note": script}),
        ("ask", {"note": script, "due": "2026-11-27"}),
        ("answer", {"answered_by": script, "outcome": "unexplained", "note": script}),
    ):
        world.at += dt.timedelta(minutes=1)
        assert world.act(CASE, act, **fields).status_code == 303, act
    hidden = world.hidden(f"review/{DAY}", f"review/{DAY}/sign")
    assert world.post(f"review/{DAY}/sign", {**hidden, "note": script}).status_code == 303
    for path in ("cases/", f"cases/{CASE}", f"review/{DAY}", "review/", "overview/"):
        page = world.get(path).text
        assert "<script" not in page.lower(), path
        assert html.escape(script) in page or path == "review/", path


@pytest.mark.further
def test_what_was_typed_is_shown_where_the_act_is_no_longer_offered(world: World) -> None:
    """A finding that a night took out of the case, and a case that somebody closed meanwhile."""
    hidden = world.hidden(f"cases/{CASE}", f"cases/{CASE}/close", FIRST)
    whole = world.hidden(f"cases/{CASE}", f"cases/{CASE}/close")
    with lake.open_writer(world.home, world.settings.timezone) as con:
        con.execute("delete from lake.findings where finding_id = ?", [FIRST])
    sent = {"verdict": "false_alarm", "note": "typed with care"}
    answer = world.post(f"cases/{CASE}/close", {**hidden, **sent})
    assert answer.status_code == 409
    assert "typed with care" in answer.text
    assert "誤検出" in answer.text.partition('id="sent"')[2]
    close(world.home, world.settings, [CASE], "explained", "at the terminal", "lead", lambda: NOW)
    answer = world.post(f"cases/{CASE}/close", {**whole, **sent})
    assert answer.status_code == 409
    assert "typed with care" in answer.text.partition('id="sent"')[2]


@pytest.mark.further
def test_one_finding_is_decided_alone(world: World) -> None:
    """Closed, reopened and suppressed until a day, each with its reason."""
    assert world.act(CASE, "close", FIRST, verdict="false_alarm", note="a test").status_code == 303
    assert [one.status for one in _history(world).closed] == ["closed"]
    world.at += dt.timedelta(minutes=1)
    assert world.act(CASE, "reopen", FIRST).status_code == 303
    assert len(_history(world).findings) == 2
    world.at += dt.timedelta(minutes=1)
    sent = {"until": "2026-12-01", "note": "load test"}
    assert world.act(CASE, "suppress", FIRST, **sent).status_code == 303
    (rule,) = suppressions(world.home, world.settings)
    assert (rule.author, rule.reason, str(rule.valid_until)) == (
        *("airflow:officer", "load test", "2026-12-01"),
    )
    assert [one.status for one in _history(world).closed] == ["suppressed"]
    row = world.get(f"cases/{CASE}").text.partition('id="history"')[2]
    assert row.index("2026-12-01 まで抑止") < row.index("load test") < row.index("a test")


_IMPOSSIBLE = (
    ("close", "", {"verdict": "", "note": "why"}, "結果"),
    ("close", "", {"verdict": "harmless", "note": "why"}, "結果"),
    ("close", "", {"verdict": "explained", "note": " \u200b "}, "理由・コメント：読める文字"),
    ("close", FIRST, {"verdict": "explained", "note": ""}, "理由を書いて"),
    ("suppress", FIRST, {"until": "", "note": "why"}, "いつまで"),
    ("suppress", FIRST, {"until": "2020-01-01", "note": "why"}, "期限："),
    ("suppress", FIRST, {"until": "2126-01-01", "note": "why"}, "一年以内"),
    ("suppress", FIRST, {"until": "tomorrow", "note": "why"}, "日付として"),
    ("assign", "", {"owner": "", "due": ""}, "担当者：読める文字"),
    ("assign", "", {"owner": "x" * 201, "due": ""}, "200 文字"),
    ("assign", "", {"owner": "tanaka", "due": "2020-01-01"}, "2026-11-20 以後"),
    ("comment", "", {"note": ""}, "読める文字"),
    ("comment", "", {"note": "x" * 2001}, "2000 文字"),
)


@pytest.mark.further
def test_what_cannot_be_done_is_said_and_what_was_typed_stays(world: World) -> None:
    """The form comes again with its texts; nothing was decided."""
    for act, about, fields, says in _IMPOSSIBLE:
        answer = world.act(CASE, act, about, **fields)
        assert answer.status_code == 422
        _, _, after = answer.text.partition('role="alert">')
        told, _, _ = after.partition("</div>")
        assert says in told
        assert "--" not in told
        assert fields.get("note", "").strip(" \u200b") in answer.text
        assert answer.text.count("was-sent") == 2  # the style, and the form that was sent
    assert _decisions(world) == []


@pytest.mark.further
def test_what_was_typed_stays_where_it_is_no_longer_possible(world: World) -> None:
    """Somebody closed the case meanwhile: there is no such form any more, and no text is lost."""
    hidden = world.hidden(f"cases/{CASE}", f"cases/{CASE}/close")
    world.act(CASE, "close", verdict="explained", note="asked the branch")
    answer = world.post(
        f"cases/{CASE}/close", {**hidden, "verdict": "confirmed", "note": "typed\r\nwith care"}
    )
    assert answer.status_code == 409
    _, _, sent = answer.text.partition('id="sent"')
    assert "typed with care" in sent.partition("</section>")[0]


def test_nobody_decides_about_the_own_account(world: World) -> None:
    """Neither closes nor takes nor suppresses; another officer does, and confirming is allowed."""
    own = f"{4:016x}"
    assert "あなた自身のアカウント" in world.get(f"cases/{OWN}").text
    assert world.act(OWN, "close", verdict="explained", note="it was I").status_code == 422
    assert world.act(OWN, "assign", owner="officer", due="").status_code == 422
    sent = {"until": "2026-12-01", "note": "quiet"}
    assert world.act(OWN, "suppress", own, **sent).status_code == 422
    assert _decisions(world) == []
    assert world.act(OWN, "close", verdict="confirmed", note="it was I").status_code == 303
    world.name = "tanaka"
    world.at += dt.timedelta(minutes=1)
    assert world.act(OWN, "reopen").status_code == 303
    assert world.act(OWN, "assign", owner="officer", due="").status_code == 422


@pytest.mark.further
def test_who_comes_second_sees_what_the_first_did(world: World) -> None:
    """The act is not done, the page shows the change, and the same form can be sent again."""
    hidden = world.hidden(f"cases/{CASE}", f"cases/{CASE}/close")
    world.name = "tanaka"
    assert world.act(CASE, "comment", note="I am asking the manager").status_code == 303
    world.name = "officer"
    world.at += dt.timedelta(minutes=1)
    sent = {"verdict": "false_alarm", "note": "a wrong finding"}
    answer = world.post(f"cases/{CASE}/close", {**hidden, **sent})
    assert answer.status_code == 409
    assert "I am asking the manager" in answer.text
    assert "a wrong finding" in answer.text
    assert '<option value="false_alarm" selected>' in answer.text
    assert _history(world).case.findings == 2
    again = hidden_in(answer.text, f"cases/{CASE}/close")
    done = world.post(f"cases/{CASE}/close", {**again, **sent})
    assert done.status_code == 303
    assert _history(world).case.state == "closed"


@pytest.mark.further
def test_a_command_in_between_is_a_change_too(world: World) -> None:
    """The page and the command line decide about the same lake."""
    hidden = world.hidden(f"cases/{CASE}", f"cases/{CASE}/acknowledge")
    close(world.home, world.settings, [CASE], "explained", "at the terminal", "lead", lambda: NOW)
    assert world.post(f"cases/{CASE}/acknowledge", hidden).status_code == 409


@pytest.mark.further
def test_while_a_night_is_written_nothing_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a short wait the page says so, with what was typed; later the form goes through."""
    monkeypatch.setattr("pipelines.airflow_reports.casework.versions.WAIT_SECONDS", 0.1)
    assert "いま、夜間処理か" not in world.get(f"cases/{CASE}").text
    with writers_lock(world.home, 1):
        assert "いま、夜間処理か" in world.get(f"cases/{CASE}").text
        answer = world.act(CASE, "comment", note="typed with care")
    assert answer.status_code == 503
    assert "書き込み中" in answer.text
    assert ">typed with care</textarea>" in answer.text
    assert _decisions(world) == []
    assert world.act(CASE, "comment", note="typed with care").status_code == 303


@pytest.mark.parametrize("name", ["ana", "audit", "shop"])
def test_other_roles_see_their_mart_and_act_on_nothing(world: World, name: str) -> None:
    """No form but those of language and search, no person beyond the mart, and 403 on any act."""
    hidden = world.hidden(f"cases/{CASE}", f"cases/{CASE}/comment")
    world.name = name
    page = world.get("cases/")
    assert page.status_code == 200
    links = re.findall(rf'href="{ROOT}/(cases/[0-9a-f]+)"', page.text)
    assert len(links) == {"ana": 4, "audit": 4, "shop": 1}[name]
    pages = page.text + "".join(world.get(link).text for link in links)
    own = {f"{ROOT}/language", *([f"{ROOT}/search/"] if name == "ana" else [])}
    assert set(re.findall(r'<form[^>]*action="([^"]*)"', pages)) == own
    assert CASE not in pages
    assert ("st-0412" in pages, "officer" in pages, SCRIPT in pages) == (False, False, False)
    assert ("個人データの大量閲覧" in pages) is True
    assert world.get(f"cases/{CASE}").status_code == 404
    assert world.get(f"cases/{'0' * 20}").status_code == 404
    for address in ("cases", "review"):
        path = f"cases/{CASE}/comment" if address == "cases" else f"review/{DAY}/sign"
        answer = world.post(path, {**hidden, "note": "mine"})
        assert answer.status_code == 403
    assert world.get(f"review/{DAY}").status_code == 403
    assert _decisions(world) == []
    refused = [
        one for one in Records(world.home).entries(Series.USE) if one.what == "casework: refused"
    ]
    assert len(refused) == 3
    assert {one.who for one in refused} == {f"airflow:{name}"}


def test_who_has_no_role_or_permission_sees_nothing(world: World) -> None:
    """A stranger to the settings, and one whom Airflow does not let read; both on record."""
    world.name = "stranger"
    assert world.get("cases/").status_code == 403
    world.name, world.is_permitted = "officer", False
    assert world.get(f"cases/{CASE}").status_code == 403
    assert world.post(f"cases/{CASE}/comment", {"note": "x"}).status_code == 403
    uses = list(Records(world.home).entries(Series.USE))
    assert [(one.who, one.role) for one in uses] == [
        ("airflow:stranger", "none"),
        ("airflow:officer", "none"),
        ("airflow:officer", "none"),
    ]


def test_without_roles_airflow_says_who_may_act(world: World) -> None:
    """Who may read the reports, and not change the DAG that writes them, works on no case."""
    config = world.home.root.parent / "mimamori.yaml"
    values = yaml.safe_load(config.read_text(encoding="utf-8"))
    del values["access"]
    config.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    hidden = world.hidden(f"cases/{CASE}", f"cases/{CASE}/comment")
    world.may_edit = False
    assert world.get("cases/").status_code == 403
    assert world.post(f"cases/{CASE}/comment", {**hidden, "note": "x"}).status_code == 403
    assert _decisions(world) == []
    world.may_edit = True
    assert world.post(f"cases/{CASE}/comment", {**hidden, "note": "x"}).status_code == 303


def test_a_forged_form_shows_nothing_off_the_record(world: World) -> None:
    """The page that answers it is a use like any other, and the refusal is on record."""
    answer = world.post(f"cases/{CASE}/comment", {"token": "forged", "note": "x"})
    assert answer.status_code == 403
    uses = [one.what for one in Records(world.home).entries(Series.USE)]
    assert uses == ["casework: refused", "cases show"]


def test_wrong_settings_are_told_and_decide_nothing(world: World) -> None:
    """Nobody is let in until the settings are mended, since they say who may."""
    (world.home.root.parent / "mimamori.yaml").write_text("sites: wrong", encoding="utf-8")
    for page in ("", "cases/", "2026-11-20/index.html"):
        answer = world.get(page)
        assert answer.status_code == 503, page
        assert "設定に誤りがあります" in answer.text


@pytest.mark.further
@pytest.mark.parametrize("language", ["ja", pytest.param("en", marks=pytest.mark.further)])
def test_pages_are_in_the_language_that_the_reader_chose(world: World, language: str) -> None:
    """By a form that comes back to the same page; the choice is a cookie of the app alone."""
    hidden = world.hidden(f"cases/{CASE}", "language")
    assert hidden["back"] == f"cases/{CASE}"
    answer = world.post("language", {**hidden, "language": language})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/cases/{CASE}")
    hidden = world.hidden("cases/?show=older", "language")
    part = world.post("language", {**hidden, "language": language}).headers["location"]
    assert part == f"{ROOT}/cases/?show=older"  # a part of the list stays that part
    cookie = answer.headers["set-cookie"]
    assert all(one in cookie for one in ("HttpOnly", "SameSite=strict", f"Path={ROOT}/"))
    for number, act in enumerate(("acknowledge", "assign")):
        world.at = NOW + dt.timedelta(minutes=number)
        world.act(CASE, act, **({"owner": "tanaka", "due": ""} if act == "assign" else {}))
    chosen = {"cookie": cookie.partition(";")[0]}
    paths = ("cases/", f"cases/{CASE}", f"cases/{OTHER}", "review/", f"review/{DAY}")
    for path in paths:
        page = world.get(path, **chosen).text
        assert f'<html lang="{language}">' in page
        found = in_the_other_language(texts_of(page), "ja" if language == "ja" else "en")
        assert list(found) == [], path
    world.name = "ana"
    page = world.get("cases/", **chosen).text
    assert list(in_the_other_language(texts_of(page), "ja" if language == "ja" else "en")) == []


def test_a_program_is_answered_in_json(world: World) -> None:
    """As Airflow's own interface answers."""
    answer = world.ask("GET", "cases/0000000000000000", None, {"accept": "*/*"})
    assert answer.status_code == 404
    assert json.loads(answer.text)["detail"].startswith("Not found.")


@pytest.mark.further
def test_a_silence_of_days_is_one_card_and_one_decision(world: World) -> None:
    """Its card says since when and for how many days, has each day, and closes them together."""
    days = [DAY - dt.timedelta(days=ago) for ago in range(3)]
    since = at("21:30", days[-1] - dt.timedelta(days=1))
    with lake.open_writer(world.home, world.settings.timezone) as con:
        use_salts(con, Pseudonyms())
        for number, on in enumerate(days):
            gap = finding(
                0xA0 + number, detector="log-gap", category="operations", date=on, actor="portal",
                actor_kind="site", first_seen=since, last_seen=at("00:00", on + dt.timedelta(1)),
            )  # fmt: skip
            given = [*(findings() if on == DAY else []), gap]
            replace_findings(con, on, given, [], lambda: NOW)
    newest, case_id = f"{0xA0:016x}", KeyedIds().case("site", "portal", "operations")
    page = world.get(f"cases/{case_id}").text
    assert page.count('<article class="work-finding') == 1
    assert "最後の記録 11/16 21:30、その後 3 日分なし" in page
    assert all(f"{0xA0 + number:016x}" in page for number in range(3))
    done = world.act(case_id, "close", newest, verdict="explained", note="moved house")
    assert done.status_code == 303
    history = _history(world, case_id)
    assert history.findings == ()
    assert {one.finding_id for one in history.closed} == {f"{0xA0 + n:016x}" for n in range(3)}
