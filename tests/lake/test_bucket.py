"""Objects of a bucket: listed, deleted by the thousand, looked for; and what a storage refuses."""

import datetime as dt
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipelines.errors import MimamoriError
from pipelines.lake.bucket import BucketFiles
from pipelines.lake.place_kind import LyingFile
from tests.lake.given_bucket import BUCKET

_WRITTEN = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


class _Storage:
    """A storage in memory, as boto3's client asks it; two keys to a page."""

    def __init__(self, keys: Sequence[str] = (), refused: str = "") -> None:
        self.keys, self.refused = list(keys), refused
        self.deleted: list[int] = []

    def get_paginator(self, name: str) -> "_Pages":
        return _Pages(self, name)

    def delete_objects(self, **asked: Any) -> dict[str, Any]:
        wanted = [one["Key"] for one in asked["Delete"]["Objects"]]
        assert asked["Bucket"] == "bucket"
        self.deleted.append(len(wanted))
        if self.refused:
            return {"Errors": [{"Key": wanted[0], "Code": self.refused}]}
        self.keys = [one for one in self.keys if one not in wanted]
        return {}

    def head_object(self, **asked: Any) -> None:
        if asked["Key"] not in self.keys or self.refused:
            raise _error(self.refused or "404")

    def put_object(self, **asked: Any) -> None:
        assert len(asked["Body"].read()) == asked["ContentLength"]
        self.keys.append(asked["Key"])


class _Pages:
    def __init__(self, storage: _Storage, name: str) -> None:
        self._storage, self._name = storage, name

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        assert asked == {"Bucket": "bucket", "Prefix": "lake/"}
        if self._storage.refused:
            raise _error(self._storage.refused)
        if self._name == "list_object_versions":
            for key in self._storage.keys:
                yield {
                    "Versions": [{"Key": key, "IsLatest": True}, {"Key": key, "IsLatest": False}]
                }
            yield {}
            return
        for begin in range(0, len(self._storage.keys), 2):
            part = self._storage.keys[begin : begin + 2]
            yield {"Contents": [{"Key": k, "Size": 3, "LastModified": _WRITTEN} for k in part]}
        yield {}


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "asked")


def _files(storage: _Storage) -> BucketFiles:
    return BucketFiles(BUCKET, storage)


_KEYS = [*(f"lake/main/{n}.parquet" for n in range(5)), "lake/note.txt"]


@pytest.mark.parametrize(("most", "count"), [(None, 5), (1, 1), (3, 3), (5, 5), (9, 5)])
def test_files_are_listed_up_to_a_number(most: int | None, count: int) -> None:
    """Only Parquet files, by their path below the prefix, over all pages."""
    found = list(_files(_Storage(_KEYS)).files(most))
    assert [str(one.path) for one in found] == [f"main/{n}.parquet" for n in range(count)]
    assert {one.size for one in found} == {3}
    assert {one.written_ns for one in found} == {int(_WRITTEN.timestamp()) * 10**9}


@pytest.mark.parametrize(
    ("count", "asked"), [(0, []), (1, [1]), (1000, [1000]), (1001, [1000, 1]), (2000, [1000, 1000])]
)
def test_files_are_deleted_a_thousand_at_once(count: int, asked: list[int]) -> None:
    """As many as a storage takes; the others stay."""
    paths = [PurePosixPath(f"main/{n}.parquet") for n in range(count)]
    storage = _Storage([*(f"lake/{path}" for path in paths), "lake/kept.parquet"])
    _files(storage).remove(LyingFile(path, 3, 0) for path in paths)
    assert (storage.deleted, storage.keys) == (asked, ["lake/kept.parquet"])


def test_a_refused_deletion_names_the_file() -> None:
    """And says why."""
    files = _files(_Storage(refused="AccessDenied"))
    with pytest.raises(MimamoriError, match=r"main/1\.parquet.*AccessDenied"):
        files.remove([LyingFile(PurePosixPath("main/1.parquet"), 3, 0)])


def test_what_is_lacking_is_told_apart_from_what_is_refused() -> None:
    """A storage that says no is no proof that a file is gone."""
    there, gone = PurePosixPath("main/1.parquet"), PurePosixPath("main/9.parquet")
    assert _files(_Storage(_KEYS)).lacking([there, gone]) == {gone}
    assert _files(_Storage(_KEYS)).lacking([]) == set()
    for code in ("404", "NoSuchKey", "NotFound"):
        assert _files(_Storage(refused=code)).lacking([there]) == {there}
    with pytest.raises(ClientError):
        _files(_Storage(refused="AccessDenied")).lacking([there])


def test_earlier_versions_are_counted_where_the_storage_tells() -> None:
    """None where it does not know of versions, or does not say."""
    assert _files(_Storage(_KEYS)).earlier_versions() == len(_KEYS)
    assert _files(_Storage()).earlier_versions() == 0
    for code in ("NotImplemented", "MethodNotAllowed", "AccessDenied"):
        assert _files(_Storage(refused=code)).earlier_versions() is None
    with pytest.raises(ClientError):
        _files(_Storage(refused="SlowDown")).earlier_versions()


def test_a_file_is_put_below_the_prefix() -> None:
    """With its size."""
    storage = _Storage()
    _files(storage).put(PurePosixPath("main/1.parquet"), BytesIO(b"abc"), 3)
    assert storage.keys == ["lake/main/1.parquet"]
