"""Who has a report, or one erased lake and its keys, cannot try names until one fits."""

import json
from collections.abc import Iterator
from itertools import product

import pytest

from pipelines import lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.run import DetectorRun
from pipelines.findings import Finding, Severity
from pipelines.lake import insert_frame
from pipelines.lake.keyed_hashes import use_salts
from pipelines.lake.keyed_ids import KeyedIds, unkeyed
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.subject.person import Person, person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import erase
from pipelines.triage.cases.commands import assign, cases_of
from pipelines.triage.commands import Word, decide
from pipelines.triage.detected import replace_findings
from pipelines.triage.incidents import incident_of
from pipelines.triage.store import read_day
from tests.detect.given_findings import DAY, clock_at, make

_ADDRESS, _AGENT = "198.51.100.77", "A browser/1.0 that nobody else has"
_NAMES = [f"st-{number:04}" for number in range(3000)]
_OWN = "st-1234"
_DETECTORS = ("bulk-record-access", "off-hours-access")


def _detected(home: Home, settings: Settings, *, is_former: bool = False) -> list[Finding]:
    """Two findings about `_OWN` and one about somebody else, by this release or a former one."""
    with lake.open_writer(home, settings.timezone) as con:
        if is_former:
            use_salts(con, Pseudonyms())
        ids = KeyedIds.of(con)

        def found(detector: str, actor: str) -> Finding:
            of = detector, DAY, "site", "user", actor
            return make(
                detector,
                finding_id=unkeyed(*map(str, of)) if is_former else ids.finding(*of),
                actor=actor,
                summary=f"{actor} from {_ADDRESS}" if actor == _OWN else actor,
                severity=Severity.HIGH,
                evidence={
                    "observed": 90, "unit": "subjects", "strength": 40.0, "score_parts": {"a": 1.5},
                    "below_fold": True, "score_before": 71.0,
                    "addresses": [_ADDRESS if actor == _OWN else "192.0.2.9"],
                    "agent": _AGENT if actor == _OWN else "curl",
                    "subjects": ["70001"],
                    "query": f"select 1 where user_id = '{actor}'" + (
                        f" or client_ip = '{_ADDRESS}'" if actor == _OWN else ""
                    ),
                },
            )  # fmt: skip

        findings = [found(one, _OWN) for one in _DETECTORS] + [found(_DETECTORS[0], "st-0007")]
        run = DetectorRun(_DETECTORS[0], "active", None, 3, 3, 1.0)
        done = replace_findings(con, DAY, findings, [run], clock_at())
        for name in (_OWN, "st-0007") if is_former else ():  # as an earlier release left it
            con.execute(
                "update lake.findings set case_id = ? where actor = ?",
                [unkeyed("case", "user", name, ""), name],
            )
            con.execute(
                "update lake.incident set incident_id = ? where actor = ?",
                [unkeyed("incident", f"{DAY}", "user", name, ""), name],
            )
            con.execute("delete from lake.keyed_hash where purpose = 'ids'")
        return done


def _guessed(ids: KeyedIds, names: list[str]) -> Iterator[str]:
    """Every id that a name may have, as this program and earlier releases make them."""
    for name in names:
        former_case, case = unkeyed("case", "user", name, ""), ids.case("user", name)
        yield from (former_case, case, incident_of(DAY, former_case), incident_of(DAY, case))
        yield unkeyed("incident", f"{DAY}", "user", name, "")
        for detector, site in product(load_catalogue(), ("site", None)):
            yield unkeyed(detector, f"{DAY}", f"{site}", "user", name)
            yield ids.finding(detector, DAY, site, "user", name)


def _everything(home: Home) -> str:
    """All texts of all tables of the lake, and of the reports."""
    with lake.open_reader(home, "Asia/Tokyo") as con:
        tables = con.execute(
            "select table_name from duckdb_tables() where database_name = 'lake'"
        ).fetchall()
        rows = [con.execute(f"from lake.{table}").fetchall() for (table,) in tables]
    pages = [path.read_text() for path in home.reports.rglob("*") if path.is_file()]
    return json.dumps([rows, pages], default=str, ensure_ascii=False)


def _named(text: str, ids: KeyedIds, names: list[str]) -> list[str]:
    return [name for name in names if any(one in text for one in _guessed(ids, [name]))]


def test_ids_of_a_report_name_nobody_without_the_key(home: Home, settings: Settings) -> None:
    """Not even those who are in it, nor in another lake; who has the key finds them."""
    told = json.dumps([one.as_json() for one in _detected(home, settings)])
    with lake.open_writer(home, settings.timezone) as con:
        own = KeyedIds.of(con)
    assert _named(told, KeyedIds(), ["st-0007", _OWN]) == []
    assert _named(told, KeyedIds(b"another lake"), ["st-0007", _OWN]) == []
    assert _named(told, own, ["st-0007", "st-0008", _OWN]) == ["st-0007", _OWN]


def _erase_own(home: Home, settings: Settings) -> KeyedIds:
    person = Person("user", _OWN, (_OWN,))
    asked = Asked("asked for", "officer (mm)", "lead (mm)")
    with lake.open_writer(home, settings.timezone) as con:
        erase(con, home, person, asked, clock_at()())
        return KeyedIds.of(con)


@pytest.mark.parametrize("is_former", [False, pytest.param(True, marks=pytest.mark.further)])
def test_an_erased_person_cannot_be_named_again(
    home: Home, settings: Settings, is_former: bool
) -> None:
    """By trying all names, with the keys too; decisions stand, and others keep their ids."""
    findings = _detected(home, settings, is_former=is_former)
    page = home.reports / f"{DAY}" / "findings.json"
    page.parent.mkdir(parents=True)
    told = [one.as_json() for one in findings]
    page.write_text(json.dumps({"findings": told}))
    with lake.open_writer(home, settings.timezone) as con:
        kept = [one for one in read_day(con, DAY)[0] if one.actor == "st-0007"]
        (own,) = {one.case_id for one in read_day(con, DAY)[0] if one.actor == _OWN}
    assert own is not None
    assign(home, settings, [own], "tanaka", None, None, "lead", clock_at())
    (first, _) = [one.finding_id for one in _with_status(home, settings, _OWN)]
    decide(home, settings, [first], Word("acknowledged", "lead"), clock_at())
    ids = _erase_own(home, settings)
    text = _everything(home)
    assert _named(text, ids, _NAMES) == ["st-0007"]
    assert [one for one in (_OWN, _ADDRESS, _AGENT) if one in text] == []
    with lake.open_reader(home, settings.timezone) as con:
        after, incidents = read_day(con, DAY)
        stored = con.execute("select incident_id from lake.incident order by 1").fetchall()
    assert [one for one in after if one.actor == "st-0007"] == kept
    assert stored == sorted((one.incident_id,) for one in incidents)
    nobody = [one for one in after if one.actor != "st-0007"]
    assert sorted(one.status for one in nobody) == ["acknowledged", "new"]
    for one in nobody:
        assert one.actor.startswith("pn-")
        assert one.summary == f"{one.actor} from {one.actor}"
        assert one.assessment.score_parts == {"a": 1.5}
        assert (one.assessment.strength, one.assessment.score_before) == (40.0, 71.0)
        assert one.evidence == {
            "observed": 90,
            "unit": "subjects",
            "query": "select * from lake.access_log"
            f" where log_date = '{DAY}' and user_id = '{one.actor}' and site_id = 'site'"
            " order by time",
        }
    cases = {one.actor: one.state for one in cases_of(home, settings, DAY, everything=True)}
    assert cases == {nobody[0].actor: "assigned", "st-0007": "new"}
    on_page = {one["finding_id"] for one in json.loads(page.read_text())["findings"]}
    assert {one.finding_id for one in nobody} < on_page


@pytest.mark.parametrize(
    "actor", ["2001:db8:1:2::7", pytest.param("2001:db8:1:2::/64", marks=pytest.mark.further)]
)
def test_an_erased_address_is_not_found_by_its_network(
    home: Home, settings: Settings, actor: str
) -> None:
    """A finding about the /64 of an address goes as one about the address does."""
    of = _DETECTORS[0], DAY, "site", "ip", actor
    with lake.open_writer(home, settings.timezone) as con:
        ids = KeyedIds.of(con)
        own = make(
            _DETECTORS[0], finding_id=ids.finding(*of), actor_kind="ip", actor=actor,
            summary=f"from {actor}", evidence={"addresses": [actor], "agent": _AGENT},
        )  # fmt: skip
        run = DetectorRun(_DETECTORS[0], "active", None, 1, 1, 1.0)
        replace_findings(con, DAY, [own], [run], clock_at())
        person = person_of(con, user=None, ip="2001:db8:1:2::7", subject=None)
        erase(con, home, person, Asked("asked for", "officer (mm)", "lead (mm)"), clock_at()())
    text = _everything(home)
    told = (ids.finding(*of), ids.case("ip", actor), "2001:db8:1:2", _AGENT)
    assert [one for one in told if one in text] == []


def _with_status(home: Home, settings: Settings, actor: str) -> list[Finding]:
    with lake.open_reader(home, settings.timezone) as con:
        return [one for one in read_day(con, DAY)[0] if one.actor == actor]


_STATES = (
    "select actor, detector, status from lake.findings_open order by all",
    """
    select finding.actor, finding.detector, triage.status
    from lake.triage as triage
    inner join lake.findings as finding on finding.finding_id = triage.finding_id
    order by all
    """,
    """
    select distinct finding.actor, decision.owner
    from lake.case_decision as decision
    inner join lake.findings as finding on finding.case_id = decision.case_id
    order by all
    """,
    """
    select finding.detector, finding.actor
    from lake.case_decision as decision
    inner join lake.findings as finding
        on list_contains(decision.finding_ids, finding.finding_id)
    order by all
    """,
    """
    select incident.actor, finding.actor, finding.detector
    from lake.incident as incident
    inner join lake.findings as finding
        on list_contains(incident.finding_ids, finding.finding_id)
    order by all
    """,
    """
    select review.author
    from lake.review as review
    inner join lake.report_version as report
        on report.log_date = review.date and report.version = review.version
    """,
)


@pytest.mark.further
def test_ids_of_an_earlier_release_are_keyed_and_keep_what_was_decided(
    home: Home, settings: Settings
) -> None:
    """Findings, incidents, cases, decisions and signatures are about what they were about."""
    findings = _detected(home, settings, is_former=True)
    own = [one.finding_id for one in findings if one.actor == _OWN]
    case = unkeyed("case", "user", _OWN, "")
    with lake.open_reader(home, settings.timezone) as con:
        before = {
            table: con.execute(f"from lake.{table}").pl() for table in ("findings", "incident")
        }
    with lake.open_writer(home, settings.timezone) as con:
        for table, frame in before.items():  # and not what opening it has made of it
            con.execute(f"delete from lake.{table}")
            insert_frame(con, table, frame)
        con.execute(
            "insert into lake.triage by name select ? as finding_id, ? as date, ? as detector,"
            " ? as actor, 'acknowledged' as status, now() as decided_at",
            [own[0], DAY, _DETECTORS[0], _OWN],
        )
        con.execute(
            "insert into lake.case_decision by name select ? as case_id, 'user' as actor_kind,"
            " ? as actor, 'assigned' as act, 'tanaka' as owner, ?::varchar[] as finding_ids,"
            " now() as decided_at",
            [case, _OWN, own],
        )
        con.execute(
            "insert into lake.stage_run by name select unnest(['detect', 'report']) as stage,"
            " ? as log_date, 'done' as status, now() as started_at, now() as ended_at",
            [DAY],
        )
        con.execute(
            "insert into lake.review by name select log_date as date, 'lead' as author, version,"
            " reported_at, now() as signed_at from lake.report_version"
        )
        con.execute("delete from lake.keyed_hash where purpose = 'ids'")
        then = [con.execute(query).fetchall() for query in _STATES]
    assert [len(rows) for rows in then] == [3, 1, 1, 2, 3, 1]
    with lake.open_writer(home, settings.timezone) as con:
        ids = KeyedIds.of(con)
        assert [con.execute(query).fetchall() for query in _STATES] == then
        stored = con.execute(
            "select finding_id, case_id from lake.findings order by all"
        ).fetchall()
        incidents = con.execute("select incident_id from lake.incident order by all").fetchall()
        found, grouped = read_day(con, DAY)
    assert sorted((one.finding_id, one.case_id) for one in found) == stored
    assert {one for one, _ in stored} == {ids.of_former(one.finding_id) for one in findings}
    assert ids.case("user", _OWN) == ids.of_former(case) in {case for _, case in stored}
    assert incidents == sorted((one.incident_id,) for one in grouped)
