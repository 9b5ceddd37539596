"""When a month is audited: at 05:00 on the first three days of the next, after the nightly run."""

from airflow.sdk import DAG, task

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import LAKE_WRITER, home, settings

DOC = """
毎月 1〜3 日の 05:00（設定の時間帯）に、前の月の監査報告を作ります。七つの技術的安全管理措置の判定、
サイトと日ごとの網羅、検出とその後、報告書の署名、委託先と国外からのアクセス、例外が入ります。2 日と
3 日に作り直すのは、遅れて届いたログを含めるためです。ある月をやり直すには、`month` に 2026-11 と
いうように入れて実行します。

Makes the audit report of the month before, at 05:00 on the first three days of a month in the
configured zone: verdicts on the seven technical measures, coverage by site and day, findings and
what became of them, signatures, access by contractors and from abroad, exceptions. It is made again
on the second and third day with the logs that came late. To do a month again, trigger it with
`month`, written as 2026-11.
"""

with DAG(
    dag_id="monthly_audit",
    dag_display_name="月次監査 / monthly audit",
    schedule=night.monthly_schedule(),
    params={"month": night.MONTH_PARAM},
    tags=["mimamori", "report"],
    doc_md=DOC,
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
