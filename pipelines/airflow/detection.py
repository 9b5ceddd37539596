"""Detection in the DAG of the reports: one task, or shared out where the lake bears several.

Shares name a day and a part of its detection; what they find stays out of Airflow's database.
"""

from typing import Any

from airflow.sdk import task

from pipelines.airflow.deployment import LAKE_WRITER, bears_several, home, settings
from pipelines.airflow.orchestration import clear_failures, dates


@task(pool=LAKE_WRITER)
@clear_failures()
def share_out(days: list[str]) -> list[dict[str, Any]]:
    """Return the shares of the detection of `days`: one for each day and part."""
    from pipelines.night import shared_detection
    from pipelines.night.stages import system_clock

    return shared_detection.share_out(settings(), home(), dates(days), system_clock)


@task
@clear_failures()
def examine(share: dict[str, Any]) -> int:
    """Examine a share, beside all others; return how many findings that may be."""
    from pipelines.night import shared_detection

    return shared_detection.examine_share(settings(), home(), share)


@task(pool=LAKE_WRITER, trigger_rule="none_failed")
@clear_failures()
def detect(days: list[str], shares: Any = None) -> int:
    """Weigh together what was found on `days`, or run the detectors; return the findings."""
    from pipelines.night import stages
    from pipelines.night.shared_detection import HandedOver

    ready = HandedOver(home(), list(shares)) if shares else None
    found = stages.detect(settings(), home(), dates(days), ready=ready)
    if ready is not None:
        ready.forget()
    return len(found)


def detected(days: Any) -> tuple[Any, Any]:
    """Return the first and the last task of the detection of `days`."""
    if not bears_several():
        one = detect(days)
        return one, one
    shares = share_out(days)
    last = detect(days, shares)
    examine.expand(share=shares) >> last
    return shares, last
