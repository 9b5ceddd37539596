"""Erasures and retention that are broken off: nothing is forgotten, and somebody is told."""

import datetime as dt
import logging
import signal

import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_erasures
from pipelines.errors import MimamoriError
from pipelines.night import beside_ingest, stages
from pipelines.records import Records, Series
from pipelines.records.evidence import note_files
from pipelines.records.verify import verify
from pipelines.retention.holds import Criteria, add_hold
from pipelines.subject import run as subject
from pipelines.subject.person import person_of
from pipelines.subject.register import Asked
from tests import command_line
from tests.byte_search import places_of
from tests.retention import killed
from tests.retention.conftest import NEW, NIGHT, NOW, World, canaries, lines_of

_USER = canaries(NEW, "main")["user"]
_REQUESTS = "select outcome from lake.subject_request order by made_at"
_LATER = NOW + dt.timedelta(days=1)


def _erase(world: World, now: dt.datetime = NOW) -> None:
    with lake.open_writer(world.home, world.settings.timezone) as con:
        person = person_of(con, user=_USER, ip=None, subject=None)
        subject.erase(con, world.home, person, Asked("asked for", "Taro", "Hanako"), now)


def _broken_off(patch: pytest.MonkeyPatch, module: object, name: str):
    """Have a function break off, as a crash would: what follows it is not done."""

    def fail(*_args: object, **_how: object) -> None:
        raise MimamoriError("broken off")

    patch.setattr(module, name, fail)
    return pytest.raises(MimamoriError, match="broken off")


def _doctor(world: World) -> Status:
    with lake.open_reader(world.home, world.settings.timezone) as con:
        return check_erasures(con, world.home, is_writing=False).status


_RUN = "pipelines.subject.run"


@pytest.mark.parametrize(
    ("at", "outcome", "by"),
    [
        pytest.param("note_again", "begun", "night", marks=pytest.mark.further),
        pytest.param("note_again", "begun", "hand", marks=pytest.mark.full),
        pytest.param("erase_bytes", "rows erased", "night", marks=pytest.mark.full),
        ("end_erasure", "rows erased", "hand"),
    ],
)
def test_an_erasure_that_was_killed_is_completed(
    world: World, caplog: pytest.LogCaptureFixture, at: str, outcome: str, by: str
) -> None:
    """By the next night or by hand: wherever it was, nothing is left, and every proof holds."""
    page = world.home.reports / str(NEW) / "index.html"
    page.write_text(f"<p>{_USER}</p>", encoding="utf-8")
    records = Records(world.home)
    note_files(records, world.home.root, [page], NOW)
    assert _doctor(world) is Status.OK
    code = command_line.call(killed.erase_killed, world.home.root, _USER, NOW, _RUN, at)
    assert code == -signal.SIGKILL
    assert world.rows(_REQUESTS) == [(outcome,)]
    assert world.rows("select count(*) from lake.tombstone") == [(1,)]
    first = next(records.entries(Series.ERASURES))
    assert first.what == "subject erase begun"
    assert _doctor(world) is Status.WRONG
    if by == "hand":
        _erase(world, _LATER)
    else:
        with caplog.at_level(logging.WARNING):
            stages.ingest(world.settings, world.home, clock=lambda: _LATER, on=NIGHT)
        assert "is done now" in caplog.text or outcome == "rows erased"
    assert {str(one)[-4:] for (one,) in world.rows(_REQUESTS)} <= {"done", *_ids(world)}
    assert places_of(world.home, [_USER], but=[world.home.logs]) == {}
    assert _doctor(world) is Status.OK
    assert verify(records).ok
    ended = [one for one in records.entries(Series.ERASURES) if one.what == "subject erase"]
    assert [one.about["person"] for one in ended] == [first.about["person"]]


def _ids(world: World) -> set[str]:
    return {one[-4:] for (one,) in world.rows("select request_id from lake.subject_request")}


@pytest.mark.further
def test_an_erasure_of_somebody_under_hold_waits(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A night completes nothing that a hold covers by then."""
    with monkeypatch.context() as patch, _broken_off(patch, subject, "erase_files"):
        _erase(world)
    held = Criteria(actor_kind="user", actor=_USER)
    add_hold(world.home, world.settings, held, "court", "legal", NOW)
    stages.ingest(world.settings, world.home, clock=lambda: _LATER, on=NIGHT)
    assert "hold" in caplog.text
    assert world.rows(_REQUESTS) == [("begun",)]
    assert places_of(world.home, [_USER], but=[world.home.logs]) != {}


@pytest.mark.further
@pytest.mark.parametrize("by", ["ingest", "retention"])
def test_no_snapshot_keeps_a_person_whose_erasure_was_broken_off(
    world: World, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """However many days of earlier states the settings keep."""
    world = world.with_settings("retention: {snapshot_days: 7}\n")
    with monkeypatch.context() as patch, _broken_off(patch, subject, "erase_bytes"):
        _erase(world)
    assert places_of(world.home, [_USER], but=[world.home.logs]) != {}
    if by == "ingest":
        stages.ingest(world.settings, world.home, clock=lambda: _LATER, on=NIGHT)
    else:
        world.retain()
    assert places_of(world.home, [_USER], but=[world.home.logs]) == {}


@pytest.mark.further
def test_a_person_is_erased_again_by_the_run_after_one_that_was_broken_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are searched that no run has searched, whenever they were read."""
    _erase(world)
    (world.home.logs / "main" / "again.log").write_text(
        "\n".join(lines_of(NEW, "main")[3:9]) + "\n"
    )
    with monkeypatch.context() as patch, _broken_off(patch, beside_ingest, "complete"):
        stages.ingest(world.settings, world.home, clock=lambda: _LATER, on=NIGHT)
    query = "select count(*) from lake.access_log where user_id = ?"
    assert world.rows(query, _USER) == [(6,)]
    after = _LATER + dt.timedelta(days=1)
    stages.ingest(world.settings, world.home, clock=lambda: after, on=NIGHT)
    assert world.rows(query, _USER) == [(0,)]
    assert places_of(world.home, [_USER], but=[world.home.logs]) == {}


@pytest.mark.parametrize(
    ("module", "at"),
    [
        pytest.param("journal", "_keep", marks=pytest.mark.further),  # noted, and not done
        pytest.param(
            "aggregates", "let_go_of_aggregates", marks=pytest.mark.further
        ),  # rows are gone
        pytest.param("files", "note_removal", marks=pytest.mark.full),
        pytest.param("run", "_record", marks=pytest.mark.full),
    ],
)
def test_what_a_run_removed_that_was_killed_is_on_record_once(
    world: World, module: str, at: str
) -> None:
    """By the next one, in the table of acts and the chained records; no value outlives its rows."""
    given = (world.home.root, world.config, NIGHT, NOW, f"pipelines.retention.{module}", at)
    assert command_line.call(killed.retain_killed, *given) == -signal.SIGKILL
    later = stages.retention(world.settings, world.home, NIGHT, lambda: _LATER)
    if at != "_record":
        told = {(one.kind, one.act) for one in later.acts}
        assert {("access_log", "deleted"), ("reports", "deleted")} <= told
    acted = "select kind, sum(rows)::int from lake.retention_act where act = 'deleted' group by all"
    rows = dict(world.rows(acted))
    assert (rows["access_log"], rows["rejects"]) == (168, 4)
    assert world.rows("select sum(records)::int from lake.removed_day") == [(168,)]
    chained = [
        one.rows
        for one in Records(world.home).entries(Series.ERASURES)
        if isinstance(one.about, dict)
        and (one.about["kind"], one.about["act"]) == ("access_log", "deleted")
    ]
    assert chained == [84, 84]
    unused = "select count(*) from lake.client anti join lake.request_fact using (client_id)"
    assert world.rows(unused) == [(0,)]
    assert world.retain().acts == ()
    assert verify(Records(world.home)).ok
