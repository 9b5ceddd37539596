"""When the logs of franchise shops' sites are read: every night at 02:00, a DAG for each group."""

from airflow.sdk import DAG

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import MAIN, ingest_dag, ingest_names

DOC = """
毎晩 02:00（設定の時間帯）に、加盟店のあるグループ（設定で `franchise` を持つサイトのグループ。
出荷時は `benry`）のサイトのログから新しい行だけを読み、レイクに入れます。サイトは 100 ずつまとめて
1 タスクで読むので、3,000 店でも 30 タスクです。終わると、新しい行がなくても資産
`mimamori_グループ_logs` を更新します。ほかの `ingest_…` も同じ日の分を終えると `nightly_report` が
始まります。

Reads the new lines of the sites of one group that has franchise shops (settings: sites with a
`franchise`; as shipped `benry`) into the lake, 100 sites a task, so that 3,000 shops are 30 tasks.
When it is done it updates the asset `mimamori_GROUP_logs`, new lines or none. `nightly_report`
starts when every other `ingest_…` is through with the same day.
"""

for name in ingest_names():
    if name == MAIN:
        continue
    with DAG(
        dag_id=ingest_dag(name),
        dag_display_name=f"取り込み（加盟店サイト {name}） / ingest franchise sites {name}",
        schedule=night.nightly_schedule(),
        params={"date": night.DATE_PARAM, "sites_per_batch": night.BATCH_PARAM},
        tags=["mimamori", "ingest"],
        doc_md=DOC,
        **night.COMMON,
    ):
        batches = night.list_sites(name=name)
        counts = night.ingest.expand(batch=batches)
        night.announce.override(outlets=[night.logs_of(name)])(counts)
