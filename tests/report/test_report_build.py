"""The reports on disk, made from a lake: complete, bounded, private, and whole."""

import base64
import datetime as dt
import hashlib
import json
import re
import shutil
import stat
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.errors import MimamoriError
from pipelines.findings import Severity
from pipelines.lake.stored_messages import by_language
from pipelines.paths import Home
from pipelines.report import build
from pipelines.report.build import write_reports
from pipelines.settings.model import Settings
from pipelines.text.messages import message as told
from tests.lake_requests import insert_requests
from tests.report import report_lake
from tests.report.report_lake import DAY, EMPTY, HOSTILE, QUIET

_TORN = told("ingest.reading.damaged", position=900, damage="CRC")


def _page(reports: dict[str, Path], day: dt.date, locale: str = "ja") -> str:
    return (reports[locale] / day.isoformat() / "index.html").read_text(encoding="utf-8")


def _write(
    home: Home, out: Path, days: list[dt.date], settings: Settings | None = None
) -> list[Path]:
    settings = settings or report_lake.settings_in("ja")
    with lake.open_reader(home, settings.timezone) as con:
        return write_reports(con, settings, days, out, report_lake.now)


def _articles(page: str) -> list[str]:
    return re.findall(r'<article class="finding.*?</article>', page, re.DOTALL)


class _Tags(HTMLParser):
    """Which elements and addresses a page has, and whether ids repeat."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.targets: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            if name in {"src", "href", "action", "data"}:
                self.targets.append(value or "")
            if name == "id":
                self.ids.append(value or "")


def _tags(page: str) -> _Tags:
    found = _Tags()
    found.feed(page)
    return found


@pytest.mark.further
def test_days_that_are_written_at_once_read_as_one_after_the_other(
    report_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No day has what was made in memory for another."""
    days = [HOSTILE, QUIET, DAY, EMPTY]
    written = {}
    for at_once in (1, 4):
        monkeypatch.setattr(build, "_DAYS_AT_ONCE", at_once)
        out = tmp_path / str(at_once)
        _write(report_home, out, days)
        files = [path for path in sorted(out.rglob("*")) if path.is_file()]
        written[at_once] = {path.relative_to(out): path.read_bytes() for path in files}
    assert written[1] == written[4]
    assert len(written[1]) > len(days)


@pytest.mark.further
def test_pages_come_back_in_the_order_of_the_days(report_home: Home, tmp_path: Path) -> None:
    """The caller's order is kept, and each day has its files beside the list of days."""
    out = tmp_path / "reports"
    pages = _write(report_home, out, [DAY, QUIET])
    assert pages == [out / "2026-11-20" / "index.html", out / "2026-11-18" / "index.html"]
    for page in pages:
        assert {path.name for path in page.parent.iterdir()} == {
            "index.html",
            "en.html",
            "findings.json",
            "findings.csv",
            "summary.json",
            "franchise",
        }
    assert (out / "index.html").is_file()


def test_reports_are_for_their_owner_only(reports: dict[str, Path]) -> None:
    """Folders are 0700 and files 0600, whatever the umask."""
    for path in [reports["ja"], *reports["ja"].rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_pages_stand_alone(reports: dict[str, Path], locale: str) -> None:
    """One script of our own, nothing fetched from elsewhere, no other allowed, ids used once."""
    for path in reports[locale].rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        tags = _tags(page)
        assert tags.names.isdisjoint({"img", "iframe", "object", "embed", "form"})
        (script,) = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert len(tags.ids) == len(set(tags.ids))
        policy = f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline';"
        assert policy in page
        for target in tags.targets:
            if target.startswith("#"):
                assert target[1:] in tags.ids
            elif not target.startswith("data:image/"):
                # A link leads to another file of the same reports, and that file is there.
                file = target.partition("#")[0]
                assert (path.parent / file).resolve().is_file(), target


def test_every_finding_says_who_what_when_whose_and_what_to_do(reports: dict[str, Path]) -> None:
    """The gravest finding holds all that a person needs to decide."""
    first = _articles(_page(reports, DAY))[0]
    for said in (
        "重大",
        "個人データの大量閲覧",
        "利用者 <bdi",
        "st-0412",
        "職員",
        "11/20 09:15–11:40",
        "342 人分",
        "100230",
        "office.prime.example",
        "本人の過去 24 日の実績",
        '<svg class="chart"',
        "対応手順",
        "user_id = &#39;st-0412&#39;",
        "未対応",
    ):
        assert said in first, said
    assert first.count("<li>") >= 3 + 10


def test_findings_stand_in_order_of_risk(reports: dict[str, Path]) -> None:
    """Severity first, then score; settled and low ones only in the table below."""
    page = _page(reports, DAY)
    ids = [re.findall(r'id="f-(\w+)"', article)[0] for article in _articles(page)]
    assert ids == [f"{letter}1b2c3d4e5f60718" for letter in "abdcfe"]
    assert 'id="f-closed0000000001"' in page
    assert page.count('id="f-low') == 4


@pytest.mark.further
def test_no_more_findings_in_full_than_a_night_allows(report_home: Home, tmp_path: Path) -> None:
    """The rest are ranked as rows and still there."""
    settings = report_lake.settings_in("ja").model_copy(update={"findings_per_night": 2})
    (path,) = _write(report_home, tmp_path / "reports", [DAY], settings)
    page = path.read_text(encoding="utf-8")
    assert len(_articles(page)) == 2
    assert all(f'id="f-{letter}1b2c3d4e5f60718"' in page for letter in "abcdef")


def test_the_first_screen_counts_sites_lines_rejects_and_checks(
    reports: dict[str, Path], report_home: Home
) -> None:
    """Coverage is that of the lake, with the missing site and the failed check beside it."""
    with lake.open_reader(report_home, "Asia/Tokyo") as con:
        [(lines, records)] = con.execute(
            "select sum(lines), sum(records) from lake.site_day where log_date = ?", [DAY]
        ).fetchall()
    page = _page(reports, DAY)
    for said in (
        "15 / 16",
        f"<strong>{lines:,}</strong>",
        f"記録 {records:,}、拒否 13",
        "合格 4 / 5",
        "不合格 1",
        "ログの届いていないサイト 1: benry-007",
        "11/22 02:04",
        "11/21 02:01",
        "1 日 2 時間",
    ):
        assert said in page, said


def test_tables_show_sites_groups_rejects_traffic_and_files(reports: dict[str, Path]) -> None:
    """What came in is told by site, by reason, by browser, bot and country, and by file."""
    page = _page(reports, DAY)
    for said in (
        "<td>benry-012",
        "未着（最終 11/19）",
        "時刻がこの形式の日時ではない",
        "benry/002/access.log-20261120:100",
        "Mobile Safari",
        "Googlebot",
        "日本（JP）",
        "benry/012/access.log-20261120.gz",
        "記録が届いていません（読めない行 0）",
    ):
        assert said in page, said


def test_a_day_without_a_line_is_never_called_clear(reports: dict[str, Path]) -> None:
    """No findings and no logs is a day to look at, and says why."""
    page = _page(reports, EMPTY)
    assert "本日中に確認" in page
    assert "この日のログは 1 行も届いていません。" in page
    assert "全体: どのサイトからも記録が届いていません" in page
    assert "0 / 16" in page


def test_hostile_text_is_escaped_shown_and_cut(reports: dict[str, Path]) -> None:
    """Nothing from a log makes markup, hides, or fills the page; the JSON has it whole."""
    page = _page(reports, HOSTILE)
    assert report_lake.SCRIPT not in page
    assert "&lt;script&gt;" in page
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", page
    )
    assert "‹U+202E›" in page
    assert "A" * 1_000 not in page
    assert "長" * 1_000 not in page
    folder = reports["ja"] / HOSTILE.isoformat()
    found = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    assert found[0]["evidence"]["browsers"] == [report_lake.LONG_AGENT]
    assert report_lake.BIDI in found[0]["summary"]


@pytest.mark.parametrize(("locale", "lang"), [("ja", "ja"), ("en", "en")])
def test_a_page_is_in_one_language(reports: dict[str, Path], locale: str, lang: str) -> None:
    """The English page has Japanese only where findings and checks brought it."""
    page = _page(reports, QUIET, locale)
    assert f'<html lang="{lang}">' in page
    if locale == "en":
        body = page.partition("<body>")[2]
        own = body.replace("<bdi>日本語</bdi>", "", 1)  # the link to the page in that language
        assert not re.search("[\u3040-\u30ff\u4e00-\u9fff]", own)
        assert "The day has at least one record" in body


@pytest.fixture
def written(reports: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the reports of all days, in which a test may change everything."""
    return shutil.copytree(reports["ja"], tmp_path / "reports")


@pytest.mark.further
def test_the_list_of_days_keeps_what_is_there_and_tells_the_pages_figures(
    report_home: Home, written: Path
) -> None:
    """A re-run of one day leaves the others, the newest day stands first."""
    out = written
    _write(report_home, out, [QUIET])
    page = (out / "index.html").read_text(encoding="utf-8")
    rows = re.findall(r'<tr><td class="nowrap"><a href="(\d{4}-\d\d-\d\d)/', page)
    assert rows == ["2026-11-21", "2026-11-20", "2026-11-19", "2026-11-18"]
    assert "本日" not in page.split("<tr>")[-1]  # the verdict of a day that is over is past
    for said in (
        "2026-11-20（金）",
        "直ちに対応を要した日",
        "重大 1 件",
        "15 / 16",
        "未着 1",
        "不合格 1",
    ):
        assert said in page


@pytest.mark.further
def test_the_list_of_days_survives_a_damaged_summary_and_foreign_folders(
    report_home: Home, written: Path
) -> None:
    """A day whose figures cannot be read keeps its link; other folders are no days."""
    out = written
    (out / "2026-11-20" / "summary.json").write_text("{", encoding="utf-8")
    (out / "data-docs").mkdir()
    (out / "data-docs" / "index.html").write_text("", encoding="utf-8")
    (page,) = _write(report_home, out, [QUIET])
    index = (out / "index.html").read_text(encoding="utf-8")
    assert 'href="2026-11-20/index.html"' in index
    assert "data-docs" not in index
    assert 'href="../data-docs/index.html"' in page.read_text(encoding="utf-8")


@pytest.mark.further
def test_days_link_to_their_neighbours(report_home: Home, written: Path) -> None:
    """The nearest days that have a report, whether written now or before."""
    out = written
    for day in (DAY, HOSTILE):
        shutil.rmtree(out / day.isoformat())
    (page,) = _write(report_home, out, [DAY])
    assert 'href="../2026-11-18/index.html"' in page.read_text(encoding="utf-8")


@pytest.mark.further
def test_a_report_that_cannot_be_written_leaves_the_old_one_whole(
    report_home: Home, written: Path
) -> None:
    """The message names the file, the old page stands, nothing half-written is left."""
    out = written
    page = out / DAY.isoformat() / "index.html"
    before = page.read_bytes()
    blocked = page.parent / "findings.csv"
    blocked.unlink()
    blocked.mkdir()
    with pytest.raises(MimamoriError, match=re.escape(str(blocked))):
        _write(report_home, out, [DAY])
    assert page.read_bytes() == before
    assert not list(page.parent.glob(".*"))


@pytest.mark.further
def test_the_same_lake_gives_the_same_page(report_home: Home, written: Path) -> None:
    """Running it twice changes nothing."""
    before = (written / DAY.isoformat() / "index.html").read_bytes()
    (page,) = _write(report_home, written, [DAY])
    assert page.read_bytes() == before


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A lake of two quiet days and those reported; tests change copies of it."""
    return report_lake.build(tmp_path_factory.mktemp("small"), lines_per_day=40, history_days=2)


@pytest.mark.further
def test_late_lines_and_failed_stages_are_told(small_home: Home, tmp_path: Path) -> None:
    """A page says what it takes in since the report before, and which stage failed and why."""
    home = Home(shutil.copytree(small_home.root, tmp_path / "var"))
    read_at = dt.datetime(2026, 11, 21, 2, 1, tzinfo=report_lake.ZONE)
    with lake.open_writer(home, "Asia/Tokyo") as con:
        before = read_at - dt.timedelta(hours=1)
        report_lake.insert_stage(con, "report", QUIET, ended_at=before)
        report_lake.insert_stage(
            con,
            "detect",
            QUIET,
            status="failed",
            message="disk full",
            ended_at=report_lake.NOW,
        )
    (page,) = _write(home, tmp_path / "reports", [QUIET])
    text = page.read_text(encoding="utf-8")
    assert "前回の報告（11/21 01:01）の後に届いた" in text
    assert "判定できません" in text
    assert "「検出」が失敗しました: disk full" in text


@pytest.mark.further
def test_only_the_last_word_on_a_stage_or_a_file_counts(small_home: Home, tmp_path: Path) -> None:
    """A stage that failed and then worked is done; a file read at last is no problem any more."""
    home = Home(shutil.copytree(small_home.root, tmp_path / "var"))
    later = report_lake.NOW - dt.timedelta(minutes=1)
    earlier = later - dt.timedelta(hours=1)
    with lake.open_writer(home, "Asia/Tokyo") as con:
        report_lake.insert_stage(
            con, "detect", QUIET, status="failed", message="disk full", ended_at=earlier
        )
        for path, readings in (
            ("mended.log", [("unreadable", "Permission denied"), ("read", None)]),
            ("locked.log", [("read", None), ("unreadable", "Permission denied")]),
            ("torn.log.gz", [("read", _TORN)]),
        ):
            for (status, message), read_at in zip(readings, (earlier, later), strict=False):
                con.execute(
                    "insert into lake.ledger by name select ? as path, 'prime-www' as site_id,"
                    " ? as status, ? as message, ? as message_by_language, ? as read_at",
                    [path, status, message, by_language(message), read_at],
                )
    (written,) = _write(home, tmp_path / "reports", [QUIET])
    page = written.read_text(encoding="utf-8")
    assert "disk full" not in page
    assert "mended.log" not in page
    assert "読み込めないファイル locked.log: Permission denied" in page
    assert "途中までしか読めないファイル torn.log.gz: 900 バイトまでしか読めません: CRC" in page
    assert "本日中に確認" in page
    assert "read up to byte" not in page
    english = report_lake.settings_in("en")
    (written,) = _write(home, tmp_path / "english", [QUIET], english)
    page = written.read_text(encoding="utf-8")
    assert "torn.log.gz: read up to byte 900, then: CRC" in page
    assert "バイト" not in page


@pytest.mark.full
def test_a_night_of_3000_sites_and_500_findings_stays_readable(tmp_path: Path) -> None:
    """Under 2 MB, sites folded, failed sites counted, no finding missing, the first in full."""
    home = Home(tmp_path / "var")
    sites = [
        (f"benry-{number:04}", "benry", f"{number:04}", f"{number:04}.benry.example")
        for number in range(3_000)
    ]
    findings = [
        report_lake.make_finding(
            finding_id=f"{number:016x}",
            severity=list(Severity)[number % 5],
            score=number % 97,
            site_id=sites[number][0],
            summary=f"fr{number:04} が {sites[number][0]} で {number} 人分の個人データを閲覧",
            evidence=report_lake.findings_of_day()[0].evidence,
        )
        for number in range(500)
    ]
    with lake.open_writer(home, "Asia/Tokyo") as con:
        report_lake.insert_sites(con, sites)
        con.execute(
            """
            insert into lake.site_day by name
            select
                $day::date as log_date, site_id, 123456 as lines, 123450 as records, 6 as rejects,
                24 as hours_with_records, $day::timestamptz as first_time,
                $day::timestamptz as last_time, 1234 as users, 12345 as bot_records,
                2345 as client_errors, 345 as server_errors, 23456 as personal_accesses
            from lake.site
            """,
            {"day": DAY},
        )
        con.execute(
            """
            insert into lake.check_result
            select $day, 'site_day', check_id, site_id, 'critical', false, 'records=0 rejects=0',
                'records>=1', '記録が届いていません（読めない行 0）', 'No record', now(), null
            from lake.site cross join unnest(['a', 'b', 'c', 'd']) as given (check_id)
            """,
            {"day": DAY},
        )
        report_lake.insert_findings(con, findings)
    (path,) = _write(home, tmp_path / "reports", [DAY])
    page = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 2_000_000
    assert len(_articles(page)) == 20
    assert "不合格 12,000" in page
    assert "この検査に不合格のサイトはほかに 2,900 あります。" in page
    assert page.count('<td><bdi class="v">benry-') >= 3_000
    assert all(page.count(f'id="f-{number:016x}"') == 1 for number in range(500))
    assert '<details class="fold card" open' not in page


@pytest.mark.further
def test_explained_accesses_and_lost_context_are_told(small_home: Home, tmp_path: Path) -> None:
    """How many accesses have a reason on record, from where, and which source was not there."""
    home = Home(shutil.copytree(small_home.root, tmp_path / "home"))
    with lake.open_writer(home, "Asia/Tokyo") as con:
        con.execute(
            "insert into lake.explanation_day values"
            " (?, 'prime-office', 'st-1', 'job', 'assignment', 1200, 3),"
            " (?, 'prime-office', 'st-2', 'job', 'assignment', 34, 3),"
            " (?, 'prime-office', 'c7', 'own record', 'own record', 5, 1)",
            [DAY, DAY, DAY],
        )
        con.execute(
            "insert into lake.context_read values"
            " ('trips', 'context/trips.csv', null, 0, timestamptz '2000-01-01 00:00:00Z'),"
            " ('people', 'context/people.csv', null, 0, timestamptz '2000-01-01 00:00:00Z'),"
            " ('teams', 'context/teams.csv', 'ab', 1, timestamptz '2000-01-01 00:00:00Z'),"
            " ('teams', 'context/teams.csv', null, 0, timestamptz '2999-01-01 00:00:00Z')"
        )
    out = tmp_path / "out"
    _write(home, out, [DAY, QUIET])
    page = _page({"ja": out}, DAY)
    assert "回のうち 1,239 回（担当 1,234、本人の記録 5）" in page
    assert "理由の記録（trips）が読めず、説明に使えませんでした: context/trips.csv" in page
    assert "一覧（people）が読めず、最後に読めた版を使いました: context/people.csv" in page
    assert "（teams）" not in page  # the day's detection still had it
    assert "理由のあるアクセス" not in _page({"ja": out}, QUIET)
    summary = json.loads((out / DAY.isoformat() / "summary.json").read_text(encoding="utf-8"))
    assert summary["explained"] == {"assignment": 1234, "own record": 5}


@pytest.mark.further
def test_a_day_of_500_findings_on_500_people_is_complete_and_small(tmp_path: Path) -> None:
    """Every finding can be gone to, twenty are told in full with their day up close, under 2 MB."""
    home = Home(tmp_path / "var")
    evidence = report_lake.findings_of_day()[0].evidence
    findings = [
        report_lake.make_finding(
            finding_id=f"{number:016x}",
            severity=list(Severity)[number % 5],
            score=number % 97,
            actor=f"st-{number:04}",
            summary=f"st-{number:04} が prime-office で {number} 人分の個人データを閲覧",
            evidence=evidence,
        )
        for number in range(500)
    ]
    before = DAY - dt.timedelta(days=7)
    earlier = [replace(one, finding_id=f"p{one.finding_id[1:]}", date=before) for one in findings]
    with lake.open_writer(home, "Asia/Tokyo") as con:
        report_lake.insert_sites(con, [("prime-office", "main", None, "office.prime.example")])
        requests = con.execute(
            """
            select
                row_number() over () as event_id, day::date as log_date,
                (day || ' 09:00')::timestamptz + to_minutes(line * 13) as time,
                'prime-office' as site_id, format('st-{:04d}', person) as user_id,
                'staff' as user_type, person as client_id, person % 7 as agent_id,
                'GET' as method, 200 as status, 'customer' as resource_id,
                'record' as resource_kind, 3 as data_level,
                (person * 100 + line)::varchar as subject_id, 1 as file_id, line as line_no
            from unnest([$day, $before]) as given (day), range(500) as people (person),
                range(40) as lines (line)
            """,
            {"day": str(DAY), "before": str(before)},
        )
        insert_requests(con, requests.pl())
        con.execute(
            """
            insert into lake.client by name
            select person as client_id, format('203.0.113.{}', person % 250) as client_ip,
                'JP' as country, now() as seen_at
            from range(500) as people (person)
            """
        )
        refresh_aggregates(con, [before, DAY])
        report_lake.insert_findings(con, [*findings, *earlier])
    (path,) = _write(home, tmp_path / "reports", [DAY])
    page = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 2_000_000
    assert all(page.count(f'id="f-{number:016x}"') == 1 for number in range(500))
    assert len(_articles(page)) == 20
    assert page.count('<section class="card closeup"') == 20
    assert page.count("499 人") >= 20  # each against the others
