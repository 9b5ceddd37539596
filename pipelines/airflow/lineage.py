"""What each task reads and writes, for OpenLineage, where its provider is there and set up.

The names of tables and folders, never of people, sites or files. Airflow's own settings say where
the events go (docs/operations.md); without a transport nothing is imported.
"""

from typing import Any

from airflow.sdk import Context

from pipelines.extras import is_installed

_NAMESPACE = "mimamori"
# Of a task by its id: what it reads, what it writes.
FLOWS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ingest": (
        ("landing",),
        ("lake.request_fact", "lake.client", "lake.agent", "lake.reject", "lake.ledger"),
    ),
    "check": (("lake.access_log", "lake.ledger"), ("lake.check_result", "data-docs")),
    "detect": (("lake.access_log",), ("lake.findings", "lake.incident")),
    "report": (("lake.findings", "lake.incident", "lake.check_result"), ("reports",)),
    "deliver": (("reports",), ("deliveries",)),
}


def emit_lineage(context: Context) -> None:
    """Emit by the provider's own call what a task that has just ended well has read and written."""
    task_instance: Any = context["ti"]
    flow = FLOWS.get(task_instance.task_id)
    if flow is None or not is_installed("lineage"):
        return
    from airflow.providers.openlineage.conf import is_disabled  # noqa: PLC0415 - an extra brings it

    if is_disabled():
        return
    from airflow.providers.openlineage.api import emit_dataset_lineage  # noqa: PLC0415
    from openlineage.client.event_v2 import InputDataset, OutputDataset  # noqa: PLC0415

    reads, writes = flow
    emit_dataset_lineage(
        inputs=[InputDataset(namespace=_NAMESPACE, name=name) for name in reads],
        outputs=[OutputDataset(namespace=_NAMESPACE, name=name) for name in writes],
        task_instance=task_instance,
    )
