"""What roles may read: marts hold nothing of persons that their role must not see."""

import datetime as dt
import grp
import json
import os
import re
import shutil
import stat
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.permissions import check_permissions, check_roles
from pipelines.errors import MimamoriError, UsageError
from pipelines.marts.write import tables_of, write_marts
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.query.saved import saved_queries
from pipelines.records import Records, Series, login_account
from pipelines.records.disclosures import listed
from pipelines.roles import role_of
from pipelines.settings.access import RoleMembers
from pipelines.settings.detectors import Tuning
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.subject.correct import correct
from pipelines.subject.person import person_of
from pipelines.subject.register import Asked
from pipelines.triage.commands import Word, decide, suppress
from pipelines.triage.suppressions import Criteria
from tests import command_line

DAY = dt.date(2026, 11, 20)
NIGHT = dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC)
_SETTINGS = """
resources:
  portal:
    - {id: customer, kind: record, path: "/customers/{subject}", level: 3}
sites:
  - id: main
    group: main
    domains: [main.example]
    logs: ["main/*"]
    format: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{sessionid}C"'
    resources: portal
  - {id: shop-001, group: benry, domains: [001.example], logs: ["shop-001/*"], format: combined,
     franchise: "001", resources: portal}
access:
  security: {members: [officer]}
  analyst: {members: [ana]}
  auditor: {members: [aud]}
  franchise:001: {members: [shop]}
"""
_ANALYST_SEES = {"main", "shop-001"}
# Each value of a person, and each text that a client wrote, once per site.
_CANARIES = (
    "192.0.2.77", "canary-user", "77001", "canarymethod", "canary-path", "canary-query",
    "canary-referrer", "canary-agent", "canary-session",
)  # fmt: skip
_SHOP = ("198.51.100.88", "canary-shop-user", "88001")


def _lines() -> tuple[str, str]:
    when = "[20/Nov/2026:10:{:02}:00 +0900]"
    main = [
        f'192.0.2.77 - canary-user {when.format(n)} "GET /customers/77001?q=canary-query HTTP/1.1"'
        ' 200 9 "https://canary-referrer.example/x" "canary-agent/1.0" "canary-session"\n'
        for n in range(3)
    ]
    main.append(
        f'192.0.2.77 - canary-user {when.format(9)} "CANARYMETHOD /canary-path HTTP/1.1" 200 9'
        ' "-" "canary-agent/1.0" "canary-session"\n'
    )
    shop = (
        f'198.51.100.88 - canary-shop-user {when.format(5)} "GET /customers/88001 HTTP/1.1" 200 9'
        ' "-" "Mozilla/5.0"\n'
    )
    return "".join(main), shop


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings with roles, and a working folder after a night with a finding on each person."""
    made = tmp_path_factory.mktemp("marts")
    (made / "mimamori.yaml").write_text(_SETTINGS)
    home, settings = Home(made / "var"), load(made / "mimamori.yaml")
    for site, text in zip(("main", "shop-001"), _lines(), strict=True):
        (home.logs / site).mkdir(parents=True)
        (home.logs / site / "access.log").write_text(text)
    stages.ingest(settings, home, clock=lambda: NIGHT)
    stages.check(settings, home, [DAY], lambda: NIGHT)
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("update lake.site set name = 'Shop 1' where site_id = 'shop-001'")
        con.execute(
            """
            insert into lake.findings by name
            select
                md5(site_id || actor) as finding_id, $day::date as date,
                'bulk-record-access' as detector,
                'personal_data' as category, 'high' as severity, 50.0 as score, site_id,
                'user' as actor_kind, actor, $at::timestamptz as first_seen,
                $at::timestamptz as last_seen, 3 as event_count, 1 as subject_count,
                actor || ' looked at 77001' as summary,
                json_object('addresses', ['192.0.2.77']) as evidence, [5]::utinyint[] as measures,
                'new' as status
            from (values ('main', 'canary-user'), ('shop-001', 'canary-shop-user'),
                ('shop-001', 'canary-user')) as t(site_id, actor)
            """,
            {"day": DAY, "at": dt.datetime.combine(DAY, dt.time(10), settings.zone)},
        )
        con.execute(
            "insert into lake.triage by name select md5('f') as finding_id, $day::date as date,"
            " 'canary-user' as actor, 'canary-user note' as note, 'officer' as author,"
            " 'acknowledged' as status, 'bulk-record-access' as detector,"
            " $at::timestamptz as decided_at",
            {"day": DAY, "at": NIGHT},
        )
    stages.report(settings, home, [DAY], clock=lambda: NIGHT)
    return made


def _contents(folder: Path, role: str) -> str:
    """Every value of a mart, as text, and the bytes of its files."""
    parts = []
    for path in (folder / "var" / "marts" / role).rglob("*.parquet"):
        parts.append(path.read_bytes().decode("latin-1"))
        parts.append(json.dumps(pl.read_parquet(path).to_dicts(), default=str))
    return "\n".join(parts)


def _query(folder: Path, role: str, query: str) -> list[tuple[Any, ...]]:
    """Ask the files of a mart with DuckDB alone, as its holder would."""
    mart = folder / "var" / "marts" / role
    query = re.sub(r"mart\.(\w+)", lambda found: f"'{mart}/{found[1]}/*.parquet'", query)
    return duckdb.connect().execute(query).fetchall()


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_a_mart_holds_no_person_and_no_text_of_a_client(folder: Path, role: str) -> None:
    """Neither in a value nor in the bytes; what it is for is there."""
    held = _contents(folder, role).lower()
    assert [one for one in (*_CANARIES, *_SHOP) if one in held] == []
    assert {path.name for path in (folder / "var" / "marts" / role).iterdir()} == set(
        tables_of(role)
    )
    (sites,) = _query(folder, role, "select list(distinct site_id) from mart.findings")
    assert set(sites[0]) == _ANALYST_SEES
    named = "select distinct site_id, site_name from mart.{} order by all"
    for table in ("findings", "site_days"):
        assert _query(folder, role, named.format(table)) == [("main", None), ("shop-001", "Shop 1")]


def test_an_analyst_follows_a_person_by_pseudonym(folder: Path) -> None:
    """One person has one pseudonym, in requests and findings; another has another."""
    rows = _query(
        folder,
        "analyst",
        "select distinct f.site_id, count(*) from mart.findings as f"
        " join mart.access_log as a on a.user_id = f.actor"
        " group by f.site_id, f.actor order by all",
    )
    assert rows == [("main", 4), ("shop-001", 1), ("shop-001", 4)]
    assert _query(folder, "analyst", "select distinct method from mart.access_log order by 1") == [
        ("GET",),
        ("other",),
    ]


def test_a_franchise_sees_its_own_sites_alone(folder: Path) -> None:
    """With its own people by name; nobody else's, and no finding's actor whom it does not know."""
    held = _contents(folder, "franchise:001").lower()
    assert [one for one in _CANARIES if one in held] == []
    rows = _query(folder, "franchise:001", "select distinct site_id, user_id from mart.access_log")
    assert rows == [("shop-001", "canary-shop-user")]
    actors = _query(folder, "franchise:001", "select actor from mart.findings order by 1")
    assert actors == [("canary-shop-user",), (None,)]


@pytest.mark.parametrize("is_told", [False, True])
def test_a_franchise_reads_of_nothing_that_is_watched_but_where_settings_say_so(
    folder: Path, tmp_path: Path, is_told: bool
) -> None:
    """A decoy that its own user opened is a matter of the headquarters."""
    made = shutil.copytree(folder, tmp_path / "made")
    home, settings = Home(made / "var"), load(made / "mimamori.yaml")
    if is_told:
        tuning = {"decoy-record-access": Tuning(shops=True)}
        settings = settings.model_copy(update={"detectors": tuning})
    with lake.open_writer(home, settings.timezone) as con:
        con.execute(
            "update lake.findings set detector = 'decoy-record-access'"
            " where actor = 'canary-shop-user'"
        )
        person = person_of(con, user="canary-shop-user", ip=None, subject=None)
        correct(con, home, person, (DAY, DAY, "a note"), Asked("reason", "officer"), NIGHT)
        write_marts(con, settings, home, [DAY], NIGHT + dt.timedelta(days=1))
    found = _query(made, "franchise:001", "select detector, actor from mart.findings order by 1")
    own = [("decoy-record-access", "canary-shop-user")] if is_told else []
    assert found == [("bulk-record-access", None), *own]
    notes = _query(made, "franchise:001", "select note from mart.corrections")
    assert notes == ([("a note",)] if is_told else [])
    told = _query(made, "analyst", "select count(*) from mart.findings")
    assert told == [(3,)]


def test_what_is_written_for_a_franchise_is_registered(folder: Path) -> None:
    """As joint use, with the tables that it holds."""
    (entry,) = listed(Records(Home(folder / "var")))
    given = entry.disclosure
    assert (given.route, given.name, given.ground) == ("mart", "franchise 001", "joint_use")
    assert given.items == ("access_log", "corrections", "findings", "site_days")


def test_the_command_reads_the_mart_of_the_role(folder: Path, tmp_path: Path) -> None:
    """`--role` takes away, each use is on record with the role, and nothing else can be read."""
    own = login_account()
    config = tmp_path / "mimamori.yaml"
    config.write_text(_SETTINGS.replace("members: [ana]", f"members: [{own}]"))
    env = {"MIMAMORI_CONFIG": str(config), "MIMAMORI_HOME": str(folder / "var")}

    def run(*arguments: str) -> tuple[int, bytes, str]:
        done = command_line.run(*arguments, env=env)
        return done.returncode, done.stdout, done.stderr.decode()

    code, out, _ = run("sql", "select count(*) as n from lake.access_log", "--format", "csv")
    assert (code, out) == (0, b"n\n5\n")
    for refused in (
        ["sql", "--role", "auditor", "select 1"],
        ["sql", "--role", "security", "select 1"],
        ["sql", f"from '{folder}/var/marts/franchise:001/findings/*.parquet'"],
        ["sql", "from lake.triage"],
        ["sql", "--attach"],
        ["sql", "--at", "1", "select 1"],
        ["findings", "list", "--date", "2026-11-20"],
        ["report", "--text", "--date", "2026-11-20"],
        ["export", "records", "--to", "csv", "--date", "2026-11-20"],
        ["disclosure", "list"],
    ):
        code, out, told = run(*refused)
        assert code in {1, 2}, refused
        assert out == b"", refused
        assert told
    last = list(Records(Home(folder / "var")).entries(Series.USE))[-1]
    assert (last.role, last.about) == ("analyst", "from lake.triage")
    code, _, told = run("sql", "--role", "..", "select 1")
    assert (code, "--role '..'" in told) == (2, True)


@pytest.mark.parametrize(
    ("account_name", "wanted", "role"),
    [
        ("officer", None, "security"),
        ("officer", "auditor", "auditor"),
        ("ana/officer", None, None),
        ("both", None, "analyst"),
        ("both", "auditor", "auditor"),
        ("ana", "auditor", None),
        ("ana", "security", None),
        ("stranger", None, None),
    ],
)
def test_roles_are_given_by_settings(
    account_name: str, wanted: str | None, role: str | None
) -> None:
    """Nobody has one by a name that merely resembles; one that is asked for only takes away."""
    access = {
        "security": RoleMembers(members=("officer",)),
        "auditor": RoleMembers(members=("both",)),
        "analyst": RoleMembers(members=("ana", "both")),
    }
    if role is None:
        with pytest.raises(MimamoriError, match=account_name):
            role_of(access, account_name, wanted)
    else:
        assert role_of(access, account_name, wanted) == role
    assert role_of({}, account_name) == "security"


@pytest.mark.parametrize("wanted", ["", ".", "../lake", "franchise:", "franchise:002", "Analyst"])
def test_a_role_that_settings_do_not_name_is_wrong_usage(wanted: str) -> None:
    """It never becomes a path, whoever asks."""
    access = {"security": RoleMembers(members=("officer",)), "analyst": RoleMembers(members=())}
    for given in (access, {}):
        with pytest.raises(UsageError, match="--role"):
            role_of(given, "officer", wanted)


@pytest.mark.further
def test_what_is_decided_after_a_day_was_written_is_in_the_mart_of_the_next_night(
    folder: Path,
) -> None:
    """Decisions, suppressions and corrections: each role has what it may see of them, once."""
    home, settings = Home(folder / "var"), load(folder / "mimamori.yaml")
    later = NIGHT + dt.timedelta(days=1)
    zone = settings.timezone
    (own, hidden) = _query(
        folder, "franchise:001", "select finding_id, actor from mart.findings order by actor"
    )
    with lake.open_reader(home, zone) as con:
        of_own = "select finding_id from lake.findings where actor = ?"
        ((finding_id,),) = con.execute(of_own, [own[1]]).fetchall()
    assert finding_id != own[0]  # an id of a mart is its own
    word = Word("closed", "officer", "confirmed", "canary-note")
    decide(home, settings, [finding_id], word, lambda: later)
    criteria = Criteria("bulk-record-access", "canary-user", "main")
    until = DAY + dt.timedelta(days=9)
    suppress(home, settings, criteria, "canary-reason", "officer", until, lambda: later)
    asked = Asked("canary-reason", "officer")
    with lake.open_writer(home, zone) as con:
        for user in (own[1], "canary-user"):
            person = person_of(con, user=user, ip=None, subject=None)
            correct(con, home, person, (DAY, DAY, f"note of {user}"), asked, later)
        at = later + dt.timedelta(hours=24)
        written = [write_marts(con, settings, home, [], at) for _ in range(2)]
    days = [DAY, later.astimezone(settings.zone).date()]
    roles = settings.access.keys() - {"security"}
    assert written == [dict.fromkeys(roles, found) for found in (days, [])]
    assert hidden[1] is None
    assert _query(folder, "franchise:001", "select note from mart.corrections") == [
        (f"note of {own[1]}",)
    ]
    for role in ("analyst", "auditor"):
        held = _contents(folder, role)
        assert [one for one in ("note of", "canary-reason", "canary-user") if one in held] == []
    query = "select count(*) filter (is_corrected), count(*) from mart.findings"
    assert _query(folder, "analyst", query) == [(3, 3)]
    statuses = "select status, count(*) from mart.findings group by all order by all"
    assert _query(folder, "auditor", statuses) == [("closed", 1), ("new", 1), ("suppressed", 1)]
    (decided,) = _query(
        folder,
        "auditor",
        "select status from mart.decisions where author = 'officer' and status = 'closed'",
    )
    assert decided == ("closed",)
    assert _query(folder, "auditor", "select count(*) from mart.corrections") == [(3,)]
    assert _query(folder, "auditor", "select author, names_actor from mart.suppressions") == [
        ("officer", True)
    ]


def test_a_mart_alone_answers_its_holder_and_the_use_is_on_record(
    folder: Path, tmp_path: Path
) -> None:
    """Without lake, keys and records; the next night puts on record what was asked, and by whom."""
    home, settings = Home(folder / "var"), load(folder / "mimamori.yaml")
    own, group = login_account(), grp.getgrgid(os.getgid()).gr_name
    config = tmp_path / "mimamori.yaml"
    config.write_text(_SETTINGS.replace("members: [ana]", f"members: [{own}]"))
    held = tmp_path / "var" / "marts" / "analyst"
    shutil.copytree(home.marts / "analyst", held)
    env = {"MIMAMORI_CONFIG": str(config), "MIMAMORI_HOME": str(tmp_path / "var")}
    asked = ("sql", "--format", "csv", "select count(*) as n from lake.findings where actor <> 'x'")
    assert command_line.run(*asked, env=env).stdout == b"n\n3\n"
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["marts"]

    given = {**settings.access, "analyst": RoleMembers(members=(own,), group=group)}
    with lake.open_writer(home, settings.timezone) as con:
        write_marts(con, _with(settings, given), home, [], NIGHT)
    (held / ".use").mkdir()
    assert command_line.run(*asked, env=env).stdout == b"n\n3\n"
    (left,) = (held / ".use").iterdir()
    shutil.copy(left, home.marts / "analyst" / ".use")
    hostile = home.marts / "analyst" / ".use" / "hostile.json"
    hostile.write_text('{"about": ["x"], "rows": -1}')
    (hostile.parent / "deep.json").write_text("[" * 100_000)
    (hostile.parent / "name.json").write_text('{"about": "st-1442 \'Yamada\' 2026-11-20"}')
    (hostile.parent / "link.json").symlink_to(home.records_key)
    with lake.open_writer(home, settings.timezone) as con:
        write_marts(con, _with(settings, given), home, [], NIGHT)
    assert list((home.marts / "analyst" / ".use").iterdir()) == []
    told = {
        (one.who, one.role, one.about["question"], one.rows)
        for one in Records(home).entries(Series.USE)
        if isinstance(one.about, dict) and "question" in one.about
    }
    question = "select count(*) as n from lake.findings where actor <> '#?'"
    assert told == {
        (own, "analyst", question, 1),
        (own, "analyst", "['#?']", None),
        (own, "analyst", "#? '#?' 2026-11-20", None),
        (own, "analyst", None, None),
    }


def test_a_mart_is_open_to_the_group_of_its_role_alone(folder: Path) -> None:
    """As long as settings say so; the doctor agrees, and finds fault with anything wider."""
    home, settings = Home(folder / "var"), load(folder / "mimamori.yaml")
    group = grp.getgrgid(os.getgid()).gr_name

    def night(name: str | None) -> Settings:
        analyst = settings.access["analyst"].model_copy(update={"group": name})
        given = _with(settings, {**settings.access, "analyst": analyst})
        with lake.open_writer(home, settings.timezone) as con:
            write_marts(con, given, home, [DAY], NIGHT)
        return given

    def modes(path: Path) -> set[int]:
        return {stat.S_IMODE(one.stat().st_mode) for one in (path, *path.rglob("*"))}

    for path in (home.root, *home.root.rglob("*")):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)
    given = night(group)
    assert modes(home.marts / "analyst") == {0o750, 0o640, 0o3730}
    assert modes(home.marts / "auditor") == {0o700, 0o600}
    assert stat.S_IMODE(home.marts.stat().st_mode) == 0o711
    assert [one.status for one in check_permissions(home, given)] == [Status.OK]
    assert check_permissions(home, settings)[0].status is Status.WRONG
    (home.marts / "analyst" / "findings").chmod(0o755)
    assert check_permissions(home, given)[0].status is Status.WRONG
    night(None)
    assert modes(home.marts / "analyst") == {0o700, 0o600}
    with pytest.raises(MimamoriError, match="no-such-group"):
        night("no-such-group")
    assert check_roles(_with(settings, given.access)).status is Status.OK
    gone = settings.access["auditor"].model_copy(update={"group": "no-such-group"})
    both = _with(settings, {**given.access, "auditor": gone})
    assert "no-such-group" in check_roles(both).message
    assert [one.status for one in check_permissions(home, both)] == [Status.OK]
    (home.marts / "auditor").chmod(0o755)
    assert str(home.marts / "auditor") in check_permissions(home, both)[0].message


def test_saved_queries_of_a_role_are_those_that_it_can_ask(folder: Path, tmp_path: Path) -> None:
    """Each of them is answered by its mart; a query of the lake alone is not listed."""
    config = tmp_path / "mimamori.yaml"
    config.write_text(_SETTINGS.replace("members: [ana]", f"members: [{login_account()}]"))
    env = {"MIMAMORI_CONFIG": str(config), "MIMAMORI_HOME": str(folder / "var")}
    listed_here = command_line.run("sql", "--list-saved", "--json", env=env)
    names = [query["name"] for query in json.loads(listed_here.stdout)]
    assert 0 < len(names) < len(saved_queries())
    for name in saved_queries():
        done = command_line.run("sql", "--saved", name, "--format", "csv", env=env)
        assert (done.returncode == 0) is (name in names), (name, done.stderr)
    shown = command_line.run("sql", env=env, stdin=b".saved\n").stdout.decode()
    assert [line.split()[0] for line in shown.splitlines() if line[:1].strip()] == names


def test_days_without_persons_and_roles_without_members_go(folder: Path) -> None:
    """A mart keeps no day longer than the lake names persons, and none that settings drop."""
    home = Home(folder / "var")
    settings = load(folder / "mimamori.yaml")
    fewer = {role: settings.access[role] for role in ("security", "auditor")}
    later = DAY + dt.timedelta(days=settings.retention.pseudonymise_after_days + 1)
    with lake.open_writer(home, settings.timezone) as con:
        noon = dt.datetime.combine(later, dt.time(12), dt.UTC)
        write_marts(con, _with(settings, fewer), home, [later], noon)
    assert [path.name for path in home.marts.iterdir()] == ["auditor"]
    stems = {path.stem for path in home.marts.rglob("*.parquet")}
    assert max(stems) == later.isoformat()
    assert min(stems) > DAY.isoformat()


def _with(settings: Settings, access: Any) -> Settings:
    return settings.model_copy(update={"access": access})
