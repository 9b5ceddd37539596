"""Who asks and may they read the reports, by Airflow's own answer; who did is put on record."""

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from airflow.api_fastapi.app import API_ROOT_PATH
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user, requires_access_dag
from airflow.configuration import conf
from airflow.models.log import Log
from airflow.utils.session import create_session
from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials

from pipelines.airflow.deployment import REPORT_DAG
from pipelines.records import AIRFLOW, Act, Records, Series

LOGIN = f"{API_ROOT_PATH}api/v2/auth/login"

# The reports tell who looked at whose data. Reading the audit log of the DAG that writes them is
# the permission nearest to that which every auth manager knows and no everyday role needs.
_require_reader = requires_access_dag("GET", DagAccessEntity.AUDIT_LOG, REPORT_DAG)
_require_editor = requires_access_dag("PUT", param_dag_id=REPORT_DAG)


class NotSignedInError(Exception):
    """The request carries no session of Airflow's, or one that has ended."""


async def signed_in(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)],
) -> BaseUser:
    """Return whose request it is: by its bearer token, else by the cookie of Airflow's page.

    Raises:
        NotSignedInError: there is no token, or it is forged, expired or revoked.
    """
    try:
        return await get_user(request, None, bearer)
    except HTTPException:
        raise NotSignedInError from None


def permission(request: Request, user: Annotated[BaseUser, Depends(signed_in)]) -> bool:
    """Tell a route whether Airflow lets its user read the reports."""
    try:
        _require_reader(request, user)
    except HTTPException:
        return False
    return True


def edit_permission(request: Request, user: Annotated[BaseUser, Depends(signed_in)]) -> bool:
    """Tell a route whether Airflow lets its user change the DAG that writes the reports."""
    try:
        _require_editor(request, user)
    except HTTPException:
        return False
    return True


def session_of(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)],
) -> str:
    """Return what stands for the session of a request: the SHA-256 of its token."""
    token = bearer.credentials if bearer else request.cookies.get(COOKIE_NAME_JWT_TOKEN, "")
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def comes_from_own_page(request: Request) -> bool:
    """Return whether a page of Airflow's own origin sent this, by the word of the browser.

    Browsers say so in Sec-Fetch-Site, or on plain HTTP in Origin alone. A proxy may change the host
    that this server is asked for, hence also the one that Airflow's `base_url` names.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    host = urlsplit(request.headers.get("origin", "")).netloc
    own = {request.headers.get("host"), urlsplit(conf.get("api", "base_url", fallback="")).netloc}
    return bool(host) and host in own


log = logging.getLogger(__name__)

LONGEST_PATH = 500


class Event(StrEnum):
    """What is put on record, by its name in the audit log."""

    READ = "mimamori_report_read"
    REFUSED = "mimamori_report_refused"
    CASE_READ = "mimamori_case_read"
    DECISION = "mimamori_decision"
    DECIDED = "mimamori_decision_done"
    NOT_DECIDED = "mimamori_decision_not_done"
    SEARCHED = "mimamori_search"
    OVERVIEW_READ = "mimamori_overview_read"


AuditLog = Callable[[Event, str], None]
"""Writes one entry about an address below the app, beside the runs of the DAG of the reports."""


def audit_log(request: Request, user: Annotated[BaseUser, Depends(signed_in)]) -> AuditLog:
    """Return what writes to Airflow's audit log, and the server's, about a request.

    What it returns raises sqlalchemy.exc.SQLAlchemyError where there is no entry.
    """

    def enter(event: Event, path: str) -> None:
        client = request.client.host if request.client else None
        what = {"path": path[:LONGEST_PATH], "method": request.method, "client": client}
        entry = Log(
            event=event,
            owner=user.get_name(),
            owner_display_name=user.get_name(),
            extra=json.dumps(what),
            dag_id=REPORT_DAG,
        )
        with create_session() as session:
            session.add(entry)
        log.info("%s", json.dumps({"event": event, "user": user.get_name(), **what}))

    return enter


def path_of(request: Request) -> str:
    """Return the address of a request below the reports, without a `/` in front."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope["root_path"]).lstrip("/")


def put_on_record(user: BaseUser, audit: AuditLog, path: str, records: Records, role: str) -> None:
    """Put on record that a user reads a report page in a role, and in Airflow's audit log.

    Raises:
        MimamoriError: there is no record of it.
        sqlalchemy.exc.SQLAlchemyError: there is no entry in Airflow's database.
    """
    act = Act("report page", path[:LONGEST_PATH], who=f"{AIRFLOW}{user.get_name()}", role=role)
    records.append(Series.USE, act, dt.datetime.now(dt.UTC))
    audit(Event.READ, path)
