"""Puts on record who read which report, and who was refused: in Airflow's audit log and its log."""

import json
import logging
from enum import StrEnum

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.models.log import Log
from airflow.utils.session import create_session
from fastapi import Request

from pipelines.airflow.deployment import REPORT_DAG

log = logging.getLogger(__name__)

_LONGEST_PATH = 500


class Event(StrEnum):
    """What is put on record, by its name in the audit log."""

    READ = "mimamori_report_read"
    REFUSED = "mimamori_report_refused"


def put_on_record(event: Event, user: BaseUser, request: Request, path: str) -> None:
    """Write one entry, beside the runs of the DAG that writes the reports.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: it could not be written.
    """
    client = request.client.host if request.client else None
    what = {"path": path[:_LONGEST_PATH], "method": request.method, "client": client}
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
