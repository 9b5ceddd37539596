"""A bucket of S3 or a compatible store as a source: a listing, and any part of an object."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from urllib3.exceptions import HTTPError

from pipelines.fetch.secrets import Secret, needed
from pipelines.fetch.source import CHUNK_BYTES, RemoteFile, SourceError, plausible_ns
from pipelines.fetch.wanted import Claim, Refused, Wanted
from pipelines.ingest.discover import shown
from pipelines.s3_client import s3_client
from pipelines.settings.sources import S3Source
from pipelines.text.messages import message

_MD5 = re.compile(r'"([0-9a-f]{32})"')
_NOT_FOUND = frozenset({"404", "NoSuchKey", "NotFound"})
_CHANGED = frozenset({"412", "PreconditionFailed", "416", "InvalidRange"})
_SERVER_ERROR = 500
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@contextmanager
def open_s3(
    spec: S3Source, secret: Secret, timeout_seconds: float, most_names: int
) -> Iterator["S3Session"]:
    """Make a client of the bucket; nothing is asked yet.

    Raises:
        SourceError: a secret is missing.
    """
    keys = {}
    if spec.key_id_env is not None and spec.secret_env is not None:
        token = spec.session_token_env
        keys = {
            "aws_access_key_id": needed(secret, spec.key_id_env),
            "aws_secret_access_key": needed(secret, spec.secret_env),
            "aws_session_token": needed(secret, token) if token else None,
        }
    client = s3_client(
        spec.url,
        spec.region,
        keys,
        is_by_path=(spec.url_style or ("path" if spec.endpoint else "vhost")) == "path",
        is_anonymous=spec.anonymous,
        timeout_seconds=timeout_seconds,  # a run has its own attempts
    )
    try:
        yield S3Session(client, spec, most_names)
    finally:
        client.close()


class S3Session:
    """A client of one bucket."""

    def __init__(self, client: Any, spec: S3Source, most_names: int) -> None:
        """Take the client."""
        self._client = client
        self._bucket = spec.bucket
        self._prefix = spec.prefix
        self._most_names = most_names
        self._without_md5: set[str] = set()

    def files(self, wanted: Wanted) -> Iterator[RemoteFile | Refused]:
        """Yield the wanted objects, and names that are refused."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix
        )
        count = 0
        told = None
        with _explained(""):
            for page in pages:
                if "IsTruncated" not in page:  # an answer that broke off within its headers
                    raise SourceError(message("fetch.source.shorter"), may_pass=True)
                for one in page.get("Contents", ()):
                    count += 1
                    if count > self._most_names:
                        raise SourceError(
                            message("fetch.source.too_many_names", allowed=self._most_names),
                            is_gone=True,
                        )
                    path = one["Key"].removeprefix(self._prefix)
                    if not path or path.endswith("/"):
                        continue  # what stands for a folder in some programs
                    claim = wanted.claim(path)
                    if isinstance(claim, Claim):
                        yield _remote_file(path, claim, one["Size"], one)
                    elif claim is not None and claim != told:  # names of one folder come together
                        yield claim
                        told = claim

    def look(self, file: RemoteFile) -> RemoteFile:
        """Return an object as it is now."""
        with _explained(file.path):
            found = self._client.head_object(Bucket=self._bucket, Key=self._prefix + file.path)
        return _remote_file(file.path, file.claim, found["ContentLength"], found)

    def read(self, file: RemoteFile, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a part of an object, which still has the content that was listed."""
        if start >= end:
            return
        with _explained(file.path):
            found = self._client.get_object(
                Bucket=self._bucket,
                Key=self._prefix + file.path,
                Range=f"bytes={start}-{end - 1}",
                **({"IfMatch": file.etag} if file.etag else {}),
            )
            if found.get("SSECustomerAlgorithm") or "kms" in found.get("ServerSideEncryption", ""):
                self._without_md5.add(file.path)
            body = found["Body"]
            with suppress(GeneratorExit):
                for chunk in body.iter_chunks(CHUNK_BYTES):
                    start += len(chunk)
                    yield chunk
                if start != end:
                    raise SourceError(message("fetch.source.shorter"), may_pass=True)
            body.close()

    def md5(self, file: RemoteFile) -> str | None:
        """Return the MD5 of an object that was read, where its ETag is one.

        It is none for objects of several parts, and where a key of the customer's encrypts them.
        """
        found = _MD5.fullmatch(file.etag or "")
        return found[1] if found and file.path not in self._without_md5 else None

    def text(self, path: str, most_bytes: int) -> bytes | None:
        """Return the whole of a small object, None where there is none."""
        try:
            with _explained(path):
                found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + path)
                return bytes(found["Body"].read(most_bytes + 1))
        except SourceError as error:
            if error.may_pass:
                raise
            return None


def _remote_file(path: str, claim: Claim, size: int, found: Mapping[str, Any]) -> RemoteFile:
    since = found["LastModified"] - _EPOCH
    modified_ns = plausible_ns(since // dt.timedelta(microseconds=1) * 1000)
    return RemoteFile(path, claim, size, modified_ns, found.get("ETag"))


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Raise what goes wrong as SourceErrors; without a path it is about the bucket."""
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, path) from None
    except NoCredentialsError:
        raise SourceError(message("fetch.s3.no_credentials"), is_gone=True) from None
    except (BotoCoreError, HTTPError) as error:  # the latter of a stream that breaks off
        raise SourceError(
            message("fetch.source.broke_off", kind=type(error).__name__), may_pass=True
        ) from None


def _of_answer(error: ClientError, path: str) -> SourceError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _CHANGED:
        return SourceError(message("fetch.source.changed"), may_pass=True)
    if path and code in _NOT_FOUND:
        return SourceError(message("fetch.source.vanished"))
    return SourceError(
        message("fetch.s3.declined", code=shown(code), status=status),
        may_pass=status >= _SERVER_ERROR,
        is_gone=not path,
    )
