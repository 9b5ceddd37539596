"""Servers that are reached over TLS, or in clear: what is checked, refused and reported."""

import datetime as dt
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pipelines import lake
from pipelines.doctor.examine import examine
from pipelines.doctor.outcome import Outcome, Status
from pipelines.errors import MimamoriError
from pipelines.lake.place import place_of
from pipelines.paths import PROJECT_ROOT, Home
from tests import certificate
from tests.cluster.conftest import SECRETS, Servers, placed
from tests.cluster.faults import Gate, namespace
from tests.command_line import CLOCK
from tests.fetch.servers import POSTGRES_ENTRY, postgres_server, s3_server

pytestmark = [
    *(pytest.mark.servers, pytest.mark.further),
    pytest.mark.usefixtures("secrets"),
]

_NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
_SITES = 'sites: [{id: main, group: main, domains: [main.example], logs: ["main/*.log"]}]\n'


@dataclass
class Encrypted:
    """Servers that speak TLS alone, and the file of whom their certificate is signed by."""

    servers: Servers
    authority: Path


@pytest.fixture(scope="module")
def encrypted(servers: Servers) -> Iterator[Encrypted]:
    """Both servers, with a certificate for localhost; the bucket is that of the others."""
    with TemporaryDirectory(prefix="mimamori-") as name, ExitStack() as stack:
        folder = Path(name)
        made = certificate.make(folder)
        postgres = stack.enter_context(postgres_server(folder, made))
        storage = stack.enter_context(s3_server(made))
        yield Encrypted(replace(servers, postgres=postgres, s3=storage, folder=folder), made[0])


def _settings(on: Servers, folder: Path, **words: str) -> Path:
    config = folder / "mimamori.yaml"
    text = on.new_place()
    for before, after in words.items():
        assert before in text
        text = text.replace(before, after)
    config.write_text(_SITES + text)
    return config


def _doctor(config: Path) -> list[Outcome]:
    """What `mimamori doctor` says of the servers."""
    home = Home(config.parent / "var")
    found = examine(config, home, None, deep=False, clock=lambda: _NOW)
    return [one for one in found if one.check in {"servers", "settings"}]


def _write(home: Home) -> None:
    with lake.open_writer(home, "UTC") as con:
        con.execute("create table if not exists lake.own (n integer)")
        con.execute("insert into lake.own values (1)")
    with lake.open_reader(home, "UTC") as con:
        assert con.execute("select count(*) from lake.own").fetchone() == (1,)
    with lake.shared_lake() as opening, opening(home, "UTC") as con:  # a cursor of its own
        con.execute("insert into lake.own values (2)")


def test_a_lake_over_tls(encrypted: Encrypted, tmp_path: Path) -> None:
    """Certificates are checked by DuckDB, by botocore and by libpq, against whom settings name."""
    on = encrypted.servers
    tls = {
        "host=127.0.0.1": f"host=localhost sslmode=verify-full sslrootcert={encrypted.authority}",
        "use_ssl: false": f"use_ssl: true, ca_file: {encrypted.authority}",
    }
    config = _settings(on, tmp_path, **tls)
    home = placed(Home(tmp_path / "var"), config)
    _write(home)
    assert place_of(home).in_clear() == place_of(home).unverified() == []
    config.write_text(config.read_text().replace("sslmode=verify-full", "sslmode=require"))
    on_this_machine = placed(Home(tmp_path / "var"), config)
    assert place_of(on_this_machine).unverified() == []  # nobody stands between


@pytest.mark.parametrize("unknown", ["database", "storage"])
def test_a_server_whose_certificate_is_not_known_is_refused(
    encrypted: Encrypted, tmp_path: Path, unknown: str
) -> None:
    """That of the database before anything is said to it, that of the storage likewise."""
    other = tmp_path / "other"
    other.mkdir()
    stranger, _ = certificate.make(other)
    known = encrypted.authority
    database, storage = (stranger, known) if unknown == "database" else (known, stranger)
    tls = {
        "host=127.0.0.1": f"host=localhost sslmode=verify-full sslrootcert={database}",
        "use_ssl: false": f"use_ssl: true, ca_file: {storage}",
    }
    home = placed(Home(tmp_path / "var"), _settings(encrypted.servers, tmp_path, **tls))
    at = "lake.catalog" if unknown == "database" else "s3://"
    with pytest.raises(MimamoriError, match=rf"{at}.*certificate"):
        _write(home)


def test_variables_of_libpq_name_no_other_database(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one that settings have on this machine would be another's, without TLS."""
    home = placed(Home(tmp_path / "var"), _settings(servers, tmp_path))
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.99")  # nobody serves there
    _write(home)


_BY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network namespace")


@_BY_ROOT
def test_a_certificate_that_is_not_checked_is_reported(
    encrypted: Encrypted, tmp_path: Path
) -> None:
    """`sslmode=require` takes any, so that whoever stands between could pose as the database."""
    on, address = encrypted.servers, "10.213.79.1"
    with (
        namespace("mmcheck", "10.213.79.2", address),
        Gate.before(on.postgres, address) as database,
    ):
        words = {
            f"host=127.0.0.1 port={on.postgres}": (
                f"host={address} port={database.port} sslmode=require"
            ),
            "use_ssl: false": f"use_ssl: true, ca_file: {encrypted.authority}",
        }
        config = _settings(on, tmp_path, **words)
        _write(placed(Home(tmp_path / "var"), config))
        (told,) = [one for one in _doctor(config) if "sslmode = require" in str(one.message)]
    assert told.status is Status.WARNING
    assert "sslmode=verify-full" in str(told.remedy)


@_BY_ROOT
def test_what_travels_in_clear_is_refused_or_reported(servers: Servers, tmp_path: Path) -> None:
    """Servers at an address of a network: without `in_clear` refused, with it doctor warns."""
    address = "10.213.80.1"
    with (
        namespace("mmclear", "10.213.80.2", address),
        Gate.before(servers.postgres, address) as database,
        Gate.before(servers.s3, address) as storage,
    ):
        words = {
            f"host=127.0.0.1 port={servers.postgres}": f"host={address} port={database.port}",
            f"127.0.0.1:{servers.s3}": f"{address}:{storage.port}",
        }
        config = _settings(servers, tmp_path, **words)
        (refused,) = _doctor(config)
        assert refused.status is Status.WRONG
        assert "in_clear" in str(refused.message)
        config.write_text(config.read_text() + "  in_clear: true\n")
        _write(placed(Home(tmp_path / "var"), config))
        told = _doctor(config)
    (clear,) = [one for one in told if "unencrypted" in str(one.message)]
    assert clear.status is Status.WARNING
    assert f"lake.catalog ({address})" in clear.message
    assert f"lake.s3 ({address}:{storage.port})" in clear.message


def _sql(config: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Ask how many rows there are, in a process of its own; return its code and what it said."""
    own = [sys.executable, "-m", "pipelines", "--config", str(config)]
    own += ["--home", str(config.parent / "var"), "sql", "select count(*) as rows from lake.own"]
    asked = subprocess.run(
        [*own, "--format", "csv"],
        cwd=PROJECT_ROOT,
        env={**CLOCK, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **SECRETS, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.returncode, asked.stdout + asked.stderr


@pytest.mark.parametrize("way", ["settings", "variables", "home", "service"])
def test_a_question_finds_password_and_authority_as_all_else_does(
    encrypted: Encrypted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """In files that settings, libpq's variables or the account's home name; and nothing else."""
    folder = tmp_path / "account"
    (folder / ".postgresql").mkdir(parents=True)
    passwords, authority = folder / ".pgpass", folder / ".postgresql" / "root.crt"
    if way != "home":
        passwords, authority = tmp_path / "passwords", tmp_path / "authority.pem"
    passwords.write_text(f"localhost:*:*:mimamori:{POSTGRES_ENTRY}\n")
    passwords.chmod(0o600)
    shutil.copy(encrypted.authority, authority)
    named = f" passfile={passwords} sslrootcert={authority}" if way == "settings" else ""
    own = {"HOME": str(folder)}
    if way == "variables":
        own |= {"PGPASSFILE": str(passwords), "PGSSLROOTCERT": str(authority)}
    reached = f"host=localhost port={encrypted.servers.postgres}{named}"
    if way == "service":
        lines = (f"{one}\n" for one in ("[lake]", *reached.split()))
        (folder / ".pg_service.conf").write_text("".join(lines))
        reached = f"service=lake passfile={passwords} sslrootcert={authority}"
    words = {
        f"host=127.0.0.1 port={encrypted.servers.postgres}": f"{reached} sslmode=verify-full",
        "use_ssl: false": f"use_ssl: true, ca_file: {encrypted.authority}",
        "  catalog_password_env: LAKE_PASSWORD\n": "",
    }
    config = _settings(encrypted.servers, tmp_path, **words)
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    _write(placed(Home(tmp_path / "var"), config))
    code, said = _sql(config, own)
    assert (code, "2" in said) == (0, True), said
    passwords.unlink()
    code, said = _sql(config, own)
    assert code == 1
    assert "password" in said
    assert "Traceback" not in said
