"""A key is changed: what was hashed with the former one is found again, and detection goes on."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.demo.simulate import simulate
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_former_keys
from pipelines.errors import MimamoriError
from pipelines.keyring import change
from pipelines.keyring.change import change_pseudonym_key
from pipelines.keyring.files import missing
from pipelines.lake.former_keys import lost_keys
from pipelines.lake.keyed_hashes import missing_keys
from pipelines.night import stages
from pipelines.paths import DEFAULT_SETTINGS, Home
from pipelines.privacy.key_versions import KeyVersions
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Act, Records, Series
from pipelines.records.verify import verify
from pipelines.settings.load import load
from pipelines.subject.person import Person
from pipelines.subject.register import Asked
from pipelines.subject.run import erase
from tests.retention.conftest import (
    NEW,
    NOW,
    World,
    canaries,
    copied,
    lines_of,
    night_world,
)

_ACT = Act("keys rotate", {"key": "pseudonym", "reason": "yearly"})
_ACT_ON_RECORDS = Act("keys rotate", {"key": "records", "reason": "yearly"})
_TOMORROW = NOW.date() + dt.timedelta(days=1)


@pytest.fixture(scope="module")
def _night(tmp_path_factory: pytest.TempPathFactory) -> World:
    return night_world(tmp_path_factory)


@pytest.fixture
def world(_night: World, tmp_path: Path) -> World:
    """A working folder after a night, with logs of several days that name sessions."""
    return copied(_night, tmp_path)


def _changed(world: World) -> dt.date:
    return change_pseudonym_key(world.home, world.settings, _ACT, NOW)


def _ingest(world: World, name: str, lines: list[str], days: int = 1):
    (world.home.logs / "main" / name).write_text("\n".join(lines) + "\n")
    now = NOW + dt.timedelta(days=days)
    return stages.ingest(world.settings, world.home, clock=lambda: now, on=now.date())


def _sessions(world: World, day: dt.date):
    return world.rows(
        "select distinct session_id from lake.access_log"
        " where log_date = ? and session_id is not null order by 1",
        day,
    )


@pytest.mark.full
def test_the_night_after_a_change_finds_the_same(tmp_path: Path) -> None:
    """A drawn world, its last day read under the former key, and under a new one."""
    days, lines = 60, 2000
    last = dt.date(2026, 11, 20)
    day_before = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
    night = dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)
    settings = load(DEFAULT_SETTINGS)
    former = Home(tmp_path / "former")
    simulate(settings, former.logs, days, last, 7, 1, lines, former.context)
    late = {path: path.read_bytes() for path in former.logs.glob("*/access.log")}
    for path in late:
        path.unlink()
    stages.ingest(settings, former, clock=lambda: day_before, on=last - dt.timedelta(days=1))
    with lake.open_writer(former, settings.timezone) as con:
        refresh_aggregates(con, [last - dt.timedelta(days=number) for number in range(1, days)])
    new = Home(tmp_path / "new")
    shutil.copytree(former.root, new.root)
    change_pseudonym_key(new, settings, _ACT, day_before)
    found = []
    for home in (former, new):
        for path, content in late.items():
            (home.logs / path.relative_to(former.logs)).write_bytes(content)
        stages.ingest(settings, home, clock=lambda: night, on=last)
        found.append(
            [
                (one.finding_id, one.severity, one.score, one.status, one.summary, one.evidence)
                for one in stages.detect(settings, home, [last], lambda: night)
            ]
        )
    assert found[0] == found[1]
    assert found[0]


def test_lines_of_a_day_are_hashed_with_the_key_of_the_day(world: World) -> None:
    """Whenever they come: a session stays one, and the next day's are others."""
    before = _sessions(world, NEW)
    assert len(before) == 3
    assert _changed(world) == NOW.astimezone(world.settings.zone).date()
    assert _sessions(world, NEW) == before
    again = [line.replace("10:11:00", "10:12:00") for line in lines_of(NEW, "main")[11:12]]
    assert _ingest(world, "late.log", again).records == 1
    assert _sessions(world, NEW) == before
    day = _TOMORROW + dt.timedelta(days=1)
    text = [line.replace(f"{NEW:%d/%b/%Y}", f"{day:%d/%b/%Y}") for line in lines_of(NEW, "main")]
    _ingest(world, "next.log", text, days=3)
    after = _sessions(world, day)
    assert len(after) == 3
    assert not set(after) & set(before)


@pytest.mark.further
@pytest.mark.parametrize("changes", [1, 2])
def test_files_and_lines_are_known_again(world: World, changes: int) -> None:
    """A file under another name, one that grew, and one that repeats lines of another."""
    for _ in range(changes):
        _changed(world)
    lines = lines_of(NEW, "main")
    assert _ingest(world, "renamed.log", lines).records == 0
    assert _ingest(world, f"{NEW}.log", [*lines, lines[0].replace("10:00", "11:30")]).records == 1
    one = canaries(NEW, "main")
    day = [
        f"198.51.100.{number % 7} - {one['user']} [{NEW:%d/%b/%Y}:11:{number // 60:02}:"
        f'{number % 60:02} +0900] "GET /pages/{number} HTTP/1.1" 200 {number} "-" "Mozilla/5.0"'
        f' "session_id=abc{number % 5}"'
        for number in range(120)
    ]
    assert _ingest(world, "whole.log", day).records == 120
    _changed(world)
    assert _ingest(world, "part.log", day[20:]).records == 0


@pytest.mark.further
def test_erased_persons_do_not_come_back(world: World) -> None:
    """Tombstones are found under the new key, and the request by whoever asks again."""
    one = canaries(NEW, "main")
    person = Person("user", one["user"], (one["user"],))
    asked = Asked("asked for it", "st-9", "st-8", None)
    with lake.open_writer(world.home, world.settings.timezone) as con:
        erase(con, world.home, person, asked, NOW)
    register = "select value_hash from lake.subject_request"
    before = world.rows(register)
    _changed(world)
    assert world.rows(register) != before
    _ingest(world, "again.log", lines_of(NEW, "main")[3:9])
    query = "select count(*) from lake.access_log where user_id = ?"
    assert world.rows(query, one["user"]) == [(0,)]


@pytest.mark.further
def test_known_subjects_are_known_under_the_new_key(world: World) -> None:
    """The bits of days that still name persons are those that the new key gives, no others."""
    bits = (
        "select log_date, site_id, user_id, subject_bits_low, subject_bits_high,"
        " bit_count(subject_bits_low) + bit_count(subject_bits_high)"
        " from lake.user_day order by all"
    )
    samples = "select log_date, site_id, user_id, subjects from lake.user_subject_day order by all"
    before, sampled = world.rows(bits), world.rows(samples)
    _changed(world)
    after, resampled = world.rows(bits), world.rows(samples)
    assert [row[:3] for row in before] == [row[:3] for row in after]
    assert [row[5] for row in before] == [row[5] for row in after]
    assert before != after
    with lake.open_writer(world.home, world.settings.timezone) as con:
        change._make_bits(con, Pseudonyms.of(world.home))
        found = con.execute("select low, high from new_bits order by log_date, site_id").fetchall()
        anew = con.execute(samples.replace("lake.user_subject_day", "new_sample")).fetchall()
    assert sorted(found) == sorted((row[3], row[4]) for row in after)
    assert [row[:3] for row in sampled] == [row[:3] for row in resampled]
    assert sampled != resampled
    assert anew == [row for row in resampled if row in anew]


@pytest.mark.parametrize(
    "step",
    [
        *("_make_bits", "complete"),
        *(
            pytest.param(step, marks=pytest.mark.full)
            for step in ("_hash_once_more", "erase_bytes")
        ),
    ],
)
def test_a_change_that_breaks_off_is_completed_or_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """What stands in the lake decides; the next ingest knows the files in either case."""

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    key = Pseudonyms.of(world.home).key
    with monkeypatch.context() as patch:
        patch.setattr(KeyVersions if step == "complete" else change, step, broken)
        with pytest.raises(KeyboardInterrupt):
            _changed(world)
    with lake.open_reader(world.home, world.settings.timezone) as con:
        assert missing_keys(con, world.home) == []
    assert _ingest(world, "renamed.log", lines_of(NEW, "main")).records == 0
    is_new = step in {"complete", "erase_bytes"}
    assert (Pseudonyms.of(world.home).key != key) == is_new
    assert not list(world.home.keys.glob("*.next.*"))
    assert len(list((world.home.keys / "former").glob("*"))) == is_new


def test_a_former_key_that_is_lost_is_missed(world: World) -> None:
    """Without it no file would be known again: nothing is read, and nothing new is made."""
    _changed(world)
    Records(world.home).change_key(_ACT_ON_RECORDS, NOW)
    former = sorted(one.relative_to(world.home.keys) for one in world.home.keys.glob("former/*"))
    with lake.open_reader(world.home, world.settings.timezone) as con:
        assert missing_keys(con, world.home) == []
        assert check_former_keys(con, world.home) is None
    shutil.rmtree(world.home.keys / "former")
    with pytest.raises(MimamoriError, match=rf"{former[0]}: .*this former key is missing"):
        _ingest(world, "renamed.log", lines_of(NEW, "main"))
    with lake.open_reader(world.home, world.settings.timezone) as con:
        assert missing_keys(con, world.home) == [str(one) for one in former]
        told = [(one.use, one.number) for one in map(missing, map(str, former))]
        assert told == [("missing", 1), ("missing", 1)]
        outcome = check_former_keys(con, world.home)
    assert outcome is not None
    assert (outcome.status, former[1].name in outcome.message) == (Status.WRONG, True)


def test_records_go_on_under_a_new_key(tmp_path: Path) -> None:
    """Old and new ones are verified, persons are found in both, and a use that goes on is told."""
    home = Home(tmp_path)
    home.keys.mkdir()
    records = Records(home)
    mark = records.hashed("st-0001")
    records.append(Series.USE, Act("sql", mark), NOW)
    other = Records(home)
    with other.use(Act("sql"), lambda: NOW):
        changed = records.change_key(Act("keys rotate"), NOW)
        records.append(Series.USE, Act("sql", records.hashed("st-0001")), NOW)
    records.change_key(Act("keys rotate"), NOW)
    records.append(Series.USE, Act("sql"), NOW)
    proof = verify(records)
    assert (proof.ok, proof.entries) == (True, 6)
    assert changed.seq == 2
    whats = [entry.what for series in Series for entry in records.entries(series)]
    assert sorted(whats) == ["keys rotate", "keys rotate", *["sql"] * 4]
    assert mark in records.marks("st-0001")
    assert len(set(records.marks("st-0001"))) == 3
    assert len(list((home.keys / "former").glob("records.*.key"))) == 2


def test_a_former_key_of_the_records_signs_nothing_any_more(tmp_path: Path) -> None:
    """Whoever has it can neither write later records nor write earlier ones anew."""
    home = Home(tmp_path)
    home.keys.mkdir()
    records = Records(home)
    for number in range(3):
        records.append(Series.USE, Act("sql", f"question {number}"), NOW)
    thief = Home(tmp_path / "thief")
    shutil.copytree(home.root, thief.root)
    records.change_key(Act("keys rotate"), NOW)
    records.append(Series.USE, Act("sql", "new"), NOW)
    (path,) = records.files(Series.USE)
    genuine = path.read_bytes()
    forged = Records(thief)
    (stolen,) = forged.files(Series.USE)
    stolen.write_bytes(b"")
    (thief.keys / "records.head").write_text(f"{0:020d} {'0' * 64}\n")
    for number in range(3):
        forged.append(Series.USE, Act("sql", f"harmless {number}"), NOW)
    early = stolen.read_bytes() + genuine.splitlines(keepends=True)[-1]
    forged.append(Series.USE, Act("sql", "new"), NOW)
    forged.append(Series.USE, Act("sql", "new"), NOW)
    late = genuine.splitlines(keepends=True)[:3] + stolen.read_bytes().splitlines(keepends=True)[4:]
    for content in (early, b"".join(late)):
        path.write_bytes(content)
        assert not verify(records).ok
    path.write_bytes(genuine)
    assert verify(records).ok


@pytest.mark.parametrize("step", ["_write", "complete"])
def test_a_change_of_the_records_key_that_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The record of it decides; every record is genuine afterwards."""

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    home = Home(tmp_path)
    home.keys.mkdir()
    records = Records(home)
    records.append(Series.USE, Act("sql"), NOW)
    key = home.records_key.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(KeyVersions if step == "complete" else Records, step, broken)
        with pytest.raises(KeyboardInterrupt):
            records.change_key(_ACT_ON_RECORDS, NOW)
    assert lost_keys(home, "records") == []
    records.append(Series.USE, Act("sql"), NOW)
    assert verify(records).ok
    assert lost_keys(home, "records") == []
    assert (home.records_key.read_bytes() != key) == (step == "complete")
    assert not list(home.keys.glob("*.next.*"))
