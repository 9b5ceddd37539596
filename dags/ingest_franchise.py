"""When the logs of franchise shops' sites are read: every night at 02:00, a DAG for each group."""

from airflow.sdk import DAG

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import MAIN, ingest_dag, ingest_names
from pipelines.text.messages import message

for name in ingest_names():
    if name == MAIN:
        continue
    with DAG(
        dag_id=ingest_dag(name),
        dag_display_name=str(message("dags.ingest_franchise.title", name=name)),
        schedule=night.nightly_schedule(),
        params={"date": night.DATE_PARAM, "sites_per_batch": night.BATCH_PARAM},
        tags=["mimamori", "ingest"],
        doc_md=str(message("dags.ingest_franchise.doc", between="\n\n")),
        **night.NIGHTLY,
    ):
        batches = night.list_sites(name=name)
        night.fetch(name=name) >> batches
        counts = night.ingest.expand(batch=batches)
        night.announce.override(outlets=[night.logs_of(name)])(counts)
