"""Findings on one actor over days are one case: its risk adds up, fades, and is told once."""

import datetime as dt
from typing import Any

import duckdb
import pytest

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.findings import Finding, Severity
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.records.verify import verify
from pipelines.retention.other_rows import let_go_of_other_rows
from pipelines.retention.periods import make_period_tables
from pipelines.retention.waiting import USERS, make_waiting_tables
from pipelines.settings.model import Settings
from pipelines.subject.erase import Nobody, erase_rows
from pipelines.subject.person import Person
from pipelines.triage.cases.commands import assign, cases_of, close, comment, history_of
from pipelines.triage.cases.ids import join_cases, with_cases
from pipelines.triage.cases.read import Case, open_cases
from pipelines.triage.cases.risk import HIGH, Rise, risk_on
from pipelines.triage.commands import Word, decide
from pipelines.triage.detected import replace_findings
from pipelines.triage.incidents import risk_of
from pipelines.triage.store import read_day
from tests.detect.given_findings import DAY, at, clock_at, detected, findings_of, make, settings_in
from tests.triage.given_evidence import HALF_LIFE, OWNED_FROM, day_of, days_of, evidence

_NEVER = dt.date(9999, 12, 31)
_AFTER = clock_at(DAY + dt.timedelta(days=9))


def _found(day: dt.date, detector: str = "bulk-record-access", **values) -> Finding:
    base = {
        "finding_id": f"{detector}-{values.get('actor', 'st-1')}-{day}", "date": day,
        "severity": Severity.LOW, "score": 30.0, "subject_count": 5,
        "first_seen": at("09:00", day), "last_seen": at("09:30", day),
    }  # fmt: skip
    return make(detector, **{**base, **values})


def _detect(con: duckdb.DuckDBPyConnection, findings: list[Finding]) -> None:
    replace_findings(con, findings[0].date, findings, [], clock_at())


def _cases(home: Home, settings: Settings, day: dt.date, *, everything: bool = False) -> list[Case]:
    return cases_of(home, settings, day, everything=everything)


def test_risk_begins_as_an_incidents_and_fades_by_half() -> None:
    """The first day is as risky as its findings together; a half-life later half of it is left."""
    findings = [make(score=70.0), make("off-hours-access", severity=Severity.MEDIUM, score=50.0)]
    course = days_of(
        evidence(0, "high", 70.0), evidence(0, "medium", 50.0, detector="off-hours-access")
    )
    (day,) = course
    assert round(day.risk, 2) == risk_of(findings)
    assert day.rise is Rise.OPENED
    assert risk_on(course, day_of(HALF_LIFE), HALF_LIFE, OWNED_FROM) == pytest.approx(day.risk / 2)
    assert risk_on(course, day_of(3 * HALF_LIFE), HALF_LIFE, OWNED_FROM) == pytest.approx(
        day.risk / 8
    )
    assert risk_on(course, day_of(-1), HALF_LIFE) == 0


def test_small_findings_of_many_days_pass_high_and_are_told_once() -> None:
    """No day is more than low; when all together are high somebody is told, and not each day."""
    course = days_of(*(evidence(number) for number in range(20)))
    assert max(one.alone for one in course) == pytest.approx(30)
    told = [one for one in course if one.rise is not None]
    assert [one.rise for one in told] == [Rise.ADDED_UP]
    passed = course.index(told[0])
    assert course[passed - 1].risk < HIGH <= told[0].risk
    assert passed > 5
    assert {one.risk for one in course[passed + 4 :]} == {HIGH}  # unchanged it goes no further


def test_findings_that_are_high_together_are_told_as_they_come_and_not_again() -> None:
    """The incident of the first day was as urgent as one finding of `high`."""
    pair = ("bulk-record-access", "off-hours-access")
    course = days_of(
        *(evidence(day, "medium", 55.0, detector=one) for day in range(3) for one in pair)
    )
    assert course[0].alone >= HIGH
    assert [one.rise for one in course] == [Rise.OPENED, None, None]


def test_what_goes_on_unchanged_is_told_once_and_stays_as_risky() -> None:
    """An account with the same volume every day: one rise, and the risk neither adds nor fades."""
    course = days_of(*(evidence(number, "high", 65.0) for number in range(10)))
    assert [one.rise for one in course] == [Rise.OPENED, *[None] * 9]
    assert {one.risk for one in course} == {65.0}
    assert [len(one.repeats) for one in course] == [0, *[1] * 9]


@pytest.mark.parametrize(
    ("further", "is_news"),
    [
        ({"subject_count": 9}, False),
        ({"subject_count": 10}, True),
        ({"severity": "high", "score": 62.0}, True),
        ({"detector": "mass-export"}, True),
        ({"site_id": "shop"}, True),
        ({"score": 45.0}, False),
    ],
)
def test_growth_and_other_findings_are_news(further: dict[str, Any], is_news: bool) -> None:
    """Graver, twice as many people, another detector or site: the case rose."""
    values = {"severity": "medium", "score": 40.0, **further}
    first, second = days_of(evidence(0, "medium", 40.0), evidence(1, **values))
    assert second.rise is (Rise.GREW if is_news else None)
    assert bool(second.news) is is_news
    assert second.risk > first.risk


def test_what_creeps_up_is_compared_with_how_it_was_last_told() -> None:
    """A little more each day is news once it has doubled; after a long pause so is the same."""
    counts = (10, 14, 18, 22, 30, 46)
    course = days_of(
        *(evidence(n, "medium", 50.0, subject_count=count) for n, count in enumerate(counts))
    )
    assert [bool(one.news) for one in course] == [True, False, False, True, False, True]
    early, late = days_of(evidence(0, "medium", 50.0), evidence(HALF_LIFE + 1, "medium", 50.0))
    assert early.news
    assert late.news


def test_scanners_and_failing_servers_never_add_up() -> None:
    """One cause makes many of them: months of them stay below high."""
    names = ("sql-injection", "path-traversal", "forced-browsing")
    course = days_of(
        *(
            evidence(n, "low", 35.0, detector=names[n % 3], category="web_attack", subject_count=0)
            for n in range(80)
        )
    )
    assert max(one.risk for one in course) < HIGH
    assert not any(one.rise for one in course)


def test_a_night_beyond_its_budget_raises_no_case_by_itself() -> None:
    """What the budget had no place for is in the risk, and asks for no look of its own."""
    (day,) = days_of(evidence(0, "high", 70.0, is_within_budget=False))
    assert (day.risk, day.rise) == (70.0, None)


@pytest.mark.further
def test_cases_are_the_same_in_whatever_order_days_are_detected(
    home: Home, settings: Settings
) -> None:
    """Backlog in any order, and a day that is detected again: equal cases."""
    days = {
        day_of(0): [_found(day_of(0)), _found(day_of(0), actor="st-2")],
        day_of(2): [
            _found(day_of(2), score=38.0),
            _found(day_of(2), "mass-export", site_id="shop"),
        ],
        day_of(3): [_found(day_of(3), severity=Severity.MEDIUM, score=55.0)],
    }
    seen = []
    with lake.open_writer(home, settings.timezone) as con:
        for order in ([0, 2, 3], [3, 0, 2, 3], [2, 3, 0, 0]):
            con.execute("delete from lake.findings")
            for number in order:
                _detect(con, days[day_of(number)])
            seen.append([one.as_json() for one in open_cases(con, HALF_LIFE, day_of(4))])
    assert len(seen[0]) == 2
    assert all(one == seen[0] for one in seen)


def test_an_address_is_in_the_case_of_the_user_that_it_points_to() -> None:
    """The other way round a second person in the group keeps a case of their own."""
    attack = {"category": "web_attack", "actor_kind": "ip", "actor": "192.0.2.9"}
    user, address, other = with_cases(
        [
            make(evidence={"addresses": ["192.0.2.9"]}),
            make("sql-injection", **attack),
            make(actor="st-2"),
        ],
        KeyedIds(),
    )
    assert user.case_id == address.case_id != other.case_id
    (alone,) = with_cases([make("sql-injection", **attack)], KeyedIds())
    assert alone.case_id != address.case_id
    log_gap, leak = with_cases(
        [
            make("log-gap", category="operations", actor_kind="site", actor="site"),
            make("personal-data-in-url", actor_kind="site", actor="site"),
        ],
        KeyedIds(),
    )
    assert log_gap.case_id != leak.case_id


@pytest.mark.further
def test_accounts_that_become_one_person_become_one_case(home: Home, settings: Settings) -> None:
    """Findings of before, decisions too, go over to the account by which the person is known."""
    detected(home, settings, [_found(DAY, actor="st-9")])
    (old,) = _cases(home, settings, DAY)
    assign(home, settings, [old.case_id], "tanaka", None, None, "lead", clock_at())
    detected(home, settings, [_found(day_of(1))], day_of(1))
    with lake.open_writer(home, settings.timezone) as con:
        con.execute(
            "insert into lake.person by name"
            " select unnest(['st-1', 'st-9']) as user_id, 'st-1' as usual_id"
        )
        assert join_cases(con) == 1
        assert join_cases(con) == 0
    (joined,) = _cases(home, settings, day_of(1))
    assert (joined.actor, joined.findings, len(joined.course)) == ("st-1", 2, 2)
    assert joined.assignment is not None
    assert joined.assignment.owner == "tanaka"


@pytest.mark.further
def test_an_erased_person_leaves_no_case_that_confirms_a_guess(
    home: Home, settings: Settings
) -> None:
    """The case stays, decisions and all, under an id that is not made of the name.

    Who had the address is gone, so that what is detected anew about it is a case of its own.
    """
    address = {"category": "web_attack", "actor_kind": "ip", "actor": "192.0.2.9"}
    user = _found(DAY, evidence={"addresses": ["192.0.2.9"]})
    detected(home, settings, [user, _found(DAY, "sql-injection", **address)])
    (before,) = _cases(home, settings, DAY)
    assign(home, settings, [before.case_id], "tanaka", None, None, "lead", clock_at())
    with lake.open_writer(home, settings.timezone) as con:
        erase_rows(con, Person("user", "st-1", ("st-1",)), Nobody.made())
    (after,) = _cases(home, settings, DAY)
    assert after.case_id != before.case_id
    assert after.actor.startswith("pn-")
    assert (after.findings, after.risk, after.state) == (2, before.risk, "assigned")
    with lake.open_writer(home, settings.timezone) as con:
        _detect(con, read_day(con, DAY)[0])
    again, of_address = sorted(
        _cases(home, settings, DAY), key=lambda one: one.actor_kind != "user"
    )
    assert (again.case_id, again.state) == (after.case_id, "assigned")
    assert (of_address.actor, of_address.state) == ("192.0.2.9", "new")


def test_case_that_is_given_to_somebody_without_a_day_is_due_in_a_week(
    home: Home, settings: Settings
) -> None:
    """From the day on which it is given, not that on which it was opened."""
    with lake.open_writer(home, settings.timezone) as con:
        _detect(con, [_found(DAY)])
    (case,) = _cases(home, settings, DAY)
    (given,) = assign(
        home, settings, [case.case_id], "tanaka", None, None, "lead", clock_at(day_of(3))
    )
    assert given.assignment is not None
    assert given.assignment.due_on == day_of(10)


def test_case_is_assigned_closed_and_opened_by_what_is_found_later(
    home: Home, settings: Settings
) -> None:
    """Closing closes the findings of all its days with the reason; all of it is on record."""
    with lake.open_writer(home, settings.timezone) as con:
        for day in (DAY, day_of(1)):
            _detect(con, [_found(day), _found(day, actor="st-2")])
    case = next(one for one in _cases(home, settings, day_of(1)) if one.actor == "st-1")
    assert (case.state, case.findings, case.opened_on) == ("new", 2, DAY)
    (given,) = assign(
        home, settings, [case.case_id], "tanaka", day_of(8), "asks", "lead", clock_at()
    )
    assert given.state == "assigned"
    assert not given.is_overdue(day_of(8))
    assert given.is_overdue(day_of(9))
    (closed,) = close(home, settings, [case.case_id], "explained", "stock-taking", "lead", _AFTER)
    assert (closed.state, closed.findings, closed.risk) == ("closed", 0, 0)
    for day in (DAY, day_of(1)):
        statuses = {one.actor: one.status for one in findings_of(home, settings, day)}
        assert statuses == {"st-1": "closed", "st-2": "new"}
    history = history_of(home, settings, case.case_id, day_of(9))
    assert [one.act for one in history.decisions] == ["assigned", "closed"]
    assert history.decisions[-1].note == "stock-taking"
    assert (history.findings, [one.date for one in history.closed]) == ((), [day_of(1), DAY])
    detected(home, settings, [_found(day_of(1))], day_of(1))  # again: it stays closed
    assert [one.actor for one in _cases(home, settings, day_of(2))] == ["st-2"]
    detected(home, settings, [_found(day_of(2))], day_of(2))
    again = next(one for one in _cases(home, settings, day_of(2)) if one.actor == "st-1")
    assert (again.case_id, again.state, again.findings) == (case.case_id, "new", 1)
    what = [one.what for one in Records(home).entries(Series.DECISIONS)]
    assert what == ["cases assign", "cases close"]
    assert verify(Records(home)).ok


def test_a_case_began_with_what_needs_a_look(home: Home, settings: Settings) -> None:
    """A remark of weeks ago makes no silence of two days one of weeks; its owner keeps it."""
    detected(home, settings, [_found(DAY, severity=Severity.INFO)])
    (case,) = _cases(home, settings, DAY)
    assert (case.first_on, case.opened_on) == (DAY, DAY)
    assign(home, settings, [case.case_id], "tanaka", None, None, "lead", clock_at(DAY, "23:00"))
    detected(home, settings, [_found(day_of(16), severity=Severity.HIGH)], day_of(16))
    (case,) = _cases(home, settings, day_of(16))
    assert (case.first_on, case.opened_on) == (DAY, day_of(16))
    assert case.assignment is not None


@pytest.mark.further
def test_an_owner_has_a_case_until_what_was_given_is_settled(
    home: Home, settings: Settings
) -> None:
    """What goes on stays theirs; something new after all was closed waits for an owner."""
    detected(home, settings, [_found(DAY)])
    (case,) = _cases(home, settings, DAY)
    same_day = clock_at(DAY, "23:00")
    assign(home, settings, [case.case_id], "tanaka", None, None, "lead", same_day)
    detected(home, settings, [_found(day_of(5))], day_of(5))
    (same,) = _cases(home, settings, day_of(5))
    assert same.assignment is not None
    closed = Word("closed", "tanaka", "explained", "asked")
    decide(home, settings, [_found(day).finding_id for day in (DAY, day_of(5))], closed, _AFTER)
    detected(home, settings, [_found(day_of(9))], day_of(9))
    (new,) = _cases(home, settings, day_of(9))
    assert (new.state, new.assignment) == ("new", None)


@pytest.mark.further
def test_nothing_is_decided_when_something_is_wrong(home: Home, settings: Settings) -> None:
    """One id that is none, a day that is past, no reason, nothing open, the own account."""
    detected(home, settings, [_found(DAY)])
    (case,) = _cases(home, settings, DAY)
    wanted = [case.case_id]
    for call in (
        lambda: close(home, settings, [*wanted, "none-such"], None, "why", "lead", _AFTER),
        lambda: close(home, settings, wanted, None, " ", "lead", _AFTER),
        lambda: close(home, settings, wanted, "explained", "why", "st-1 (root)", _AFTER),
        lambda: assign(home, settings, wanted, "ST-1", None, None, "lead", _AFTER),
        lambda: assign(home, settings, wanted, "tanaka", None, None, "st-1", _AFTER),
        lambda: assign(home, settings, wanted, "tanaka", DAY, None, "lead", _AFTER),
        lambda: assign(home, settings, wanted, "tanaka", _NEVER, None, "lead", _AFTER),
    ):
        with pytest.raises(UsageError):
            call()
    (same,) = _cases(home, settings, DAY)
    assert same == case
    assert list(Records(home).entries(Series.DECISIONS)) == []
    close(home, settings, wanted, "confirmed", "it was I", "st-1", _AFTER)
    with pytest.raises(UsageError, match="nothing is open"):
        close(home, settings, wanted, None, "again", "lead", _AFTER)


@pytest.mark.further
def test_retention_keeps_what_open_cases_need(home: Home, settings: Settings) -> None:
    """A person whose days add up stays in clear; findings of a case that somebody has stay."""
    with lake.open_writer(home, settings.timezone) as con:
        _detect(con, [_found(DAY, actor="st-2"), _found(DAY)])
        for number in range(1, 14):
            _detect(con, [_found(day_of(number))])
    ids = {one.actor: one.case_id for one in _cases(home, settings, day_of(14))}
    night = day_of(settings.retention.findings_days)
    with lake.open_writer(home, settings.timezone) as con:
        make_waiting_tables(con, HALF_LIFE, day_of(14))
        assert con.execute(f"select actor from {USERS}").fetchall() == [("st-1",)]
    assign(home, settings, [ids["st-2"]], "tanaka", None, None, "lead", _AFTER)
    with lake.open_writer(home, settings.timezone) as con:
        make_period_tables(con, settings)
        list(let_go_of_other_rows(con, settings.retention, night, [], is_dry_run=False))
        left = con.execute("select actor from lake.findings where date = ?", [DAY]).fetchall()
    assert left == [("st-2",)]


def test_settings_that_would_take_findings_from_open_cases_are_refused(tmp_path) -> None:
    """Findings stay for six half-lives at least; the message names the key that asks too much."""
    assert settings_in(tmp_path, cases={"half_life_days": 60}).cases.half_life_days == 60
    with pytest.raises(MimamoriError, match=r"cases\.half_life_days.*420"):
        settings_in(tmp_path, cases={"half_life_days": 70})
    with pytest.raises(MimamoriError, match=r"retention\.findings_days.*120"):
        settings_in(tmp_path, cases={"half_life_days": 20}, retention={"findings_days": 119})
    with pytest.raises(MimamoriError, match="half_life_days"):
        settings_in(tmp_path, cases={"half_life_days": 0})


@pytest.mark.further
def test_a_comment_changes_neither_owner_nor_state(home: Home, settings: Settings) -> None:
    """It is among the decisions and on record, also of a closed case; who has it stays."""
    with lake.open_writer(home, settings.timezone) as con:
        _detect(con, [_found(DAY)])
    (case,) = _cases(home, settings, DAY)
    ident = case.case_id
    assign(home, settings, [ident], "officer", None, None, "boss", _AFTER)
    comment(home, settings, ident, "asked the manager", "boss", clock_at(day_of(9), "03:00"))
    (same,) = _cases(home, settings, day_of(9))
    assert (same.state, same.assignment and same.assignment.owner) == ("assigned", "officer")
    with lake.open_writer(home, settings.timezone) as con:
        make_period_tables(con, settings)
        list(let_go_of_other_rows(con, settings.retention, day_of(900), [], is_dry_run=False))
    assert len(_cases(home, settings, day_of(9))) == 1  # what somebody has taken up stays
    close(home, settings, [ident], "explained", "inventory", "boss", clock_at(day_of(10)))
    after = comment(home, settings, ident, "the list came", "boss", clock_at(day_of(11)))
    assert after.state == "closed"
    history = history_of(home, settings, ident, day_of(11))
    assert [one.act for one in history.decisions] == [
        *("assigned", "commented", "closed", "commented"),
    ]
    assert [(one.what, one.rows) for one in Records(home).entries(Series.DECISIONS)] == [
        *(("cases assign", 1), ("cases comment", 1), ("cases close", 1), ("cases comment", 1)),
    ]
    with pytest.raises(UsageError, match="something to read"):
        comment(home, settings, ident, " \u200b", "boss", _AFTER)
    with pytest.raises(UsageError, match="no case"):
        comment(home, settings, "0" * 16, "text", "boss", _AFTER)


@pytest.mark.parametrize(
    "author",
    [
        pytest.param("airflow:st-1", marks=pytest.mark.further),
        pytest.param("airflow:ST-1@prime.example", marks=pytest.mark.further),
        "st-1 (tanaka)",
    ],
)
def test_whoever_signed_in_to_airflow_is_known_by_the_account(
    home: Home, settings: Settings, author: str
) -> None:
    """Nobody closes or takes a case about themselves, whichever way they come."""
    with lake.open_writer(home, settings.timezone) as con:
        _detect(con, [_found(DAY)])
    (case,) = _cases(home, settings, DAY)
    with pytest.raises(UsageError):
        close(home, settings, [case.case_id], "explained", "my own", author, _AFTER)
    with pytest.raises(UsageError):
        assign(home, settings, [case.case_id], "st-1@prime.example", None, None, "boss", _AFTER)
