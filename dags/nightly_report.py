"""When a day is checked, searched for incidents and reported: after all ingests of its night."""

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import LAKE_WRITER, REPORT_DAG, home, secret, settings
from pipelines.airflow.detection import detected
from pipelines.text.messages import message

with DAG(
    dag_id=REPORT_DAG,
    dag_display_name=str(message("dags.nightly_report.title")),
    schedule=PartitionedAssetTimetable(assets=night.all_logs()),
    params={"date": night.DATE_PARAM},
    tags=["mimamori", "report"],
    doc_md=str(message("dags.nightly_report.doc", between="\n\n")),
    **night.NIGHTLY,
):

    @task(execution_timeout=night.QUICK_LIMIT)
    def due_days() -> list[str]:
        """Return the days to work on, as ISO dates."""
        from pipelines.night import stages

        with night.clear_failures():
            days = stages.due_days(settings(), home(), night.current_day())
        return [day.isoformat() for day in days]

    @task(pool=LAKE_WRITER)
    def check(days: list[str]) -> dict[str, int]:
        """Run the data-quality suites over `days`; return how many checks passed and failed."""
        from pipelines.night import stages

        with night.clear_failures():
            results = stages.check(settings(), home(), night.dates(days))
        failed = sum(not result.success for result in results)
        return {"passed": len(results) - failed, "failed": failed}

    @task(pool=LAKE_WRITER, outlets=[night.reports()])
    def report(days: list[str]) -> int:
        """Write the reports of `days`; return how many pages were written."""
        from pipelines.night import stages

        with night.clear_failures():
            pages = len(stages.report(settings(), home(), night.dates(days)))
        night.tell_outlets(night.dates(days), {"pages": pages})
        return pages

    @task(**night.DELIVERY)
    def deliver(days: list[str]) -> dict[str, int]:
        """Send the result of `days`, each once; return how many deliveries there were by status."""
        from pipelines.night import stages

        with night.clear_failures():
            done = stages.deliver(settings(), home(), night.dates(days), secret, is_airflow=True)
        return night.sent(done)

    @task(pool=LAKE_WRITER)
    def retention() -> dict[str, int]:
        """Let go of what is past its time; return the rows and files by kind."""
        from pipelines.night import stages

        with night.clear_failures():
            done = stages.retention(settings(), home(), night.current_day(), is_of_night=True)
        return {f"{one.kind} {one.act}": one.rows + one.files for one in done.acts}

    days = due_days()
    reported = report(days)
    first, last = detected(days)
    check(days) >> first
    last >> reported >> [deliver(days), retention()]
