"""What people decide lasts; what they keep quiet has a reason, an author and an end."""

import datetime as dt

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.findings import Finding, Severity
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.records.verify import verify
from pipelines.settings.model import Settings
from pipelines.triage.commands import (
    Word,
    decide,
    history_of,
    precision_by_detector,
    suppress,
    suppressions,
    unsuppress,
)
from pipelines.triage.suppressions import Criteria
from tests.detect.given_findings import DAY, clock_at, detected, findings_of, make

_ID = "bulk-record-access-st-1-site"
_LATER = DAY + dt.timedelta(days=10)


def _statuses(findings: list[Finding]) -> dict[str, str]:
    return {one.finding_id: one.status for one in findings}


@pytest.mark.further
def test_decision_lasts_when_a_finding_goes_and_comes_back(home: Home, settings: Settings) -> None:
    """A re-run without the finding, then one with it: the status is what somebody said."""
    detected(home, settings, [make()])
    word = Word("closed", "analyst", "explained", "inventory day")
    (closed,) = decide(home, settings, [_ID], word, clock_at())
    assert closed.status == "closed"
    assert detected(home, settings, []) == []
    (again,) = detected(home, settings, [make()])
    assert again.status == "closed"
    history = history_of(home, settings, _ID)
    (decision,) = history.decisions
    assert (decision.verdict, decision.note) == ("explained", "inventory day")
    reopened = clock_at(clock="03:00")
    (open_again,) = decide(home, settings, [_ID], Word("new", "analyst"), reopened)
    assert open_again.status == "new"
    assert len(history_of(home, settings, _ID).decisions) == 2


@pytest.mark.further
def test_closed_finding_that_has_grown_is_open_again(home: Home, settings: Settings) -> None:
    """Late lines that make it graver, or of twice as many people, ask for another decision."""
    small = make(severity=Severity.MEDIUM, subject_count=10)
    detected(home, settings, [small])
    decide(home, settings, [_ID], Word("closed", "analyst", "false_alarm"), clock_at())
    for same in (small, make(severity=Severity.MEDIUM, subject_count=19)):
        assert _statuses(detected(home, settings, [same])) == {_ID: "closed"}
    for grown in (
        make(severity=Severity.HIGH, subject_count=10),
        make(severity=Severity.MEDIUM, subject_count=20),
    ):
        assert _statuses(detected(home, settings, [grown])) == {_ID: "new"}


def test_nothing_is_decided_when_one_id_is_wrong(home: Home, settings: Settings) -> None:
    """The message names the id, and the others keep their status."""
    detected(home, settings, [make()])
    with pytest.raises(UsageError, match="none-such"):
        decide(home, settings, [_ID, "none-such"], Word("closed", "analyst"), clock_at())
    assert _statuses(findings_of(home, settings, DAY)) == {_ID: "new"}


@pytest.mark.further
def test_precision_counts_the_last_word_of_what_was_judged(home: Home, settings: Settings) -> None:
    """Confirmed against false alarms; explained ones and bare closings are no judgement."""
    findings = [make(actor=f"st-{n}") for n in range(5)]
    detected(home, settings, findings)
    ids = [one.finding_id for one in findings]
    decide(home, settings, ids[:1], Word("closed", "a", "false_alarm"), clock_at(clock="01:00"))
    decide(home, settings, ids[:3], Word("closed", "a", "confirmed"), clock_at(clock="02:00"))
    decide(home, settings, ids[3:4], Word("closed", "a", "false_alarm"), clock_at(clock="02:00"))
    decide(home, settings, ids[4:], Word("closed", "a"), clock_at(clock="02:00"))
    precision = precision_by_detector(home, settings)["bulk-record-access"]
    assert (precision.confirmed, precision.false_alarms, precision.share) == (3, 1, 0.75)


def test_suppression_is_applied_at_once_and_on_later_nights(home: Home, settings: Settings) -> None:
    """Kept in the findings, out of the incidents, with reason and author; gone after its end."""
    detected(home, settings, [make(), make(actor="st-2")])
    rule, count = suppress(home, settings, _ID, "hand-over", "analyst", _LATER, clock_at())
    assert (count, rule.criteria) == (1, Criteria("bulk-record-access", "st-1", "site"))
    found = findings_of(home, settings, DAY)
    assert [(one.actor, one.status) for one in found] == [("st-2", "new"), ("st-1", "suppressed")]
    with lake.open_reader(home, settings.timezone) as con:
        assert con.execute("select actor from lake.incident").fetchall() == [("st-2",)]
    for day, status in ((_LATER, "suppressed"), (_LATER + dt.timedelta(days=1), "new")):
        (later,) = detected(home, settings, [make(date=day)], day)
        assert later.status == status


@pytest.mark.further
def test_suppression_follows_an_account_that_is_joined_to_a_person(
    home: Home, settings: Settings
) -> None:
    """Findings then name the person's usual account, and list the suppressed one as another."""
    detected(home, settings, [make()])
    suppress(home, settings, _ID, "hand-over", "analyst", _LATER, clock_at())
    joined = [
        make(date=_LATER, actor="st-9", evidence={"accounts": ["st-1"]}),
        make(date=_LATER, actor="st-8", evidence={"accounts": ["st-7"]}),
        make(date=_LATER, actor="st-1.example", evidence={"accounts": ["st-1"]}, actor_kind="ip"),
    ]
    quiet = [one.actor for one in detected(home, settings, joined, _LATER) if one.status != "new"]
    assert quiet == ["st-9"]


@pytest.mark.further
def test_suppression_ends_early_and_stays_on_record(home: Home, settings: Settings) -> None:
    """What it kept quiet is open again; the rule is listed with the instant of its end."""
    detected(home, settings, [make()])
    rule, _ = suppress(home, settings, _ID, "hand-over", "analyst", _LATER, clock_at())
    ended = unsuppress(home, settings, rule.suppression_id, "officer", clock_at(clock="04:00"))
    assert ended.ended_at is not None
    assert ended.ended_by == "officer"
    assert _statuses(findings_of(home, settings, DAY)) == {_ID: "new"}
    assert suppressions(home, settings) == [ended]
    with pytest.raises(UsageError, match="to end"):
        unsuppress(home, settings, rule.suppression_id, "officer", clock_at())


def test_nobody_settles_what_is_found_about_the_own_account(home: Home, settings: Settings) -> None:
    """Neither by closing, nor by a rule that names or covers the account, under any name."""
    detected(home, settings, [make(), make(actor="st-2")])
    for own in (
        *("st-1", "ST-1", "Somebody (st-1)", "st-1 (root)", "Somebody (st-1/mimamori)", "st-1;"),
        *("Some Body <st-1@prime.example>", "airflow:airflow:st-1", "ｓｔ-1 (root)"),
    ):
        with pytest.raises(UsageError, match="somebody else"):
            decide(home, settings, [_ID], Word("closed", own, "explained"), clock_at())
        with pytest.raises(UsageError, match="somebody else"):
            suppress(home, settings, _ID, "mine", own, _LATER, clock_at())
        by_name = Criteria("bulk-record-access", actor="st-1")
        with pytest.raises(UsageError, match="somebody else"):
            suppress(home, settings, by_name, "mine", own, _LATER, clock_at())
    suppress(
        home, settings, Criteria("bulk-record-access", site_id="site"), "all", "st-1", _LATER,
        clock_at(),
    )  # fmt: skip
    assert {one.actor: one.status for one in findings_of(home, settings, DAY)} == {
        "st-1": "new",
        "st-2": "suppressed",
    }
    decide(home, settings, [_ID], Word("closed", "st-1", "confirmed"), clock_at())


@pytest.mark.further
def test_nobody_settles_what_stands_in_the_own_case(home: Home, settings: Settings) -> None:
    """What the person's address did names nobody, and belongs to the same case all the same."""
    flood = make("request-flood", actor_kind="ip", actor="192.0.2.1", finding_id="flood")
    detected(home, settings, [make(evidence={"addresses": ["192.0.2.1"]}), flood])
    cases = {one.finding_id: one.case_id for one in findings_of(home, settings, DAY)}
    assert len(set(cases.values())) == 1
    for _ in range(2):
        with pytest.raises(UsageError, match="somebody else"):
            decide(home, settings, ["flood"], Word("closed", "st-1", "explained"), clock_at())
        with pytest.raises(UsageError, match="somebody else"):
            suppress(home, settings, "flood", "mine", "st-1", _LATER, clock_at())
        # Also once a colleague has closed what names the person.
        decide(home, settings, [_ID], Word("closed", "officer", "confirmed"), clock_at())
    with pytest.raises(UsageError, match="somebody else"):
        decide(home, settings, [_ID], Word("new", "st-1", None), clock_at())


def test_decisions_are_on_record_with_their_author_and_no_person(
    home: Home, settings: Settings
) -> None:
    """Each is a link of the chain; one that cannot be put on record is not made."""
    detected(home, settings, [make()])
    rule, _ = suppress(home, settings, _ID, "hand-over", "analyst", _LATER, clock_at())
    unsuppress(home, settings, rule.suppression_id, "officer", clock_at(clock="03:00"))
    decide(home, settings, [_ID], Word("closed", "analyst", "explained"), clock_at(clock="04:00"))
    records = Records(home)
    made = list(records.entries(Series.DECISIONS))
    assert [(one.what, one.about["by"]) for one in made] == [
        ("findings suppress", "analyst"),
        ("findings unsuppress", "officer"),
        ("findings: closed", "analyst"),
    ]
    assert made[0].about["actor"] == f"#{records.hashed('st-1')}"
    assert verify(records).ok
    home.records_key.unlink()
    with pytest.raises(MimamoriError, match=r"records\.key"):
        decide(home, settings, [_ID], Word("new", "analyst"), clock_at(clock="05:00"))
    assert _statuses(findings_of(home, settings, DAY)) == {_ID: "closed"}


@pytest.mark.further
def test_people_who_take_a_finding_up_prevail_over_an_older_suppression(
    home: Home, settings: Settings
) -> None:
    """A finding that somebody reopened after the rule was made stays open, a closed one closed."""
    detected(home, settings, [make(), make(actor="st-2")])
    decide(home, settings, ["bulk-record-access-st-2-site"], Word("closed", "a"), clock_at())
    wide = Criteria("bulk-record-access", site_id="site")
    suppress(home, settings, wide, "campaign", "a", _LATER, clock_at(clock="03:00"))
    decide(home, settings, [_ID], Word("acknowledged", "a"), clock_at(clock="04:00"))
    expected = {_ID: "acknowledged", "bulk-record-access-st-2-site": "closed"}
    assert _statuses(findings_of(home, settings, DAY)) == expected
    assert _statuses(detected(home, settings, [make(), make(actor="st-2")])) == expected


def test_critical_findings_stay_open_unless_their_actor_is_named(
    home: Home, settings: Settings
) -> None:
    """A rule for a site or a network hides no data that is likely out."""
    grave = make(severity=Severity.CRITICAL, evidence={"addresses": ["192.0.2.7"]})
    detected(home, settings, [grave])
    for wide in (
        Criteria("bulk-record-access", site_id="site"),
        Criteria("bulk-record-access", network="192.0.2.0/24"),
    ):
        assert suppress(home, settings, wide, "test", "a", _LATER, clock_at())[1] == 0
    assert _statuses(findings_of(home, settings, DAY)) == {_ID: "new"}
    assert suppress(home, settings, _ID, "drill", "a", _LATER, clock_at(clock="03:00"))[1] == 1


@pytest.mark.further
def test_network_covers_findings_all_of_whose_addresses_lie_in_it(
    home: Home, settings: Settings
) -> None:
    """A user seen from elsewhere too, or from more addresses than are listed, is not covered."""
    inside = {"addresses": ["192.0.2.7", "192.0.2.8"]}
    elsewhere = {"addresses": ["192.0.2.7", "198.51.100.1"]}
    full = {"addresses": [f"192.0.2.{n}" for n in range(10)]}
    findings = [
        make(actor="inside", evidence=inside),
        make(actor="elsewhere", evidence=elsewhere),
        make(actor="full", evidence=full),
        make(actor="192.0.2.200", actor_kind="ip"),
        make(actor="no address", actor_kind="ip"),
    ]
    detected(home, settings, findings)
    wide = Criteria("bulk-record-access", network="192.0.2.0/24")
    suppress(home, settings, wide, "pen test", "a", _LATER, clock_at())
    quiet = {one.actor for one in findings_of(home, settings, DAY) if one.status == "suppressed"}
    assert quiet == {"inside", "192.0.2.200"}


@pytest.mark.parametrize(
    ("wanted", "reason", "until", "said"),
    [
        (Criteria("log-gap"), "noise", _LATER, "everywhere"),
        (Criteria("log-gap", site_id="site"), "  ", _LATER, "--reason"),
        (Criteria("log-gap", site_id="site"), "x", DAY - dt.timedelta(days=1), "--until"),
        (Criteria("log-gap", site_id="site"), "x", DAY + dt.timedelta(days=400), "--until"),
        (Criteria("log-gap", network="0.0.0.0/0"), "x", _LATER, "too wide"),
        (Criteria("log-gap", network="office"), "x", _LATER, "neither"),
        ("none-such", "x", _LATER, "none-such"),
        (Criteria("log-gaps", site_id="site"), "x", _LATER, "did you mean log-gap"),
        (Criteria("log-gap", site_id="sites"), "x", _LATER, "did you mean site"),
    ],
)
def test_suppressions_that_may_not_be_made(
    home: Home, settings: Settings, wanted: Criteria | str, reason: str, until: dt.date, said: str
) -> None:
    """Without limits, reason or end there is none; the message says what is missing."""
    detected(home, settings, [make()])
    with pytest.raises(UsageError, match=said):
        suppress(home, settings, wanted, reason, "a", until, clock_at())
    assert suppressions(home, settings) == []


def test_finding_of_the_past_is_closed_rather_than_suppressed(
    home: Home, settings: Settings
) -> None:
    """A rule reaches no further back than the days that are still being looked at."""
    detected(home, settings, [make()])
    late = clock_at(DAY + dt.timedelta(days=30))
    with pytest.raises(UsageError, match="findings close"):
        suppress(home, settings, _ID, "x", "a", DAY + dt.timedelta(days=40), late)
    end = DAY + dt.timedelta(days=10)
    with pytest.raises(UsageError, match="findings close"):
        suppress(home, settings, _ID, "x", "a", end, clock_at(DAY + dt.timedelta(days=8)))
    _, count = suppress(home, settings, _ID, "x", "a", end, clock_at(DAY + dt.timedelta(days=7)))
    assert count == 1
