"""The simulated logs are what they say they are, and so is the truth about them."""

import csv
import datetime as dt
import gzip
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

import pytest

from pipelines.demo.incidents import Kind
from pipelines.demo.lines import SIGNED_ON
from pipelines.demo.simulate import simulate
from pipelines.errors import MimamoriError, SettingsError, UsageError
from pipelines.ingest.discover import discover, known_sites
from pipelines.paths import DEFAULT_SETTINGS
from pipelines.settings.load import load
from pipelines.settings.model import Settings

END = dt.date(2026, 11, 20)  # a Friday
DAYS = 16
SEED = 5
SHOPS = 2

_TEXT = r'"((?:[^"\\\x00-\x1f\x7f-\xff]|\\(?:["\\]|x[0-9a-f]{2}))*)"'
_COMMON = (
    r"([0-9a-f.:]+) - (\S+) "
    r"\[(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\] "
    rf"{_TEXT} ([1-5]\d{{2}}) ([1-9]\d*|-)"
)
_AGENT = rf" {_TEXT} {_TEXT}"
FORMATS = {
    "common": re.compile(_COMMON),
    SIGNED_ON: re.compile(_COMMON + r' "(\S+)"'),
    "combined": re.compile(_COMMON + _AGENT),
    "auto": re.compile(_COMMON + _AGENT),
    "vhost_combined": re.compile(rf"([a-z0-9.-]+):443 {_COMMON}{_AGENT}"),
}


@dataclass(frozen=True)
class Line:
    """A line read back, by a pattern that shares nothing with the simulator."""

    site_id: str
    on: dt.date  # of the file
    at: dt.datetime
    address: str
    user: str
    request: str
    status: int
    host: str


@pytest.fixture(scope="module")
def settings():
    """The shipped settings."""
    return load(DEFAULT_SETTINGS)


@pytest.fixture(scope="module")
def world(settings, tmp_path_factory):
    """A small simulation: its folder and its truth."""
    out = tmp_path_factory.mktemp("landing")
    context = out / "context"
    return out, simulate(settings, out, DAYS, END, SEED, SHOPS, 7_000, context)


@pytest.fixture(scope="module")
def lines(settings, world):
    """Every line of it, read back strictly."""
    out, truth = world
    formats = {site.id: site.format for site in known_sites(settings, out)}
    read = []
    for file in truth.files:
        content = (out / file.path).read_bytes()
        if file.path.endswith(".gz"):
            content = gzip.decompress(content)
        for text in content.decode("ascii").splitlines():
            match = FORMATS[formats[file.site_id]].fullmatch(text)
            assert match, (file.path, text)
            host, fields = "", list(match.groups())
            if formats[file.site_id] == "vhost_combined":
                host, *fields = fields
            at = dt.datetime.strptime(fields[2], "%d/%b/%Y:%H:%M:%S %z")
            if formats[file.site_id] == SIGNED_ON:
                assert fields[1] == "-"
                fields[1] = fields[-1]
            read.append(
                Line(
                    site_id=file.site_id,
                    on=file.on,
                    at=at,
                    address=fields[0],
                    user=fields[1],
                    request=fields[3],
                    status=int(fields[4]),
                    host=host,
                )
            )
    return read


def bytes_of(folder):
    """Every file below a folder with its content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_arguments_give_the_same_bytes(settings, tmp_path):
    """Simulating twice gives equal files, truth included; another seed gives others."""
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        simulate(settings, tmp_path / name, 2, END, seed, 1, 1_500)
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")
    assert bytes_of(tmp_path / "a") != bytes_of(tmp_path / "c")


def test_every_site_has_a_file_for_every_day(settings, world):
    """Discovery finds each site's files, the older packed and the last plain."""
    out, truth = world
    found = Counter(file.site.id for file in discover(settings, out))
    plain = {site.id for site in settings.sites if not site.placeholders}
    assert found == dict.fromkeys(plain | {"benry-001", "benry-002"}, DAYS)
    assert len(truth.files) == sum(found.values())
    for file in truth.files:
        assert file.path.endswith("access.log" if file.on == END else f"-{file.on:%Y%m%d}.gz")


@pytest.mark.further
def test_every_line_fits_its_format_on_its_day(lines, world):
    """Lines are strictly well formed, in order of time, in the file of their day."""
    _, truth = world
    counted = Counter((line.site_id, line.on) for line in lines)
    assert counted == {(file.site_id, file.on): file.lines for file in truth.files}
    assert len(lines) == truth.lines
    assert all(line.at.date() == line.on for line in lines)
    by_file = defaultdict(list)
    for line in lines:
        by_file[line.site_id, line.on].append(line.at)
    assert all(times == sorted(times) for times in by_file.values())


def test_lines_per_day_is_about_what_was_asked_for(world):
    """The average of two whole weeks comes near the lines that were asked for."""
    _, truth = world
    weeks = [file.lines for file in truth.files if file.on > END - dt.timedelta(days=14)]
    assert sum(weeks) / 14 == pytest.approx(7_000, rel=0.2)


def test_hosts_are_the_domains_of_the_site(settings, lines):
    """A site with several domains logs all of them and no other."""
    domains = {site.id: set(site.domains) for site in settings.sites}
    hosts = defaultdict(set)
    for line in lines:
        if line.host:
            hosts[line.site_id].add(line.host)
    assert hosts == {site_id: domains[site_id] for site_id in hosts}
    assert "prime-www" in hosts


@pytest.mark.further
def test_roster_differs_from_the_logs_in_four_shops(settings, tmp_path):
    """Never heard, closed, silent and unlisted of late; else the truth is as without a roster."""
    listed = simulate(settings, tmp_path / "a", 14, END, SEED, 6, 1_000, tmp_path / "context")
    *incidents, silence = listed.incidents
    assert tuple(incidents) == simulate(settings, tmp_path / "b", 14, END, SEED, 6, 1_000).incidents
    assert (silence.on, silence.detectors, silence.lines) == (END, ("log-gap",), 0)
    assert silence.site_id not in {file.site_id for file in listed.files if file.on == END}
    rows = csv.DictReader((tmp_path / "context" / "shops.csv").read_text("utf-8").splitlines())
    roster = {row["franchise"]: row for row in rows}
    days = Counter(file.site_id[-3:] for file in listed.files if "benry-0" in file.site_id)
    (unlisted,) = days.keys() - roster.keys()
    never, closed = sorted(roster.keys() - days.keys())
    assert (roster[closed]["closed_on"], roster[never]["opened_on"]) == ("2026-11-06", "2026-11-18")
    assert sorted(days.values()) == [3, 13, 14, 14, 14, 14]
    assert days[unlisted] == 3
    (template,) = (site for site in settings.in_home(tmp_path / "context").sites if site.roster)
    assert template.roster == tmp_path / "context" / "shops.csv"


def test_truth_file_holds_the_agreed_keys(world):
    """`truth.json` is the truth returned, under the names that others read."""
    out, truth = world
    document = json.loads((out / "truth.json").read_text())
    assert list(document) == ["seed", "days", "incidents"]
    assert document["seed"] == SEED
    assert document["days"][0] == "2026-11-05"
    assert document["days"][-1] == "2026-11-20"
    keys = ["id", "date", "detectors", "actor_kind", "actor", "site_id", "lines"]
    assert [list(incident) for incident in document["incidents"]] == [keys] * len(truth.incidents)
    assert len({incident["id"] for incident in document["incidents"]}) == len(truth.incidents)


def test_first_days_are_clean(world):
    """Days of clean history, a whole working week among them, precede the first incident."""
    _, truth = world
    assert truth.clean_days == truth.days[:11]
    assert sum(day.weekday() < 5 for day in truth.clean_days) >= 5
    assert not {incident.on for incident in truth.incidents} & set(truth.clean_days)


def test_last_day_holds_every_kind(world):
    """On a working day at the end, all seven kinds of incident happen."""
    _, truth = world
    last = {detector for i in truth.incidents if i.on == END for detector in i.detectors}
    assert last == {kind.value for kind in Kind}


def test_directory_names_everybody_at_work_and_no_use_without_a_right_is_granted(lines, world):
    """Two accounts of one person, contractors of a company, one who left; rights by site."""
    folder = world[0] / "context"
    people, rights = (
        list(csv.DictReader((folder / name).read_text(encoding="utf-8").splitlines()))
        for name in ("people.csv", "privileges.csv")
    )
    departments = {one["user"]: one["department"] for one in people}
    workers = {line.user for line in lines if re.match("st-|fr|ct-", line.user)}
    assert workers <= departments.keys()
    accounts = Counter(one["person"] for one in people)
    assert sorted(accounts.values())[-2:] == [1, 2]
    (person,) = (one for one, count in accounts.items() if count == 2)
    used = {one["user"] for one in people if one["person"] == person}
    assert used <= {line.user for line in lines}
    assert {one["type"] for one in people if one["company"]} == {"contractor"}
    assert [one["user"] in workers for one in people if one["left_on"]] == [False]
    granted = {(one["department"], one["site"]) for one in rights}
    for incident in incidents_of(world, Kind.NO_RIGHT):
        assert (departments[incident.actor], incident.site_id) not in granted
        assert incident.lines >= 8


def test_no_person_is_behind_two_incidents(world):
    """Every user has one incident at most, so that a past stays a past."""
    _, truth = world
    users = Counter(i.actor for i in truth.incidents if i.actor_kind == "user")
    assert set(users.values()) == {1}


def of_incident(lines, incident):
    """The lines of the incident's day and site."""
    return [x for x in lines if x.site_id == incident.site_id and x.on == incident.on]


def incidents_of(world, kind):
    """The incidents of a kind; every test of a kind needs one at least."""
    found = [i for i in world[1].incidents if i.detectors == (kind,)]
    assert found
    return found


@pytest.mark.parametrize("kind", ["brute-force", "sql-injection"])
def test_an_attacker_has_exactly_the_lines_of_the_truth(world, lines, kind):
    """The address of an attack made the lines counted, that day, and none elsewhere."""
    for incident in incidents_of(world, kind):
        there = [line for line in lines if line.address == incident.actor]
        assert len(there) == incident.lines
        assert there == [x for x in of_incident(lines, incident) if x.address == incident.actor]


def test_password_guessing_never_succeeds(world, lines):
    """Hundreds of refused log-ins of one address on a few accounts."""
    for incident in incidents_of(world, "brute-force"):
        tries = [x for x in lines if x.address == incident.actor]
        assert {(x.request.split()[:2][0], x.status) for x in tries} == {("POST", 401)}
        assert incident.lines >= 200
        assert len({x.user for x in tries}) <= 3


def test_injection_is_encoded_and_answered_a_few_times(world, lines):
    """Payloads stand encoded in parameters; some requests get a page."""
    for incident in incidents_of(world, "sql-injection"):
        tries = [x for x in lines if x.address == incident.actor]
        assert all(
            re.fullmatch(r"GET /\S+[?&]\w+=[^ '<>]{4,} HTTP/\d\.\d", x.request) for x in tries
        )
        assert 3 <= sum(x.status == 200 for x in tries) < len(tries) / 2


def test_night_reading_is_the_only_one_of_its_site(world, lines):
    """In the small hours the user logs in and reads, and no colleague was ever there."""
    for incident in incidents_of(world, "off-hours-access"):
        night = [
            x
            for x in lines
            if x.site_id == incident.site_id and 2 <= x.at.hour < 5 and x.user[:2] in {"st", "fr"}
        ]
        assert {(x.user, x.on) for x in night} == {(incident.actor, incident.on)}
        form = 1  # opened before the user is known
        assert len(night) + form == incident.lines


def test_new_location_is_an_address_that_nobody_else_uses(world, lines):
    """All lines of the incident come from one address, on that day alone."""
    for incident in incidents_of(world, "new-location-access"):
        usual = {x.address for x in lines if x.user == incident.actor and x.on < incident.on}
        strange = {
            x.address for x in of_incident(lines, incident) if x.user == incident.actor
        } - usual
        counts = [sum(x.address == address for x in lines) for address in strange]
        assert incident.lines in counts


def test_bulk_reading_is_many_times_the_persons_own_normal(world, lines):
    """The day of the incident stands far above every other day of the same person."""
    for incident in incidents_of(world, "bulk-record-access"):
        records = Counter(
            x.on
            for x in lines
            if x.site_id == incident.site_id
            and x.user == incident.actor
            and re.search(r" /(customers|requests)/\d+|=\d{6,} ", x.request)
        )
        others = [count for on, count in records.items() if on != incident.on]
        assert records[incident.on] >= 2 * max(others, default=1)
        assert records[incident.on] <= incident.lines + max(others, default=0) * 2


def test_a_gap_is_hours_without_any_line(world, lines):
    """A gap by day has no line at all, though the site is busy before and after."""
    for incident in incidents_of(world, "log-gap"):
        times = [x.at for x in of_incident(lines, incident)]
        longest = max(b - a for a, b in pairwise(times))
        assert longest >= dt.timedelta(hours=2)
        assert (incident.lines, incident.actor) == (0, incident.site_id)


def test_staff_keep_to_their_hours_outside_of_incidents(world, lines):
    """Nobody but the round-the-clock shifts works at night, and those do it every night.

    Their log names nobody; the service history of their site does.
    """
    out, truth = world
    clean = set(truth.clean_days)
    at_night = Counter(
        x.site_id
        for x in lines
        if x.on in clean and x.at.hour < 7 and x.user[:3] in {"st-", "fr0", "ct-"}
    )
    assert not at_night
    assert {x.user for x in lines if x.site_id == "prime-dispatch"} == {"-"}
    with (out / "context" / "services.csv").open(encoding="utf-8", newline="") as file:
        records = [
            (dt.datetime.fromisoformat(row["time"]), row["user"], row["site"])
            for row in csv.DictReader(file)
        ]
    assert {site for _, _, site in records} == {"prime-dispatch"}
    nights = {at.date() for at, user, _ in records if 2 <= at.hour < 4 and user.startswith("st-")}
    assert clean <= nights


def test_franchise_users_stay_in_their_shop(lines):
    """A franchise user's lines are on the site of the shop that the id names."""
    shops = {(x.user[2:5], x.site_id) for x in lines if x.user.startswith("fr")}
    assert shops == {("001", "benry-001"), ("002", "benry-002")}


def test_customers_see_their_own_record_only(lines):
    """The customer number in the URL is the one in the user id."""
    seen = {
        (x.user, subject[1])
        for x in lines
        if re.fullmatch(r"c\d+", x.user) and (subject := re.search(r"(\d{8})", x.request))
    }
    assert len(seen) > 100
    assert all(user == f"c{subject}" for user, subject in seen)


def test_harmless_oddities_are_there(lines):
    """Mistyped passwords, shared addresses, probes, stray bytes, crawlers and odd words."""
    refused = Counter(x.user for x in lines if x.status == 401)
    assert len(refused) > 50
    staff_behind = defaultdict(set)
    for x in lines:
        if x.user.startswith("st-"):
            staff_behind[x.address].add(x.user)
    assert max(map(len, staff_behind.values())) >= 15
    requests = Counter(x.request for x in lines)
    assert requests["GET /.env HTTP/1.1"]
    assert any(request.startswith(r"\x16\x03\x01") for request in requests)
    assert requests["-"]
    assert requests[""]
    assert any("q=select+shop" in request for request in requests)
    assert any("%83%5E%83C%83%84" in request for request in requests)  # タイヤ in CP932


@pytest.mark.parametrize(("days", "sites"), [(1, 1), (5, 2), (13, 0)])
def test_short_worlds_hold_only_attacks_on_the_last_day(settings, tmp_path, days, sites):
    """Without two weeks of past, only what needs no past happens."""
    truth = simulate(settings, tmp_path, days, END, 0, sites, 900)
    assert [i.detectors for i in truth.incidents] == [("brute-force",), ("sql-injection",)]
    assert {i.on for i in truth.incidents} == {END}
    assert truth.clean_days == truth.days[:-1]
    assert len(truth.files) == days * (6 + sites)


def test_a_file_that_is_there_is_not_overwritten(settings, tmp_path):
    """An earlier file stays as it is, nothing is written, and the message names it."""
    there = tmp_path / "prime-office" / "access.log"
    there.parent.mkdir()
    there.write_text("mine\n")
    with pytest.raises(MimamoriError, match=r"already holds prime-office/access\.log"):
        simulate(settings, tmp_path, 2, END, 0, 1, 900)
    assert bytes_of(tmp_path) == {"prime-office/access.log": b"mine\n"}


def test_a_full_disk_leaves_nothing_behind(settings, tmp_path):
    """When writing fails in the middle, no file of the simulation remains."""
    (tmp_path / "benry").write_text("a file where a folder is needed")
    with pytest.raises(OSError, match="benry"):
        simulate(settings, tmp_path, 1, END, 0, 1, 900)
    assert list(bytes_of(tmp_path)) == ["benry"]


def small_settings(**site):
    """Settings of one site, with the given keys changed."""
    keys = {"id": "one", "group": "g", "domains": ["one.example"], "logs": ["one/access.log*"]}
    return Settings.model_validate({"sites": [keys | site]})


def test_a_format_it_cannot_write_is_named(tmp_path):
    """The message names the site and the format."""
    with pytest.raises(MimamoriError, match=r"'one'.*'%h %t'"):
        simulate(small_settings(format="%h %t"), tmp_path, 1, END, 0, None, 500)


def test_settings_without_users_and_resources_work(tmp_path):
    """A site of nothing but public pages gets visitors, and an injection on its search."""
    truth = simulate(small_settings(), tmp_path, 3, END, 0, None, 500)
    assert truth.lines > 900
    assert [i.detectors for i in truth.incidents] == [("sql-injection",)]


def test_two_sites_with_one_file_are_a_mistake(tmp_path):
    """Both sites are named."""
    site = {"group": "g", "domains": ["one.example"], "logs": ["x/access.log*"]}
    settings = Settings.model_validate({"sites": [site | {"id": "one"}, site | {"id": "two"}]})
    with pytest.raises(SettingsError, match="'one' and 'two'"):
        simulate(settings, tmp_path, 1, END, 0, None, 500)


@pytest.mark.parametrize(
    ("days", "seed", "sites", "lines"), [(0, 0, 1, 1), (1, -1, 1, 1), (1, 0, -1, 1), (1, 0, 1, 0)]
)
def test_numbers_out_of_range_are_refused(settings, tmp_path, days, seed, sites, lines):
    """Counts below the least are wrong usage."""
    with pytest.raises(UsageError):
        simulate(settings, tmp_path, days, END, seed, sites, lines)


def test_times_carry_the_zone_of_the_site(tmp_path):
    """A site elsewhere logs its own clock; its day is still the day of the settings."""
    settings = small_settings(timezone="America/New_York", format="common")
    truth = simulate(settings, tmp_path, 1, END, 0, None, 500)
    for text in (tmp_path / "one/access.log").read_text().splitlines():
        fields = FORMATS["common"].fullmatch(text)
        assert fields, text
        at = dt.datetime.strptime(fields[3], "%d/%b/%Y:%H:%M:%S %z")
        assert at.utcoffset() == dt.timedelta(hours=-5)
        assert at.astimezone(settings.zone).date() == END
    assert truth.lines > 300
