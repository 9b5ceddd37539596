"""When the logs of all sites but the franchise shops' are read: every night at 02:00."""

from airflow.sdk import DAG

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import MAIN, ingest_dag

DOC = """
毎晩 02:00（設定の時間帯）に、加盟店のあるグループ（出荷時は `benry`）以外の全サイトのログから新しい
行だけを読み、レイクに入れます。何度動かしても同じ行は二度読みません。読めないファイルがあっても、
ほかは読みます。終わると、新しい行がなくても資産 `mimamori_main_logs` を更新します。ほかの
`ingest_…` も同じ日の分を終えると `nightly_report` が始まります。

Reads the new lines of every site outside the groups that have franchise shops (as shipped `benry`)
into the lake; running it again reads nothing twice, and a file that cannot be read does not stop
the others. When it is done it updates the asset `mimamori_main_logs`, new lines or none.
`nightly_report` starts when every other `ingest_…` is through with the same day.
"""

with DAG(
    dag_id=ingest_dag(MAIN),
    dag_display_name="取り込み（本部サイト） / ingest main sites",
    schedule=night.nightly_schedule(),
    params={"date": night.DATE_PARAM, "sites_per_batch": night.BATCH_PARAM},
    tags=["mimamori", "ingest"],
    doc_md=DOC,
    **night.COMMON,
):
    batches = night.list_sites(name=MAIN)
    counts = night.ingest.expand(batch=batches)
    night.announce.override(outlets=[night.logs_of(MAIN)])(counts)
