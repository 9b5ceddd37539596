"""The data files of a lake in a bucket, past DuckDB: what lies there, and what is kept of it."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

from pipelines.errors import MimamoriError
from pipelines.lake.place_kind import LyingFile
from pipelines.paths import Bucket
from pipelines.s3_client import s3_client
from pipelines.text.messages import message

_AT_ONCE = 1000  # most keys that one request may delete
_ATTEMPTS = 5
_PART_BYTES = 1 << 20
_ASKED_AT_ONCE = 8
_NOT_THERE = {"404", "NoSuchKey", "NotFound"}
_UNKNOWN = {"NotImplemented", "MethodNotAllowed", "AccessDenied"}


class BucketFiles:
    """The objects below the prefix of the data files. Errors are MimamoriError."""

    def __init__(self, bucket: Bucket, client: Any) -> None:
        """Take a client of the bucket."""
        self._bucket = bucket
        self._client = client

    def files(self, most: int | None = None) -> Iterator[LyingFile]:
        """Yield the Parquet files, at most so many."""
        left = most
        pages = self._client.get_paginator("list_objects_v2").paginate(**self._below())
        for page in pages:
            for one in page.get("Contents", ()):
                if one["Key"].endswith(".parquet"):
                    path = PurePosixPath(one["Key"].removeprefix(self._bucket.prefix))
                    yield LyingFile(path, one["Size"], int(one["LastModified"].timestamp() * 1e9))
                    left = left and left - 1
                    if left == 0:
                        return

    def remove(self, files: Iterable[LyingFile]) -> None:
        """Delete files."""
        keys = [self._key(file.path) for file in files]
        for begin in range(0, len(keys), _AT_ONCE):
            part = [{"Key": key} for key in keys[begin : begin + _AT_ONCE]]
            answer = self._client.delete_objects(
                Bucket=self._bucket.name, Delete={"Objects": part, "Quiet": True}
            )
            if errors := answer.get("Errors"):
                raise MimamoriError(
                    message(
                        "lake.bucket.failed",
                        at=f"{self._bucket.url}{errors[0]['Key']}",
                        reason=errors[0].get("Code", ""),
                    )
                )

    def lacking(self, paths: Iterable[PurePosixPath]) -> set[PurePosixPath]:
        """Return those of the paths at which nothing lies."""
        with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
            asked = {path: pool.submit(self._is_there, path) for path in paths}
            return {path for path, answer in asked.items() if not answer.result()}

    def _is_there(self, path: PurePosixPath) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket.name, Key=self._key(path))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _NOT_THERE:
                return False
            raise
        return True

    def earlier_versions(self) -> int | None:
        """Return how many deleted or replaced objects the bucket keeps; None where it is silent."""
        try:
            pages = self._client.get_paginator("list_object_versions").paginate(**self._below())
            return sum(not one["IsLatest"] for page in pages for one in page.get("Versions", ()))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _UNKNOWN:
                return None
            raise

    def put(self, path: PurePosixPath, source: BinaryIO, size: int) -> None:
        """Write a file."""
        self._client.put_object(
            Bucket=self._bucket.name, Key=self._key(path), Body=source, ContentLength=size
        )

    def settle(self) -> None:
        """Do nothing: a storage answers when it has the file."""

    def read(self, path: PurePosixPath) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        found = self._client.get_object(Bucket=self._bucket.name, Key=self._key(path))
        yield from found["Body"].iter_chunks(_PART_BYTES)

    def _key(self, path: PurePosixPath) -> str:
        return f"{self._bucket.prefix}{path}"

    def _below(self) -> dict[str, str]:
        return {"Bucket": self._bucket.name, "Prefix": self._bucket.prefix}


@contextmanager
def bucket_files(bucket: Bucket) -> Iterator[BucketFiles]:
    """Yield the files of a bucket.

    Raises:
        MimamoriError: the storage cannot be reached, or refused something.
        SettingsError: a variable with a key is not set.
    """
    keys = {
        "aws_access_key_id": bucket.key_id(),
        "aws_secret_access_key": bucket.secret(),
    }
    scheme = "https" if bucket.use_ssl else "http"
    endpoint = f"{scheme}://{bucket.endpoint}" if bucket.endpoint else None
    client = s3_client(
        endpoint,
        bucket.region,
        keys,
        is_by_path=bucket.is_by_path,
        attempts=_ATTEMPTS,
        ca_file=bucket.ca_file,
    )
    try:
        yield BucketFiles(bucket, client)
    except (BotoCoreError, ClientError) as error:
        raise MimamoriError(message("lake.bucket.failed", at=bucket.url, reason=error)) from None
    finally:
        client.close()
