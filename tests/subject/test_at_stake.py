"""One person alone erases no evidence: two names that somebody types are one person."""

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipelines import lake
from pipelines.cli import cli
from pipelines.errors import UsageError
from pipelines.findings import Severity, Status
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.subject.at_stake import at_stake
from pipelines.subject.person import Person
from pipelines.subject.proposal import Proposal, erase_proposed, held_by_proposal, propose
from pipelines.triage.detected import replace_findings
from tests.detect.given_findings import clock_at, make, settings_in

_NOW = dt.datetime.now(dt.UTC).replace(hour=3)
_TODAY = _NOW.date()
_CLERK = Person("user", "st-1", ("st-1",))
_CUSTOMER = Person("subject", "70001", ("70001",))
_PROPOSAL = Proposal("st-1", None, None, "letter", "Taro (mm/root)", "passport", with_landing=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings by which one person is enough."""
    return settings_in(tmp_path, subject_requests={"persons": 1})


Found = Callable[..., str]


@pytest.fixture
def found(home: Home, settings: Settings) -> Found:
    """Let a finding about st-1 be found some days ago; it returns its case."""

    def find(
        age: int,
        status: Status = "new",
        severity: Severity = Severity.HIGH,
        subject: str = "70001",
    ) -> str:
        on = _TODAY - dt.timedelta(days=age)
        one = make(
            finding_id=f"{age:016x}", date=on, status=status, severity=severity, actor="st-1",
            evidence={"subjects": [subject], "query": "select 1"},
        )  # fmt: skip
        with lake.open_writer(home, settings.timezone) as con:
            replace_findings(con, on, [one], [], clock_at(on))
            return KeyedIds.of(con).case("user", "st-1")

    return find


def _stake(home: Home, settings: Settings, person: Person) -> tuple[int, int]:
    with lake.open_reader(home, settings.timezone) as con:
        stake = at_stake(con, settings, person, _NOW)
    assert stake.is_any == bool(stake.cases or stake.findings)
    return len(stake.cases), stake.findings


@pytest.mark.further
@pytest.mark.parametrize(
    ("age", "status", "severity", "stake"),
    [
        (29, "closed", Severity.LOW, (0, 1)),
        (30, "closed", Severity.HIGH, (0, 0)),
        (200, "new", Severity.HIGH, (1, 0)),
        (200, "acknowledged", Severity.MEDIUM, (1, 0)),
        (200, "new", Severity.LOW, (0, 0)),
    ],
)
def test_what_is_at_stake(
    home: Home, settings: Settings, found: Found, age: int, status: Status, severity: Severity,
    stake: tuple[int, int],
) -> None:  # fmt: skip
    """Open cases of any age and findings of the last thirty days; of those whose data was seen."""
    found(age, status, severity)
    assert _stake(home, settings, _CLERK) == stake
    assert _stake(home, settings, _CUSTOMER) == stake
    assert _stake(home, settings, Person("user", "st-2", ("st-2",))) == (0, 0)


@pytest.mark.further
def test_a_slight_finding_of_a_case_to_look_at_is_at_stake(
    home: Home, settings: Settings, found: Found
) -> None:
    """What somebody looks into is the case; whose data it names elsewhere is another matter."""
    other = Person("subject", "70002", ("70002",))
    found(40, severity=Severity.LOW, subject="70002")
    assert _stake(home, settings, other) == (0, 0)
    found(3)
    assert _stake(home, settings, other) == (1, 0)


def _erase(home: Home, tmp_path: Path, *options: str) -> Result:
    config = ["--config", str(tmp_path / "mimamori.yaml"), "--home", str(home.root)]
    asked = ["--user", "st-1", "--reason", "letter", "--by", "Taro", *options]
    return CliRunner().invoke(cli, [*config, "subject", "erase", *asked])


def test_two_typed_names_erase_no_evidence(home: Home, found: Found, tmp_path: Path) -> None:
    """The command says which case it is and what to do, and nothing has gone."""
    case = found(60)
    done = _erase(home, tmp_path, "--second", "Hanako", "--yes")
    assert isinstance(done.exception, UsageError)
    for said in (case, "1 open cases", "0 findings of the last 30 days", "--propose", "erasure"):
        assert said in str(done.exception)
    with lake.open_reader(home, "Asia/Tokyo") as con:
        assert con.execute("select actor from lake.findings").fetchall() == [("st-1",)]


@pytest.mark.further
def test_a_proposal_says_what_would_go(home: Home, found: Found, tmp_path: Path) -> None:
    """At the terminal and in Airflow, where somebody else decides."""
    found(3)
    told = json.loads(_erase(home, tmp_path, "--propose", "--json").output)
    assert (told["cases"], told["findings"]) == (1, 1)
    assert (
        "1 open cases, 1 findings of the last 30 days" in _erase(home, tmp_path, "--propose").output
    )


def test_evidence_goes_where_another_account_agrees(
    home: Home, settings: Settings, found: Found
) -> None:
    """Also where settings have one person erase everything else alone."""
    found(3)
    name = propose(home, _PROPOSAL)
    with lake.open_writer(home, settings.timezone) as con:
        held: dict[str, Any] = held_by_proposal(con, home, settings, name, _NOW)
        assert (held["cases"], held["findings"], held["days"]) == (1, 1, 30)
        for second in ("root", "taro"):
            with pytest.raises(UsageError, match="two people"):
                erase_proposed(con, home, settings, name, second, _NOW)
        erase_proposed(con, home, settings, name, "hanako (airflow/hanako)", _NOW)
        ((actor,),) = con.execute("select actor from lake.findings").fetchall()
    assert actor.startswith("pn-")


@pytest.mark.further
def test_what_is_no_evidence_goes_as_before(
    home: Home, settings: Settings, found: Found, tmp_path: Path
) -> None:
    """With as many names as the settings want."""
    found(60, "closed")
    assert _erase(home, tmp_path, "--yes").exit_code == 0
    alone = dataclasses.replace(_PROPOSAL, user=None, subject="70009")
    with lake.open_writer(home, settings.timezone) as con:
        assert erase_proposed(con, home, settings, propose(home, alone), "taro", _NOW).rows == 0
