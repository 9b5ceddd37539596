"""When the lake is kept in order: every Sunday at 04:00, after the nightly run."""

from airflow.sdk import DAG, task

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import LAKE_WRITER, home, settings
from pipelines.text.messages import message

with DAG(
    dag_id="upkeep",
    dag_display_name=str(message("dags.upkeep.title")),
    schedule=night.weekly_schedule(),
    tags=["mimamori", "upkeep"],
    doc_md=str(message("dags.upkeep.doc", between="\n\n")),
    **night.COMMON,
):

    @task(pool=LAKE_WRITER)
    def upkeep() -> dict[str, int]:
        """Maintain the lake; return how many data files it had before and has now."""
        from pipelines.night import stages

        with night.clear_failures():
            result = stages.upkeep(settings(), home())
        return {"files_before": result.files_before, "files_after": result.files_after}

    upkeep()
