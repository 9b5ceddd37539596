"""What every answer says to the browser."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse

from pipelines.airflow_reports.headers import HEADERS, Guarded
from pipelines.paths import PROJECT_ROOT
from pipelines.report.render import table_script

_DECLARED = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')
_PAGES = [
    path
    for path in sorted((PROJECT_ROOT / "pipelines").glob("*/templates/*"))
    if path.is_file() and _DECLARED.search(path.read_text(encoding="utf-8"))
]


def directives(policy: str) -> dict[str, str]:
    """Return a content policy's values by directive."""
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: value for name, _, value in parts}


@pytest.fixture
def app() -> FastAPI:
    """A page that would set a policy of its own, and a redirect."""
    app = FastAPI(openapi_url=None)
    app.add_middleware(Guarded)

    @app.get("/page")
    def page() -> HTMLResponse:
        return HTMLResponse("page", headers={"Content-Security-Policy": "default-src *"})

    @app.get("/elsewhere")
    def elsewhere() -> RedirectResponse:
        return RedirectResponse("/page")

    return app


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/page", 200),
        ("GET", "/elsewhere", 307),
        ("GET", "/missing", 404),
        ("POST", "/page", 405),
    ],
)
def test_every_answer_carries_them_once(app: FastAPI, method: str, path: str, status: int) -> None:
    """Pages, redirects and refusals alike, over whatever the app has set."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
            return await client.request(method, path)

    answer = asyncio.run(ask())
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value]


def test_the_policy_lets_one_script_run_and_nobody_else_frame() -> None:
    """The tables' own script, no request, no form; a frame of the same origin only: Airflow's."""
    policy = directives(HEADERS["Content-Security-Policy"])
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'{table_script().digest}'"
    assert not {"script-src-elem", "script-src-attr", "connect-src"} & policy.keys()
    assert policy["form-action"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"


@pytest.mark.parametrize("template", _PAGES, ids=lambda path: path.name)
def test_the_policy_allows_what_the_pages_allow_themselves(template: Path) -> None:
    """A page that began to need more would be broken in Airflow alone: this test says so first."""
    allowed = directives(HEADERS["Content-Security-Policy"])
    [declared] = _DECLARED.findall(template.read_text(encoding="utf-8"))
    declared = declared.replace("{{ script.digest }}", table_script().digest)
    for name, value in directives(declared).items():
        assert set(value.split()) <= set(allowed.get(name, allowed["default-src"]).split()), name
