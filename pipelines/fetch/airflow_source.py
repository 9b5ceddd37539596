"""A source whose address and secrets an Airflow connection has, in Airflow's own fields."""

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pipelines.airflow_connection import connection_of
from pipelines.fetch.secrets import Secret
from pipelines.fetch.source import SourceError
from pipelines.settings.sources import (
    AirflowSource,
    DirectSource,
    FolderSource,
    HttpSource,
    S3Source,
    SftpSource,
)
from pipelines.settings.validation_errors import first_validation_error
from pipelines.text.messages import message

if TYPE_CHECKING:
    from airflow.sdk import Connection

_OWN_KEYS = {"connection"}
_KINDS = {
    "sftp": "sftp",
    "ssh": "sftp",
    "aws": "s3",
    "http": "http",
    "https": "http",
    "fs": "folder",
}
_MODELS: dict[str, type[DirectSource]] = {
    "sftp": SftpSource,
    "s3": S3Source,
    "http": HttpSource,
    "folder": FolderSource,
}


def resolved(spec: AirflowSource, asked: str) -> tuple[DirectSource, Secret]:
    """Return the source that settings and connection describe together, and its secrets by name.

    What stands in the settings goes before what the connection says.

    Raises:
        SourceError: there is no such connection, or it is none of a source.
        MissingExtraError: Airflow is not installed.
    """
    connection = connection_of(spec.connection, asked)
    if connection is None:
        raise SourceError(
            message("fetch.airflow.no_such_connection", connection_id=spec.connection), is_gone=True
        )
    kind = _KINDS.get(connection.conn_type or "")
    if kind is None:
        raise SourceError(
            message(
                "fetch.airflow.other_type",
                connection_id=spec.connection,
                type=connection.conn_type or "",
            ),
            is_gone=True,
        )
    own = spec.model_dump(exclude_none=True, exclude=_OWN_KEYS)
    described, secrets = _DESCRIBED[kind](connection)
    described = {name: value for name, value in described.items() if value not in {None, ""}}
    if own.keys() & {"known_hosts", "host_key"}:
        described.pop("host_key", None)
    values = {"kind": kind, **described, **own}
    try:
        return _MODELS[kind].model_validate(values), secrets.get
    except ValidationError as error:
        reason = first_validation_error(error)
        raise SourceError(
            message("fetch.airflow.incomplete", connection_id=spec.connection, reason=reason),
            is_gone=True,
        ) from None


_Described = tuple[dict[str, Any], dict[str, str | None]]


def _sftp(connection: "Connection") -> _Described:
    extra = connection.extra_dejson
    key_file, key = extra.get("key_file"), extra.get("private_key")
    passphrase = extra.get("private_key_passphrase")
    has_key = bool(key_file or key)
    values = {
        "host": connection.host,
        "port": connection.port,
        "user": connection.login,
        "key_file": None if key else key_file,
        "key_env": "PRIVATE_KEY" if key else None,
        "passphrase_env": "PASSPHRASE" if passphrase and has_key else None,
        "password_env": None if has_key else "PASSWORD",
        "host_key": _host_key(extra.get("host_key")),
    }
    secrets = {
        "PASSWORD": connection.password,
        "PRIVATE_KEY": key,
        "PASSPHRASE": passphrase,
    }
    return values, secrets


def _host_key(text: str | None) -> str | None:
    """The host key as `TYPE KEY`; Airflow also takes the key alone, which is then of type RSA."""
    return f"ssh-rsa {text}" if text and " " not in text else text


def _s3(connection: "Connection") -> _Described:
    extra = connection.extra_dejson
    values = {
        "endpoint": extra.get("endpoint_url"),
        "region": extra.get("region_name"),
        "key_id_env": "KEY_ID" if connection.login else None,
        "secret_env": "SECRET" if connection.login else None,
        "session_token_env": "TOKEN" if extra.get("aws_session_token") else None,
    }
    secrets = {
        "KEY_ID": connection.login,
        "SECRET": connection.password,
        "TOKEN": extra.get("aws_session_token"),
    }
    return values, secrets


def _http(connection: "Connection") -> _Described:
    host = connection.host or ""
    if "://" not in host:
        port = f":{connection.port}" if connection.port else ""
        host = f"{connection.schema or connection.conn_type}://{host}{port}"
    values = {
        "url": host,
        "user": connection.login,
        "password_env": "PASSWORD" if connection.login else None,
    }
    return values, {"PASSWORD": connection.password}


def _folder(connection: "Connection") -> _Described:
    return {"path": connection.extra_dejson.get("path")}, {}


_DESCRIBED = {"sftp": _sftp, "s3": _s3, "http": _http, "folder": _folder}
