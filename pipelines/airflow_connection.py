"""Connections that Airflow keeps. Airflow is imported when one is asked for: it takes seconds."""

from typing import TYPE_CHECKING

from pipelines.extras import needing

if TYPE_CHECKING:
    from airflow.sdk import Connection


def connection_of(connection_id: str, asked: str) -> "Connection | None":
    """Return an Airflow connection, None where there is none of that id.

    Raises:
        MissingExtraError: Airflow is not installed; `asked` is the key that names the connection.
    """
    with needing("airflow", asked):
        from airflow.sdk import BaseHook  # noqa: PLC0415
        from airflow.sdk.exceptions import AirflowNotFoundException  # noqa: PLC0415

    try:
        return BaseHook.get_connection(connection_id)
    except AirflowNotFoundException:
        return None
