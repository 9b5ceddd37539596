"""When a person is erased: once somebody other than whoever asked has approved it in Airflow."""

import datetime as dt

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param

from pipelines.airflow import erasure
from pipelines.airflow import orchestration as night
from pipelines.text.messages import message

with DAG(
    dag_id="erasure",
    dag_display_name=str(message("dags.erasure.title")),
    schedule=None,
    params={
        "request": Param(
            type="string",
            pattern="^[0-9a-f]{16}$",
            description=str(message("dags.erasure.request")),
        )
    },
    tags=["mimamori", "privacy"],
    doc_md=str(message("dags.erasure.doc", between="\n\n")),
    **night.COMMON,
):
    held = erasure.held()
    approve = ApprovalOperator(
        task_id="approve",
        subject=str(message("dags.erasure.subject")),
        body=str(
            message(
                "dags.erasure.body",
                between="\n\n",
                rows="{{ ti.xcom_pull(task_ids='held')['rows'] }}",
                places="{{ ti.xcom_pull(task_ids='held')['places'] }}",
                cases="{{ ti.xcom_pull(task_ids='held')['cases'] }}",
                findings="{{ ti.xcom_pull(task_ids='held')['findings'] }}",
                days="{{ ti.xcom_pull(task_ids='held')['days'] }}",
            )
        ),
        response_timeout=dt.timedelta(days=7),
        execution_timeout=None,
        retries=0,
    )
    held >> approve
    erasure.erase(approve.output) >> erasure.let_go().as_teardown()
