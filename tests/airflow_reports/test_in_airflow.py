"""The reports in a running Airflow: who may read them, what is on record, and the way there."""

import datetime as dt
import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from pipelines import lake
from pipelines.airflow_reports.casework.links import with_links
from pipelines.airflow_reports.headers import HEADERS
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.report.build import write_reports
from tests.airflow_reports.api_server import (
    ANALYST,
    APP,
    DECIDER,
    OUTSIDER,
    PASSWORDS,
    READER,
    SHOP,
    ApiServer,
    prepare,
    serving,
)
from tests.airflow_reports.casework_app import hidden_in
from tests.airflow_reports.roles_in_airflow import (
    ASKED,
    MANAGER,
    RECENT,
    fill_for_roles,
    settings_with_roles,
)
from tests.axe import grave_violations
from tests.dags.dag_deployment import Deployment
from tests.mail_server import Box
from tests.mail_server import serving as serving_mail
from tests.report import report_lake
from tests.report_browser import Browser

pytestmark = [pytest.mark.airflow, pytest.mark.browser]

DAY = f"{report_lake.DAY}/index.html"
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ENTRY = "a[href$='plugin/mimamori-reports']"
BELOW_A_PATH = "/behind/a-path"
BASES = (pytest.param("", marks=pytest.mark.full), BELOW_A_PATH)
"""Of addresses: a link that holds below a path holds at the root of a host, or nearly always."""

SCRIPT = "<img src=x onerror=\"top.document.title = document.title = 'ran'\">"
HOSTILE = """<!doctype html><title>quiet</title>
<script>document.title = "a script ran"</script>
<img src="x" onerror="document.title = 'a handler ran'">
<script src="/mimamori/reports/index.html"></script>
"""


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Box]:
    """A mail server that takes all mail."""
    with serving_mail(None) as box:
        yield box


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, mailbox: Box) -> Deployment:
    """The lake and reports of some days, a page that somebody planted, files not for people."""
    made = Deployment(tmp_path_factory.mktemp("deployment"), settings_with_roles(mailbox.port))
    settings = report_lake.settings_in("ja")
    filled = report_lake.build(made.home, lines_per_day=60)
    reports = made.home / "reports"
    with lake.open_reader(filled, settings.timezone) as con:
        write_reports(con, settings, (report_lake.QUIET, report_lake.DAY), reports, report_lake.now)
    with lake.open_writer(filled, settings.timezone) as con:
        report_lake.insert_stage(con, "report", report_lake.DAY, ended_at=report_lake.NOW)
    fill_for_roles(made)
    (reports / "planted.html").write_text(HOSTILE, encoding="utf-8")
    (reports / ".index.html.half").write_text("half-written", encoding="utf-8")
    (reports / "outside").symlink_to(made.home, target_is_directory=True)
    prepare(made)
    return made


@pytest.fixture(scope="module")
def server_at(deployment: Deployment) -> Iterator[Callable[[str], ApiServer]]:
    """Gives Airflow at the root of its host, or below a path."""
    with serving(deployment) as running:
        yield running


@pytest.fixture(scope="module")
def server(server_at: Callable[[str], ApiServer]) -> ApiServer:
    """The one below a path."""
    return server_at(BELOW_A_PATH)


@pytest.fixture(scope="module")
def bearers(server: ApiServer) -> dict[str, str]:
    """What each person sends as Authorization."""
    return {user: f"Bearer {server.token(user)}" for user in PASSWORDS}


@contextmanager
def database(deployment: Deployment) -> Iterator[sqlite3.Connection]:
    """Yield Airflow's metadata database; what is written is committed."""
    path = deployment.home / "airflow" / "airflow.db"
    with closing(sqlite3.connect(path, timeout=30)) as con, con:
        yield con


def on_record(deployment: Deployment) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return event, user, DAG and details of all that was read and refused, the oldest first."""
    with database(deployment) as con:
        rows = con.execute(
            "select event, owner, dag_id, extra from log where event like 'mimamori%' order by id"
        ).fetchall()
    return [(event, owner, dag_id, json.loads(extra)) for event, owner, dag_id, extra in rows]


# --- signed in or not


@pytest.mark.parametrize("path", ["", DAY, "no-such.html", "../secret"])
def test_a_program_without_a_session_is_unauthorised(server: ApiServer, path: str) -> None:
    """It learns nothing, not even which reports there are."""
    answer = server.ask(APP + path)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Not signed in" in json.loads(answer.body)["detail"]


@pytest.mark.parametrize("base", BASES)
def test_a_browser_without_a_session_is_sent_to_the_login(
    server_at: Callable[[str], ApiServer], base: str
) -> None:
    """And from there back to the page that it asked for."""
    answer = server_at(base).ask(APP + DAY, **PAGE)
    assert (answer.status, answer.body) == (303, b"")
    login = answer.headers["location"]
    assert login.startswith(f"{base}/api/v2/auth/login?next=")
    followed = server_at(base).ask(login.removeprefix(base))
    assert followed.status == 307  # to the auth manager's form; it refuses addresses elsewhere
    assert followed.headers["location"].startswith(f"{base}/auth/login?next=")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bearer: bearer[:-4] + ("AAAA" if not bearer.endswith("AAAA") else "BBBB"),
        lambda _: "Bearer x",
        lambda _: "Bearer ",
        lambda bearer: bearer.replace("Bearer", "Basic"),
    ],
    ids=["signature", "nonsense", "empty", "scheme"],
)
def test_a_forged_token_is_no_session(
    server: ApiServer, bearers: dict[str, str], spoil: Callable[[str], str]
) -> None:
    """As header and as cookie."""
    forged = spoil(bearers[READER])
    assert server.ask(APP + DAY, authorization=forged).status == 401
    assert server.ask(APP + DAY, cookie=f"_token={forged.split()[-1][:-1]}").status == 401


def test_after_logging_out_the_token_is_no_session(server: ApiServer) -> None:
    """Airflow's list of revoked tokens holds here too."""
    bearer = f"Bearer {server.token(READER)}"
    assert server.ask(APP + DAY, authorization=bearer).status == 200
    server.ask("/api/v2/auth/logout", authorization=bearer)
    assert server.ask(APP + DAY, authorization=bearer).status == 401


# --- allowed or not


def served(path: Path, address: str) -> bytes:
    """Return what is sent of a file: pages get links to where cases are worked on."""
    return with_links(path.read_bytes(), address) if path.suffix == ".html" else path.read_bytes()


def test_a_reader_gets_the_files_as_they_are(
    deployment: Deployment, server: ApiServer, bearers: dict[str, str]
) -> None:
    """Index, days, shops and data; pages to be shown, everything else to be kept."""
    reports = deployment.home / "reports"
    files = [path for path in reports.rglob("*") if path.suffix in {".html", ".json", ".csv"}]
    assert len({path.suffix for path in files}) == 3
    for path in files[:40]:
        address = str(path.relative_to(reports))
        if address.startswith("outside"):
            continue
        answer = server.ask(APP + address, authorization=bearers[READER])
        assert (answer.status, answer.body) == (200, served(path, address)), address
        is_page = path.suffix == ".html"
        assert ("content-disposition" in answer.headers) != is_page
        assert answer.headers["content-type"].startswith("text/html") == is_page


def test_the_cookie_of_the_web_page_is_enough(server: ApiServer) -> None:
    """It is what a browser sends."""
    answer = server.ask(APP, cookie=f"_token={server.token(READER)}")
    assert answer.status == 200
    assert "日次報告の一覧" in answer.text


@pytest.mark.parametrize("path", ["", DAY, f"{report_lake.DAY}/findings.json", "no-such.html"])
def test_a_role_without_the_permission_is_refused(
    server: ApiServer, bearers: dict[str, str], path: str
) -> None:
    """Whatever it asks for, with the name of the permission that is missing."""
    answer = server.ask(APP + path, authorization=bearers[OUTSIDER])
    assert answer.status == 403
    assert "audit log of the DAG nightly_report" in json.loads(answer.body)["detail"]
    page = server.ask(APP + path, authorization=bearers[OUTSIDER], **PAGE)
    assert page.status == 403
    assert "報告書を見る権限がありません" in page.text


# --- on record


def test_what_is_read_is_on_record_and_so_is_a_refusal(
    deployment: Deployment, server: ApiServer, bearers: dict[str, str]
) -> None:
    """In Airflow's audit log of the DAG, with the file, and in the server's own log."""
    before = len(on_record(deployment))
    server.ask(APP, authorization=bearers[READER])
    server.ask(APP + "no-such.html", authorization=bearers[READER])
    server.ask(APP + DAY, "HEAD", authorization=bearers[READER])
    server.ask(APP + "%22%E2%80%AE%1b%5b2J", authorization=bearers[OUTSIDER])
    client = {"client": "127.0.0.1"}
    assert on_record(deployment)[before:] == [
        (
            *("mimamori_report_read", READER, "nightly_report"),
            {"path": "index.html", "method": "GET", **client},
        ),
        (
            *("mimamori_report_read", READER, "nightly_report"),
            {"path": DAY, "method": "HEAD", **client},
        ),
        (
            *("mimamori_report_refused", OUTSIDER, "nightly_report"),
            {"path": '"\u202e\x1b[2J', "method": "GET", **client},
        ),
    ]
    uses = list(Records(Home(deployment.home)).entries(Series.USE))
    assert (f"airflow:{READER}", "report page", DAY) in {(u.who, u.what, u.about) for u in uses}
    assert uses[-1].what == "report page: refused"
    lines = server.log.read_text(encoding="utf-8").splitlines()
    assert any('"user": "reader", "path": "index.html", "method": "GET"' in line for line in lines)
    assert any(r'"path": "\"\u202e\u001b[2J"' in line for line in lines)


def test_what_cannot_be_put_on_record_is_not_shown(
    deployment: Deployment, server: ApiServer, bearers: dict[str, str]
) -> None:
    """The promise to record every access to personal data goes before the page."""
    with database(deployment) as con:
        con.execute(
            "create trigger full before insert on log when new.event like 'mimamori%' "
            "begin select raise(abort, 'disk full'); end"
        )
    try:
        answer = server.ask(APP + DAY, authorization=bearers[READER], **PAGE)
    finally:
        with database(deployment) as con:
            con.execute("drop trigger full")
    assert answer.status == 503
    assert "記録できないため、表示しません" in answer.text
    assert server.ask(APP + DAY, authorization=bearers[READER]).status == 200


# --- what an attacker would try


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_but_reading_is_possible(
    server: ApiServer, bearers: dict[str, str], method: str
) -> None:
    """Only GET and HEAD."""
    answer = server.ask(APP + DAY, method, authorization=bearers[READER])
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_head_says_what_get_would_send(
    deployment: Deployment, server: ApiServer, bearers: dict[str, str]
) -> None:
    """Its length and kind, without a body."""
    answer = server.ask(APP + DAY, "HEAD", authorization=bearers[READER])
    size = len(served(deployment.home / "reports" / DAY, DAY))
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(size)


@pytest.mark.parametrize(
    "path",
    [
        "../mimamori.yaml",
        "..%2f..%2fmimamori.yaml",
        "%2e%2e/%2e%2e/mimamori.yaml",
        "..%5c..%5cmimamori.yaml",
        "%252e%252e%252fmimamori.yaml",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "index.html%00.json",
        "%00",
        "%c0%ae%c0%ae%2findex.html",
        "%ff",
        "outside/airflow/airflow.db",
        "outside/reports/index.html",
        ".index.html.half",
        "index.html/",
        "a" * 4000,
    ],
)
def test_an_address_leads_nowhere_else(
    server: ApiServer, bearers: dict[str, str], path: str
) -> None:
    """Ways out of the folder, through encodings and links: not found, in words of ours alone."""
    answer = server.ask(APP + path, authorization=bearers[READER])
    assert answer.status == 404
    assert json.loads(answer.body) == {"detail": "Not found. There is no such report."}


@pytest.mark.parametrize("base", BASES)
def test_a_folder_leads_to_its_page_on_the_same_host(
    server_at: Callable[[str], ApiServer], base: str
) -> None:
    """Whatever host the request names."""
    server = server_at(base)
    bearer = f"Bearer {server.token(READER)}"
    answer = server.ask(f"{APP}{report_lake.DAY}", authorization=bearer, host="evil.example")
    assert answer.status == 303
    assert answer.headers["location"] == f"{base}{APP}{report_lake.DAY}/"


@pytest.mark.parametrize(
    ("user", "path", "method"),
    [
        (None, DAY, "GET"),
        (OUTSIDER, DAY, "GET"),
        (READER, DAY, "GET"),
        (READER, DAY, "HEAD"),
        (READER, DAY, "POST"),
        (READER, f"{report_lake.DAY}/findings.csv", "GET"),
        (READER, str(report_lake.DAY), "GET"),
        (READER, "no-such.html", "GET"),
    ],
)
def test_every_answer_is_guarded(
    server: ApiServer, bearers: dict[str, str], user: str | None, path: str, method: str
) -> None:
    """Content policy, no sniffing, no referrer, no cache: also on refusals and redirects."""
    sent = {"authorization": bearers[user]} if user else PAGE
    answer = server.ask(APP + path, method, **sent)
    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS


def test_before_the_first_night_it_says_so(
    deployment: Deployment, server: ApiServer, bearers: dict[str, str]
) -> None:
    """A page in both languages, and the server goes on."""
    reports = deployment.home / "reports"
    reports.rename(deployment.home / "aside")
    try:
        answer = server.ask(APP, authorization=bearers[READER], **PAGE)
    finally:
        (deployment.home / "aside").rename(reports)
    assert answer.status == 404
    assert "まだ報告書がありません" in answer.text
    assert "No report yet" in answer.text


def test_airflow_has_nothing_to_complain_of(server: ApiServer, bearers: dict[str, str]) -> None:
    """The plugin comes from the installed package and was read without an error."""
    errors = server.ask("/api/v2/plugins/importErrors", authorization=bearers[READER])
    assert json.loads(errors.body)["import_errors"] == []
    listed = server.ask("/api/v2/plugins", authorization=bearers[READER])
    [ours] = [one for one in json.loads(listed.body)["plugins"] if "mimamori" in one["name"]]
    assert ours["source"].startswith("mimamori-accesslog==")
    assert ours["fastapi_apps"][0]["app"] == "fastapi.applications.FastAPI"


# --- as a person meets it


def log_in(browser: Browser, url: str, user: str = READER) -> None:
    """Open an address without a session and fill in Airflow's form."""
    browser.visit(url, 1280, 900)
    browser.forget()
    browser.visit(url, 1280, 900)
    browser.press("input[name=username]", user)
    browser.press("input[name=password]", PASSWORDS[user])
    browser.click("button[type=submit]")


def within(server: ApiServer, page: str) -> str:
    """Return Airflow's own address of a page: with the path within the host that it has alone."""
    return f"{server.url}/plugin/mimamori-reports{BELOW_A_PATH}{APP}{page}"


def text_of(browser: Browser, selector: str) -> str:
    """Return what a reader sees of an element, nothing where there is none yet."""
    return browser.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText") or ""


def eventually(see: Callable[[], Any], expected: Any) -> None:
    """Wait until `see` returns what is expected; a script of Airflow's may be under way."""
    deadline = time.monotonic() + 30
    while (seen := see()) != expected:
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)


def refusals(browser: Browser) -> list[str]:
    """Return what the content policy refused since the last call."""
    return [line for line in browser.console() if "Content Security Policy" in line]


@pytest.mark.further
@pytest.mark.parametrize("base", BASES)
def test_from_the_login_through_the_menu_to_a_day(
    server_at: Callable[[str], ApiServer], browser: Browser, base: str
) -> None:
    """Airflow's form, the entry in its menu, the list of days, and a day's report within."""
    log_in(browser, f"{server_at(base).url}/")
    browser.click(ENTRY)
    eventually(lambda: text_of(browser, ENTRY), "報告書")
    browser.enter("iframe")
    browser.click(f"a[href='{DAY}']")
    eventually(lambda: text_of(browser, "h1"), "2026年11月20日（金）")
    assert "直ちに対応" in text_of(browser, "#verdict")
    style = "getComputedStyle(document.querySelector('#verdict')).borderLeftStyle"
    assert browser.evaluate(style) == "solid"  # the page's own style holds
    browser.click("thead button")  # made by its own script
    assert browser.evaluate("document.querySelectorAll('th[aria-sort]').length") == 1
    browser.click("a[href='../index.html']")
    eventually(lambda: text_of(browser, "h1"), "日次報告の一覧")
    assert refusals(browser) == []
    browser.leave()


@pytest.mark.parametrize("base", BASES)
def test_a_link_to_a_day_survives_the_login(
    server_at: Callable[[str], ApiServer], browser: Browser, base: str
) -> None:
    """As sent by mail: the form first, then the day."""
    page = f"{server_at(base).url}{APP}{DAY}"
    log_in(browser, page)
    eventually(lambda: browser.evaluate("location.href"), page)
    assert "直ちに対応" in browser.text()


@pytest.mark.further
def test_a_page_within_airflow_can_be_linked_to(server: ApiServer, browser: Browser) -> None:
    """Airflow's own address of a day, opened anew, shows that day in its frame."""
    log_in(browser, within(server, DAY))
    browser.enter("iframe")
    browser.click("a[href='../index.html']")
    browser.leave()
    shown = within(server, "index.html")
    eventually(lambda: browser.evaluate("location.href"), shown)


def test_who_may_not_read_is_told_why(server: ApiServer, browser: Browser) -> None:
    """Not a bare number, but what is missing and whom to ask."""
    log_in(browser, f"{server.url}{APP}", OUTSIDER)
    eventually(lambda: text_of(browser, "h1"), "報告書を見る権限がありません")


def test_a_planted_page_runs_nothing(server: ApiServer, browser: Browser) -> None:
    """On the origin where Airflow's session is, a script in a report would be its owner's."""
    log_in(browser, f"{server.url}{APP}planted.html")
    eventually(browser.address, f"{server.url}{APP}planted.html")
    assert browser.evaluate("document.title") == "quiet"
    assert len(refusals(browser)) >= 3


# --- cases worked on, reports signed


def decisions(deployment: Deployment) -> list[tuple[str, str]]:
    """Return who decided what, in the order of the chain."""
    entries = Records(Home(deployment.home)).entries(Series.DECISIONS)
    return [(one.who, one.what) for one in entries]


def is_said(browser: Browser, text: str) -> None:
    """Wait until a text stands in the history of the page, or fail with what stands there."""
    eventually(lambda: text in text_of(browser, ".history") or browser.text(), expected=True)


def send(browser: Browser, act: str, text: str, within: str = "#act + .forms") -> None:
    """Write into the form of an act on a case, or on a finding, and send it."""
    form = f"{within} form[action$='/{act}']"
    browser.press(f"{form} textarea", text)
    browser.click(f"{form} button")


def search_for(browser: Browser, account: str) -> None:
    """Fill in the form of the search for an account up to DAY anew, and send it."""
    first = report_lake.DAY - dt.timedelta(days=9)
    fields = {"kind": "account", "from": first, "to": report_lake.DAY, "value": ""}
    for name, value in fields.items():
        browser.run(f"document.querySelector('.ask [name={name}]').value = '{value}'")
    browser.press(".ask [name=value]", account)
    browser.click(".ask button")


@pytest.mark.further
def test_a_case_is_worked_on_within_airflow(
    deployment: Deployment, server: ApiServer, browser: Browser, mailbox: Box
) -> None:
    """From report to case, manager, overview and search, in Japanese, in the frame of Airflow."""
    log_in(browser, within(server, DAY), DECIDER)
    browser.enter("iframe")
    browser.click("nav a[href='../cases/']")
    eventually(lambda: text_of(browser, "h1"), "未対応のケース")
    assert grave_violations(browser) == []
    browser.click(f".list a[href$='{KeyedIds().case('user', ASKED)}']")
    browser.press("#act + .forms [name=owner]", SCRIPT)
    send(browser, "assign", f"上長に確認する{SCRIPT}")
    is_said(browser, f"上長に確認する{SCRIPT}")
    assert SCRIPT in text_of(browser, ".state-line")
    send(browser, "comment", f"電話した{SCRIPT}")
    is_said(browser, f"電話した{SCRIPT}")
    send(browser, "ask", f"棚卸しですか{SCRIPT}")
    is_said(browser, f"棚卸しですか{SCRIPT}")
    assert "回答待ち" in text_of(browser, ".question")
    assert "まだ送れていません" not in text_of(browser, ".question")
    assert mailbox.recipients == [[MANAGER]]
    assert ASKED not in mailbox.mails[0]["subject"]
    assert f"airflow:{DECIDER}" in text_of(browser, ".history")
    assert grave_violations(browser) == []
    browser.click("nav a[href$='/overview/']")
    eventually(lambda: text_of(browser, "h1"), "概況")
    assert "届かない" in text_of(browser, ".silent-list")
    assert grave_violations(browser) == []
    browser.click("nav a[href$='/search/']")
    eventually(lambda: text_of(browser, "h1"), "検索")
    search_for(browser, "st-0412")
    eventually(lambda: text_of(browser, ".said-all h2").split()[:2], ["アカウント", "st-0412"])
    browser.click(".parties .pick[value^='subject:']")
    eventually(lambda: text_of(browser, ".said-all h2")[:3], "対象者")
    assert "st-0412" in text_of(browser, ".parties")
    assert grave_violations(browser) == []
    assert refusals(browser) == []
    browser.leave()
    assert browser.evaluate("document.title") != "ran"
    assert decisions(deployment)[-3:] == [
        (f"airflow:{DECIDER}", "cases assign"),
        (f"airflow:{DECIDER}", "cases comment"),
        (f"airflow:{DECIDER}", "cases ask"),
    ]


@pytest.mark.further
@pytest.mark.parametrize(
    ("base", "user", "closed"),
    [
        ("", RECENT[0], ("user", "c20771")),
        (BELOW_A_PATH, RECENT[1], ("ip", "198.51.100.23")),
    ],
)
def test_signed_suppressed_and_closed_on_a_narrow_window(
    deployment: Deployment,
    server_at: Callable[[str], ApiServer],
    browser: Browser,
    base: str,
    user: str,
    closed: tuple[str, str],
) -> None:
    """In English by the reader's own choice, also where Airflow lies below a path."""
    reports = f"{server_at(base).url}{APP}"
    log_in(browser, f"{reports}review/{report_lake.DAY}", DECIDER)
    eventually(browser.address, f"{reports}review/{report_lake.DAY}")
    browser.click("button[value='en']")
    eventually(lambda: text_of(browser, "#sign"), "Sign")
    browser.visit(f"{reports}review/{report_lake.DAY}", 390, 800)
    signed = f"read below {base or '/'} {SCRIPT}"
    browser.press(".sign textarea", signed)
    browser.click(".sign button")
    is_said(browser, signed)
    assert grave_violations(browser) == []
    browser.visit(f"{reports}cases/", 390, 800)
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    browser.visit(f"{reports}cases/{KeyedIds().case('user', user)}", 390, 800)
    browser.click(".work-finding details:last-of-type summary")
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    browser.run(f"document.querySelector('[name=until]').value = '{until}'")
    send(browser, "suppress", f"abroad, agreed{SCRIPT}", within=".work-finding")
    is_said(browser, f"abroad, agreed{SCRIPT}")
    assert grave_violations(browser) == []
    browser.visit(f"{reports}cases/", 390, 800)
    browser.click(f".list tbody a[href$='{KeyedIds().case(*closed)}']")
    browser.run("document.querySelector('#act + .forms select').value = 'explained'")
    agreed = f"agreed below {base or '/'} {SCRIPT}"
    send(browser, "close", agreed)
    is_said(browser, agreed)
    assert "Closed" in text_of(browser, ".state-line")
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert grave_violations(browser) == []
    for page in ("overview/", "search/"):
        browser.visit(f"{reports}{page}", 390, 800)
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert grave_violations(browser) == []
    search_for(browser, SCRIPT)
    eventually(lambda: SCRIPT in text_of(browser, ".said-all h2"), expected=True)
    search_for(browser, "st-0412")
    eventually(lambda: text_of(browser, ".said-all h2").split()[:2], ["Account", "st-0412"])
    assert "st-0412" not in browser.address()
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert grave_violations(browser) == []
    assert refusals(browser) == []
    assert browser.evaluate("document.title") != "ran"
    assert decisions(deployment)[-3:] == [
        (f"airflow:{DECIDER}", "review sign"),
        (f"airflow:{DECIDER}", "findings suppress"),
        (f"airflow:{DECIDER}", "cases close"),
    ]


def test_what_another_site_sends_is_refused(
    deployment: Deployment, server: ApiServer, bearers: dict[str, str]
) -> None:
    """With the cookie of a session, as a browser would have sent it; nothing is decided."""
    before = decisions(deployment)
    form = "application/x-www-form-urlencoded"
    cookie = bearers[DECIDER].replace("Bearer ", "_token=")
    for headers in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}):
        answer = server.ask(
            f"{APP}review/{report_lake.DAY}/sign",
            *("POST", "note=forged"),
            cookie=cookie,
            content_type=form,
            **headers,
        )
        assert answer.status == 403
    assert server.ask(f"{APP}cases/", authorization=bearers[OUTSIDER]).status == 403
    assert server.ask(f"{APP}cases/").status == 401
    assert decisions(deployment) == before


def test_an_analyst_sees_pseudonyms_and_nothing_else(server: ApiServer, browser: Browser) -> None:
    """On a wide window, in Japanese: cases of the mart, a search of one of them, no more."""
    reports = f"{server.url}{APP}"
    log_in(browser, f"{reports}cases/", ANALYST)
    eventually(lambda: text_of(browser, "h1"), "未対応のケース")
    assert ASKED not in browser.text()
    assert browser.evaluate("document.querySelectorAll('nav a').length") >= 2
    assert grave_violations(browser) == []
    browser.click(".list tbody a")
    eventually(lambda: text_of(browser, "h1").split()[0], "ケース")
    assert ASKED not in browser.text()
    forms = "[...document.forms].map(one => one.getAttribute('action').split('/reports/')[1])"
    assert sorted(browser.evaluate(forms)) == ["language", "search/"]  # and none that decides
    assert grave_violations(browser) == []
    browser.visit(f"{reports}search/", 1280, 900)
    search_for(browser, ASKED)
    eventually(lambda: bool(text_of(browser, "[role=alert]")), expected=True)
    assert grave_violations(browser) == []
    browser.visit(reports, 1280, 900)  # the entry of the menu leads to what the role may see
    eventually(lambda: text_of(browser, "h1"), "未対応のケース")
    for page in ("overview/", DAY, f"{report_lake.DAY}/franchise/shop-003.html"):
        browser.visit(f"{reports}{page}", 1280, 900)
        assert ASKED not in browser.text()
        assert re.search("役割|権限", text_of(browser, "h1"))


def test_a_shop_sees_its_own_and_nothing_else(
    deployment: Deployment, server: ApiServer, browser: Browser
) -> None:
    """On a narrow window, in English: its page, its cases, its search; others' are refused."""
    reports, before = f"{server.url}{APP}", decisions(deployment)
    log_in(browser, f"{reports}cases/", SHOP)
    browser.click("button[value='en']")
    eventually(lambda: text_of(browser, "h1"), "Open cases")
    browser.visit(f"{reports}cases/", 390, 800)
    assert "benry-003" in browser.text()
    assert ASKED not in browser.text()
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert grave_violations(browser) == []
    browser.click(".list tbody a")
    eventually(lambda: text_of(browser, "h1").split()[0], "Case")
    assert grave_violations(browser) == []
    browser.visit(f"{reports}search/", 390, 800)
    search_for(browser, "fr003-02")
    eventually(lambda: text_of(browser, ".said-all h2").split()[:2], ["Account", "fr003-02"])
    assert grave_violations(browser) == []
    own = f"{report_lake.DAY}/franchise/shop-003.html"
    browser.visit(f"{reports}cases/", 390, 800)
    browser.click(f"main a[href$='{own}']")  # the list of its cases leads to its own report
    assert "003" in text_of(browser, "h1")
    assert grave_violations(browser) == []
    shop = f"Bearer {server.token(SHOP)}"
    for page in (
        own.replace("003", "004"), "overview/", "review/", DAY, f"{report_lake.DAY}/findings.json"
    ):  # fmt: skip
        assert server.ask(APP + page, authorization=shop).status == 403, page
    forged = server.ask(
        f"{APP}cases/{KeyedIds().case('user', 'fr003-02')}/comment",
        *("POST", "note=forged"),
        authorization=shop,
        content_type="application/x-www-form-urlencoded",
        sec_fetch_site="same-origin",
    )
    assert forged.status == 403
    assert decisions(deployment) == before


def test_a_form_sent_twice_with_a_forged_id_or_by_another_session_does_nothing(
    deployment: Deployment, server: ApiServer, bearers: dict[str, str]
) -> None:
    """What was done is not done again; a form is good for its case, its finding and its login."""
    page = f"cases/{KeyedIds().case('user', ASKED)}"
    mine = {"authorization": bearers[DECIDER]}

    def post(address: str, fields: dict[str, str], **who: str) -> int:
        return server.ask(
            APP + address,
            *("POST", urlencode(fields)),
            content_type="application/x-www-form-urlencoded",
            sec_fetch_site="same-origin",
            **who,
        ).status

    shown = server.ask(APP + page, **mine, **PAGE).text.replace(BELOW_A_PATH, "")
    fields = {**hidden_in(shown, f"{page}/comment"), "note": "once"}
    before = len(decisions(deployment))
    other = f"Bearer {server.token(DECIDER)}"
    assert post(f"{page}/comment", fields, authorization=other) == 403
    assert post(f"cases/{KeyedIds().case('user', 'c20771')}/comment", fields, **mine) == 403
    assert post(f"cases/{'0' * 16}/comment", fields, **mine) == 404
    assert post(f"{page}/close", {**fields, "finding": "f" * 16}, **mine) in {403, 404}
    assert len(decisions(deployment)) == before
    assert post(f"{page}/comment", fields, **mine) == 303
    assert post(f"{page}/comment", fields, **mine) == 409
    assert len(decisions(deployment)) == before + 1


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example/"]
)
def test_the_login_leads_to_no_other_host(server: ApiServer, elsewhere: str) -> None:
    """Airflow refuses such an address, before and after the form."""
    answer = server.ask(f"/api/v2/auth/login?{urlencode({'next': elsewhere})}")
    assert answer.status == 400
    assert "location" not in answer.headers
