"""What the tasks of the DAG `erasure` do: a person is erased after somebody else has agreed.

Airflow keeps parameters, results and answers, so none of them tells whom it is about.
"""

from typing import Any

from airflow.sdk import get_current_context, task

from pipelines.airflow.deployment import LAKE_WRITER, home, settings
from pipelines.airflow.orchestration import clear_failures


def _asked_for() -> str:
    return str(get_current_context()["params"]["request"])


def approver(account: str) -> str:
    """Return an account of Airflow as the register names people, and tells them apart."""
    return f"{account} (airflow/{account})"


@task
@clear_failures()
def held() -> dict[str, int]:
    """Return how many places and rows hold something of the person, and what of it is evidence."""
    from pipelines import lake
    from pipelines.night.stages import system_clock
    from pipelines.subject.proposal import held_by_proposal

    current = settings()
    with lake.open_reader(home(), current.timezone) as con:
        return held_by_proposal(con, home(), current, _asked_for(), system_clock())


@task(pool=LAKE_WRITER)
@clear_failures()
def erase(answer: dict[str, Any]) -> dict[str, int]:
    """Erase the person, in the name of whoever approved; return how many rows that changed."""
    from pipelines import lake
    from pipelines.night.stages import system_clock
    from pipelines.subject.proposal import erase_proposed

    current = settings()
    second = approver(answer["responded_by_user"]["name"])
    with lake.open_writer(home(), current.timezone) as con:
        done = erase_proposed(con, home(), current, _asked_for(), second, system_clock())
    return {"rows": done.rows, "left": len(done.left)}


@task
def let_go() -> None:
    """Remove what was asked, also where it was rejected, failed or waited too long."""
    from pipelines.subject.proposal import withdraw

    withdraw(home(), _asked_for())
