"""`lake:` of the settings: what names servers is whole, and no secret stands in it."""

from pathlib import Path

import pytest

from pipelines.airflow import deployment
from pipelines.errors import SettingsError
from pipelines.paths import Home
from pipelines.privacy.key_source import home_of
from pipelines.settings.load import load

_SITES = 'sites: [{id: main, group: main, domains: [main.example], logs: ["main/*.log"]}]\n'
_CATALOG = 'catalog: "postgres:dbname=lake host=db.example user=mimamori sslmode=verify-full"'
_DATA = "data: s3://bucket/some/prefix"
_S3 = "s3: {endpoint: s3.example, key_id_env: KEY_ID, secret_env: SECRET}"


def _home(folder: Path, *parts: str) -> Home:
    config = folder / "mimamori.yaml"
    config.write_text(f"{_SITES}lake: {{{', '.join(parts)}}}\n")
    secrets = {"KEY_ID": "own-key", "SECRET": "hush", "WORD": ""}
    return home_of(Home(folder / "var"), load(config).lake, secrets.get)


def test_a_place_on_servers_is_read_whole(tmp_path: Path) -> None:
    """Catalog and data as DuckDB wants them; secrets by name, asked when they are needed."""
    cluster = _home(tmp_path, _CATALOG, _DATA, _S3).cluster
    assert cluster is not None
    assert cluster.catalog == "dbname=lake host=db.example user=mimamori sslmode=verify-full"
    assert cluster.data.url == "s3://bucket/some/prefix/"
    assert cluster.data.is_by_path
    assert (cluster.data.secret.name, cluster.data.secret()) == ("SECRET", "hush")
    assert "hush" not in repr(cluster)
    assert _home(tmp_path, "keys: vault").cluster is None


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((_CATALOG.replace("user", "password=x user"), _DATA, _S3), "no password belongs"),
        (("catalog: postgres://u:x@db.example/lake", _DATA, _S3), "write postgres: and"),
        (('catalog: "sqlite:lake.db"', _DATA, _S3), "write postgres: and"),
        ((_CATALOG, _S3), "write all three, or none"),
        ((_CATALOG, _DATA), "write all three, or none"),
        (("catalog_password_env: WORD",), "write all three, or none"),
        ((_CATALOG, "data: /mnt/lake", _S3), "s3://BUCKET/PREFIX"),
        ((_CATALOG, "data: s3://bucket/../x", _S3), "s3://BUCKET/PREFIX"),
        ((_CATALOG, "data: s3://bucket", _S3), "s3://BUCKET/PREFIX"),
        ((_CATALOG.replace("host", "port=abc host"), _DATA, _S3), "as a number from 1"),
        ((_CATALOG.replace("host", "hots"), _DATA, _S3), "hots is no parameter"),
        ((_CATALOG, _DATA, _S3.replace("s3.example", '"s3.example:99999"')), "as a number from 1"),
        ((_CATALOG, _DATA, "s3: {endpoint: s3.example, key_id_env: KEY_ID}"), "secret_env"),
        ((_CATALOG, _DATA, _S3.replace("SECRET", "not a name")), "secret_env"),
    ],
)
def test_what_is_not_whole_is_refused(tmp_path: Path, parts: tuple[str, ...], said: str) -> None:
    """With the key, and what to write."""
    with pytest.raises(SettingsError, match=said):
        _home(tmp_path, *parts)


_CLEAR_S3 = _S3.replace("{", "{use_ssl: false, ")


def _catalog(parameters: str) -> str:
    return f'catalog: "postgres:dbname=lake user=mimamori {parameters}"'


@pytest.mark.parametrize(
    ("catalog", "storage", "said"),
    [
        (_catalog("host=db.example"), _S3, "catalog.*sslmode=verify-full"),
        (_catalog("host=db.example sslmode=prefer"), _S3, "catalog.*sslmode=verify-full"),
        (_catalog("host=db.example sslmode=require sslmode=disable"), _S3, "catalog"),
        (_catalog("host='db.example' sslmode='allow'"), _S3, "catalog"),
        (_catalog("host=10.0.0.5"), _S3, "catalog"),
        (_catalog("host=localhost,db.example"), _S3, "catalog"),
        (_catalog("host=localhost hostaddr=10.0.0.5"), _S3, "catalog"),
        (_catalog("service=lake"), _S3, "catalog"),
        (_CATALOG, _CLEAR_S3, "s3.*use_ssl: true"),
        (_CATALOG, _CLEAR_S3.replace("s3.example", '"10.0.0.5:9000"'), "s3.*use_ssl: true"),
        (_CATALOG, _CLEAR_S3.replace("endpoint: s3.example, ", ""), "s3.*use_ssl: true"),
    ],
)
def test_nothing_travels_in_clear_unless_settings_say_so(
    tmp_path: Path, catalog: str, storage: str, said: str
) -> None:
    """To another machine: the one that is not encrypted is named, with what to write."""
    with pytest.raises(SettingsError, match=said):
        _home(tmp_path, catalog, _DATA, storage)
    assert _home(tmp_path, catalog, _DATA, storage, "in_clear: true").cluster is not None


@pytest.mark.parametrize(
    ("catalog", "endpoint"),
    [
        (_catalog("host=127.0.0.1"), "127.0.0.1:9000"),
        (_catalog("host=::1"), "[::1]:9000"),
        (_catalog("host=localhost"), "localhost"),
        (_catalog("host=/run/postgresql"), "localhost"),
        (_catalog(""), "localhost"),
        (_catalog("host=db.example hostaddr=127.0.0.1"), "localhost"),  # as by a tunnel
    ],
)
def test_on_this_machine_nothing_has_to_be_encrypted(
    tmp_path: Path, catalog: str, endpoint: str
) -> None:
    """Loopback and sockets."""
    storage = _CLEAR_S3.replace("s3.example", f'"{endpoint}"')
    assert _home(tmp_path, catalog, _DATA, storage).cluster is not None


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    """When it is needed: what reads no lake does without."""
    cluster = _home(tmp_path, _CATALOG, "catalog_password_env: WORD", _DATA, _S3).cluster
    assert cluster is not None
    assert cluster.password is not None
    with pytest.raises(SettingsError, match=r"lake\.catalog_password_env.*WORD"):
        cluster.password()


@pytest.mark.parametrize(
    ("parts", "pool"), [((_CATALOG, _DATA, _S3), "default_pool"), ((), "lake_writer")]
)
def test_airflow_lets_ingests_run_side_by_side_on_servers_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: tuple[str, ...], pool: str
) -> None:
    """There each takes its turns itself; in a working folder the pool has one slot."""
    _home(tmp_path, *parts)
    monkeypatch.setenv("MIMAMORI_CONFIG", str(tmp_path / "mimamori.yaml"))
    monkeypatch.setenv("MIMAMORI_HOME", str(tmp_path / "var"))
    assert deployment.ingest_pool() == pool
