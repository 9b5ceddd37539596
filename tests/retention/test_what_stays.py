"""What stays although its time is over: what is taken up, waits, is held, or is still needed."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.privacy.epochs import EpochKeys
from pipelines.report.index import write_index
from pipelines.retention import access_rows, aggregates, dimensions, other_rows, periods, waiting
from pipelines.retention.files import let_go_of_reports
from pipelines.retention.holds import ActorKind, Hold
from pipelines.retention.pause import require_no_long_pause
from pipelines.retention.periods import DueDay
from pipelines.retention.result import LetGo
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.memory_lake import insert, rows_in

_DAY = dt.date(2026, 1, 10)
_NIGHT = dt.date(2026, 11, 20)
_NOW = dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC)
_SETTINGS = """
resources:
  all: [{id: customer, kind: record, path: "/customers/{subject}?tab=1", level: 3}]
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"], resources: all}
  - {id: shop, group: shops, domains: [shop.example], logs: ["shop/*.log"], resources: all}
retention:
  access_log_days: 250
  pseudonymise_after_days: 100
  quarantine_days: 100
  findings_days: 200
  epoch_months: 1
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of two sites, by which everything of `_DAY` is past its time."""
    config = tmp_path_factory.mktemp("settings") / "mimamori.yaml"
    config.write_text(_SETTINGS)
    return load(config)


@pytest.fixture
def con(lake_in_memory: duckdb.DuckDBPyConnection, settings: Settings) -> duckdb.DuckDBPyConnection:
    """A lake with these sites."""
    for number, (site, group) in enumerate((("main", "main"), ("shop", "shops")), 1):
        insert(lake_in_memory, "site", site_id=site, site_group=group, resource_set="all")
        insert(
            lake_in_memory,
            "request_profile",
            request_profile_id=number,
            site_id=site,
            resource_id="customer",
        )
    insert(lake_in_memory, "request_profile", request_profile_id=3, site_id="shop")
    _make_tables(lake_in_memory, settings)
    return lake_in_memory


def _make_tables(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    periods.make_period_tables(con, settings)
    access_rows.make_gone_tables(con)
    return waiting.make_waiting_tables(con, settings.cases.half_life_days, _NIGHT)


def _hold(actor: tuple[ActorKind, str] | None = None, site: str | None = None) -> Hold:
    kind, name = actor or (None, None)
    return Hold("h", kind, name, site, None, None, "court", "legal", _NOW)


def _left(
    con: duckdb.DuckDBPyConnection, settings: Settings, *holds: Hold
) -> tuple[dict[str, int], list[LetGo]]:
    """Return how many rows are left by table after a run, and what it told."""
    acts = other_rows.let_go_of_other_rows(con, settings.retention, _NIGHT, holds, is_dry_run=False)
    told = list(acts)
    return dict(rows_in(con, *other_rows.PERIODS)), told


@pytest.mark.parametrize(
    ("status", "decisions", "is_kept"),
    [
        ("new", [], False),
        ("closed", [], False),
        ("acknowledged", [], True),
        ("new", ["assigned"], True),
        ("new", ["assigned", "commented"], True),
        ("new", ["assigned", "closed"], False),
        ("new", ["closed", "assigned"], True),
        ("closed", ["assigned"], False),
    ],
)
def test_a_finding_that_somebody_has_taken_up_stays_until_it_is_closed(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    status: str,
    decisions: list[str],
    *,
    is_kept: bool,
) -> None:
    """Alone or with its case; another's case keeps nothing."""
    insert(con, "findings", finding_id="f", case_id="c", date=_DAY, status=status)
    insert(con, "findings", finding_id="g", case_id="d", date=_DAY, status="new")
    for number, act in enumerate(decisions):
        at = _NOW - dt.timedelta(days=9 - number)
        insert(con, "case_decision", case_id="c", act=act, decided_at=at)
    left, _ = _left(con, settings)
    assert left.get("findings", 0) == is_kept


def test_what_belongs_to_a_finding_stays_with_it(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """Its decisions, those of its case, and the incident that it is part of; others go."""
    at = dt.datetime(2026, 1, 10, tzinfo=dt.UTC)
    for name, day in (("kept", _NIGHT), ("gone", _DAY)):
        insert(con, "findings", finding_id=name, case_id=f"of {name}", date=day, status="new")
        insert(con, "triage", finding_id=name, date=_DAY)
        insert(con, "case_decision", case_id=f"of {name}", act="closed", decided_at=at)
        insert(con, "incident", incident_id=name, date=_DAY, finding_ids=[name])
    insert(con, "findings", finding_id="of-day", date=_DAY, status="acknowledged")
    insert(con, "incident", incident_id="of-day", date=_DAY, finding_ids=["x", "of-day"])
    left, told = _left(con, settings)
    assert left == {"findings": 2, "triage": 1, "case_decision": 1, "incident": 1}
    kept = con.execute("select incident_id from lake.incident").fetchall()
    assert kept == [("of-day",)]
    assert [(one.kind, one.rows, one.days) for one in told] == [
        ("findings", 1, (_DAY,)),
        ("incidents", 2, (_DAY,)),
        ("decisions", 1, (_DAY,)),
        ("decisions", 1, (_DAY,)),
    ]


@pytest.mark.parametrize(
    ("hold", "left"),
    [
        (_hold(("user", "st-1")), {"findings": 1, "shadow_finding": 1, "triage": 1}),
        (_hold(("ip", "st-1")), {"findings": 1, "shadow_finding": 1, "triage": 1}),
        (_hold(("subject", "C-77")), {"findings": 1, "shadow_finding": 1, "triage": 3}),
        (_hold(site="shop"), {"findings": 1, "shadow_finding": 1, "triage": 1}),
        (_hold(("user", "st-1"), "shop"), {}),
        (_hold(), {"findings": 3, "shadow_finding": 3, "triage": 3}),
    ],
)
def test_a_hold_keeps_findings_and_decisions_of_a_person_or_a_site(
    con: duckdb.DuckDBPyConnection, settings: Settings, hold: Hold, left: dict[str, int]
) -> None:
    """As actor, or as data subject in the evidence; what names no subjects is kept at need."""
    for name, actor, site, subject in (
        ("a", "st-1", "main", "C-1"), ("b", "st-2", "shop", "C-2"), ("c", "st-3", "main", "C-77"),
    ):  # fmt: skip
        of_all = {"finding_id": name, "date": _DAY, "actor": actor, "site_id": site}
        for table in ("findings", "shadow_finding"):
            con.execute(
                f"insert into lake.{table} by name select $finding_id as finding_id,"
                " $date as date, $actor as actor, $site_id as site_id, 'closed' as status,"
                " json_object('subjects', [$subject]) as evidence",
                of_all | {"subject": subject},
            )
        # Of a finding that is gone, so that nothing else keeps the decision.
        insert(con, "triage", **of_all | {"finding_id": f"gone {name}"})
    assert _left(con, settings, hold)[0] == left


def test_a_hold_on_a_person_keeps_corrections_that_name_them(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """By any of their spellings."""
    for number, persons in enumerate((["st-1", "ST-1"], ["st-2"])):
        insert(con, "correction", correction_id=str(number), persons=persons, to_day=_DAY)
    assert _left(con, settings, _hold(("user", "ST-1")))[0] == {"correction": 1}
    assert _left(con, settings)[0] == {}


def test_rejected_lines_go_with_proof_by_file_day_and_site(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Those that a hold covers stay; a dry run tells the same and writes nothing."""
    other = _DAY + dt.timedelta(days=1)
    for file, day, site, line in (
        (1, _DAY, "main", "a"), (1, _DAY, "main", "b"), (1, _DAY, "shop", "c"),
        (2, _DAY, "main", "d"), (1, other, "main", "e"), (1, _NIGHT, "main", "f"),
        (1, _DAY, "main", "of C-77"),
    ):  # fmt: skip
        insert(con, "reject", file_id=file, log_date=day, site_id=site, line=line)
    holds = [_hold(("subject", "C-77"))]
    dry, done = (
        list(other_rows.let_go_of_rejects(con, _NIGHT, holds, _NOW, is_dry_run=is_dry_run))
        for is_dry_run in (True, False)
    )
    assert dry == done
    assert done == [
        LetGo("rejects", "deleted", 3, 0, (_DAY,), "main"),
        LetGo("rejects", "deleted", 1, 0, (other,), "main"),
        LetGo("rejects", "deleted", 1, 0, (_DAY,), "shops"),
    ]
    proof = con.execute(
        "select file_id::int, log_date, site_id, records::int, rejects::int, removed_at"
        " from lake.removed_day order by all"
    ).fetchall()
    assert proof == [
        (1, _DAY, "main", 0, 2, _NOW),
        (1, _DAY, "shop", 0, 1, _NOW),
        (1, other, "main", 0, 1, _NOW),
        (2, _DAY, "main", 0, 1, _NOW),
    ]
    assert con.execute("select line from lake.reject order by 1").fetchall() == [
        ("f",),
        ("of C-77",),
    ]


def _request(con: duckdb.DuckDBPyConnection, number: int, **values: object) -> None:
    of_all = {"event_id": number, "log_date": _DAY, "request_profile_id": 1, "client_id": 1}
    insert(con, "request_fact", **of_all | values)


def _let_go(
    con: duckdb.DuckDBPyConnection, keys: EpochKeys | None, age: int, *holds: Hold
) -> tuple[list[LetGo], access_rows.Sums]:
    sums = access_rows.Sums()
    day = DueDay(_DAY, _DAY + dt.timedelta(days=age - 1), "fingerprint")
    acts = access_rows.let_go_of_rows(con, keys, [day], holds, 1, _NOW, sums)
    return list(acts), sums


@pytest.fixture
def keys(tmp_path: Path) -> EpochKeys:
    """Keys of epochs, none yet."""
    (tmp_path / "keys").mkdir(mode=0o700)
    return EpochKeys(Home(tmp_path))


def test_a_pseudonymised_request_keeps_its_resource_place_and_browser(
    con: duckdb.DuckDBPyConnection, keys: EpochKeys
) -> None:
    """One person has one pseudonym under all accounts; query and referrer go."""
    insert(con, "user_alias", user_id="ST\\st-1", usual_id="st-1")
    insert(con, "client", client_id=1, client_ip="192.0.2.1", country="JP", as_org="Example")
    insert(con, "agent", agent_id=1, user_agent="Tool of st-1", browser="Tool", os="Linux")
    insert(con, "agent", agent_id=2, user_agent="Tool of st-2", browser="Tool", os="Linux")
    given = {"url_query": "q", "referrer": "r", "referrer_domain": "d", "subject_id": "C-77"}
    _request(con, 1, user_id="st-1", session_id="s", url_path="/customers/C-77", **given)
    _request(con, 2, user_id="ST\\st-1", agent_id=1, request_profile_id=3, url_path="/x/st-1")
    _request(con, 3, agent_id=2, status=404)
    acts, sums = _let_go(con, keys, 101)
    assert acts == [
        LetGo("access_log", "pseudonymised", 2, 0, (_DAY,), "main"),
        LetGo("access_log", "pseudonymised", 1, 0, (_DAY,), "shops"),
    ]
    assert (sums.waiting, sums.held) == (0, 0)
    key = keys.of("2026-01.1")
    assert key is not None
    user, session, subject, address = (
        key.pseudonym(kind, value)
        for kind, value in (
            ("user", "st-1"), ("session", "s"), ("subject", "C-77"), ("client", "192.0.2.1"),
        )
    )  # fmt: skip
    rows = con.execute(
        "select fact.event_id::int, user_id, session_id, subject_id, url_path, url_query, referrer,"
        " referrer_domain, status::int, pseudonym_epoch, client.client_ip, client.as_org,"
        " agent.user_agent, agent.os from lake.request_fact as fact"
        " left join lake.client as client using (client_id)"
        " left join lake.agent as agent using (agent_id) order by 1"
    ).fetchall()
    of_all = ("2026-01.1", address, "Example", None)
    assert rows == [
        (1, user, session, subject, "/customers/{subject}", None, None, None, None, *of_all, None),
        (2, user, None, None, "/*", None, None, None, None, *of_all, "Linux"),
        (3, None, None, None, None, None, None, None, 404, *of_all, "Linux"),
    ]
    assert rows_in(con, "client", "agent") == {"client": 2, "agent": 3}
    gone = [
        con.execute(f"from {table} order by 1").fetchall()
        for table in (access_rows.GONE_CLIENTS, access_rows.GONE_AGENTS, access_rows.GONE_USERS)
    ]
    assert gone == [[(1,)], [(1,), (2,)], [("ST\\st-1",), ("st-1",)]]
    assert con.execute("from lake.retention_day").fetchall() == [(_DAY, "fingerprint", 0, 0, _NOW)]
    assert _let_go(con, keys, 102)[0] == []
    assert rows_in(con, "client", "agent", "removed_day") == {"client": 2, "agent": 3}


def test_requests_that_are_deleted_leave_their_number_by_file_and_site(
    con: duckdb.DuckDBPyConnection, keys: EpochKeys
) -> None:
    """A dry run tells the same and writes nothing; a second run finds nothing."""
    for number, (file, profile) in enumerate(((1, 1), (1, 1), (1, 2), (2, 1))):
        _request(con, number, file_id=file, request_profile_id=profile)
    dry, _ = _let_go(con, None, 251)
    assert rows_in(con, "removed_day", "retention_day", "request_fact") == {"request_fact": 4}
    done, _ = _let_go(con, keys, 251)
    assert (
        dry
        == done
        == [
            LetGo("access_log", "deleted", 3, 0, (_DAY,), "main"),
            LetGo("access_log", "deleted", 1, 0, (_DAY,), "shops"),
        ]
    )
    proof = con.execute(
        "select file_id::int, log_date, site_id, records::int, rejects::int, removed_at"
        " from lake.removed_day order by all"
    ).fetchall()
    assert proof == [
        (1, _DAY, "main", 2, 0, _NOW),
        (1, _DAY, "shop", 1, 0, _NOW),
        (2, _DAY, "main", 1, 0, _NOW),
    ]
    assert rows_in(con, "request_fact") == {}
    assert keys.epochs() == []  # no key for a day without rows


def test_requests_wait_for_an_open_case_about_their_person_and_for_holds(
    con: duckdb.DuckDBPyConnection, settings: Settings, keys: EpochKeys
) -> None:
    """By user, by session or by address; what is past both its periods waits for holds alone."""
    for number, address in enumerate(("192.0.2.1", "192.0.2.2"), 1):
        insert(con, "client", client_id=number, client_ip=address)
    for kind, actor in (("user", "st-1"), ("session", "s"), ("ip", "192.0.2.2")):
        insert(
            con,
            "findings",
            finding_id=kind,
            date=_DAY,
            actor_kind=kind,
            actor=actor,
            severity="high",
            status="new",
        )
    assert _make_tables(con, settings) == 3
    of_rows: tuple[dict[str, object], ...] = (
        {"user_id": "st-1"}, {"session_id": "s"}, {"client_id": 2}, {"user_id": "st-2"},
        {"user_id": "st-3"}, {"subject_id": "C-77"}, {"user_id": "st-4"},
    )  # fmt: skip
    for number, values in enumerate(of_rows):
        _request(con, number, **values)
    holds = [_hold(("user", "st-2")), _hold(("subject", "C-77"))]
    acts, sums = _let_go(con, keys, 101, *holds)
    assert acts == [LetGo("access_log", "pseudonymised", 2, 0, (_DAY,), "main")]
    assert (sums.waiting, sums.held) == (3, 2)
    (waits,) = con.execute("select waiting::int, held::int from lake.retention_day").fetchall()
    assert waits == (3, 2)
    acts, sums = _let_go(con, keys, 251, *holds, _hold(("ip", "192.0.2.2")))
    assert acts == [LetGo("access_log", "deleted", 4, 0, (_DAY,), "main")]
    assert (sums.waiting, sums.held) == (0, 3)
    left = con.execute("select event_id::int from lake.request_fact order by 1").fetchall()
    assert left == [(2,), (3,), (5,)]


def test_a_day_that_would_not_come_back_whole_is_not_written(
    con: duckdb.DuckDBPyConnection, keys: EpochKeys
) -> None:
    """Such as where an account stands twice among the aliases."""
    for usual in ("st-1", "st-2"):
        insert(con, "user_alias", user_id="st-0", usual_id=usual)
    _request(con, 1, user_id="st-0")
    with pytest.raises(MimamoriError, match="2026-01-10"):
        _let_go(con, keys, 251)
    assert rows_in(con, "request_fact") == {"request_fact": 1}


def test_a_day_comes_back_while_rows_of_it_wait_are_held_or_come_late(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """Otherwise once is enough."""
    insert(con, "ledger_day", log_date=_DAY, records=1, read_at=_NOW - dt.timedelta(days=9))
    (due,) = periods.due_days(con, settings, _NIGHT)
    assert (due.log_date, due.night) == (_DAY, _NIGHT)

    def comes_back(waiting: int, held: int, examined_at: dt.datetime) -> bool:
        con.execute("delete from lake.retention_day")
        con.execute(
            "insert into lake.retention_day values (?, ?, ?, ?, ?)",
            [_DAY, due.fates, waiting, held, examined_at],
        )
        return periods.due_days(con, settings, _NIGHT) == [due]

    read = _NOW - dt.timedelta(days=9)
    second = dt.timedelta(seconds=1)
    assert not comes_back(0, 0, read + second)
    assert comes_back(1, 0, read + second)
    assert comes_back(0, 1, read + second)
    assert comes_back(0, 0, read)


@pytest.mark.parametrize(
    ("severity", "before", "status", "is_open"),
    [
        ("critical", None, "new", True),
        ("medium", None, "acknowledged", True),
        ("low", "medium", "new", True),
        ("low", "low", "new", False),
        ("low", None, "new", False),
        ("high", None, "closed", False),
    ],
)
def test_a_person_waits_for_findings_of_weight_that_nobody_has_closed(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    severity: str,
    before: str | None,
    status: str,
    *,
    is_open: bool,
) -> None:
    """Also where the night's budget had no place for them; one person counts once."""
    insert(con, "person", user_id="st-1", usual_id="st-1")
    insert(con, "person", user_id="adm-1", usual_id="st-1")
    insert(con, "user_alias", user_id="ST\\adm-1", usual_id="adm-1")
    for number in range(2):
        con.execute(
            "insert into lake.findings by name select $number::varchar as finding_id, $day as date,"
            " 'user' as actor_kind, 'adm-1' as actor, $severity as severity, $status as status,"
            " case when $before is not null then"
            """ [{'by': 'budget', 'reason': null, 'from': $before, 'to': $severity}] end"""
            " as lowered",
            {"number": number, "day": _DAY, "severity": severity, "before": before}
            | {"status": status},
        )
    assert _make_tables(con, settings) == is_open
    found = con.execute(f"select distinct actor from {waiting.USERS} order by 1").fetchall()
    expected = [("ST\\adm-1",), ("adm-1",), ("st-1",)] if is_open else []
    assert found == expected


_AGGREGATES = ("user_day", "user_agent_day", "subnet_day", "script_day")


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        ((), {"user_day": 1, "user_agent_day": 1, "subnet_day": 1, "script_day": 1}),
        ((_hold(("user", "adm-1")),), {}),
        ((_hold(("user", "ST\\st-1")),), {}),
        ((_hold(("user", "st-9")),), {"user_day": 1, "user_agent_day": 1}),
        ((_hold(site="shop"),), {"user_day": 1, "subnet_day": 1, "script_day": 1}),
        ((_hold(site="main"),), {}),
    ],
)
def test_aggregates_stay_for_open_cases_and_holds(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    holds: tuple[Hold, ...],
    expected: dict[str, int],
) -> None:
    """Where a table tells neither users nor sites, each hold on one keeps its rows."""
    insert(con, "person", user_id="adm-1", usual_id="st-1")
    insert(con, "user_alias", user_id="ST\\st-1", usual_id="st-1")
    insert(
        con, "findings", finding_id="f", date=_DAY, actor_kind="user", actor="st-2",
        severity="high", status="new",
    )  # fmt: skip
    _make_tables(con, settings)
    days = {
        table: _NIGHT - dt.timedelta(days=number)
        for number, table in enumerate(
            ("user_day", "user_agent_day", "subnet_day", "script_day"), 100
        )
    }
    for user in ("st-1", "st-2"):
        insert(con, "user_day", log_date=days["user_day"], site_id="main", user_id=user)
        insert(con, "user_agent_day", log_date=days["user_agent_day"], user_id=user)
    insert(con, "subnet_day", log_date=days["subnet_day"], site_id="main", subnet="192.0.2.0/24")
    insert(con, "script_day", log_date=days["script_day"], site_id="main", url_path="/a")
    acts = list(aggregates.let_go_of_aggregates(con, None, settings.retention, _NIGHT, holds))
    tables = {day: table for table, day in days.items()}
    assert {tables[day]: one.rows for one in acts for day in one.days} == expected
    assert {one.act for one in acts} <= {"pseudonymised", "deleted"}


@pytest.mark.parametrize(
    ("used", "days"),
    [
        ({"client_id": 1}, 0),
        ({"agent_id": 1}, 2),
        ({"client_id": 1, "agent_id": 1}, 3),
        ({"client_id": 1, "agent_id": 1}, 200),
        ({}, 0),
    ],
)
def test_addresses_and_agents_stay_while_a_row_names_them(
    con: duckdb.DuckDBPyConnection, used: dict[str, int], days: int
) -> None:
    """However old the row is; what was no candidate stays too."""
    insert(con, "ledger_day", log_date=_NIGHT, records=1)
    insert(con, "client", client_id=1, client_ip="192.0.2.1")
    insert(con, "client", client_id=2, client_ip="192.0.2.2")
    insert(con, "agent", agent_id=1, user_agent="Tool")
    insert(con, "request_fact", log_date=_NIGHT - dt.timedelta(days=days), **used)
    con.execute(f"insert into {access_rows.GONE_CLIENTS} values (1), (1)")
    con.execute(f"insert into {access_rows.GONE_AGENTS} values (1)")
    acts = list(dimensions.let_go_of_values(con))
    expected = {"client": 2 - ("client_id" not in used), "agent": int("agent_id" in used)}
    assert rows_in(con, "client", "agent") == {name: n for name, n in expected.items() if n}
    told = [
        LetGo(f"{name}s", "deleted", 1) for name in ("client", "agent") if f"{name}_id" not in used
    ]
    assert acts == told


def test_aliases_stay_while_a_row_names_either_account(con: duckdb.DuckDBPyConnection) -> None:
    """Names of addresses stay as long as the address."""
    for user in ("a", "b", "c", "d"):
        insert(con, "user_alias", user_id=f"X\\{user}", usual_id=user)
    insert(con, "request_fact", log_date=_DAY, user_id="a")
    insert(con, "request_fact", log_date=_DAY, user_id="X\\b")
    con.execute(f"insert into {access_rows.GONE_USERS} values ('a'), ('b'), ('X\\c')")
    for number in (1, 2):
        insert(con, "reverse_dns", client_ip=f"192.0.2.{number}", client_host="pc.example")
    insert(con, "client", client_id=1, client_ip="192.0.2.1")
    assert list(dimensions.let_go_of_values(con)) == [
        LetGo("aliases", "deleted", 1),
        LetGo("reverse_dns", "deleted", 1),
    ]
    kept = con.execute("select usual_id from lake.user_alias order by 1").fetchall()
    assert kept == [("a",), ("b",), ("d",)]
    assert con.execute("select client_ip from lake.reverse_dns").fetchall() == [("192.0.2.1",)]
    dimensions.look_at_all(con)
    assert list(dimensions.let_go_of_values(con)) == [
        LetGo("clients", "deleted", 1),
        LetGo("aliases", "deleted", 1),
        LetGo("reverse_dns", "deleted", 1),
    ]


@pytest.mark.parametrize(
    ("hold", "is_kept"),
    [
        (_hold(), True),
        (_hold(site="main"), True),
        (_hold(("user", "st-1")), True),
        (_hold(("subject", "C-77")), True),
        (_hold(("user", "st-2")), False),
        (Hold("h", None, None, None, _NIGHT, None, "court", "legal", _NOW), False),
        (Hold("h", "user", "st-1", None, _NIGHT, None, "court", "legal", _NOW), False),
    ],
)
def test_a_report_stays_for_a_hold_on_its_day_or_on_a_person_of_its_findings(
    con: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path, hold: Hold, *, is_kept: bool
) -> None:
    """As actor, or in the evidence; a hold on others or on other days keeps no report."""
    con.execute(
        "insert into lake.findings by name select 'f' as finding_id, $day as date,"
        " 'st-1' as actor, json_object('subjects', ['C-77']) as evidence",
        {"day": _DAY},
    )
    folder = Home(tmp_path).reports / str(_DAY)
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<p>report</p>")
    (folder.parent / "2026-01-09").symlink_to(folder)
    acts = let_go_of_reports(con, Home(tmp_path), settings, _NIGHT, [hold], _NOW, is_dry_run=True)
    expected = [] if is_kept else [LetGo("reports", "deleted", 0, 1, (_DAY,))]
    assert list(acts) == expected


@pytest.mark.parametrize("has_index", [True, False])
def test_the_list_of_days_loses_a_report_that_went(
    con: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path, *, has_index: bool
) -> None:
    """Where there is a list; none is written for a folder that had none."""
    home = Home(tmp_path)
    home.keys.mkdir()
    reports = home.reports
    for day in (_DAY, _NIGHT):
        (reports / str(day)).mkdir(parents=True)
        (reports / str(day) / "index.html").write_text("<p>report</p>")
    index = reports / "index.html"
    if has_index:
        write_index(reports, settings.locale, settings.zone)
        assert f'href="{_DAY}/' in index.read_text()
    list(let_go_of_reports(con, home, settings, _NIGHT, [], _NOW, is_dry_run=False))
    assert index.exists() == has_index
    if has_index:
        assert f'href="{_DAY}/' not in index.read_text()
        assert f'href="{_NIGHT}/' in index.read_text()


@pytest.mark.parametrize(
    ("tries", "days"),
    [
        ([], None),
        ([("done", 31)], None),
        ([("done", 32)], 32),
        ([("failed", 32)], 32),
        ([("done", 40), ("done", 3)], None),
        ([("done", 40), ("failed", 0.49)], 40),  # of the same night
        ([("done", 40), ("failed", 0.5)], None),
        ([("done", 40), ("done", 0.1)], None),
        ([("done", 40), ("done", -2)], None),
    ],
)
def test_a_pause_of_more_than_a_month_is_told_once(
    lake_in_memory: duckdb.DuckDBPyConnection, tries: list[tuple[str, float]], days: int | None
) -> None:
    """A try of the night before counts, also one that was refused; other stages do not."""
    insert(lake_in_memory, "stage_run", stage="ingest", status="done", ended_at=_NOW)
    for status, ago in tries:
        at = _NOW - dt.timedelta(days=ago)
        insert(lake_in_memory, "stage_run", stage="retention", status=status, ended_at=at)
    if days is None:
        require_no_long_pause(lake_in_memory, _NOW)
    else:
        with pytest.raises(MimamoriError, match=f"{days} days"):
            require_no_long_pause(lake_in_memory, _NOW)
