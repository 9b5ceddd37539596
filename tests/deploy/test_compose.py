"""What runs in containers: compose, hadolint, nginx and the schema of Kubernetes accept it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from pipelines import __version__
from pipelines.airflow.deployment import LAKE_WRITER
from pipelines.paths import PROJECT_ROOT
from tests.fetch.servers import free_port, program, web_server

_DEPLOY = PROJECT_ROOT / "deploy"
_COMPOSE = _DEPLOY / "compose"
_IMAGE = _DEPLOY / "image"
_HELM = _DEPLOY / "helm"
_KUBERNETES = "1.33"
_ACCOUNT = 50000  # of the containers
_AIRFLOWS = ("api-server", "scheduler", "dag-processor", "triggerer")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as an operator prepares it, with what `make-secrets` makes."""
    if os.geteuid():
        pytest.skip("only root can make files of the containers' account")
    made = tmp_path_factory.mktemp("deploy")
    shutil.copytree(_COMPOSE, made / "compose", ignore=shutil.ignore_patterns("secrets", "tls"))
    subprocess.run([made / "compose" / "make-secrets"], check=True)
    return made / "compose"


def _compose(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program("docker-compose")), "-f", folder / "compose.yaml", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)} | variables,
    )


@pytest.mark.servers
def test_compose_accepts_it(folder: Path) -> None:
    """With every profile; a misspelt key is refused."""
    told = _compose(folder, "--profile", "command", "config", "--format", "json")
    assert (told.returncode, told.stderr) == (0, "")
    services: dict[str, dict[str, Any]] = json.loads(told.stdout)["services"]
    assert set(services) == {"postgres", "prepare", "nginx", "command", *_AIRFLOWS}
    for name in _AIRFLOWS:
        service = services[name]
        assert service["image"] == f"mimamori:{__version__}"
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"]
        assert "ports" not in service
        # Of secrets, a list of processes or `docker inspect` shows names alone.
        values = json.dumps(service)
        for secret in (folder / "secrets").iterdir():
            assert secret.read_text() not in values
    assert [one["target"] for one in services["nginx"]["ports"]] == [443]
    for name in ("postgres", "nginx"):
        service = services[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert int(service["mem_limit"]) > 0
    assert set(services["command"]["networks"]) == {"inside", "outside"}
    wrong = folder / "wrong.yaml"
    wrong.write_text((folder / "compose.yaml").read_text().replace("read_only:", "readonly:"))
    assert _compose(folder, "-f", str(wrong), "config").returncode != 0
    wrong.unlink()


@pytest.mark.servers
def test_compose_accepts_workers_beside_it(folder: Path) -> None:
    """Four of them, with the secrets of the lake as files alone; the broker asks for a password."""
    own = [folder / "secrets" / name for name in ("lake_password", "lake_key_id", "lake_secret")]
    for path in own:
        path.write_text(f"{path.name} of this test")
    both = ("-f", str(folder / "cluster.yaml"))
    told = _compose(folder, *both, "--profile", "command", "config", "--format", "json")
    for path in own:
        path.unlink()
    assert (told.returncode, told.stderr) == (0, "")
    services: dict[str, dict[str, Any]] = json.loads(told.stdout)["services"]
    assert {"worker", "valkey"} <= set(services)
    assert " of this test" not in told.stdout
    for name in (*_AIRFLOWS, "worker", "command"):
        service = services[name]
        assert service["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
        assert service["entrypoint"] == ["with-lake-secrets"]
        assert {one["source"] for one in service["secrets"]} >= {"jwt_secret", "lake_secret"}
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
    worker = services["worker"]
    assert worker["command"][:3] == ["airflow", "celery", "worker"]
    assert {one["target"] for one in worker["volumes"]} >= {"/var/lib/mimamori", "/opt/airflow"}
    assert set(services["valkey"]["networks"]) == {"inside"}
    assert "requirepass" in services["valkey"]["command"][-1]


def test_secrets_of_the_cluster_are_read_from_files(tmp_path: Path) -> None:
    """The broker's address, quoted; the lake's in variables of the command alone."""
    (tmp_path / "password").write_text("p@ss/w ord%\n")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    told = subprocess.run(
        [_IMAGE / "broker-url"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": path, "BROKER_PASSWORD_FILE": str(tmp_path / "password")},
    )
    assert told.stdout == "redis://:p%40ss%2Fw%20ord%25@valkey:6379/0"
    names = ("LAKE_PASSWORD", "LAKE_KEY_ID", "LAKE_SECRET")
    for name in names:
        (tmp_path / name.lower()).write_text(f"{name} $x\n")
    run = subprocess.run(
        [
            _IMAGE / "with-lake-secrets",
            "sh",
            "-c",
            'echo "$LAKE_PASSWORD|$LAKE_KEY_ID|$LAKE_SECRET"',
        ],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": path, "SECRETS": str(tmp_path)},
    )
    assert run.stdout.strip() == "|".join(f"{name} $x" for name in names)


@pytest.mark.servers
def test_airflow_knows_the_address_that_people_use(folder: Path) -> None:
    """With a port of its own, too; and it believes nginx, from wherever that asks."""
    for port, address in (
        ("", "https://mimamori.example"),
        ("8443", "https://mimamori.example:8443"),
    ):
        variables = {"MIMAMORI_HOST": "mimamori.example", "MIMAMORI_HTTPS_PORT": port}
        told = _compose(folder, "config", "--format", "json", **variables)
        service = json.loads(told.stdout)["services"]["api-server"]
        assert service["environment"]["AIRFLOW__API__BASE_URL"] == address
        assert service["environment"]["FORWARDED_ALLOW_IPS"] == "*"
        assert "--proxy-headers" in service["command"]
        assert set(service["networks"]) == {"inside"}


def test_what_containers_write_to_is_theirs(folder: Path, tmp_path: Path) -> None:
    """And nobody else's; without root nothing is made."""
    for path in (*(folder / "secrets").iterdir(), folder / "landing", folder / "backup"):
        assert path.stat().st_uid == _ACCOUNT
        assert path.stat().st_mode & 0o077 == 0
    assert (folder / "keys-backup").stat().st_uid == _ACCOUNT
    # Where the variables of compose name another folder, it is that one.
    shutil.copy(folder / "make-secrets", tmp_path)
    (tmp_path / ".env").write_text(f"MIMAMORI_LANDING={tmp_path}/elsewhere\n")
    subprocess.run([tmp_path / "make-secrets"], check=True)
    assert (tmp_path / "elsewhere").stat().st_uid == _ACCOUNT
    assert not (tmp_path / "landing").exists()
    with (folder / "make-secrets").open() as script:
        refused = subprocess.run(
            ["sh", "-s"], stdin=script, cwd="/", user=65534, capture_output=True, check=False
        )
    assert refused.returncode == 1
    assert b"sudo" in refused.stderr


def test_secrets_are_made_once_and_for_nobody_else(folder: Path) -> None:
    """A second call changes none; each can be what it is for."""
    before = {path.name: path.read_text() for path in (folder / "secrets").iterdir()}
    (folder / "secrets" / "jwt_secret").unlink()
    subprocess.run([folder / "make-secrets"], check=True)
    after = {path.name: path.read_text() for path in (folder / "secrets").iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"jwt_secret"}
    assert len(set(after.values())) == len(after)
    for path in (folder / "secrets").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    from cryptography.fernet import Fernet  # noqa: PLC0415 - of one test

    assert Fernet(after["fernet_key"]).decrypt(Fernet(after["fernet_key"]).encrypt(b"x")) == b"x"


def test_the_database_is_named_with_what_a_password_may_hold(tmp_path: Path) -> None:
    """Quoted, and without the newline at the end of the file."""
    (tmp_path / "password").write_text("p@ss/w ord%\n")
    told = subprocess.run(
        [_IMAGE / "database-url"],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "POSTGRES_PASSWORD_FILE": str(tmp_path / "password"),
        },
    )
    assert told.stdout == "postgresql+psycopg://airflow:p%40ss%2Fw%20ord%25@postgres/airflow"
    read = subprocess.run(
        [_IMAGE / "secret", "password"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "SECRETS": str(tmp_path)},
    )
    assert read.stdout == "p@ss/w ord%"


def test_hadolint_accepts_the_image() -> None:
    """One that leaves a version open is refused."""
    hadolint = str(Path(sys.executable).with_name("hadolint"))
    good = subprocess.run(
        [hadolint, _IMAGE / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (good.returncode, good.stdout) == (0, "")
    text = (_IMAGE / "Dockerfile").read_text().replace("# hadolint ignore=DL3008\n", "")
    wrong = subprocess.run([hadolint, "-"], input=text, capture_output=True, text=True, check=False)
    assert "DL3008" in wrong.stdout


def test_the_image_has_what_it_copies() -> None:
    """Files that a step names are there, and what the wheel is made of is not left out."""
    text = (_IMAGE / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    for path in " ".join(copied).split():
        assert (PROJECT_ROOT / path).exists(), path
    allowed = (_IMAGE / "Dockerfile.dockerignore").read_text().split()
    wheel = _pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert {f"!{name}" for name in (*wheel, "pyproject.toml", "README.md")} <= set(allowed)
    assert f"airflow pools set {LAKE_WRITER} 1 " in (_IMAGE / "prepare-airflow").read_text()


def test_the_image_s_packages_are_those_of_the_lock() -> None:
    """Of the same releases as the tests use, as far as these have them."""
    found = _locked(_IMAGE / "requirements.lock")
    tested = _locked(PROJECT_ROOT / "requirements.lock")
    assert {"apache-airflow-providers-fab", "psycopg-binary", "duckdb", "polars"} <= set(found)
    apart = {name for name in set(found) & set(tested) if found[name] not in tested[name]}
    assert apart == set()


def test_the_image_installs_nothing_without_a_known_digest() -> None:
    """But the wheel that it has built itself; what builds it is all in the lock."""
    text = (_IMAGE / "Dockerfile").read_text().replace("\\\n", "")
    installs = re.findall(r"pip install ([^&\n]*)", text)
    assert len(installs) == 3
    for options in installs:
        assert "--require-hashes -r " in options or options.strip().endswith("/build/dist/*.whl")
    (taken,) = re.findall(r"RUN (sed .*?) requirements.lock >", text)
    lock = subprocess.run(
        ["/bin/sh", "-c", f"{taken} requirements.lock"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    blocks = re.split(r"(?m)^(?=[a-z])", lock)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    names = {block.partition("==")[0] for block in blocks}
    needed = {"hatchling"}
    for name in names:
        for one in map(Requirement, requires(name) or ()):
            if one.marker is None or one.marker.evaluate({"extra": "", "python_version": "3.13"}):
                needed.add(one.name)
    assert names == needed
    assert "!requirements.lock" in (_IMAGE / "Dockerfile.dockerignore").read_text().split()


@pytest.mark.servers
def test_base_images_can_be_held_to_a_digest(folder: Path) -> None:
    """A tag stands where an operator has named none."""
    text = (_IMAGE / "Dockerfile").read_text()
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${PYTHON_IMAGE}"}
    pinned = {
        name: f"{name[:-6].lower()}@sha256:{'0' * 64}"
        for name in ("PYTHON_IMAGE", "POSTGRES_IMAGE", "NGINX_IMAGE")
    }
    told = _compose(folder, "config", "--format", "json", **pinned)
    assert told.returncode == 0, told.stderr
    services = json.loads(told.stdout)["services"]
    assert services["postgres"]["image"] == pinned["POSTGRES_IMAGE"]
    assert services["nginx"]["image"] == pinned["NGINX_IMAGE"]
    built = [one["build"]["args"] for one in services.values() if "build" in one]
    assert built
    assert all(args == {"PYTHON_IMAGE": pinned["PYTHON_IMAGE"]} for args in built)


def _locked(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in path.read_text().splitlines():
        if match := re.match(r"([a-z0-9._-]+)==(\S+)", line):
            found[match[1]] = f"{found.get(match[1], '')} {match[2]}".strip()
    return found


def _pyproject() -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - of one test

    return tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())


@pytest.fixture
def front(tmp_path: Path) -> Iterator[str]:
    """Nginx with the real settings before another nginx that stands for Airflow's web server."""
    (tmp_path / "root" / "auth").mkdir(parents=True)
    (tmp_path / "root" / "auth" / "login").write_text("log in")
    (tmp_path / "root" / "execution").mkdir()
    (tmp_path / "root" / "execution" / "secret").write_text("for tasks")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
         "-keyout", tmp_path / "server.key", "-out", tmp_path / "server.crt", "-days", "2"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    port = free_port()
    with web_server(tmp_path, tmp_path / "root") as within:
        text = (_COMPOSE / "nginx.conf").read_text()
        for name, value in (
            ("user nginx", "user root"),
            ("api-server:8080", f"127.0.0.1:{within}"),
            ("listen 443", f"listen 127.0.0.1:{port}"),
            (" tls/", f" {tmp_path}/"),
            ("/run/nginx.pid", f"{tmp_path}/front.pid"),
            ("error_log stderr", f"error_log {tmp_path}/front.log"),
            ("_path /tmp/", f"_path {tmp_path}/front-"),
        ):
            assert name in text, name
            text = text.replace(name, value)
        config = tmp_path / "front.conf"
        config.write_text(text)
        command = [str(program("nginx")), "-c", str(config)]
        tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stderr
        assert "[warn]" not in tested.stderr
        subprocess.run(command, check=True)
        try:
            yield f"https://localhost:{port}"
        finally:
            subprocess.run([*command, "-s", "stop"], check=True)


@pytest.mark.servers
def test_nginx_lets_few_log_in_and_nobody_to_what_tasks_ask(front: str) -> None:
    """With its real settings: TLS, a limit on log-ins alone, no way to the tasks' interface."""
    import httpx  # noqa: PLC0415 - of one test

    with httpx.Client(verify=False) as client:  # noqa: S501 - a certificate of this test
        assert client.get(f"{front}/execution/secret").status_code == 404
        first = client.get(f"{front}/auth/login")
        assert first.text == "log in"
        assert "max-age" in first.headers["Strict-Transport-Security"]
        assert first.headers["X-Content-Type-Options"] == "nosniff"
        assert first.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert first.headers["Referrer-Policy"] == "same-origin"
        assert 429 in {client.post(f"{front}/auth/login").status_code for _ in range(12)}
        pages = {client.get(f"{front}/nothing").status_code for _ in range(20)}
    assert pages == {404}


def test_kubernetes_accepts_volumes_and_what_pods_get() -> None:
    """By its own schema: the claims and, in a pod, what the chart puts into its containers."""
    from kubernetes_validate import validate  # noqa: PLC0415 - it takes long to import

    for document in yaml.safe_load_all((_HELM / "volumes.yaml").read_text()):
        validate(document, _KUBERNETES, strict=True)
    values = yaml.safe_load((_HELM / "values.yaml").read_text())
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "mimamori"},
        "spec": {
            "nodeSelector": values["nodeSelector"],
            "securityContext": values["securityContexts"]["pod"],
            "volumes": values["volumes"],
            "containers": [
                {
                    "name": name,
                    "image": ":".join(values["images"]["airflow"].values()),
                    "env": values["env"],
                    "volumeMounts": values["volumeMounts"],
                    "resources": values[name]["resources"],
                    "securityContext": values["securityContexts"]["containers"],
                }
                for name in ("scheduler", "apiServer")
            ],
        },
    }
    for container in pod["spec"]["containers"]:
        container["name"] = container["name"].lower()
    validate(pod, _KUBERNETES, strict=True)
    claims = {one["persistentVolumeClaim"]["claimName"] for one in values["volumes"][:3]}
    documents = list(yaml.safe_load_all((_HELM / "volumes.yaml").read_text()))
    assert claims | {"mimamori-settings"} == {one["metadata"]["name"] for one in documents}
    assert values["images"]["airflow"]["tag"] == __version__
    assert values["airflowVersion"] == version("apache-airflow")


def test_settings_of_the_example_are_settings(tmp_path: Path) -> None:
    """Those that the map of Kubernetes holds."""
    from pipelines.settings.load import load  # noqa: PLC0415 - of one test

    *_, settings = yaml.safe_load_all((_HELM / "volumes.yaml").read_text())
    (tmp_path / "mimamori.yaml").write_text(settings["data"]["mimamori.yaml"])
    assert load(tmp_path / "mimamori.yaml").sites
