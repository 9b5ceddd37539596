"""Simulated worlds: repeatable, varied, true to their truth, and readable by mimamori."""

import csv
import datetime as dt
import gzip
import hashlib
import io
import json
import os
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from evaluate import places
from evaluate.dice import Dice
from evaluate.explained import write_watch
from evaluate.lines import Printer, format_of
from evaluate.people import crowd
from evaluate.plan import KINDS, Plan, plan
from evaluate.request import Request
from evaluate.season import QUIET_DAYS
from evaluate.shape import LOGS, WITH_SESSION, shape
from evaluate.truth import LEVELS_OF_A_DAY, Level
from evaluate.web_texts import FAMILIES, Half, attacks, benign
from evaluate.weeks import directory
from evaluate.write import Written, settings_text, write

from pipelines.enrich.geo import GeoReader
from pipelines.settings.load import load
from pipelines.settings.model import GeoIp
from tests import command_line

DAYS, SCALE = 24, 0.05
SEEDS = range(1, 9)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A thin world of few days."""
    return write(plan(3, Level.EASY, DAYS, SCALE), tmp_path_factory.mktemp("world"))


@cache
def planned_world(seed: int, level: Level) -> Plan:
    """A world of 35 days as it is planned, for whoever only looks at it."""
    return plan(seed, level, 35)


def digest(folder: Path) -> dict[str, str]:
    """Return what every file of a world holds."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix != ".mmdb"
    }


@pytest.mark.further
def test_the_same_seed_gives_the_same_bytes(world, tmp_path):
    """Logs, settings and truth."""
    again = write(plan(3, Level.EASY, DAYS, SCALE), tmp_path)
    assert digest(again.folder) == digest(world.folder)


def test_another_seed_gives_another_world():
    """Company, formats, addresses, patterns: no two worlds are alike."""
    texts = {settings_text(shape(seed, DAYS), {}) for seed in SEEDS}
    assert len(texts) == len(SEEDS)
    assert {one.log for seed in SEEDS for one in shape(seed, DAYS).sites} == set(LOGS)
    assert len({shape(seed, DAYS).subjects.name for seed in SEEDS}) > 3
    assert len({shape(seed, DAYS).franchise.pattern for seed in SEEDS}) > 2
    assert len({shape(seed, DAYS).bank_of_staff for seed in SEEDS}) > 5


@pytest.mark.further
def test_levels_of_a_seed_share_their_settings():
    """Only what happens differs, not where."""
    texts = {settings_text(plan(5, level, DAYS).scene.shape, {}) for level in LEVELS_OF_A_DAY}
    assert texts == {settings_text(shape(5, DAYS), {})}


@pytest.mark.parametrize("seed", SEEDS)
def test_settings_are_valid_and_know_every_user(seed, tmp_path):
    """A user's first match is the type that the simulator means."""
    made = shape(seed, DAYS)
    path = tmp_path / "settings.yaml"
    path.write_text(settings_text(made, {}), encoding="utf-8")
    settings = load(path)
    assert sum(not site.placeholders for site in settings.sites) == 2
    people = crowd(made)
    users = {one.user: one.kind for one in [*people.workers, *people.machines]}
    users |= {one.user: "customer" for one in people.customers}
    assert len(users) == len(people.workers) + len(people.machines) + len(people.customers)
    for user, kind in users.items():
        rule = next(rule for rule in settings.user_types if re.search(rule.pattern, user))
        assert rule.type == kind, user


@pytest.mark.further
def test_incidents_keep_to_their_days():
    """None in the quiet days, none on clean days, and at least a third of the others clean."""
    for seed in SEEDS:
        truth = planned_world(seed, Level.MEDIUM).truth({}, set())
        happened = {day for one in truth.incidents for day in one.dates}
        assert not happened & set(truth.clean)
        assert len(truth.clean) * 3 >= len(truth.judged)
        assert min(one.dates[0] for one in truth.incidents) >= truth.days[QUIET_DAYS]


def test_in_a_world_of_weeks_what_happens_grows():
    """Each person takes more on the last days than on the first, on at least eight days."""
    for seed in (1, 2):
        scene = plan(seed, Level.WEEKS, Level.WEEKS.days).scene
        assert {one.kind for one in scene.incidents} == {"slow-collection"}
        assert len({one.variant for one in scene.incidents}) == 8
        for incident in scene.incidents:
            taken = [
                sum(request.mark == incident.number for request in scene.added[day])
                for day in incident.dates
            ]
            days = [count for count in taken if count]
            assert len(days) >= 8
            assert sum(days[-4:]) > sum(days[:4])


def test_the_directory_of_a_world_of_weeks_tells_accounts_posts_and_leavers():
    """One person may have two accounts; who is new, moved or left says so from that day on."""
    scene = plan(1, Level.WEEKS, Level.WEEKS.days).scene
    dates = scene.shape.dates
    first, last = (
        {row["user"]: row for row in csv.DictReader(io.StringIO(directory(scene, on)))}
        for on in (dates[0], dates[-1])
    )
    double = next(one for one in scene.people.workers if one.second)
    assert last[double.user]["person"] == last[double.second]["person"]
    new = [one for one in scene.people.workers if one.from_day > dates[0]]
    assert new
    assert all(one.user not in first and last[one.user]["joined_on"] for one in new)
    moved = [one for one in scene.people.workers if one.changed_on]
    assert moved
    assert all(first[one.user]["department"] != last[one.user]["department"] for one in moved)
    assert any(row["left_on"] for row in last.values())


def test_a_listed_world_has_leavers_and_watched_records_that_no_work_touches(tmp_path):
    """Lists say so before it happens; each kind that only they tell of happens, and its decoys."""
    planned = plan(2, Level.LISTED, Level.LISTED.days)
    scene = planned.scene
    kinds = Counter(one.kind for one in scene.incidents)
    assert kinds.keys() == {
        "watched-subject-access", "decoy-record-access", "access-after-leaving",
        "leaver-collection", "repeated-subject-access",
    }  # fmt: skip
    assert min(kinds.values()) >= 2
    assert {"looked-after", "leaver", "shared-matter"} <= {one.kind for one in scene.decoys}
    watched = {one.subject for one in scene.watched}
    assert not any(
        first <= subject < first + size * one.apart
        for one in scene.people.workers
        for first, size in [one.spread]
        for subject in watched
    )
    text = (tmp_path / write_watch(scene, tmp_path)).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["subject"] for row in rows} == {
        scene.shape.subjects.text(subject) for subject in watched
    }
    for incident in scene.incidents:
        user = incident.actors[0][1]
        listed = csv.DictReader(io.StringIO(directory(scene, incident.dates[0])))
        left = next(row["left_on"] for row in listed if row["user"] == user)
        if incident.kind == "access-after-leaving":
            assert left < str(incident.dates[0])
        if incident.kind == "leaver-collection":
            assert left >= str(incident.dates[-1])


@pytest.mark.further
@pytest.mark.parametrize("level", LEVELS_OF_A_DAY)
def test_every_kind_happens(level):
    """A world of 35 days has each kind, but for what its logs cannot show."""
    for seed in SEEDS:
        planned = planned_world(seed, level)
        kinds = {one.kind for one in planned.scene.incidents}
        sites = (planned.scene.shape.portal, planned.scene.shape.office)
        can_steal = any(site.log in WITH_SESSION for site in sites)
        assert kinds >= set(KINDS) - (set() if can_steal else {"session-hijack"})


@pytest.mark.further
def test_people_are_in_one_incident_or_decoy_at_most():
    """What a finding about somebody means is never in doubt, but for those that all are in."""
    shared = {"storm", "vpn-abroad", "office-moved"}
    for seed in SEEDS:
        truth = planned_world(seed, Level.HARD).truth({}, set())
        named = [one.actors[:1] for one in truth.incidents]
        named += [one.actors for one in truth.decoys if one.kind not in shared]
        users = [actor for actors in named for actor in actors if actor[0] == "user"]
        assert [actor for actor, count in Counter(users).items() if count > 1] == []


def test_the_truth_is_in_the_logs(world):
    """Each incident of persons and addresses has as many lines as it says, where it says."""
    named = [one for one in world.truth.incidents if one.actors[0][0] != "site"]
    assert named
    for incident in named:
        text = "\n".join(
            gzip.decompress(file.read_bytes()).decode()
            for day in incident.dates
            for file in world.nights[day].rglob("*.gz")
        )
        names = [value.replace("\\", "\\\\") for kind, value in incident.actors if kind != "site"]
        lines = [line for line in text.splitlines() if any(name in line for name in names)]
        assert len(lines) >= incident.lines > 0, incident


def test_truth_json_has_the_keys_of_the_demo(world):
    """`truth.json` can be read by whoever reads that of the demo."""
    truth = json.loads((world.folder / "truth.json").read_text(encoding="utf-8"))
    assert {"seed", "days", "incidents"} <= set(truth)
    assert len(truth["incidents"]) == len(world.truth.incidents)
    for incident in truth["incidents"]:
        assert {"id", "date", "detectors", "actor_kind", "actor", "site_id", "lines"} <= set(
            incident
        )


@pytest.mark.further
def test_reasons_on_record_are_those_of_decoys(tmp_path):
    """Settings name the tables, and no reason excuses who is in an incident."""
    planned = plan(4, Level.MEDIUM, 35, SCALE, with_context=True)
    sources = load(write(planned, tmp_path, with_context=True).settings).context.sources()
    assert len(sources) > 5
    assert all(source.path is not None and source.path.exists() for source in sources.values())
    reasons = planned.scene.reasons
    tables = {reason.table for reason in reasons}
    assert tables == {"assignments", "exports", "rosters", "trips", "absences"}
    happened = {(value, str(day)) for one in planned.scene.incidents for _, value in one.actors
                for day in one.dates}  # fmt: skip
    excused = {(reason.cells["user"], reason.cells["from"]) for reason in reasons
               if reason.table in {"exports", "trips"} or "subject" in reason.cells}  # fmt: skip
    assert not happened & excused


@pytest.mark.further
@pytest.mark.parametrize("log", LOGS)
def test_mimamori_reads_every_format_as_it_was_meant(log, tmp_path):
    """User, address, status, session and instant come back, backslash and quotation marks too."""
    site = replace(shape(1, DAYS).portal, log=log, session_cookie="PHPSESSID", log_zone="UTC")
    at = dt.datetime(2026, 3, 1, 23, 59, 58, tzinfo=dt.UTC)
    request = Request(at.timestamp(), site.id, "192.0.2.7", "hq\\sato", "0123456789abcdef", "a/1.0",
                      "GET", "/kokyaku/77?x=1", 200, 812, "", 0.25, -1)  # fmt: skip
    file = tmp_path / "access.log"
    file.write_text(Printer(site).line(request, request.at) + "\n", encoding="utf-8")
    done = command_line.run("parse", file, "--format", format_of(site), env=os.environ)
    assert done.returncode == 0, done.stderr
    (record,) = [json.loads(line) for line in done.stdout.splitlines()]
    proxied = log == "nginx_proxied"
    assert record["client_ip"] == ("172.18.0.2" if proxied else "192.0.2.7")
    assert record["user_id"] == "hq\\sato"
    assert record["url_path"] == "/kokyaku/77"
    assert (record["status"], record["bytes"]) == (200, 812)
    assert record["time"].startswith("2026-03-01T23:59:58")
    assert (record["session_id"] is not None) == (log in WITH_SESSION)


def test_networks_are_in_their_countries():
    """The shipped database places each where the simulator says."""
    dice = Dice("test")
    expected = {
        network.address(dice): network.country
        for network in places.all_networks()
        for _ in range(20)
    }
    expected |= {places.host_v6(dice, places.prefix_v6(dice)): "JP" for _ in range(20)}
    with GeoReader.open(GeoIp()) as reader:
        found = reader.lookup(list(expected)).get_column("country").to_list()
    assert found == list(expected.values())


def test_attacks_of_the_open_net_are_texts_set_aside_each_sent_once() -> None:
    """Every family on every judged day, each innocent text by a visitor of its own."""
    scene = plan(7, Level.WEB, Level.WEB.days, SCALE).scene
    days = scene.season.judged()
    kinds = Counter(one.kind for one in scene.incidents)
    assert {kind: kinds[kind] for kind in FAMILIES} == dict.fromkeys(FAMILIES, len(days))
    aside = {one.text for family in FAMILIES for one in attacks(Half.HELD_OUT)
             if one.family == family}  # fmt: skip
    sent = [one for day in scene.added.values() for one in day if one.mark >= 0]
    texts = Counter(
        text for one in sent for text in (one.target, one.referrer, one.agent) if text in aside
    )
    assert len(texts) > len(aside) / 4
    assert max(texts.values()) == 1
    visitors = {one.ip for day in scene.added.values() for one in day if one.mark < 0}
    innocent = [one for one in scene.decoys if one.kind.startswith("innocent-")]
    assert len(innocent) == len(benign(Half.HELD_OUT))
    assert {actor for one in innocent for _, actor in one.actors} <= visitors


def test_quotes_and_backslashes_are_written_as_servers_write_them() -> None:
    """What a client sends ends no field of a line."""
    sites = {site.log: site for seed in SEEDS for site in shape(seed, 28).sites}
    request = Request(0.0, "s", "192.0.2.1", "", "", 'a"b', "GET", "/\\x", 200, 1, "", 0.1, -1)
    lines = {log: Printer(site).line(request, 0.0) for log, site in sites.items()}
    assert '"GET /\\\\x HTTP/1.1"' in lines["combined"]
    assert '"a\\"b"' in lines["combined"]
    assert '"GET /\\x5Cx HTTP/1.1"' in lines["nginx"]
    assert '"a\\x22b"' in lines["nginx"]
    assert json.loads(lines["json"])["http_user_agent"] == 'a"b'
