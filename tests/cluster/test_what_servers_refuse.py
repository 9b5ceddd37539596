"""What the servers of a lake refuse is said in words that help, and that quote nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath

import duckdb
import pytest

from pipelines.lake.bucket import bucket_files
from pipelines.lake.io_errors import io_error
from pipelines.lake.place_kind import LyingFile
from pipelines.paths import Bucket, Cluster, Home, Secret

_KEY = Secret("KEY", lambda: "a-key")


def _bucket(endpoint: str | None) -> Bucket:
    flags = {"is_by_path": True, "use_ssl": False}
    region = "us-east-1"
    return Bucket(
        "lake", "data/", endpoint, region, **flags, ca_file=None, key_id=_KEY, secret=_KEY
    )


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def _refusing() -> Iterator[Bucket]:
    """A storage that grants its key nothing."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        at = f"127.0.0.1:{server.server_port}"
        yield _bucket(at)
        server.shutdown()


def test_a_storage_that_lists_no_versions_says_nothing_about_them() -> None:
    """It is not the same as having none."""
    with _refusing() as bucket, bucket_files(bucket) as files:
        assert files.earlier_versions() is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            duckdb.TransactionException(
                "Failed to flush: Failed to execute query \"INSERT INTO x VALUES ('Kanariya',"
                " 'KXv5KqVFwvQDOC0d494');\": ERROR:  deadlock detected"
            ),
            "deadlock detected. See that it runs",
        ),
        (
            duckdb.IOException("connection to server at 127.0.0.1 refused"),
            "database of the catalog",
        ),
        (
            duckdb.CatalogException(
                'Catalog Error: Table with name "lake.stage_run" does not exist because schema'
                " \"lake\" does not exist.\n\nLINE 1: insert into x values ('Kanariya')\n  ^"
            ),
            'schema "lake" does not exist',
        ),
        (duckdb.HTTPException("HTTP 503 (s3://lake/data/x)"), "storage of the data files"),
    ],
)
def test_errors_of_the_servers_say_what_to_do(
    tmp_path_factory: pytest.TempPathFactory, error: duckdb.Error, said: str
) -> None:
    """Statements hold values of persons and keys of files, and are left out."""
    bucket = _bucket(None)
    home = Home(tmp_path_factory.getbasetemp() / "var", cluster=Cluster("dbname=x", None, bucket))
    explained = str(io_error(error, home))
    assert said in explained
    assert "Kanariya" not in explained
    assert "KXv5" not in explained
    assert io_error(ValueError("of a bug"), home) is None


def test_only_files_of_ducklake_are_taken_for_its_own() -> None:
    """Somebody else's Parquet file below the prefix is never deleted."""
    own = "ducklake-01a22352-075d-7307-921c-d099daeb7f83"
    for name in (f"{own}.parquet", f"{own}-delete.parquet"):
        assert LyingFile(PurePosixPath(name), 1, 0).is_of_ducklake
    for name in ("sales.parquet", f"copy-of-{own}.parquet", f"{own}.bak.parquet"):
        assert not LyingFile(PurePosixPath(name), 1, 0).is_of_ducklake
