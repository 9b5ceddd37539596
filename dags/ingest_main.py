"""When the logs of all sites but the franchise shops' are read: every night at 02:00."""

from airflow.sdk import DAG

from pipelines.airflow import orchestration as night
from pipelines.airflow.deployment import MAIN, ingest_dag
from pipelines.text.messages import message

with DAG(
    dag_id=ingest_dag(MAIN),
    dag_display_name=str(message("dags.ingest_main.title")),
    schedule=night.nightly_schedule(),
    params={"date": night.DATE_PARAM, "sites_per_batch": night.BATCH_PARAM},
    tags=["mimamori", "ingest"],
    doc_md=str(message("dags.ingest_main.doc", between="\n\n")),
    **night.NIGHTLY,
):
    batches = night.list_sites(name=MAIN)
    night.fetch(name=MAIN) >> batches
    counts = night.ingest.expand(batch=batches)
    night.announce.override(outlets=[night.logs_of(MAIN)])(counts)
