"""What makes less of a finding stands beside what was found, one step after another."""

import datetime as dt

import duckdb
import polars as pl
import pytest

from pipelines.detect.goes_on import Told
from pipelines.findings import Severity, Weighed, WeighedBy
from pipelines.settings.entries import SiteEntries
from pipelines.settings.model import Settings
from pipelines.text.words import Words
from pipelines.triage.weigh import _is_user_claimed, _look_alikes, _marked
from tests.detect.given_findings import DAY, ZONE, beyond_budget, make

_EN = Words("en", ZONE)
_SITE = {"group": "main", "domains": ["x.example"]}
_CLAIMING = Settings.model_validate(
    {
        "sites": [
            {**_SITE, "id": "claims", "logs": ["claims/*.log"], "user_is": "claimed"},
            {**_SITE, "id": "proves", "logs": ["proves/*.log"]},
            {**_SITE, "id": "shop-{n}", "logs": ["shops/{n}/*.log"], "user_is": "claimed"},
        ]
    }
)


@pytest.mark.parametrize(
    ("severity", "capped"),
    [
        (Severity.CRITICAL, Severity.MEDIUM),
        (Severity.HIGH, Severity.MEDIUM),
        (Severity.MEDIUM, Severity.MEDIUM),
        (Severity.LOW, Severity.LOW),
        (Severity.INFO, Severity.INFO),
    ],
)
def test_a_partners_word_is_medium_at_most(severity: Severity, capped: Severity) -> None:
    """With what was found, and ten of the files that say so."""
    files = [f"{n:02}.log" for n in range(11)]
    found = _marked(make(severity=severity), None, None, files, _EN)
    assert (found.severity_found, found.severity) == (severity, capped)
    assert found.evidence == {
        "partner_site": "site",
        "partner_files": files[:10],
        "data_level": 3,
    }
    step = Weighed(WeighedBy.PARTNER, "site", severity, capped)
    assert found.lowered == ((step,) if capped is not severity else ())


def test_steps_follow_one_another() -> None:
    """What goes on and is a partner's word is `low` by the first, and tells both."""
    told = Told(WeighedBy.GOES_ON, DAY - dt.timedelta(days=1))
    found = _marked(make(severity=Severity.HIGH), told, None, ["a.log"], _EN)
    assert [one.as_json() for one in found.lowered] == [
        {"by": "goes_on", "reason": "2026-11-18", "from": "high", "to": "low"}
    ]
    assert found.evidence["told_on"] == "2026-11-18"
    assert found.evidence["partner_site"] == "site"
    assert found.summary.startswith("By the log of the partner site site")
    assert "as told on 2026-11-18" in found.summary


def test_a_name_that_only_the_sender_claims_is_told_as_one() -> None:
    """As grave as it is, since it may be true; the sentence and the evidence say it."""
    found = _marked(make(severity=Severity.HIGH), None, None, None, _EN, is_claimed=True)
    assert found.severity is Severity.HIGH
    assert found.lowered == ()
    assert found.evidence["is_user_claimed"] is True
    assert found.summary.startswith("The log cannot prove who the user was. ")


@pytest.mark.parametrize(
    ("actor_kind", "site_id", "is_claimed"),
    [
        ("user", "claims", True),
        ("user", "shop-7", True),
        ("user", "proves", False),
        ("user", "gone", False),
        ("user", None, False),
        ("ip", "claims", False),
    ],
)
def test_names_are_claimed_at_the_sites_of_which_settings_say_so(
    actor_kind: str, site_id: str | None, is_claimed: bool
) -> None:
    """A site of its own or of a template; only users have names."""
    finding = make(actor_kind=actor_kind, site_id=site_id)
    assert _is_user_claimed(SiteEntries(_CLAIMING), finding) is is_claimed


def test_users_whose_names_look_alike_are_named() -> None:
    """Of the last 90 days, but not other spellings and accounts of the person, nor the user."""
    found = [
        make(actor="st-01", evidence={"spellings": ["ST-01"], "accounts": ["st-O1"]}),
        make(actor="st-2"),
        make(actor="st-01", actor_kind="ip", finding_id="ip"),
    ]
    days = {"st-01": 0, "ST-01": 0, "st-O1": 0, "st-０１": -90, "st-Ol": -91, "st-3": 0}
    rows = [{"user_id": user, "log_date": DAY + dt.timedelta(days=of)} for user, of in days.items()]
    with duckdb.connect() as con:
        con.execute("create schema lake")
        con.register("given", pl.DataFrame(rows))
        con.execute("create table lake.user_day as from given")
        assert _look_alikes(con, DAY, found) == {found[0].finding_id: ["st-０１"]}
        assert _look_alikes(con, DAY, found[2:]) == {}
    marked = _marked(found[1], None, None, None, _EN, ["st-２"])
    assert marked.evidence["looks_like"] == ["st-２"]


def test_what_is_not_known_before_stays_as_it_was_found() -> None:
    """The same finding, without a step."""
    finding = make()
    assert _marked(finding, None, None, None, _EN) is finding
    assert finding.as_json()["severity_found"] == "high"
    assert finding.as_json()["lowered"] == []


def test_the_budget_is_the_last_step_and_can_be_taken_back() -> None:
    """As for a shop, whose people have but its own findings."""
    finding = beyond_budget(Severity.HIGH, score=30.0, score_before=70.0)
    again = finding.before_budget()
    assert (again.severity, again.score, again.lowered) == (Severity.HIGH, 70.0, ())
    assert again.assessment.score_before is None
    assert make().before_budget() == make()
