"""Who asks and may they read the reports, by Airflow's own answer; who did is put on record."""

import datetime as dt
import json
import logging
from enum import StrEnum
from typing import Annotated

from airflow.api_fastapi.app import API_ROOT_PATH
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user, requires_access_dag
from airflow.models.log import Log
from airflow.utils.session import create_session
from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials

from pipelines.airflow.deployment import REPORT_DAG
from pipelines.records import Act, Records, Series

LOGIN = f"{API_ROOT_PATH}api/v2/auth/login"

# The reports tell who looked at whose data. Reading the audit log of the DAG that writes them is
# the permission nearest to that which every auth manager knows and no everyday role needs.
_require_reader = requires_access_dag("GET", DagAccessEntity.AUDIT_LOG, REPORT_DAG)


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


def may_read(request: Request, user: BaseUser) -> bool:
    """Tell whether Airflow lets `user` read the reports."""
    try:
        _require_reader(request, user)
    except HTTPException:
        return False
    return True


log = logging.getLogger(__name__)

_LONGEST_PATH = 500


class Event(StrEnum):
    """What is put on record, by its name in the audit log."""

    READ = "mimamori_report_read"
    REFUSED = "mimamori_report_refused"


_USES = {Event.READ: "report page", Event.REFUSED: "report page: refused"}


def put_on_record(
    event: Event, user: BaseUser, request: Request, path: str, records: Records, role: str
) -> None:
    """Write one entry to `records`, and one beside the runs of the DAG that writes the reports.

    `role` is that in which the user reads, `none` where the user has none that may.

    Raises:
        MimamoriError: there is no record of it.
        sqlalchemy.exc.SQLAlchemyError: there is no entry in Airflow's database.
    """
    client = request.client.host if request.client else None
    what = {"path": path[:_LONGEST_PATH], "method": request.method, "client": client}
    act = Act(_USES[event], path[:_LONGEST_PATH], who=f"airflow:{user.get_name()}", role=role)
    records.append(Series.USE, act, dt.datetime.now(dt.UTC))
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
