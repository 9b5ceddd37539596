"""The app that shows the folder of reports: who asks, may they, what is it, put it on record.

Reports by GET and HEAD alone, and no file is sent before its reading is on record; decisions are
the matter of `casework`.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import Annotated, cast
from urllib.parse import quote, urlencode

import duckdb
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from sqlalchemy.exc import SQLAlchemyError

from pipelines.airflow_reports import notice
from pipelines.airflow_reports.access import (
    LOGIN,
    AuditLog,
    NotSignedInError,
    audit_log,
    permission,
    put_on_record,
    signed_in,
)
from pipelines.airflow_reports.by_role import GetSettings, disclose_page, role_for, role_given
from pipelines.airflow_reports.casework.forms import RefusedError
from pipelines.airflow_reports.casework.links import LARGEST_PAGE, with_links
from pipelines.airflow_reports.casework.routes import PREFIXES, casework_routes
from pipelines.airflow_reports.casework.visit import LANGUAGE_COOKIE, Clock, language_of
from pipelines.airflow_reports.folder import (
    PAGE,
    IsFolderError,
    NoSuchFileError,
    ReportFile,
    open_report,
)
from pipelines.airflow_reports.headers import Guarded
from pipelines.airflow_reports.overview import routes as overview
from pipelines.airflow_reports.refusals import Refusals, put_refusal_on_record
from pipelines.airflow_reports.search import routes as search
from pipelines.errors import MimamoriError
from pipelines.night.stages import system_clock
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.report.index import page_in
from pipelines.settings.model import Settings
from pipelines.settings.names import SECURITY

log = logging.getLogger(__name__)

_CHUNK = 256 * 1024  # bytes


def create_app(
    home: Callable[[], Home], settings: GetSettings, clock: Clock = system_clock
) -> FastAPI:
    """Return an app that serves the reports of the working folder that `home` names, and casework.

    Both are asked anew for each request, `settings` with their roles. `clock` gives
    the instant of decisions.

    It belongs into Airflow's API server, whose auth manager and database it uses.
    """
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.refusals = Refusals()
    app.add_middleware(Guarded, with_forms=(*PREFIXES, *search.PREFIXES, *overview.PREFIXES))

    @app.exception_handler(NotSignedInError)
    def to_login(request: Request, _: Exception) -> Response:
        if not notice.wants_page(request):
            answer = notice.NOT_SIGNED_IN.answer(request)
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        return RedirectResponse(f"{LOGIN}?{urlencode({'next': _address(request)})}", 303)

    @app.exception_handler(RefusedError)
    def refused(request: Request, error: Exception) -> Response:
        return cast("RefusedError", error).notice.answer(request)

    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(MimamoriError)
    @app.exception_handler(OSError)
    @app.exception_handler(duckdb.Error)
    def not_shown(request: Request, error: Exception) -> Response:
        log.error("a page of casework could not be shown", exc_info=error)
        return notice.NOT_SHOWN.answer(request)

    app.include_router(casework_routes(home, settings, clock))
    app.include_router(search.search_routes(home, settings, clock))
    app.include_router(overview.overview_routes(home, settings, clock))

    @app.api_route("/{path:path}", methods=["GET", "HEAD"])
    def show(
        request: Request,
        user: Annotated[BaseUser, Depends(signed_in)],
        is_permitted: Annotated[bool, Depends(permission)],
        audit: Annotated[AuditLog, Depends(audit_log)],
    ) -> Response:
        path: str = request.path_params["path"]
        try:
            folder = home()
            current = settings()
            if current is None:
                if is_permitted:
                    return notice.SETTINGS_WRONG.answer(request)
                return _refuse(request, user, folder, audit, has_any_role=False)
            role = role_for(current.access, user.get_name(), path) if is_permitted else None
            knows = is_permitted and role_given(current.access, user.get_name()) is not None
            return _show(request, user, folder, current, role, audit, has_any_role=knows)
        except (SQLAlchemyError, MimamoriError):
            log.exception("a reader of reports could not be put on record")
            return notice.NOT_RECORDED.answer(request)
        except PermissionError as error:
            log.error("%s: %s", home().reports, error.strerror)  # noqa: TRY400 - it says all
            return notice.NOT_READABLE.answer(request)

    return app


def _show(
    request: Request,
    user: BaseUser,
    home: Home,
    settings: Settings,
    role: str | None,
    audit: AuditLog,
    *,
    has_any_role: bool,
) -> Response:
    path: str = request.path_params["path"]
    records = Records(home)
    if role is None:
        if has_any_role and not path:  # the entry of Airflow's menu: on to what the role may see
            return RedirectResponse(f"{request.scope['root_path']}/cases/", 303)
        return _refuse(request, user, home, audit, has_any_role=has_any_role)
    try:
        found = open_report(home.reports, path, _page_for(request, settings))
    except NoSuchFileError:
        return (notice.NO_SUCH_FILE if path else notice.NO_REPORTS).answer(request)
    except IsFolderError:
        return RedirectResponse(f"{_address(request)}/", 303)
    try:
        put_on_record(user, audit, found.path, records, role)
        if role != SECURITY:
            page = home.reports / found.path
            disclose_page(records, settings, role, page, dt.datetime.now(dt.UTC))
    except (SQLAlchemyError, MimamoriError):
        found.file.close()
        raise
    if role == SECURITY and found.is_page and found.size <= LARGEST_PAGE:
        with found.file as file:
            shown = with_links(file.read(), found.path)
        return Response(shown, media_type=found.media_type)
    return _sent(found, request)


def _refuse(
    request: Request, user: BaseUser, home: Home, audit: AuditLog, *, has_any_role: bool
) -> Response:
    now = dt.datetime.now(dt.UTC)
    put_refusal_on_record(request, user, home, "report page: refused", audit, now)
    return (notice.NOT_FOR_ROLE if has_any_role else notice.NOT_ALLOWED).answer(request)


def _page_for(request: Request, settings: Settings) -> str:
    """The name of pages in the language that the reader chose; else of those of the settings."""
    chosen = language_of(request.cookies.get(LANGUAGE_COOKIE, ""))
    if chosen is None:
        return PAGE
    return page_in(chosen, settings.locale)


def _sent(found: ReportFile, request: Request) -> Response:
    headers = {"Content-Length": str(found.size)}
    if not found.is_page:  # no browser shows a PDF within Airflow's sandboxed frame
        name = quote(found.path.rpartition("/")[2])
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    if request.method == "HEAD":
        found.file.close()
        return Response(None, headers=headers, media_type=found.media_type)
    return StreamingResponse(_chunks(found), headers=headers, media_type=found.media_type)


def _chunks(found: ReportFile) -> Iterator[bytes]:
    left = found.size  # no more than was announced, should the file grow meanwhile
    with found.file as file:
        while chunk := file.read(min(left, _CHUNK)):
            left -= len(chunk)
            yield chunk


def _address(request: Request) -> str:
    """Return the address below the host, whatever a proxy or the Host header calls that."""
    path = request.scope["path"].removeprefix(request.scope["root_path"]).lstrip("/")
    return quote(f"{request.scope['root_path']}/{path}")
