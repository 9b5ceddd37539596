"""Reports are signed in Airflow by the account signed in, as they were shown, in the chain."""

import datetime as dt

import pytest
from sqlalchemy.exc import SQLAlchemyError

from pipelines import lake
from pipelines.airflow_reports.access import Event
from pipelines.audit.reviews import ReviewDay, list_reviews, sign
from pipelines.records import Records, Series
from tests.airflow_reports.casework_app import (
    CASE,
    NOW,
    PAGE,
    ROOT,
    SCRIPT,
    World,
    hidden_in,
)
from tests.detect.given_findings import DAY

SIGN = f"review/{DAY}/sign"


def _day(world: World) -> ReviewDay:
    (day,) = list_reviews(world.home, world.settings, [DAY])
    return day


def _sign(world: World, **fields: str) -> int:
    hidden = world.hidden(f"review/{DAY}", SIGN)
    return world.post(SIGN, {**hidden, **fields}).status_code


def test_a_day_is_signed_as_it_was_shown(world: World) -> None:
    """Under the signed-in account, which no field of the form can name; a record in the chain."""
    assert "未署名" in world.get("review/").text
    assert _sign(world, note="read at nine", author="somebody", by="somebody") == 303
    day = _day(world)
    (signature,) = day.signatures
    assert (day.state, signature.author, signature.note) == (
        *("signed", "airflow:officer", "read at nine"),
    )
    assert signature.version == day.version
    (record,) = Records(world.home).entries(Series.DECISIONS)
    assert (record.what, record.who) == ("review sign", "airflow:officer")
    page = world.get(f"review/{DAY}").text
    assert "read at nine" in page
    assert "airflow:officer" in world.get("review/").text
    assert (Event.DECISION, SIGN) in world.audited


@pytest.mark.further
def test_a_signature_under_what_was_not_shown_is_not_made(world: World) -> None:
    """Somebody signed, or a finding came, since the page was opened; the note stays."""
    hidden = world.hidden(f"review/{DAY}", SIGN)
    sign(world.home, world.settings, [DAY], "lead", None, lambda: NOW)
    answer = world.post(SIGN, {**hidden, "note": "mine"})
    assert answer.status_code == 409
    assert ">mine</textarea>" in answer.text
    assert "lead" in answer.text
    hidden = hidden_in(answer.text, SIGN)
    with lake.open_writer(world.home, world.settings.timezone) as con:
        con.execute("update lake.findings set event_count = 61 where date = ?", [DAY])
    assert world.post(SIGN, {**hidden, "note": "mine"}).status_code == 409
    assert len(_day(world).signatures) == 1
    assert "署名後に変更" in world.get(f"review/{DAY}").text
    assert _sign(world, note=SCRIPT) == 303
    assert "<script" not in world.get(f"review/{DAY}").text


@pytest.mark.further
def test_a_day_without_a_report_of_now_cannot_be_signed(world: World) -> None:
    """The form is not there; a form of before gets no further. Days to come are not found."""
    hidden = world.hidden(f"review/{DAY}", SIGN)
    with lake.open_writer(world.home, world.settings.timezone) as con:
        con.execute(
            "insert into lake.stage_run (stage, log_date, status, started_at, ended_at)"
            " values ('detect', ?, 'done', ?, ?)",
            [DAY, NOW, NOW],
        )
    assert f'action="{ROOT}/{SIGN}"' not in world.get(f"review/{DAY}").text
    assert world.post(SIGN, hidden).status_code == 409
    other = DAY - dt.timedelta(days=1)
    assert "署名できません" in world.get(f"review/{other}").text
    for day in ("2026-11-31", "2126-01-01", "today", "2026-11-19'"):
        assert world.get(f"review/{day}").status_code == 404
        assert world.post(f"review/{day}/sign", hidden).status_code == 404
    assert _day(world).signatures == ()


def test_a_token_of_one_day_or_act_signs_no_other(world: World) -> None:
    """Nor does one of a case, nor does another site."""
    hidden = world.hidden(f"review/{DAY}", SIGN)
    of_case = world.hidden(f"cases/{CASE}", f"cases/{CASE}/comment")
    assert world.post(SIGN, {**hidden, "token": of_case["token"]}).status_code == 403
    assert world.post(f"cases/{CASE}/comment", {**hidden, "note": "x"}).status_code == 403
    other = DAY - dt.timedelta(days=1)
    assert world.post(f"review/{other}/sign", hidden).status_code == 403
    assert world.post(SIGN, hidden, sec_fetch_site="cross-site").status_code == 403
    world.name = "tanaka"
    assert world.post(SIGN, hidden).status_code == 403
    assert _day(world).signatures == ()


def test_what_airflow_cannot_put_on_record_is_not_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its audit log is full: no decision, and no page, as that would be a use off the record."""
    hidden = world.hidden(f"cases/{CASE}", f"cases/{CASE}/comment")

    class Full(list[tuple[str, str]]):
        def append(self, entry: tuple[str, str]) -> None:
            raise SQLAlchemyError(entry[0])

    monkeypatch.setattr(world, "audited", Full())
    answer = world.post(f"cases/{CASE}/comment", {**hidden, "note": "typed with care"})
    assert answer.status_code == 503
    assert "st-0412" not in answer.text
    assert list(Records(world.home).entries(Series.DECISIONS)) == []
    assert world.ask("GET", f"cases/{CASE}", None, PAGE).status_code == 503
