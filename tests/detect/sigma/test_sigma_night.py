"""From log lines and rule files to findings, with scanners, decisions and reports."""

import datetime as dt
import json
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import lake
from pipelines.detect import run
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.codes import of_wrong_type
from pipelines.detect.evidence_types import shared
from pipelines.detect.sigma.share import shares
from pipelines.detect.sigma.trial import try_on_days, try_on_files
from pipelines.detect.trace import Trace
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding, Severity
from pipelines.ingest.convert import ParseOptions
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load, rules_beside
from pipelines.settings.model import Settings
from pipelines.text.words import Language
from pipelines.triage.commands import suppress
from pipelines.triage.suppressions import Criteria
from tests.detect.sigma import sigma_lab

DAY = dt.date(2026, 11, 19)
_GOES_ON = ("told_on",)  # of what was told before
_PARTNERS_WORD = ("partner_site", "partner_files")
_NAMES = ("is_user_claimed", "looks_like")
_LANGUAGES: tuple[Language, ...] = ("ja", "en")
NOW = dt.datetime(2026, 11, 20, 2, tzinfo=sigma_lab.NOON.tzinfo)

PROBE = (
    f"title: Probe of {{actor}} and '; drop\nid: {sigma_lab.rule_id(1)}\n"
    "description: A page that nobody has.\nauthor: A. Author\nstatus: test\n"
    "references: ['https://advisory.example/1']\ntags: [attack.initial-access, attack.t1190]\n"
    "falsepositives: [The site's own editors]\nlogsource: {category: webserver}\nlevel: high\n"
    'detection: {s: {cs-uri-query|contains: "/x\'y{actor}"}, condition: s}\n'
)


def spread(group: str, status: int) -> str:
    """Return a rule about four answers of a status to what `group` names."""
    return (
        f"title: Refused\nname: refused-{status}\nlogsource: {{category: webserver}}\n"
        f"detection: {{s: {{sc-status: {status}}}, condition: s}}\n---\n"
        f"title: Many refusals\nid: {sigma_lab.rule_id(status)}\nlevel: critical\n"
        f"correlation: {{type: event_count, rules: [refused-{status}], group-by: [{group}],"
        " timespan: 1h, condition: {gte: 4}}\n"
    )


def line(
    second: int, target: str, ip: str = "192.0.2.1", user: str = "-", status: int = 200
) -> str:
    """Return a line of a log."""
    return (
        f'{ip} - {user} [19/Nov/2026:10:00:{second:02} +0900] "GET {target} HTTP/1.1" {status} 5'
        ' "-" "Mozilla/5.0"\n'
    )


def world(tmp_path: Path, lines: list[str], *rules: str, **more: Any) -> tuple[Home, Settings]:
    """Return a working folder whose landing folder has a log, and settings with rules."""
    site = {"id": "shop", "group": "main", "domains": ["shop.example"], "logs": ["shop/*"]}
    path = tmp_path / "mimamori.yaml"
    path.write_text(yaml.safe_dump({"sites": [{**site, "format": "combined"}], **more}))
    folder = rules_beside(path)
    folder.mkdir(parents=True)
    for number, text in enumerate(rules):
        (folder / f"{number}.yml").write_text(text)
    home = Home(tmp_path / "var")
    (home.logs / "shop").mkdir(parents=True)
    (home.logs / "shop" / "access.log").write_text("".join(lines))
    settings = load(path)
    stages.ingest(settings, home, clock=lambda: NOW)
    return home, settings


def found(home: Home, settings: Settings, shipped: str = "sql-injection") -> list[Finding]:
    """Return what the Sigma rules find on the day, beside shipped detectors that `shipped` fits."""
    catalogue = {name: one for name, one in load_catalogue().items() if fnmatch(name, shipped)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "load_catalogue", lambda: catalogue)
        findings = stages.detect(settings, home, [DAY], clock=lambda: NOW)
    return [one for one in findings if one.detector.startswith("sigma:")]


def rows_of_query(home: Home, settings: Settings, finding: Finding) -> list[tuple[Any, ...]]:
    """Return the rows that the evidence of a finding leads to."""
    with lake.open_reader(home, settings.timezone) as con:
        return con.execute(finding.evidence["query"]).fetchall()


def test_a_finding_says_what_the_rule_says_and_shows_its_rows(tmp_path: Path) -> None:
    """One for each rule, address, site and day; the author's text is never SQL or a template."""
    lines = [line(n, f"/?q=/x'y{{actor}}{n}", user="bob") for n in range(3)]
    lines += [line(5, "/other"), line(6, "/?q=/x'y{actor}", "192.0.2.9", status=404)]
    home, settings = world(tmp_path, lines, PROBE)
    first, second = sorted(found(home, settings), key=lambda one: one.actor)
    assert first.detector == f"sigma:{sigma_lab.rule_id(1)}"
    assert (first.category, first.severity, first.actor_kind) == ("web_attack", "high", "ip")
    assert (first.actor, first.site_id, first.event_count) == ("192.0.2.1", "shop", 3)
    assert first.measures == (2, 4, 6)
    assert "Probe of {actor} and '; drop" in first.summary
    evidence = first.evidence
    assert list(of_wrong_type(None, evidence)) == []
    assert evidence["title"] == "Probe of {actor} and '; drop"
    assert (evidence["level"], evidence["author"]) == ("high", "A. Author")
    assert evidence["tags"] == ["attack.initial-access", "attack.t1190"]
    assert evidence["references"] == ["https://advisory.example/1"]
    assert evidence["false_positives"] == ["The site's own editors"]
    assert second.evidence["paths"] == ["/?q=/x'y{actor}"]  # which was not answered
    assert evidence["users"] == ["bob"]
    assert evidence["successes"] == 3
    trace = Trace(
        spellings=("a",), sessions=("b",), accounts=("c",), name="d", department="e",
        company="f", left_on="2026-01-01", service_joins=("session",), service_requests=2,
        service_unsure=1,
    )  # fmt: skip
    others = {*trace.as_evidence(), *_PARTNERS_WORD, *_NAMES, *_GOES_ON}
    assert shared().program.keys() - evidence.keys() == others  # each is of somebody
    assert len(rows_of_query(home, settings, first)) == 3
    assert (second.actor, second.evidence["successes"]) == ("192.0.2.9", 0)
    assert len(rows_of_query(home, settings, second)) == 1
    assert {one.finding_id for one in found(home, settings)} == {
        first.finding_id,
        second.finding_id,
    }


_CORRELATIONS = {
    401: ("c-ip", "ip", "192.0.2.1"),
    402: ("cs-username", "user", "bob"),
    403: ("cs-host", "site", "shop"),
}


@pytest.fixture(scope="module")
def correlated(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Home, Settings, dict[str, Finding]]:
    """What correlations by address, user and site find, by the id of their rule."""
    lines = [
        line(n, "/in", "192.0.2.1" if kind == "ip" else f"192.0.2.{n + 1}", "bob", status)
        for status, (_, kind, _) in _CORRELATIONS.items()
        for n in range(4)
    ]
    # One more of each two hours later, which no correlation counts or shows.
    lines += [one.replace(":10:00:", ":12:00:") for one in lines[::4]]
    rules = [spread(group, status) for status, (group, _, _) in _CORRELATIONS.items()]
    home, settings = world(tmp_path_factory.mktemp("correlated"), lines, *rules)
    every = found(home, settings)
    assert len(every) == len(_CORRELATIONS)
    return home, settings, {one.detector: one for one in every}


@pytest.mark.further
@pytest.mark.parametrize("status", _CORRELATIONS)
def test_the_actor_of_a_correlation(
    correlated: tuple[Home, Settings, dict[str, Finding]], status: int
) -> None:
    """The address; where many took part, the user grouped by, or the site."""
    home, settings, by_rule = correlated
    _, kind, actor = _CORRELATIONS[status]
    finding = by_rule[f"sigma:{sigma_lab.rule_id(status)}"]
    assert (finding.actor_kind, finding.actor, finding.severity) == (kind, actor, "critical")
    assert finding.event_count == 4
    assert len(rows_of_query(home, settings, finding)) == 4
    assert ("addresses" in finding.evidence) == (kind != "ip")
    title = finding.evidence["title"]
    sentences = {
        "ip": ("192.0.2.1 から shop へ", "requests from 192.0.2.1 on shop"),
        "user": ("shop の利用者 bob に", "requests on shop about user bob"),
        "site": ("複数のアドレスから shop へ", "requests from many addresses on shop"),
    }
    for locale, sentence in zip(_LANGUAGES, sentences[kind], strict=True):
        said = summary_in(finding, locale, settings.zone)
        assert said.startswith(title)
        assert sentence in said
        assert (said == finding.summary) == (locale == settings.locale)


@pytest.mark.further
def test_an_authorised_scanner_is_listed_not_alarmed(tmp_path: Path) -> None:
    """What it does outside its time counts as anybody's."""
    (tmp_path / "scanners.csv").write_text(
        "network,from,to,reason\n"
        "192.0.2.0/25,2026-11-19 09:00,2026-11-19 10:00:01,our scan\n"
        "192.0.2.200/32,2026-11-19,2026-11-19,our scan\n"
    )
    lines = [line(n, "/?q=/x'y{actor}") for n in range(4)]
    lines.append(line(9, "/?q=/x'y{actor}", "192.0.2.200"))
    home, settings = world(tmp_path, lines, PROBE, context={"scanners": "scanners.csv"})
    by_actor = {one.actor: one for one in found(home, settings)}
    assert by_actor["192.0.2.1"].severity is Severity.HIGH
    assert by_actor["192.0.2.1"].event_count == 2
    assert by_actor["192.0.2.200"].severity is Severity.INFO
    assert by_actor["192.0.2.200"].evidence["reason"] == "declared_scanner"
    assert by_actor["192.0.2.200"].evidence["reason_on_record"] == "our scan"


@pytest.mark.further
def test_a_title_is_the_authors_and_a_suppression_keeps_its_rule_quiet(tmp_path: Path) -> None:
    """Names in braces stay as they stand there, in every language; a long title is cut.

    A rule is suppressed as any detector is.
    """
    home, settings = world(tmp_path, [line(1, "/?q=/x'y{actor}")], PROBE)
    (finding,) = found(home, settings)
    for locale in _LANGUAGES:
        assert summary_in(finding, locale, settings.zone).startswith("Probe of {actor} and '; drop")
    long = replace(finding, evidence={**finding.evidence, "title": "x" * 500})
    assert "x" * 119 + "…" in summary_in(long, "en", settings.zone)
    suppress(
        home, settings, Criteria(finding.detector, "192.0.2.1"), "known", "analyst",
        dt.date(2026, 12, 31), lambda: NOW,
    )  # fmt: skip
    (again,) = found(home, settings)
    assert (again.finding_id, again.status) == (finding.finding_id, "suppressed")


@pytest.mark.further
def test_bad_rules_cost_neither_the_good_ones_nor_the_night(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They are logged; what each rule did stands in the lake; the report has the rule's words."""
    bad = sigma_lab.rule("s: {bogus: x}\ncondition: s", 5)
    home, settings = world(tmp_path, [line(1, "/?q=/x'y{actor}")], PROBE, bad)
    assert len(found(home, settings, "*")) == 1
    assert "no field 'bogus'" in caplog.text
    with lake.open_reader(home, settings.timezone) as con:
        runs = con.execute(
            "select detector, mode, findings from lake.detector_day where detector like 'sigma:%'"
            " order by mode"
        ).fetchall()
    assert runs[0] == (f"sigma:{sigma_lab.rule_id(1)}", "active", 1)
    ((name, mode, _),) = runs[1:]
    assert (name[-4:], mode) == (".yml", "failed")  # so that the day is no all-clear
    (page,) = stages.report(settings, home, [DAY], clock=lambda: NOW)
    text = page.read_text(encoding="utf-8")
    for words in ("Probe of {actor} and", "A page that nobody has.", "T1190", "own editors"):
        assert words in text
    stored = json.loads((page.parent / "findings.json").read_text(encoding="utf-8"))
    assert any(one["evidence"].get("author") == "A. Author" for one in stored)


@pytest.mark.further
def test_a_trial_on_a_file_finds_what_the_night_finds(tmp_path: Path) -> None:
    """On the file alone, on the lake's day, and at night; the file has no site."""
    lines = [line(n, "/?q=/x'y{actor}", f"192.0.2.{n % 3}") for n in range(9)] + [line(30, "/")]
    home, settings = world(tmp_path, lines, PROBE)
    book = sigma_lab.book(PROBE)
    log = str(home.logs / "shop" / "access.log")
    on_file = try_on_files(home, settings, book.rules, [log], ParseOptions("combined"))
    on_day = try_on_days(home, settings, book.rules, [DAY - dt.timedelta(days=1), DAY])
    assert (on_file.records, on_day.records) == (10, 10)
    expected = sorted((one.actor, one.event_count) for one in found(home, settings))
    for trial in (on_file, on_day):
        assert sorted((one.actor, one.event_count) for one in trial.findings) == expected
    assert {one.site_id for one in on_file.findings} == {None}
    with lake.open_reader(home, settings.timezone) as con:
        row = con.execute("select count(*) from lake.stage_run where stage = 'detect'").fetchone()
    assert row == (1,)


@pytest.mark.further
def test_the_share_of_the_past_that_a_rule_matches(tmp_path: Path) -> None:
    """Of the last days with records; a few records are never too many."""
    lines = [line(n % 60, "/page") for n in range(300)] + [line(1, "/?q=/x'y{actor}")] * 9
    home, settings = world(tmp_path, lines, PROBE)
    everything = sigma_lab.rule("s: {cs-method: GET}\ncondition: s", 3)
    base = sigma_lab.rule("s: {sc-status: 200}\ncondition: s", 4, name="base")
    counted = (
        f"title: C\nid: {sigma_lab.rule_id(6)}\ncorrelation: {{type: event_count, rules: [base],"
        " timespan: 1s, condition: {gte: 1000}}\n"
    )
    rules = sigma_lab.book(PROBE, everything, base, counted).rules
    judged = shares(home, settings, rules, DAY)
    assert judged[f"sigma:{sigma_lab.rule_id(3)}"].is_too_much
    assert judged[f"sigma:{sigma_lab.rule_id(3)}"].records == 309
    probe = judged[f"sigma:{sigma_lab.rule_id(1)}"]
    assert (probe.matched, probe.days, probe.is_too_much) == (9, 1, False)
    assert f"sigma:{sigma_lab.rule_id(4)}" not in judged
    assert judged[f"sigma:{sigma_lab.rule_id(6)}"].matched == 0
    assert shares(home, settings, rules, DAY - dt.timedelta(days=1)) == {}
    assert shares(Home(tmp_path / "none"), settings, rules, DAY) == {}
