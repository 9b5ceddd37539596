"""A lake on servers, as far as no server is asked: how access is given, and what is said of it."""

from dataclasses import replace

import duckdb
import pytest
from psycopg.conninfo import conninfo_to_dict

from pipelines.errors import MimamoriError
from pipelines.lake.connection import load_extensions
from pipelines.lake.on_servers import OnServers
from pipelines.lake.postgres import connected, parameters, writer
from pipelines.paths import Cluster, Secret
from tests.lake.given_bucket import BUCKET

_PASSWORD = Secret("WORD", lambda: "hush")
_CATALOG = "host=db.example dbname=lake"


@pytest.mark.parametrize("password", [None, _PASSWORD])
def test_access_is_given_by_the_names_of_secrets(password: Secret | None) -> None:
    """Of the storage, and of the database where settings name a password; no secret is told."""
    place = OnServers(Cluster(_CATALOG, password, BUCKET))
    script = place.access_script()
    assert len(script) == 1 + (password is not None)
    assert "getenv('NAME')" in script[0]
    assert "hush" not in str(script)
    assert "'value'" not in str(script)
    assert ("getenv('WORD')" in script[-1]) is (password is not None)
    named = "mimamori_catalog"
    target, options = place.attachment()
    assert target.startswith("ducklake:postgres:")
    assert ("meta_schema 'public'" in options) is True
    assert (named in str(options)) is (password is not None)
    attached = place.raw_catalog("own")
    assert attached.startswith("attach '")
    assert (named in attached) is (password is not None)
    assert not place.lists_cheaply


@pytest.mark.parametrize("flag", [True, False])
def test_the_storage_is_named_as_settings_say(flag: bool) -> None:
    """Its address, whether buckets stand in the path, whether it is encrypted."""
    bucket = replace(BUCKET, is_by_path=flag, use_ssl=flag, endpoint="s3.example" if flag else None)
    (script,) = OnServers(Cluster(_CATALOG, None, bucket)).access_script()
    assert ("endpoint 's3.example'" in script) is flag
    assert f"url_style '{'path' if flag else 'vhost'}'" in script
    assert f"use_ssl {'true' if flag else 'false'}" in script
    assert "scope 's3://bucket/lake/'" in script


def test_a_connection_gets_access_and_patience() -> None:
    """A commit is tried again more often and sooner than DuckLake does by itself."""
    place = OnServers(Cluster(_CATALOG, _PASSWORD, BUCKET))
    names = ("max_retry_count", "retry_wait_ms", "retry_backoff")
    query = "select " + ", ".join(f"current_setting('ducklake_{name}')" for name in names)
    with duckdb.connect(config={"allow_unsigned_extensions": "true", **place.config}) as con:
        load_extensions(con, place.extensions)
        ((count, wait, backoff),) = con.execute(query).fetchall()
        place.give_access(con)
        ((own_count, own_wait, own_backoff),) = con.execute(query).fetchall()
        secrets = con.execute("select name, secret_string from duckdb_secrets()").fetchall()
    assert own_count > count
    assert own_wait < wait
    assert 1 < own_backoff < backoff
    assert {name for name, _ in secrets} == {"mimamori_data", "mimamori_catalog"}
    assert "hush" not in str(secrets)


def test_sessions_are_named_by_process_and_noticed_when_they_are_gone() -> None:
    """What settings say themselves comes first, and their own options last."""
    given = f"{_CATALOG} connect_timeout=3 options='-c work_mem=1MB'"
    said = conninfo_to_dict(parameters(Cluster(given, None, BUCKET)))
    assert (said["host"], said["dbname"], said["connect_timeout"]) == ("db.example", "lake", "3")
    assert said["keepalives_idle"] == "30"
    assert str(said["options"]).endswith(f"-c mimamori.writer={writer()} -c work_mem=1MB")
    assert len(f"mimamori {writer()}") < 64  # PostgreSQL cuts longer names off


@pytest.mark.parametrize(("given", "host"), [(_CATALOG, "db.example"), ("dbname=lake", "")])
def test_the_database_is_that_of_the_settings(given: str, host: str) -> None:
    """Variables of libpq such as PGHOSTADDR name no other one; only a file of services may."""
    said = conninfo_to_dict(parameters(Cluster(given, None, BUCKET)))
    assert (said["host"], said["hostaddr"], said["port"]) == (host, "", "5432")
    of_service = conninfo_to_dict(parameters(Cluster("service=lake", None, BUCKET)))
    assert not {"host", "hostaddr"} & of_service.keys()


def test_a_database_that_cannot_be_reached_is_said_to_be() -> None:
    """With the reason that the system gives."""
    nobody = Cluster("host=127.0.0.1 port=1 dbname=lake connect_timeout=2", None, BUCKET)
    with pytest.raises(MimamoriError, match=r"lake\.catalog.*refused"), connected(nobody):
        pytest.fail("connected")
