"""When a month is audited: at 05:00 on the first three days of the next, after the nightly run."""

from airflow.sdk import DAG, task

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import LAKE_WRITER, home, settings
from pipelines.text.messages import message

with DAG(
    dag_id="monthly_audit",
    dag_display_name=str(message("dags.monthly_audit.title")),
    schedule=night.monthly_schedule(),
    params={"month": night.MONTH_PARAM},
    tags=["mimamori", "report"],
    doc_md=str(message("dags.monthly_audit.doc", between="\n\n")),
    **night.COMMON,
):

    @task(pool=LAKE_WRITER)
    def audit() -> dict[str, str]:
        """Write the audit report; return the verdict on each measure."""
        from pipelines.night import stages

        with night.clear_failures():
            made = stages.audit(settings(), home(), night.current_month())
        return {str(measure): str(standing) for measure, standing in made.standings.items()}

    audit()
