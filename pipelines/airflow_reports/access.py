"""Who asks, and may they read the reports: Airflow's own answer to both."""

from typing import Annotated

from airflow.api_fastapi.app import API_ROOT_PATH
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user, requires_access_dag
from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials

from pipelines.airflow.deployment import REPORT_DAG

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
