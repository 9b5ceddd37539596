"""Secrets that Airflow keeps: its SMTP connection, and a webhook's address as a connection.

Airflow is imported when it is asked, as that takes seconds.
"""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.airflow_connection import connection_of
from pipelines.deliver.channel import ChannelError
from pipelines.deliver.smtp import OpenServer
from pipelines.extras import needing
from pipelines.settings.delivery import is_own_machine
from pipelines.text.messages import message

if TYPE_CHECKING:
    from airflow.sdk import Connection


def airflow_server(connection_id: str) -> OpenServer:
    """Return a way to open the mail server of an Airflow connection, logged in as it says.

    It raises ChannelError where there is no such connection, MissingExtraError without Airflow.
    """

    @contextmanager
    def opened() -> Iterator[smtplib.SMTP]:
        with needing("airflow", "deliver.email.connection"):
            from airflow.providers.smtp.hooks.smtp import SmtpHook  # noqa: PLC0415
            from airflow.sdk import BaseHook  # noqa: PLC0415
            from airflow.sdk.exceptions import AirflowException  # noqa: PLC0415

        try:
            _require_encryption(connection_id, BaseHook.get_connection(connection_id))
            hook = SmtpHook(smtp_conn_id=connection_id).get_conn()
        except (AirflowException, RuntimeError):  # RuntimeError: its `ssl_context` is no known word
            raise ChannelError(
                message("deliver.airflow_connections.cannot_be_opened", connection_id=connection_id)
            ) from None
        client = hook._smtp_client  # noqa: SLF001 - its own sending makes mails without a text part
        if not isinstance(client, smtplib.SMTP):
            raise ChannelError(
                message("deliver.airflow_connections.no_mail_server", connection_id=connection_id),
                may_pass=True,
            )
        with client:
            yield client

    return opened


def _require_encryption(connection_id: str, connection: "Connection") -> None:
    """Refuse what would send the log-in and the mail in clear, or to whoever answers."""
    extra = connection.extra_dejson
    is_clear = extra.get("disable_ssl") and extra.get("disable_tls")
    is_unchecked = extra.get("ssl_context") == "none"
    if (is_clear or is_unchecked) and not is_own_machine(connection.host or ""):
        raise ChannelError(
            message("deliver.airflow_connections.in_clear", connection_id=connection_id)
        )


def airflow_webhook(connection_id: str) -> str:
    """Return the address that an Airflow connection holds: its host, and its password as the rest.

    That is how Airflow's Slack connection keeps it; `https` where none is given.

    Raises:
        ChannelError: there is no such connection.
        MissingExtraError: Airflow is not installed.
    """
    connection = connection_of(connection_id, "deliver.webhook.connection")
    if connection is None:
        raise ChannelError(
            message("deliver.airflow_connections.no_such_connection", connection_id=connection_id)
        )
    host = connection.host or ""
    if "://" not in host:
        port = f":{connection.port}" if connection.port else ""
        host = f"{connection.schema or 'https'}://{host}{port}"
    rest = (connection.password or "").lstrip("/")
    return f"{host.rstrip('/')}/{rest}" if rest else host
