"""Opening a source of any kind; the modules for SSH and S3 are imported when they are needed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from pipelines.extras import needing
from pipelines.fetch.secrets import Secret
from pipelines.fetch.source import Session
from pipelines.settings.sources import (
    AirflowSource,
    DirectSource,
    FolderSource,
    HttpSource,
    S3Source,
    SftpSource,
)


@contextmanager
def opened(
    spec: DirectSource | AirflowSource,
    secret: Secret,
    timeout_seconds: float,
    most_names: int,
    asked: str,
) -> Iterator[Session]:
    """Open a source; `secret` gives the value of a variable, `asked` is the source's key.

    `most_names` is how many names one of its folders, or the bucket, may have.

    Raises:
        SourceError: it cannot be opened.
        MissingExtraError: what it needs is not installed.
    """
    if isinstance(spec, AirflowSource):
        from pipelines.fetch.airflow_source import resolved  # noqa: PLC0415 - few use it

        spec, secret = resolved(spec, asked)
    with _session(spec, secret, timeout_seconds, most_names, asked) as session:
        yield session


def _session(
    spec: DirectSource, secret: Secret, timeout_seconds: float, most_names: int, asked: str
) -> AbstractContextManager[Session]:
    match spec:
        case FolderSource():
            from pipelines.fetch.folder_source import open_folder  # noqa: PLC0415

            return open_folder(spec)
        case SftpSource():
            with needing("fetch", asked):
                from pipelines.fetch.sftp_source import open_sftp  # noqa: PLC0415

            return open_sftp(spec, secret, timeout_seconds, most_names)
        case S3Source():
            with needing("fetch", asked):
                from pipelines.fetch.s3_source import open_s3  # noqa: PLC0415

            return open_s3(spec, secret, timeout_seconds, most_names)
        case HttpSource():
            from pipelines.fetch.http_source import open_http  # noqa: PLC0415

            return open_http(spec, secret, timeout_seconds, most_names)
