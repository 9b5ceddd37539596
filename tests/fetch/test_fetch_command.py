"""`mimamori fetch` as a user calls it, and what settings and doctor say of sources."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pipelines.doctor.machine import check_extras
from pipelines.doctor.outcome import Status
from pipelines.doctor.sources import check_sources
from pipelines.errors import SettingsError
from pipelines.fetch.airflow_source import resolved
from pipelines.fetch.source import SourceError
from pipelines.fetch.state import State
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.settings.sources import AirflowSource, HttpSource, S3Source, SftpSource
from tests import command_line
from tests.fetch.remotes import SECRETS, Place, Remote, lines

_SITE = "sites:\n  - id: a\n    group: main\n    domains: [a.example]\n    logs: [a/x.log*]\n"
_SFTP = "kind: sftp, host: h.example, user: u"
_NONE: dict[str, str] = {}
_PHRASE: dict[str, str] = {"PHRASE": "x"}
_KEY = "host_key: ssh-ed25519 AAAA"


def _run(place: Place, *arguments: str, **env: str) -> tuple[int, str, str]:
    place.settings()
    environment = {"PATH": os.environ["PATH"], "MIMAMORI_HOME": str(place.home.root), **env}
    done = command_line.run("--config", place.folder / "mimamori.yaml", *arguments, env=environment)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_command_prints_what_came_and_ends_with_1_where_something_did_not(tmp_path: Path) -> None:
    """Other sources go on; JSON stands alone on standard output."""
    source = {"kind": "folder", "path": "source"}
    place = Place(Remote("folder", source, tmp_path / "source"), tmp_path)
    place.remote.put("012/access.log", lines(5))
    code, out, err = _run(place, "fetch", "--dry-run", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "dry_run": True,
        "failed": 0,
        "sources": [
            {
                "source": "shop-{franchise}",
                "kind": "folder",
                "sites": ["shop-{franchise}"],
                "files": ["shops/012/access.log"],
                "bytes": len(lines(5)),
                "unchanged": 0,
                "kept": [],
                "problems": [],
            }
        ],
        "removed": [],
    }
    place.more = {"landing": {"source": {"kind": "folder", "path": "nowhere"}}}
    settings = yaml.safe_load((tmp_path / "mimamori.yaml").read_text())
    plain = {"id": "m", "group": "main", "domains": ["m.example"], "logs": ["m/*"]}
    settings["sites"].append(plain)
    settings["landing"]["source"] = {"kind": "folder", "path": "nowhere"}
    (tmp_path / "both.yaml").write_text(yaml.safe_dump(settings))
    done = command_line.run(
        "--config", tmp_path / "both.yaml", "fetch",
        env={"PATH": os.environ["PATH"], "MIMAMORI_HOME": str(place.home.root)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "mimamori: 取得元 landing" in done.stderr.decode()
    assert "shop-{franchise}" in done.stdout.decode()
    assert place.landed() == {"shops/012/access.log": lines(5)}
    assert place.home.fetched.stat().st_mode & 0o077 == 0
    assert _run(place, "fetch", "--site", "no-such")[0] == 2


@pytest.mark.servers
def test_a_killed_fetch_leaves_nothing_half_there(
    remote_of: Callable[[str], Remote], tmp_path: Path
) -> None:
    """Whatever moment it is; the next goes on."""
    place = Place(remote_of("http"), tmp_path)
    proxy = place.remote.proxy
    assert proxy is not None
    content = lines(12_000)
    place.remote.put("012/access.log", content)
    proxy.passes, proxy.stalls = 600_000, True
    process = multiprocessing.get_context("fork").Process(target=place.fetch)
    process.start()
    for _ in range(600):
        if any(part.stat().st_size > 400_000 for part in place.parts()):
            break
        time.sleep(0.05)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert place.landed() == {}
    proxy.heal()
    result = place.fetch()
    assert place.landed() == {"shops/012/access.log": content}
    assert sum(result.sources[0].bytes.values()) < len(content) - 400_000


@pytest.mark.servers
def test_an_interrupted_fetch_ends_and_is_none_that_was_done(
    remote_of: Callable[[str], Remote], tmp_path: Path
) -> None:
    """Also while a server keeps it waiting; the next goes on."""
    place = Place(remote_of("http"), tmp_path, more={"landing": {"timeout_seconds": 600}})
    proxy = place.remote.proxy
    assert proxy is not None
    place.remote.put("012/access.log", lines(12_000))
    proxy.passes, proxy.stalls = 600_000, True
    place.settings()
    environment = {"PATH": os.environ["PATH"], "MIMAMORI_HOME": str(place.home.root)}
    fetching = subprocess.Popen(
        [sys.executable, "-m", "pipelines", "--config", tmp_path / "mimamori.yaml", "fetch"],
        env=environment,
        stderr=subprocess.PIPE,
    )
    while not any(part.stat().st_size > 400_000 for part in place.parts()):
        time.sleep(0.05)
    fetching.send_signal(signal.SIGINT)
    fetching.communicate()
    assert fetching.returncode == 1
    with State.at(place.home.fetched) as state:
        (outcome,) = state.outcomes_for_lake()
    assert outcome.status == "failed"
    proxy.heal()
    assert place.fetch().failures == ()
    assert place.landed() == {"shops/012/access.log": lines(12_000)}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{kind: ftp}", "kind must be folder, sftp, s3 or http"),
        ("sftp", "kind must be"),
        (f"{{{_SFTP}, {_KEY}}}", "write exactly one of password_env, key_file and key_env"),
        (f"{{{_SFTP}, key_file: k}}", "write either known_hosts (a file) or host_key"),
        (f"{{{_SFTP}, key_file: k, {_KEY}, port: 0}}", ":6: sites[0].source.port: "),
        (f"{{{_SFTP}, key_file: k, {_KEY}, password: x}}", "sites[0].source.password: "),
        (f"{{{_SFTP}, password_env: 'a b', {_KEY}}}", "name of an environment variable"),
        ("{kind: http, url: 'http://h.example/'}", "the logs would travel unencrypted"),
        ("{kind: http, url: 'https://u:p@h.example/'}", "keep secrets in environment variables"),
        ("{kind: http, url: 'ftp://h.example/'}", "write an http or https address"),
        (
            "{kind: http, url: 'http://h.example/', in_clear: true, token_env: T}",
            "the logs would travel unencrypted",
        ),
        ("{kind: s3, bucket: b.c, key_id_env: K}", "write both key_id_env and secret_env"),
        ("{kind: s3, bucket: b.c, endpoint: 'h.example:9', use_ssl: false}", "unencrypted"),
        ("{kind: folder, path: p, into: ../x}", "write only the name of a folder"),
        ("{kind: folder, path: p, into: b}", "no site has files below the folder 'b'"),
        ("{connection: 'a b'}", "sites[0].source.connection: "),
    ],
)
def test_a_mistake_in_a_source_names_file_line_and_key(
    tmp_path: Path, source: str, said: str
) -> None:
    """Before anything is asked of anybody."""
    path = tmp_path / "own.yaml"
    path.write_text(f"{_SITE}    source: {source}\n")
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert f"{path}:6: sites[0].source" in str(refused.value)
    assert said in str(refused.value)


def _settings(tmp_path: Path, source: str) -> Settings:
    path = tmp_path / "own.yaml"
    path.write_text(f"{_SITE}    source: {source}\n")
    return load(path)


def test_doctor_names_what_a_source_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable, a file, an extra; what is there is enough, and nobody is asked."""
    assert check_sources(load(_plain(tmp_path)), _NONE.get).status is Status.OK
    key, hosts = tmp_path / "key", tmp_path / "known_hosts"
    key.write_text("x")
    key.chmod(0o644)
    names = "key_file: key, passphrase_env: PHRASE, known_hosts: known_hosts"
    settings = _settings(tmp_path, f"{{{_SFTP}, {names}}}")
    found = check_sources(settings, _NONE.get)
    assert found.status is Status.WARNING
    for lacking in ("PHRASE", "known_hosts", "chmod 600"):
        assert lacking in found.message
    key.chmod(0o600)
    hosts.write_text("")
    assert check_sources(settings, _PHRASE.get).status is Status.OK
    assert check_extras(settings).status is Status.OK
    monkeypatch.setitem(__import__("sys").modules, "asyncssh", None)
    assert check_extras(settings).remedy == "pip install 'mimamori-accesslog[fetch]'"
    missing = check_sources(_settings(tmp_path, "{kind: folder, path: nowhere}"), _NONE.get)
    assert "nowhere" in missing.message


def _plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.yaml"
    path.write_text(_SITE)
    return path


def _connect(monkeypatch: pytest.MonkeyPatch, hidden: str = "", **values: object) -> None:
    values |= {"password": hidden} if hidden else {}
    monkeypatch.setenv("AIRFLOW_CONN_LOGS", json.dumps(values))


def test_airflow_connections_are_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Airflow's own fields; what settings say goes before, and the key is always needed."""
    spec = AirflowSource.model_validate({"connection": "logs", "path": "/export"})
    _connect(
        monkeypatch, conn_type="sftp", host="h.example", login="u", hidden="p w and more",
        extra={"host_key": "ssh-ed25519 AAAA", "no_host_key_check": True},
    )  # fmt: skip
    source, secret = resolved(spec, "a: source")
    assert isinstance(source, SftpSource)
    assert (source.host, source.port, source.path) == ("h.example", 22, "/export")
    assert source.host_key == "ssh-ed25519 AAAA"
    assert secret(str(source.password_env)) == "p w and more"
    _connect(monkeypatch, conn_type="ssh", host="h.example", login="u", hidden="a secret")
    with pytest.raises(SourceError, match="known_hosts"):
        resolved(spec, "a: source")
    extra = {"endpoint_url": "https://s3.example", "region_name": "ap-northeast-1"}
    _connect(monkeypatch, conn_type="aws", login="id", hidden="hush-hush", extra=extra)
    source, secret = resolved(AirflowSource(connection="logs", bucket="logs", prefix="x"), "a")
    assert isinstance(source, S3Source)
    assert (source.url, source.region, source.prefix) == (
        "https://s3.example", "ap-northeast-1", "x/",
    )  # fmt: skip
    assert (secret(str(source.key_id_env)), secret(str(source.secret_env))) == ("id", "hush-hush")
    _connect(
        monkeypatch, conn_type="http", host="https://h.example/logs", login="u", hidden="a secret"
    )
    source, _ = resolved(AirflowSource(connection="logs"), "a: source")
    assert isinstance(source, HttpSource)
    assert source.url == "https://h.example/logs"
    _connect(monkeypatch, conn_type="mysql", host="h.example")
    with pytest.raises(SourceError, match="type 'mysql'"):
        resolved(AirflowSource(connection="logs"), "a: source")
    with pytest.raises(SourceError, match="no connection 'nobody'"):
        resolved(AirflowSource(connection="nobody"), "a: source")


@pytest.mark.servers
def test_a_source_is_fetched_by_its_airflow_connection(
    remote_of: Callable[[str], Remote], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection has address and log-in, the settings have the folder."""
    remote = remote_of("sftp")
    place = Place(
        remote, tmp_path, site={"source": {"connection": "logs", "path": str(remote.root)}}
    )
    remote.put("012/access.log", lines(5))
    key = Path(remote.spec["key_file"]).read_text()
    _connect(
        monkeypatch, conn_type="sftp", host="127.0.0.1", port=remote.spec["port"],
        login=remote.spec["user"],
        extra={"private_key": key, "host_key": remote.spec["host_key"]},
    )  # fmt: skip
    assert place.fetch().failures == ()
    assert place.landed() == {"shops/012/access.log": lines(5)}
    assert SECRETS["SECRET"] not in str(place.home.fetched.read_bytes())
