"""How findings are judged: hand-made findings beside a hand-made truth."""

import datetime as dt
from dataclasses import replace

from evaluate.rates import rates_of
from evaluate.report import World, as_json, figures, markdown, targets
from evaluate.run import Seconds
from evaluate.score import judge
from evaluate.truth import Decoy, Incident, Level, Truth

from pipelines.findings import Finding, Severity

FIRST = dt.date(2026, 3, 21)
NOON = dt.datetime(2026, 3, 21, 12, tzinfo=dt.UTC)
BULK = Incident(0, "bulk-record-access", "own-day", ("bulk-record-access",),
                (("user", "st-1"),), ("office",), (FIRST,), 80)  # fmt: skip
GAP = Incident(1, "log-gap", "4 h", ("log-gap",), (("site", "portal"),), ("portal",), (FIRST,),
               300, is_heavy=True)  # fmt: skip
CLOCK = Incident(2, "clock-skew", "9 h", ("clock-skew",), (("site", "shop"),), ("shop",),
                 (FIRST + dt.timedelta(days=1),), 300, is_heavy=True)  # fmt: skip
DECOY = Decoy("mistyped", (("user", "st-9"),), (FIRST + dt.timedelta(days=2),))
DAYS = tuple(FIRST + dt.timedelta(days=ahead) for ahead in range(4))
TRUTH = Truth(1, Level.EASY, DAYS, DAYS, DAYS[2:], (BULK, GAP, CLOCK), (DECOY,),
              (("site", "leaky"),))  # fmt: skip


def finding(detector, actor, *, kind="user", day=0, severity="medium", score=50.0,
            site="office", category="personal_data"):  # fmt: skip
    """A finding of a day."""
    return Finding(
        f"{detector}-{actor}-{day}", FIRST + dt.timedelta(days=day), detector, category,
        Severity(severity), score, site, None, kind, actor, NOON, NOON, 1, 1, "x", {}, (5,),
    )  # fmt: skip


def score(*findings, sessions=None):
    """The judgement of these findings."""
    return judge(TRUTH, findings, sessions or {})


def test_an_incident_is_found_by_detector_date_and_actor():
    """Another actor, another day, another severity, another detector: not found."""
    assert score(finding("bulk-record-access", "st-1")).fates[0].is_found
    for other in (
        finding("bulk-record-access", "st-2"),
        finding("bulk-record-access", "st-1", day=1),
        finding("bulk-record-access", "st-1", severity="low"),
        finding("off-hours-access", "st-1"),
    ):
        assert not score(other).fates[0].is_found


def test_another_detector_on_the_same_actor_and_day_is_true_though_it_finds_nothing():
    """Corroboration counts for precision, not for recall."""
    found = score(finding("off-hours-access", "st-1"))
    assert [one.is_true for one in found.findings] == [True]
    assert found.fates[0].by == ("off-hours-access",)
    assert not found.fates[0].is_found


def test_a_session_is_whose_it_is():
    """A finding that names a session belongs to its user."""
    told = finding("bulk-record-access", "5f", kind="session")
    assert not score(told).fates[0].is_found
    owners = {"5f": frozenset({("user", "st-1"), ("ip", "192.0.2.1")})}
    assert score(told, sessions=owners).fates[0].is_found


def test_a_finding_about_a_site_belongs_only_to_what_shows_in_its_figures():
    """Operations of a heavy incident's site are true; personal data of that site are not."""
    volume = finding("volume-anomaly", "portal", kind="site", category="operations", site="portal")
    leak = finding("personal-data-in-url", "portal", kind="site", site="portal")
    other = finding("volume-anomaly", "office", kind="site", category="operations")
    assert [one.is_true for one in score(volume, leak, other).findings] == [True, False, False]


def test_what_counts_neither_way():
    """Standing leaks, ordinary days under a wrong clock, and web attacks."""
    found = score(
        finding("personal-data-in-url", "leaky", kind="site", site="leaky"),
        finding("off-hours-access", "st-5", day=1, site="shop"),
        finding("sql-injection", "192.0.2.1", kind="ip", category="web_attack"),
    )
    assert [one.is_false for one in found.findings] == [False, False]


def test_false_alarms_are_counted_on_clean_days():
    """Those of other days weigh on precision only."""
    found = score(
        finding("bulk-record-access", "st-5"),
        finding("bulk-record-access", "st-5", day=2),
        finding("brute-force", "st-9", day=2, category="authentication"),
    )
    assert len(found.false_on_clean_days) == 2
    assert [by for _, by in found.flagged] == [("brute-force",)]


def test_the_rank_counts_other_incidents_once_and_false_alarms_each():
    """Two findings on one incident take one place; only false ones weigh on the reciprocal rank."""
    found = score(
        finding("log-gap", "portal", kind="site", category="operations", site="portal", score=90),
        finding("volume-anomaly", "portal", kind="site", category="operations", site="portal",
                score=85),
        finding("bulk-record-access", "st-5", score=80),
        finding("bulk-record-access", "st-1", score=70),
    )  # fmt: skip
    assert (found.fates[0].rank, found.fates[0].rank_among_false) == (3, 2)
    assert (found.fates[1].rank, found.fates[1].rank_among_false) == (1, 1)


def test_figures_and_targets_are_of_all_worlds():
    """Sums over worlds; what was not measured is neither met nor missed."""
    judged = score(finding("bulk-record-access", "st-1"), finding("bulk-record-access", "st-5"))
    world = World(1, Level.EASY, 1_000, Seconds(1, 1, 1), judged)
    sums = figures([world, world])
    assert (sums.incidents, sums.found, sums.true, sums.false, sums.clean_days) == (6, 2, 2, 2, 4)
    assert sums.recall == 1 / 3
    assert sums.precision == 0.5
    own = figures([world], "bulk-record-access")
    assert (own.incidents, own.by_itself) == (1, 1)
    by_title = {one.title: one.met for one in targets([world])}
    assert by_title["recall, easy"] is False
    assert by_title["recall, hard"] is None
    assert by_title["false alarms a clean day, easy"] is True
    assert by_title["precision, medium"] is None
    assert "| bulk-record-access, easy |" in markdown([world])


def test_days_to_detection_and_recall_at_k_are_of_the_first_and_the_best_finding():
    """A slow incident is found on the first day that tells of it, and seen where it stands best."""
    slow = replace(BULK, dates=DAYS)
    truth = replace(TRUTH, level=Level.WEEKS, clean=DAYS, incidents=(slow,))
    findings = (
        finding("bulk-record-access", "st-5", day=2, score=80),
        finding("bulk-record-access", "st-1", day=2, score=60),
        finding("bulk-record-access", "st-1", day=3, score=50),
    )
    found = judge(truth, findings, {})
    (fate,) = found.fates
    assert (fate.days, fate.rank, fate.best_rank) == (2, 2, 1)
    sums = figures([World(1, Level.WEEKS, 1_000, Seconds(1, 1, 1), found)])
    assert (sums.median_days, sums.recall_at(1), sums.false_a_day) == (2.0, 1.0, 0.25)
    missed = figures([World(1, Level.WEEKS, 1_000, Seconds(1, 1, 1), judge(truth, (), {}))])
    assert (missed.median_days, missed.recall_at(5)) == (None, 0.0)


def test_worlds_of_weeks_have_targets_of_their_own():
    """What is wanted of the other levels does not count them."""
    truth = replace(TRUTH, level=Level.WEEKS, incidents=(BULK,))
    world = World(1, Level.WEEKS, 1_000, Seconds(1, 1, 1), judge(truth, (), {}))
    by_title = {one.title: one.met for one in targets([world])}
    assert by_title == {
        "recall, weeks": False, "precision, weeks": None, "median days to detection, weeks": None,
        "false alarms a day, weeks": True, "decoys flagged, weeks": True,
    }  # fmt: skip
    assert "| desk" not in (text := markdown([world]))
    assert "| own-day" in text


def test_rates_of_several_runs_are_of_the_levels_with_incidents_of_the_detector():
    """What it raises where nothing was made for it is no rate of it; nor has it any without."""
    false = finding("bulk-record-access", "st-5", day=2)
    days = judge(TRUTH, (finding("bulk-record-access", "st-1"), false), {})
    weeks = judge(replace(TRUTH, level=Level.WEEKS, incidents=(GAP,)), (false,), {})
    worlds = ((Level.EASY, days), (Level.EASY, days), (Level.WEEKS, weeks))
    reports = [as_json([World(1, level, 9, Seconds(1, 1, 1), one)]) for level, one in worlds]
    measured = rates_of(reports)
    assert measured["bulk-record-access"] == {
        "false_alarms_a_day": 0.5,
        "precision": 0.5,
        "recall": {"easy": 1.0},
        "sites": 14,
        "days": 4,
    }
    assert measured["log-gap"]["recall"] == {"easy": 0.0, "weeks": 0.0}
    assert "off-hours-access" not in measured
