"""What an attacker would try on the pages of casework: nothing is gained, nothing is decided."""

import datetime as dt
import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pipelines.airflow_reports.casework.forms import LARGEST_FORM
from pipelines.airflow_reports.casework.tokens import LIFETIME, FormTokens
from pipelines.airflow_reports.headers import FORM_HEADERS
from pipelines.records import Records, Series
from tests.airflow_reports.casework_app import CASE, NOW, OTHER, ROOT, SCRIPT, World, world_at
from tests.detect.given_findings import DAY

pytestmark = pytest.mark.further

COMMENT = f"cases/{CASE}/comment"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, made_world: Path) -> Iterator[World]:
    """Cases that nobody may decide about here."""
    with pytest.MonkeyPatch.context() as patch:
        yield world_at(tmp_path_factory.mktemp("world"), made_world, patch)


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The same for every test; nothing is decided in it by the end."""
    yield shared
    shared.name, shared.session, shared.at = "officer", "session", NOW
    assert list(Records(shared.home).entries(Series.DECISIONS)) == []


@pytest.fixture(scope="module")
def hidden(shared: World) -> dict[str, str]:
    """The hidden fields of the form for a comment, as the page of the case gives them."""
    return shared.hidden(f"cases/{CASE}", COMMENT)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "", "origin": "https://evil.example"},
        {"sec_fetch_site": "", "origin": "http://airflow.evil.example"},
        {"sec_fetch_site": "", "origin": "null"},
        {"sec_fetch_site": ""},
    ],
)
def test_a_form_of_another_site_is_refused(
    world: World, hidden: dict[str, str], headers: dict[str, str]
) -> None:
    """Even with a token that is good: the browser says where it comes from. It is on record."""
    answer = world.post(COMMENT, {**hidden, "note": "forged"}, **headers)
    assert answer.status_code == 403
    assert "forged" not in answer.text
    last = list(Records(world.home).entries(Series.USE))[-1]
    assert (last.what, last.about) == ("casework: refused", COMMENT)
    language = world.hidden("cases/", "language")
    assert world.post("language", {**language, "language": "en"}, **headers).status_code == 403


def test_on_plain_http_the_origin_is_enough(world: World, hidden: dict[str, str]) -> None:
    """Browsers send no Sec-Fetch-Site there, and the page lets them name its origin."""
    sent = {**hidden, "note": " "}
    headers = {"sec_fetch_site": "", "origin": "http://airflow"}
    assert world.post(COMMENT, sent, **headers).status_code == 422  # all but the note was right


def _token(world: World, hidden: dict[str, str], **values: str) -> str:
    """A token with one part of it another's."""
    about = f"{CASE}//{hidden['version']}"
    parts = {"user": "officer", "session": "session", "act": "comment", "about": about, **values}
    key = b"0" * 32 if values.get("key") else Records(world.home).derived_key("form token")
    tokens = FormTokens(key, parts["user"], parts["session"])
    return tokens.issue(parts["act"], parts["about"], NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "tanaka"},
        {"session": "another"},
        {"act": "close"},
        {"about": f"{OTHER}//0000000000000000"},
        {"about": f"{CASE}//0000000000000000"},
        {"key": "another"},
    ],
    ids=["user", "session", "act", "case", "version", "key"],
)
def test_a_token_is_good_for_one_thing_alone(
    world: World, hidden: dict[str, str], wrong: dict[str, str]
) -> None:
    """One user in one session, one act on one case as the page showed it; what was typed stays."""
    sent = {**hidden, "token": _token(world, hidden, **wrong), "note": "typed by me"}
    answer = world.post(COMMENT, sent)
    assert answer.status_code == 403
    assert ">typed by me</textarea>" in answer.text


@pytest.mark.parametrize("token", ["", "x", "1.00", "9999999999." + "0" * 64, "\u0661." + "0" * 64])
def test_a_forged_token_is_none(world: World, hidden: dict[str, str], token: str) -> None:
    """Missing, short, or made up."""
    assert world.post(COMMENT, {**hidden, "token": token, "note": "x"}).status_code == 403


def test_a_token_expires(world: World, hidden: dict[str, str]) -> None:
    """A form that lay open over night has to be sent again, with what was typed."""
    world.at = NOW + LIFETIME + dt.timedelta(seconds=1)
    answer = world.post(COMMENT, {**hidden, "note": "typed by me"})
    assert answer.status_code == 403
    assert ">typed by me</textarea>" in answer.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("cases/0000000000000000/comment", {}),
        (f"cases/{CASE.upper()}/comment", {}),
        (f"cases/{CASE}'/comment", {}),
        ("cases/%00/comment", {}),
        ("cases/%27%20or%201=1/comment", {}),
        (f"cases/{CASE}/erase", {}),
        (f"cases/{CASE}/close", {"finding": f"{3:016x}"}),  # of another case
        (f"cases/{CASE}/close", {"finding": "' or 1=1 --"}),
    ],
)
def test_a_forged_id_is_not_found(
    world: World, hidden: dict[str, str], path: str, fields: dict[str, str]
) -> None:
    """Cases, findings and acts are known by their ids alone."""
    assert world.post(path, {**hidden, **fields, "note": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"note=" + b"x" * LARGEST_FORM, None, 413),
        (b"note=a&note=b", None, 400),
        (b"&".join(b"f%d=1" % number for number in range(30)), None, 400),
        (b"note=%ff%fe", None, 400),
        ("note=\u3042".encode(), None, 400),
        (b"note", None, 400),
        (b"note=x", "multipart/form-data; boundary=x", 400),
        (b'{"note": "x"}', "application/json", 400),
        (b"note=x", "text/plain", 400),
    ],
)
def test_what_is_no_form_of_ours_is_refused(
    world: World, body: bytes, kind: str | None, status: int
) -> None:
    """Too large, a field twice, too many fields, no UTF-8, other types."""
    headers = {} if kind is None else {"content_type": kind}
    assert world.post(COMMENT, body, **headers).status_code == status


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_but_post_decides(world: World, hidden: dict[str, str], method: str) -> None:
    """Whatever an address asks for."""
    query = urlencode({**hidden, "note": "by GET"})
    answer = world.ask(method, f"{COMMENT}?{query}", None, {"sec-fetch-site": "same-origin"})
    assert answer.status_code in {404, 405}


@pytest.mark.parametrize(
    "back",
    [
        *("https://evil.example", "//evil.example", "/\\evil.example", "cases/../../../evil"),
        *("cases/?show=older%0d%0aSet-Cookie: x=y", "cases/?show=//evil.example"),
        *("cases/%0d%0aSet-Cookie: x=y", "javascript:alert(1)", f"cases/{SCRIPT}", ""),
    ],
)
def test_a_redirect_stays_among_our_pages(world: World, back: str) -> None:
    """An address of another kind leads to the list."""
    hidden = world.hidden("cases/", "language")
    answer = world.post("language", {**hidden, "back": back, "language": "en"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/cases/")


def test_a_language_is_one_of_ours(world: World) -> None:
    """Neither the form nor the cookie brings anything else to the page."""
    hidden = world.hidden("cases/", "language")
    assert world.post("language", {**hidden, "language": SCRIPT}).status_code == 400
    page = world.get("cases/", cookie=f"mimamori_language={SCRIPT}").text
    assert '<html lang="ja">' in page


def test_a_script_in_any_field_stays_text(world: World) -> None:
    """What logs, findings and people say is shown, never run; no page has a script at all."""
    fields = {"note": SCRIPT, "owner": SCRIPT, "due": SCRIPT, "until": SCRIPT, "verdict": SCRIPT}
    first = f"{3:016x}"
    pages = [world.get("cases/").text, world.get(f"cases/{OTHER}").text]
    for act, finding in (("assign", ""), ("close", ""), ("suppress", first), ("close", first)):
        answer = world.act(OTHER, act, finding, **fields)
        assert answer.status_code == 422
        pages.append(answer.text)
    for page in pages:
        assert "<script" not in page.lower()
        assert html.escape(SCRIPT) in page
    assert re.search(r"\son[a-z]+=", "".join(re.findall(r"<[^>]*>", pages[-1]))) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "cases/"),
        ("GET", f"cases/{CASE}"),
        ("GET", "cases/none"),
        ("GET", f"review/{DAY}"),
        ("POST", COMMENT),
        ("POST", "language"),
    ],
)
def test_every_answer_is_guarded(world: World, method: str, path: str) -> None:
    """No script, forms to this origin alone, no framing by others, no cache."""
    answer = world.ask(method, path, b"", {"content-type": "application/x-www-form-urlencoded"})
    assert {name: answer.headers.get(name) for name in FORM_HEADERS} == FORM_HEADERS
    policy = answer.headers["content-security-policy"]
    assert "script-src 'none'" in policy
    assert "form-action 'self'" in policy
