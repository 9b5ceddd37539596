"""What Airflow calls when a run fails, or a night is not through by its morning.

Those whom `deliver:` names by mail and webhook hear of it, with what is known without the lake. The
callbacks raise nothing: what stopped the run must not hide behind what stopped the message.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

from pipelines.airflow.deployment import secret, settings
from pipelines.errors import MimamoriError
from pipelines.text.messages import Message, message

log = logging.getLogger(__name__)


def run_failed(context: Mapping[str, Any]) -> None:
    """Tell that a run of a DAG has failed; Airflow calls it once for a run.

    The task is the one that Airflow names, mostly the last that failed.
    """
    task = context.get("ti")
    _tell(
        message("airflow.alerts.run_failed", dag=context["dag"].dag_id),
        message("airflow.alerts.run", run=context["run_id"]),
        message("airflow.alerts.task", task="-" if task is None else task.task_id),
        message("airflow.alerts.look_at_log"),
    )


def night_is_late(context: Mapping[str, Any]) -> None:
    """Tell that a run was not through when the morning's report was due."""
    run, due = context["dag_run"], context["deadline"]["deadline_time"]
    _tell(
        message("airflow.alerts.late", dag=run["dag_id"]),
        message("airflow.alerts.run", run=run["dag_run_id"]),
        message("airflow.alerts.due", due=due),
        message("airflow.alerts.look_at_log"),
    )


def _tell(what: Message, *facts: Message) -> None:
    log.error("%s: %s", what, "; ".join(facts))
    try:
        current = settings()
        if current.deliver is None:
            return
        from pipelines.deliver.trouble import Trouble, tell_trouble  # noqa: PLC0415
        from pipelines.text.words import Words  # noqa: PLC0415

        language = current.locale
        trouble = Trouble(what.texts[language], tuple(one.texts[language] for one in facts))
        told = tell_trouble(
            current.deliver,
            Words(language, current.zone),
            trouble,
            secret,
            dt.datetime.now(dt.UTC),
            is_airflow=True,
        )
        log.info("reported by %s", ", ".join(told) or "nobody")
    except MimamoriError as error:  # wrong settings name nobody whom to tell
        log.error("%s", error)  # noqa: TRY400 - its message says it all
