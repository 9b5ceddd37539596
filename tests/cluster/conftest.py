"""One PostgreSQL and one S3 server for all lakes on servers; each has its own part of them."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from pipelines.paths import Cluster, Home
from pipelines.privacy.key_source import home_of
from pipelines.s3_client import s3_client
from pipelines.settings.load import load
from tests.fetch.servers import POSTGRES_ENTRY, postgres_server, s3_server

SECRETS = {
    "LAKE_PASSWORD": POSTGRES_ENTRY,
    "LAKE_KEY_ID": "storage-key-id",
    "LAKE_SECRET": "storage-s3cret",
}
BUCKET = "lake"


@dataclass
class Servers:
    """The two servers, and the folder of PostgreSQL."""

    postgres: int
    s3: int
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def client(self) -> Any:
        """Return a client of the storage."""
        keys = {
            "aws_access_key_id": SECRETS["LAKE_KEY_ID"],
            "aws_secret_access_key": SECRETS["LAKE_SECRET"],
        }
        return s3_client(f"http://127.0.0.1:{self.s3}", "us-east-1", keys, is_by_path=True)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Return a connection to a database."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.postgres,
            user="mimamori",
            password=POSTGRES_ENTRY,
            dbname=database,
            autocommit=True,
        )

    def database(self, home: Home) -> str:
        """Return the name of the database that a lake's catalog is in."""
        return str(conninfo_to_dict(cluster_of(home).catalog)["dbname"])

    def new_place(self) -> str:
        """Make an empty database; return `lake:` of settings with it and an empty prefix."""
        name = f"lake{next(self.numbers)}"
        with self.connect() as con:
            con.execute(f"create database {name}")
        return (
            "lake:\n"
            f'  catalog: "postgres:dbname={name} host=127.0.0.1 port={self.postgres}'
            ' user=mimamori"\n'
            "  catalog_password_env: LAKE_PASSWORD\n"
            f"  data: s3://{BUCKET}/{name}/data\n"
            f'  s3: {{endpoint: "127.0.0.1:{self.s3}", url_style: path, use_ssl: false,'
            " key_id_env: LAKE_KEY_ID, secret_env: LAKE_SECRET}\n"
        )


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Both servers, with an empty bucket."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request
    # pytest's own folders are for its account alone, which is not that of PostgreSQL.
    with (
        TemporaryDirectory(prefix="mimamori-") as folder,
        postgres_server(Path(folder)) as postgres,
        s3_server() as s3,
    ):
        found = Servers(postgres, s3, Path(folder))
        found.client().create_bucket(Bucket=BUCKET)
        yield found


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The secrets that settings name, in the environment."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    return SECRETS


def cluster_of(home: Home) -> Cluster:
    """Return where the lake of a home lies, which is on servers."""
    assert home.cluster is not None
    return home.cluster


def placed(home: Home, config: Path) -> Home:
    """Return a working folder with its lake where a settings file has it."""
    return home_of(home, load(config).lake, SECRETS.get)
