"""By when a night must be through: the deadline that its DAGs give to Airflow.

The report of a day is due the next morning (`report_by` in the settings), whenever the run that
writes it was started: a run that began late has the same deadline. Airflow knows a deadline of this
kind by the plugin that registers it.
"""

import datetime as dt
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert

from pipelines.airflow.alerts import night_is_late
from pipelines.airflow.deployment import setting_or_default

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class MorningAfter(BaseDeadlineReference):
    """The morning after the day that a run is about, in the configured zone.

    A run about an earlier day, started by hand or as a backfill, has none.
    """

    required_kwargs = frozenset({"dag_id", "run_id"})

    def _evaluate_with(self, *, session: "Session", **kwargs: Any) -> dt.datetime | None:
        from airflow.models.dagrun import DagRun  # noqa: PLC0415 - the scheduler alone has it
        from sqlalchemy import select  # noqa: PLC0415

        run = session.scalar(
            select(DagRun).where(
                DagRun.dag_id == kwargs["dag_id"], DagRun.run_id == kwargs["run_id"]
            )
        )
        return None if run is None else due_at(run.partition_key, run.run_after)


def due_at(partition_key: str | None, run_after: dt.datetime) -> dt.datetime | None:
    """Return when a run must be through that was due at the aware instant `run_after`.

    None where that had passed already.
    """
    zone = _zone()
    try:
        day = dt.date.fromisoformat(partition_key or "")
    except ValueError:
        day = run_after.astimezone(zone).date() - dt.timedelta(days=1)
    due = dt.datetime.combine(day + dt.timedelta(days=1), setting_or_default("report_by"), zone)
    return due if due > run_after else None


def night_deadline() -> DeadlineAlert:
    """Return what a DAG of a night has: when it is late, those that `deliver` names hear of it."""
    return DeadlineAlert(
        reference=MorningAfter(),
        interval=dt.timedelta(0),
        callback=SyncCallback(night_is_late),
        name="report_by",
    )


def _zone() -> dt.tzinfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return ZoneInfo(setting_or_default("timezone"))
