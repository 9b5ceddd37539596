"""Secrets that Airflow keeps: its SMTP connection, and a webhook's address as a connection.

Airflow is imported when it is asked, as that takes seconds.
"""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.deliver.channel import ChannelError
from pipelines.deliver.smtp import OpenServer


def airflow_server(connection_id: str) -> OpenServer:
    """Return a way to open the mail server of an Airflow connection, logged in as it says."""

    @contextmanager
    def opened() -> Iterator[smtplib.SMTP]:
        from airflow.providers.smtp.hooks.smtp import SmtpHook  # noqa: PLC0415
        from airflow.sdk.exceptions import AirflowException  # noqa: PLC0415

        try:
            hook = SmtpHook(smtp_conn_id=connection_id).get_conn()
        except (AirflowException, RuntimeError):  # RuntimeError: its `ssl_context` is no known word
            raise ChannelError(
                f"Airflow の接続 {connection_id!r} がないか、開けません / "
                f"the Airflow connection {connection_id!r} is missing or cannot be opened"
            ) from None
        client = hook._smtp_client  # noqa: SLF001 - its own sending makes mails without a text part
        if not isinstance(client, smtplib.SMTP):
            raise ChannelError(
                "Airflow の接続でメールサーバーにつながりません / "
                f"Airflow: {connection_id!r} gave no connection",
                may_pass=True,
            )
        with client:
            yield client

    return opened


def airflow_webhook(connection_id: str) -> str:
    """Return the address that an Airflow connection holds: its host, and its password as the rest.

    That is how Airflow's Slack connection keeps it; `https` where none is given.

    Raises:
        ChannelError: there is no such connection.
    """
    from airflow.sdk import BaseHook  # noqa: PLC0415
    from airflow.sdk.exceptions import AirflowNotFoundException  # noqa: PLC0415

    try:
        connection = BaseHook.get_connection(connection_id)
    except AirflowNotFoundException:
        raise ChannelError(
            f"Airflow に接続 {connection_id!r} がありません / "
            f"Airflow has no connection {connection_id!r}"
        ) from None
    host = connection.host or ""
    if "://" not in host:
        port = f":{connection.port}" if connection.port else ""
        host = f"{connection.schema or 'https'}://{host}{port}"
    rest = (connection.password or "").lstrip("/")
    return f"{host.rstrip('/')}/{rest}" if rest else host
