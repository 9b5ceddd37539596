"""When a day is checked, searched for incidents and reported: after all ingests of its night."""

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import LAKE_WRITER, REPORT_DAG, home, secret, settings

DOC = """
`ingest_main` と加盟店グループの `ingest_…`（出荷時は `ingest_benry`）がすべて同じ日の分を終えると
始まります。対象日と、遅れて届いた行で変わったそれ以前の日について、品質検査 → 検出 → 報告書の順に
動きます。検査に落ちても報告書は作り、そこに示します。ある日をやり直すには、`date` にその日を入れて
実行します。最後に、設定の `deliver` にある宛先へ結果を送ります。届かない宛先があればこの作業だけが
失敗し、報告書は残ります。

Starts when `ingest_main` and the `ingest_…` of each franchise group (as shipped `ingest_benry`) are
through with the same day. For that day, and every earlier day that late lines have changed: quality
checks, then detectors, then the report. A failed check does not stop the report, which shows it. To
do a day again, trigger it with `date`. At last the result is sent to whom `deliver` in the settings
names; where that fails, the report stays.
"""

with DAG(
    dag_id=REPORT_DAG,
    dag_display_name="検査・検出・報告 / check, detect, report",
    schedule=PartitionedAssetTimetable(assets=night.all_logs()),
    params={"date": night.DATE_PARAM},
    tags=["mimamori", "report"],
    doc_md=DOC,
    **night.COMMON,
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

    @task(pool=LAKE_WRITER)
    def detect(days: list[str]) -> int:
        """Run the detectors over `days`; return the number of findings."""
        from pipelines.night import stages

        with night.clear_failures():
            return len(stages.detect(settings(), home(), night.dates(days)))

    @task(pool=LAKE_WRITER)
    def report(days: list[str]) -> int:
        """Write the reports of `days`; return how many pages were written."""
        from pipelines.night import stages

        with night.clear_failures():
            return len(stages.report(settings(), home(), night.dates(days)))

    @task(execution_timeout=night.DELIVERY_LIMIT)
    def deliver(days: list[str]) -> dict[str, int]:
        """Send the result of `days`, each once; return how many deliveries there were by status."""
        from pipelines.night import stages

        with night.clear_failures():
            done = stages.deliver(settings(), home(), night.dates(days), secret, is_airflow=True)
        return night.sent(done)

    days = due_days()
    check(days) >> detect(days) >> report(days) >> deliver(days)
