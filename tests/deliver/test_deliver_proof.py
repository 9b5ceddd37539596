"""What the ledger proves of a month: every notice that was due, sent or not."""

import datetime as dt
from pathlib import Path

from pipelines.deliver.ledger import Ledger
from pipelines.deliver.run import proven
from pipelines.paths import Home
from pipelines.report.verdict import Verdict
from pipelines.settings.delivery import Deliver
from tests import hook_server
from tests.deliver import night, reported
from tests.deliver.reported import DAY

_NEXT = DAY + dt.timedelta(days=1)


def _proven(reports: Path, *days: dt.date, digest: str = "never") -> list[tuple[str, str, str]]:
    target = Deliver.model_validate({"digest": digest, "webhook": {"url_env": "HOOK"}})
    ledger = Ledger(Home(reports.parent))
    found = proven(target, {}, reports, ledger, days)
    return [(one.kind, one.period, one.state) for one in found]


def _tell(reports: Path, hook: hook_server.Hook, *days: dt.date, digest: str = "never") -> None:
    secrets = {"HOOK": f"http://127.0.0.1:{hook.port}/x"}
    night.tell(
        reports, days, secrets=secrets, digest=digest, webhook={"url_env": "HOOK"}, attempts=1
    )


def test_a_notice_is_missing_then_sent_then_outdated(reports: Path, hook: hook_server.Hook) -> None:
    """A failure leaves no entry; what went out before the day changed is an earlier version."""
    reported.report(reports, [reported.finding(1, "high")])
    assert _proven(reports, DAY) == [("alert", DAY.isoformat(), "missing")]
    hook.answers = [(500, {})]
    _tell(reports, hook, DAY)
    assert _proven(reports, DAY) == [("alert", DAY.isoformat(), "missing")]
    _tell(reports, hook, DAY)
    assert _proven(reports, DAY) == [("alert", DAY.isoformat(), "sent")]
    reported.report(reports, [reported.finding(1, "high"), reported.finding(2, "critical")])
    assert _proven(reports, DAY) == [("alert", DAY.isoformat(), "earlier")]


def test_quiet_days_and_days_without_a_report_ask_for_nothing(reports: Path) -> None:
    """Nothing was due, so nothing is missing; no ledger is made by asking."""
    reported.report(reports, [reported.finding(1, "low")], verdict=Verdict.CLEAR)
    assert _proven(reports, DAY, _NEXT) == []
    assert not (reports.parent / "deliver").exists()


def test_digests_of_the_days_are_due_too(reports: Path, hook: hook_server.Hook) -> None:
    """Daily ones of quiet days; of a week that ends outside the days nothing is asked."""
    reported.report(reports, [reported.finding(1, "low")], verdict=Verdict.CLEAR)
    assert _proven(reports, DAY, digest="daily") == [("digest", DAY.isoformat(), "missing")]
    assert _proven(reports, DAY, digest="weekly") == []
    sunday = DAY + dt.timedelta(days=7 - DAY.isoweekday())
    reported.report(reports, [], on=sunday)
    week = f"{DAY.isocalendar().year}-W{DAY.isocalendar().week:02}"
    assert _proven(reports, DAY, sunday, digest="weekly") == [("digest", week, "missing")]
    _tell(reports, hook, sunday, digest="weekly")
    assert _proven(reports, DAY, sunday, digest="weekly") == [("digest", week, "sent")]
