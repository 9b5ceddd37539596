"""The report's incidents, what is beyond the budget, and what people decided."""

import datetime as dt
import re
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import Finding, Severity, Weighed, WeighedBy
from pipelines.paths import Home
from pipelines.report.build import write_reports
from pipelines.report.finding_view import steps_of
from pipelines.text.words import Words
from pipelines.triage.commands import Word, decide, suppress
from pipelines.triage.detected import replace_findings
from pipelines.triage.suppressions import Criteria
from pipelines.triage.weigh import weigh
from tests.report import report_lake
from tests.report.report_lake import DAY, NOW, make_finding


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A lake whose day has an insider with two findings and thirty attacks."""
    found = report_lake.build(tmp_path_factory.mktemp("incidents"), 40, 2)
    settings = report_lake.settings_in("ja")
    insider = [
        make_finding(finding_id="a" * 16, severity=Severity.HIGH, subject_count=300),
        make_finding(
            finding_id="b" * 16, detector="off-hours-access", severity=Severity.MEDIUM,
            site_id="prime-portal",
        ),
    ]  # fmt: skip
    attacks = [_attack(number) for number in range(30)]
    with lake.open_writer(found, settings.timezone) as con:
        make_context_tables(con, settings)
        assessed = weigh(con, settings, DAY, [*attacks, *insider], frozenset())
        replace_findings(con, DAY, assessed, [], report_lake.now)
    note = Word("closed", "analyst <b>", "false_alarm", "drill \u202e<script>")
    decide(found, settings, ["web0000000000002"], note, report_lake.now)
    wide = Criteria("sql-injection", network="198.51.100.0/31")
    until = dt.date(2026, 12, 24)
    suppress(found, settings, wide, "vendor <i>test", "analyst", until, report_lake.now)
    return found


def _attack(number: int) -> Finding:
    return make_finding(
        finding_id=f"web{number:013}", detector="sql-injection", category="web_attack",
        actor_kind="ip", actor=f"198.51.100.{number}", severity=Severity.HIGH, subject_count=0,
        site_id="prime-www", score=90.0 - number, evidence={"successes": 1},
    )  # fmt: skip


def _page(home: Home, out: Path, locale: str = "ja") -> str:
    settings = report_lake.settings_in(locale)
    with lake.open_reader(home, settings.timezone) as con:
        (path,) = write_reports(con, settings, [DAY], out, lambda: NOW)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(home: Home, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of that day."""
    return _page(home, tmp_path_factory.mktemp("reports"))


def test_an_incident_is_one_line_of_the_first_screen(page: str) -> None:
    """It names the strongest finding, the others, all sites, and the risk that orders the list."""
    top = page.partition('<ol class="top-list">')[2].partition("</ol>")[0].split("<li>")[1:]
    assert "個人データの大量閲覧" in top[0]
    assert "ほかに 時間外の個人データ閲覧" in top[0]
    assert "prime-office、prime-portal" in top[0]
    risks = [int(risk) for risk in re.findall(r'class="risk"[^>]*>(\d+)<', page)]
    assert len(risks) == 6
    assert risks == sorted(risks, reverse=True)
    assert risks[0] > 70
    assert "利用者の検出 2 件: " in page


def test_what_is_beyond_the_budget_is_counted_and_ranked(page: str) -> None:
    """On the first screen and in a table, with the severity it was found with."""
    assert "ほかに一晩の枠に入らなかった検出があります（高 12 件）。" in page
    table = page.partition('id="below"')[2].partition("</table>")[0]
    assert table.count("<tr id=") == 12
    assert "低</span>" not in table
    assert page.count("<article") == 20 - 3


@pytest.mark.further
def test_suppressions_decisions_and_precision_are_told(
    home: Home, page: str, tmp_path: Path
) -> None:
    """Rule, reason, author and end; who closed what, and why; nothing of it as markup."""
    rules = page.partition('id="suppressions"')[2].partition("</table>")[0]
    for said in (
        "検出器 sql-injection、ネットワーク 198.51.100.0/31",
        "vendor &lt;i&gt;test",
        "analyst",
        "2026-12-24",
        '<td class="r">2',
    ):
        assert said in rules, said
    assert "analyst &lt;b&gt; · 誤検出 · drill ‹U+202E›&lt;script&gt;" in page
    precision = page.partition('id="precision"')[2].partition("</table>")[0]
    assert "SQL インジェクション<td>0<td>1<td>0<td>0%" in precision
    english = _page(home, tmp_path / "en", "en")
    for said in (
        "Findings beyond the night&#39;s budget: 12 High.",
        "Also: ",
        "User with 2 findings: ",
    ):
        assert said in english, said


def test_nothing_is_said_of_rules_and_budgets_that_are_not_there(reports: dict[str, Path]) -> None:
    """A day without suppressions, decisions or findings beyond the budget has no such heading."""
    page = (reports["ja"] / str(report_lake.QUIET) / "index.html").read_text(encoding="utf-8")
    for anchor in ("below", "suppressions", "precision"):
        assert f'id="{anchor}"' not in page


@pytest.mark.parametrize(
    ("by", "reason", "said"),
    [
        (WeighedBy.REASON, "helper", "probably a helper"),
        (WeighedBy.PARTNER, "helper", "Only the log of the partner site helper says so"),
        (WeighedBy.HABIT, "2026-11-12", "Reported on 2026-11-12; it happens at like size"),
        (WeighedBy.BUDGET, None, "no place for it"),
    ],
)
def test_a_step_says_why(by: WeighedBy, reason: str | None, said: str) -> None:
    """In the words of the detector's header for its own reasons; a site may be named like one."""
    step = Weighed(by, reason, Severity.HIGH, Severity.LOW)
    detector = load_catalogue()["cross-franchise-access"]
    (told,) = steps_of(Words("en", report_lake.ZONE), detector, make_finding(lowered=(step,)))
    assert told.startswith("Severity High → Low: ")
    assert said in told
