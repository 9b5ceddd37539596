"""When the logs of the Benry franchise shops' sites are read: every night at 02:00."""

from airflow.sdk import DAG

from pipelines import orchestration as night

DOC = """
毎晩 02:00（設定の時間帯）に、Benry 加盟店（グループ `benry`）のサイトのログから新しい行だけを読み、
レイクに入れます。サイトは 100 ずつまとめて 1 タスクで読むので、3,000 店でも 30 タスクです。
終わると、新しい行がなくても資産 `mimamori_benry_logs` を更新します。`ingest_main` も同じ日の分を
終えると `nightly_report` が始まります。

Reads the new lines of the franchise shops' sites (group `benry`) into the lake, 100 sites a task,
so that 3,000 shops are 30 tasks. When it is done it updates the asset `mimamori_benry_logs`, new
lines or none. `nightly_report` starts when `ingest_main` is through with the same day.
"""

with DAG(
    dag_id="ingest_benry",
    dag_display_name="取り込み（加盟店サイト） / ingest franchise sites",
    schedule=night.nightly_schedule(),
    params={"date": night.DATE_PARAM, "sites_per_batch": night.BATCH_PARAM},
    tags=["mimamori", "ingest"],
    doc_md=DOC,
    **night.COMMON,
):
    batches = night.list_sites(franchise=True)
    counts = night.ingest.expand(batch=batches)
    night.announce.override(outlets=[night.BENRY_LOGS])(counts)
