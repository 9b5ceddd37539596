"""A lake that several machines reach: its catalog on PostgreSQL, its data files in a bucket."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import duckdb

from pipelines.lake.bucket import bucket_files
from pipelines.lake.place_kind import Catalog, DataFiles, Place, Reporter
from pipelines.lake.postgres import (
    SCHEMA,
    CatalogDatabase,
    advisory_lock,
    catalog_bytes,
    connected,
    drop_tables,
    files_of,
    generation,
    has_catalog,
    holder,
    in_clear,
    lake_id,
    make_reporter,
    name_lake,
    parameters,
    ports_of,
    raise_generation,
    reporter,
    revealing,
    unfit,
    unverified,
)
from pipelines.lake.postgres_turns import PostgresTurns
from pipelines.lake.statements import quoted
from pipelines.lake.turns import Turns
from pipelines.paths import Cluster, Secret
from pipelines.settings.lake_places import is_storage_in_clear

_NAMED_FOR_CATALOG = "mimamori_catalog"
# Who writes is alone: a commit is tried again where others committed since its transaction began.
_RETRIES, _WAIT_MS, _BACKOFF = 30, 5, 1.3


class OnServers(Place):
    """A lake on PostgreSQL and S3-compatible storage."""

    extensions = ("httpfs", "postgres_scanner", "ducklake")
    # The extension of PostgreSQL looks for secrets on disk even where none may be kept there.
    config: ClassVar[dict[str, str]] = {"secret_directory": "/dev/null/none"}
    lists_cheaply = False

    def __init__(self, cluster: Cluster) -> None:
        """Take the place; nothing is asked yet."""
        self._cluster = cluster
        self.data = cluster.data.url
        self.catalog_name = f"postgres:{cluster.catalog}"

    def has_catalog(self) -> bool:
        """Return whether the database has the tables."""
        with connected(self._cluster) as con:
            return has_catalog(con)

    def has_data(self) -> bool:
        """Return whether there is a Parquet file below the prefix."""
        with bucket_files(self._cluster.data) as files:
            return any(files.files(most=1))

    def lake_id(self) -> str | None:
        """Return the name that the database has on record."""
        with connected(self._cluster) as con:
            return lake_id(con)

    def name_lake(self, lake_id: str) -> None:
        """Have the database keep the name."""
        with connected(self._cluster) as con:
            name_lake(con, lake_id)

    def reporter(self, own: Reporter) -> Reporter:
        """Ask the database."""
        with connected(self._cluster) as con:
            return reporter(con, own)

    def make_reporter(self, own: Reporter) -> None:
        """Put it on record in the database."""
        with connected(self._cluster) as con:
            make_reporter(con, own)

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        """Connect to the database."""
        with connected(self._cluster) as con:
            yield CatalogDatabase(con)

    def catalog_bytes(self) -> int:
        """Ask the database."""
        with connected(self._cluster) as con:
            return catalog_bytes(con)

    def give_access(self, con: duckdb.DuckDBPyConnection) -> None:
        """Give the connection the secrets, as bound values: they stand in no statement."""
        con.execute(
            self._storage_secret("$key_id", "$secret"),
            {"key_id": self._cluster.data.key_id(), "secret": self._cluster.data.secret()},
        )
        if self._cluster.password:
            con.execute(_catalog_secret("$password"), {"password": self._cluster.password()})
        for statement in self._authority():
            con.execute(statement)
        for name, value in (
            ("max_retry_count", _RETRIES),
            ("retry_wait_ms", _WAIT_MS),
            ("retry_backoff", _BACKOFF),
        ):
            con.execute(f"set ducklake_{name} = {value}")

    def access_script(self) -> list[str]:
        """Return how DuckDB's shell gets the secrets from the variables that settings name."""
        of_data, of_catalog = self._cluster.data, self._cluster.password
        script = [
            *self._authority(),
            self._storage_secret(_variable(of_data.key_id), _variable(of_data.secret)),
        ]
        if of_catalog:
            script.append(_catalog_secret(_variable(of_catalog)))
        return script

    def _authority(self) -> list[str]:
        """Say which authority of the settings' own signs the certificate of the storage."""
        file = self._cluster.data.ca_file
        return [f"set global ca_cert_file = {quoted(str(file))}"] if file else []

    def _storage_secret(self, key_id: str, secret: str) -> str:
        bucket = self._cluster.data
        endpoint = f", endpoint {quoted(bucket.endpoint)}" if bucket.endpoint else ""
        return (
            f"create secret mimamori_data (type s3, key_id {key_id}, secret {secret},"
            f" region {quoted(bucket.region)}{endpoint}, scope {quoted(bucket.url)},"
            f" url_style {quoted('path' if bucket.is_by_path else 'vhost')},"
            f" use_ssl {str(bucket.use_ssl).lower()})"
        )

    def attachment(self) -> tuple[str, list[str]]:
        """Return the database, and the secret with its password."""
        options = [f"meta_schema {quoted(SCHEMA)}"]
        if self._cluster.password:
            options.append(f"meta_secret {_NAMED_FOR_CATALOG}")
        return f"ducklake:postgres:{parameters(self._cluster)}", options

    def ports(self) -> tuple[int, ...]:
        """Return those of the database and of the storage."""
        bucket = self._cluster.data
        named = urlsplit(f"//{bucket.endpoint or ''}").port
        return (*ports_of(self._cluster), named or (443 if bucket.use_ssl else 80))

    def files_of_access(self) -> list[Path]:
        """Return those that libpq reads, and whom the storage's certificate is checked against."""
        authority = self._cluster.data.ca_file
        return [*files_of(self._cluster), *([authority] if authority else [])]

    def open_data(self) -> AbstractContextManager[DataFiles]:
        """Open the objects below the prefix."""
        return bucket_files(self._cluster.data)

    def raw_catalog(self, name: str) -> str:
        """Return the statement for PostgreSQL; the connection has access already."""
        secret = f", secret {_NAMED_FOR_CATALOG}" if self._cluster.password else ""
        return f"attach {quoted(parameters(self._cluster))} as {name} (type postgres{secret})"

    def discard(self) -> None:
        """Delete the objects below the prefix, and the tables."""
        with connected(self._cluster) as con:
            drop_tables(con)
        self.remove([file for file in self.files() if file.is_of_ducklake])

    def earlier_versions(self) -> int | None:
        """Return how many objects the bucket keeps that are deleted or replaced, if it tells."""
        with bucket_files(self._cluster.data) as files:
            return files.earlier_versions()

    def unfit(self) -> list[str]:
        """Return settings of the database that DuckLake or the lock cannot live with."""
        with connected(self._cluster) as con:
            return unfit(con)

    def revealing(self) -> list[str]:
        """Return settings of the database by which its log holds values of persons."""
        with connected(self._cluster) as con:
            return revealing(con)

    def in_clear(self) -> list[str]:
        """Ask the connection itself; requests of the storage go as the settings say."""
        with connected(self._cluster) as con:
            database = in_clear(con)
        bucket = self._cluster.data
        is_clear = is_storage_in_clear(bucket.endpoint, use_ssl=bucket.use_ssl)
        return [*database, *([f"lake.s3 ({bucket.endpoint or bucket.url})"] if is_clear else [])]

    def unverified(self) -> list[str]:
        """Ask the connection; the certificate of the storage is always verified."""
        with connected(self._cluster) as con:
            return unverified(con)

    def writers_lock(self, wait_seconds: float) -> AbstractContextManager[object]:
        """Hold a lock of the database."""
        return advisory_lock(self._cluster, wait_seconds)

    def turns(self, wait_seconds: float) -> AbstractContextManager[Turns]:
        """Return turns by claims in the database."""
        return PostgresTurns.begun(self._cluster, wait_seconds)

    def raise_generation(self) -> None:
        """Raise a number of the database."""
        with connected(self._cluster) as con:
            raise_generation(con)

    def generation(self) -> int:
        """Ask the database."""
        with connected(self._cluster) as con:
            return generation(con)

    def writer(self) -> str | None:
        """Name the connection that holds the lock."""
        return holder(self._cluster)


def _catalog_secret(password: str) -> str:
    return f"create secret {_NAMED_FOR_CATALOG} (type postgres, password {password})"


def _variable(secret: Secret) -> str:
    return f"getenv({quoted(secret.name)})"
