"""Retention: what is past its time goes for good, what is not stays, and both can be proved."""

import datetime as dt
import shutil
from functools import partial
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_proofs
from pipelines.errors import MimamoriError, UsageError
from pipelines.night import stages
from pipelines.privacy.epochs import EpochKeys, last_day_of
from pipelines.records import Records
from pipelines.records.verify import verify
from pipelines.retention import run
from pipelines.retention.holds import Criteria, add_hold, release_hold
from pipelines.subject.reidentify import Match, reidentify
from tests.byte_search import places_of
from tests.retention.conftest import GONE, NEW, NIGHT, NOW, OLD, World, canaries, copied

_ACCESS = "select count(*), count(pseudonym_epoch) from lake.request_fact where log_date = ?"


@pytest.fixture(scope="module")
def _retained(_night: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = copied(_night, tmp_path_factory.mktemp("retained"))
    world.retain()
    return world


@pytest.fixture
def retained(_retained: World, tmp_path: Path) -> World:
    """A copy of the folder after retention."""
    return copied(_retained, tmp_path)


def _values(*days: dt.date) -> set[str]:
    return {
        value for day in days for site in ("main", "shop") for value in canaries(day, site).values()
    }


def _found(world: World, *days: dt.date) -> dict[str, str]:
    return places_of(world.home, _values(*days), but=[world.home.logs])


def test_nothing_of_what_is_past_its_time_is_left(world: World) -> None:
    """Not in a data file, a snapshot, the catalog, its log or a report; what is recent stays."""
    assert _found(world, GONE, OLD, NEW).keys() == _values(GONE, OLD, NEW)
    result = world.retain()
    assert _found(world, GONE, OLD) == {}
    assert _found(world, NEW).keys() == _values(NEW)
    assert world.rows(_ACCESS, GONE) == [(0, 0)]
    assert world.rows(_ACCESS, OLD) == [(168, 168)]
    assert world.rows(_ACCESS, NEW) == [(168, 0)]
    went = {(one.kind, one.act, one.site_group): one for one in result.acts}
    assert went["access_log", "deleted", "shops"].rows == 84
    assert went["access_log", "pseudonymised", "main"].days == (OLD,)
    assert went["rejects", "deleted", "main"].rows == 2
    week_of_gone = GONE + dt.timedelta(days=6 - GONE.weekday())  # its page is of its Sunday
    assert went["reports", "deleted", None].days == (GONE, week_of_gone, OLD)
    assert {path.name for path in world.home.reports.glob("20*")} == {str(NEW)}


@pytest.mark.further
def test_a_dry_run_tells_the_same_and_changes_nothing(world: World) -> None:
    """Values of dimensions are counted by the real run only, since rows decide about them."""
    before = _tree(world.home.root)
    told = world.retain(is_dry_run=True)
    assert _tree(world.home.root) == before
    done = world.retain()
    dimensions = {"clients", "agents", "aliases", "reverse_dns"}
    assert told.acts == tuple(one for one in done.acts if one.kind not in dimensions)


def _tree(folder: Path) -> dict[str, int]:
    return {
        str(path): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and "catalog.sqlite-" not in path.name
    }


@pytest.mark.further
def test_what_was_broken_off_is_completed_by_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are deleted and not yet erased are not forgotten."""

    def fail(*_given: object) -> None:
        raise MimamoriError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(run, "erase_bytes", fail)
        with pytest.raises(MimamoriError, match="no room"):
            world.retain()
    assert world.rows(_ACCESS, GONE) == [(0, 0)]
    assert _found(world, GONE) != {}
    world.retain()
    assert _found(world, GONE, OLD) == {}


@pytest.mark.further
def test_a_report_that_retention_removed_is_no_fault_of_the_records(world: World) -> None:
    """Any other that is gone is: its digest is on record."""
    records = Records(world.home)
    assert verify(records).ok
    world.retain()
    assert not (world.home.reports / str(GONE)).exists()
    assert verify(records).ok
    shutil.rmtree(world.home.reports / str(NEW))
    bad = verify(records).first_bad
    assert bad is not None
    assert (bad.file.startswith(f"reports/{NEW}/"), "is gone" in str(bad.why)) == (True, True)


@pytest.mark.further
def test_a_second_run_finds_nothing(world: World) -> None:
    """And the record says what the first one did."""
    first = world.retain()
    assert world.retain().acts == ()
    recorded = world.rows(
        "select kind, act, site_group, night, rows::int from lake.retention_act order by all"
    )
    assert recorded == sorted(
        ((one.kind, one.act, one.site_group, NIGHT, one.rows) for one in first.acts),
        key=lambda row: (row[0], row[1], row[2] is None, row[2] or ""),
    )


@pytest.mark.further
def test_the_proofs_hold_before_and_after(retained: World) -> None:
    """What was deleted is accounted for; a row that is missing without a record is not."""
    assert _proofs(retained) == {Status.OK}
    retained.write(f"delete from lake.request_fact where log_date = '{OLD}' and line_no = 3")
    assert Status.WRONG in _proofs(retained)


def _proofs(world: World) -> set[Status]:
    with lake.open_reader(world.home, world.settings.timezone) as con:
        return {one.status for one in check_proofs(con)}


def test_pseudonyms_are_the_same_within_an_epoch_and_keep_what_is_needed(retained: World) -> None:
    """One person is one pseudonym; the path is the resource's; place and browser stay."""
    rows = retained.rows(
        "select distinct user_id, client_ip, subject_id, url_path, url_query, referrer,"
        " user_agent, os, user_type from lake.access_log"
        " where log_date = ? and site_id = 'main' and user_id is not null",
        OLD,
    )
    assert len(rows) == 1
    user, address, subject, path, query, referrer, agent, system, kind = rows[0]
    epoch = EpochKeys(retained.home).of("2026-07.3")
    assert epoch is not None
    one = canaries(OLD, "main")
    assert user == epoch.pseudonym("user", one["user"])
    assert address == epoch.pseudonym("client", one["ip"])
    assert subject == epoch.pseudonym("subject", one["subject"])
    assert (path, query, referrer, agent) == ("/customers/{subject}", None, None, None)
    assert (system, kind) == ("Linux", "staff")
    assert (
        retained.rows("select distinct user_id from lake.user_day where log_date = ?", OLD)
        == [*{(epoch.pseudonym("user", canaries(OLD, site)["user"]),) for site in ("main", "shop")}]
        or len(retained.rows("select user_id from lake.user_day where log_date = ?", OLD)) == 2
    )


def test_a_pseudonym_is_found_by_trying_values_while_its_key_is_there(retained: World) -> None:
    """Of values that are named, or that recent rows have; without a key nobody can tell."""
    one = canaries(OLD, "main")
    key = EpochKeys(retained.home).of("2026-07.3")
    assert key is not None
    pseudonym = key.pseudonym("user", one["user"])
    with lake.open_reader(retained.home, retained.settings.timezone) as con:
        assert reidentify(con, retained.home, pseudonym) == []
        found = reidentify(con, retained.home, pseudonym, ["st-other", one["user"]])
        assert found == [Match("2026-07.3", "user", one["user"])]
        known = key.pseudonym("user", canaries(NEW, "main")["user"])
        assert [match.value for match in reidentify(con, retained.home, known)] == [
            canaries(NEW, "main")["user"]
        ]
        EpochKeys(retained.home).destroy("2026-07.3")
        with pytest.raises(UsageError, match="anonymous"):
            reidentify(con, retained.home, pseudonym, [one["user"]])


@pytest.mark.further
def test_late_lines_of_an_old_day_follow_it(retained: World) -> None:
    """They are pseudonymised by the next night with the same key."""
    one = canaries(OLD, "main")
    (retained.home.logs / "main" / "late.log").write_text(
        f"{one['ip']} - {one['user']} [{OLD:%d/%b/%Y}:23:00:00 +0900]"
        ' "GET /customers/1 HTTP/1.1" 200 5 "-" "Late" "-"\n'
    )
    later = NOW + dt.timedelta(days=1)
    stages.ingest(retained.settings, retained.home, clock=lambda: later, on=NIGHT)
    stages.retention(retained.settings, retained.home, NIGHT, lambda: later)
    assert retained.rows(
        "select count(*), count(distinct user_id) from lake.access_log"
        " where log_date = ? and site_id = 'main' and user_id is not null",
        OLD,
    ) == [(13, 1)]


@pytest.mark.further
def test_an_open_case_waits_in_clear(world: World) -> None:
    """Its person's rows are pseudonymised once it is closed, and until then that is told."""
    one = canaries(OLD, "main")
    world.write(
        "insert into lake.findings by name select 'f1' as finding_id,"
        f" date '{OLD}' as date, 'mass-export' as detector, 'high' as severity,"
        f" 'user' as actor_kind, '{one['user']}' as actor, 'main' as site_id,"
        " 'acknowledged' as status, '{}'::json as evidence"
    )
    result = world.retain()
    assert (result.waiting_rows, result.waiting_people) == (12, 1)
    query = "select count(*) from lake.access_log where log_date = ? and user_id = ?"
    assert world.rows(query, OLD, one["user"]) == [(12,)]
    assert world.rows("select count(*) from lake.user_day where user_id = ?", one["user"]) == [(1,)]
    world.write("update lake.findings set status = 'closed'")
    assert world.retain().waiting_rows == 0
    assert world.rows(query, OLD, one["user"]) == [(0,)]
    assert world.rows("select count(*) from lake.user_day where user_id = ?", one["user"]) == [(0,)]


def test_a_hold_beats_every_period_until_it_is_released(world: World) -> None:
    """Rows, rejected lines, aggregates and the reports of the days stay; others go."""
    criteria = Criteria(site_id="shop", from_day=GONE, to_day=GONE)
    hold = add_hold(world.home, world.settings, criteria, "court", "legal", NOW)
    result = world.retain()
    assert result.held_rows == 84
    assert world.rows(_ACCESS, GONE) == [(84, 0)]
    held = set(canaries(GONE, "shop").values())
    assert _found(world, GONE).keys() >= held - {canaries(GONE, "shop")["rejected"]}
    assert world.rows("select site_id from lake.reject where log_date = ?", GONE) == [("shop",)]
    assert (world.home.reports / str(GONE)).is_dir()
    assert world.rows(_ACCESS, OLD) == [(168, 168)]
    release_hold(world.home, world.settings, hold.hold_id[:6], "over", "legal", NOW)
    world.retain()
    assert _found(world, GONE, OLD) == {}


@pytest.mark.further
def test_groups_of_sites_have_periods_of_their_own(world: World) -> None:
    """The shops' rows go at once, those of the main site stay."""
    own = world.with_settings(
        "retention: {site_groups: {shops: {access_log_days: 91, quarantine_days: 3}}}\n"
    )
    own.retain()
    counted = "select count(*) from lake.request where log_date = ? and site_id = ?"
    assert own.rows(counted, OLD, "shop") == [(0,)]
    assert own.rows(counted, OLD, "main") == [(84,)]
    assert own.rows("select distinct site_id from lake.reject") == [("main",)]
    assert _proofs(own) == {Status.OK}


@pytest.mark.further
def test_rows_of_a_site_that_is_no_longer_known_are_kept_and_let_go_alike(world: World) -> None:
    """A site that left the settings takes no row with it, and its rows have their time."""
    world.write("delete from lake.site where site_id = 'shop'")
    world.retain()
    counted = "select count(*), count(pseudonym_epoch) from lake.request_fact where log_date = ?"
    assert world.rows(counted, GONE) == [(0, 0)]
    assert world.rows(counted, OLD) == [(168, 168)]
    assert world.rows("select count(*) from lake.reject where log_date < ?", NEW) == [(0,)]


@pytest.mark.further
def test_the_key_of_an_epoch_goes_with_the_last_of_its_rows(retained: World) -> None:
    """Until then it stays; without it nobody can try values out."""
    assert EpochKeys(retained.home).epochs() == ["2026-07.3"]
    result = retained.retain(OLD + dt.timedelta(days=500))
    assert ("epoch_keys", 1) in {(one.kind, one.files) for one in result.acts}
    assert "2026-07.3" not in EpochKeys(retained.home).epochs()


@pytest.mark.further
def test_the_key_of_an_epoch_goes_on_its_day_where_settings_name_one(world: World) -> None:
    """Although rows have its pseudonyms: they stay, and nobody can try values out any more."""
    world = world.with_settings("retention: {epoch_key_days: 120}\n")
    last = last_day_of("2026-07.3")
    world.retain(last + dt.timedelta(days=119))
    assert "2026-07.3" in EpochKeys(world.home).epochs()
    named = "select count(*) from lake.request_fact where pseudonym_epoch = '2026-07.3'"
    before = world.rows(named)
    result = world.retain(last + dt.timedelta(days=120))
    (act,) = [one for one in result.acts if one.kind == "epoch_keys"]
    assert (act.files, act.days) == (1, (last,))
    assert "2026-07.3" not in EpochKeys(world.home).epochs()
    assert world.rows(named) == before != [(0,)]
    told = world.rows("select first_day, files from lake.retention_act where kind = 'epoch_keys'")
    assert told == [(last, 1)]


def test_lines_of_a_wrong_clock_go_by_the_day_on_which_they_were_read(world: World) -> None:
    """They are dated years ahead: their persons stay in clear no longer than those of others."""
    ahead = dt.date(2099, 11, 19)
    line = (
        "192.0.2.{number} - st-ahead{number} [19/Nov/2099:10:00:00 +0900]"
        ' "GET /customers/AHEAD-{number}-77 HTTP/1.1" 200 512 "-" "Mozilla/5.0" "-"\n'
    )
    log = world.home.logs / "main" / "ahead.log"
    # One file that grows: what came first is past its time, then what came later.
    for number, age in ((1, 405), (2, 95), (3, 5)):
        with log.open("a", encoding="utf-8") as file:
            file.write(line.format(number=number) + f"no line, read {age} days ago\n")
        read_at = NOW - dt.timedelta(days=age)
        on = read_at.date()
        stages.ingest(world.settings, world.home, clock=partial(read_at.astimezone), on=on)
    users = "select user_id from lake.request_fact where log_date = ? order by time, line_no"
    assert world.rows(users, ahead) == [("st-ahead1",), ("st-ahead2",), ("st-ahead3",)]
    result = world.retain()
    ((older,), (newer,)) = world.rows(users, ahead)
    assert (older.startswith("pn-"), newer) == (True, "st-ahead3")
    acts = {(one.kind, one.act) for one in result.acts if ahead in one.days}
    assert acts == {
        ("access_log", "deleted"), ("access_log", "pseudonymised"), ("rejects", "deleted"),
    }  # fmt: skip
    rejected = world.rows("select line from lake.reject where log_date = ?", ahead)
    assert rejected == [("no line, read 5 days ago",)]
    kept = {value for number in (1, 2) for value in (f"st-ahead{number}", f"AHEAD-{number}-77")}
    assert places_of(world.home, kept, but=[world.home.logs]) == {}
    assert [one for one in world.retain().acts if ahead in one.days] == []
    later = world.retain(NIGHT + dt.timedelta(days=90))
    assert {("access_log", "pseudonymised"), ("rejects", "deleted")} <= {
        (one.kind, one.act) for one in later.acts if ahead in one.days
    }
