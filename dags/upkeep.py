"""When the lake is kept in order: every Sunday at 04:00, after the nightly run."""

from airflow.sdk import DAG, task

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import LAKE_WRITER, home, settings

DOC = """
毎週日曜 04:00（設定の時間帯）に、レイクの小さなファイルをまとめ、古い版を片づけます。
データの行は変わりません。

Merges the small files of the lake and clears old snapshots away, every Sunday at 04:00 in the
configured zone. No row changes.
"""

with DAG(
    dag_id="upkeep",
    dag_display_name="レイクの手入れ / lake upkeep",
    schedule=night.weekly_schedule(),
    tags=["mimamori", "upkeep"],
    doc_md=DOC,
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
