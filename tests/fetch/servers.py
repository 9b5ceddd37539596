"""Real servers: OpenSSH, nginx, PostgreSQL and Valkey as programs, and moto's S3 server."""

import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.certificate import server_context

Certificate = tuple[Path, Path]
"""Paths of a certificate and of its key."""

_PROGRAMS = {
    "sshd": "openssh-server",
    "nginx": "nginx-light",
    "promtool": "promtool",
    "systemd-analyze": "systemd",
    "initdb": "postgresql",
    "valkey-server": "valkey-server",
    "docker-compose": "docker-compose",
}
# Debian keeps PostgreSQL's programs apart, one folder a release.
_SYSTEM = ":".join(
    ["/usr/sbin", "/usr/local/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
)


POSTGRES_ENTRY = "p0stgres-hush"


def program(name: str) -> str | None:
    """Return the path of a server, None where it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_SYSTEM}")


def missing_packages() -> list[str]:
    """Return the Debian packages of programs beside the tests that are not installed."""
    return [package for name, package in _PROGRAMS.items() if program(name) is None]


def free_port() -> int:
    """Return a port that nobody serves."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def sftp_server(folder: Path) -> Iterator[tuple[int, str]]:
    """Serve this account's files over SFTP; yield the port and the server's public key.

    The client's key is `client` below `folder`; a key that is not the server's is `other.pub`.
    """
    import asyncssh  # noqa: PLC0415 - all tests import this module

    port = free_port()
    for name in ("host", "client", "other"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(folder / name))
        key.write_public_key(str(folder / f"{name}.pub"))
        (folder / name).chmod(0o600)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/client.pub\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin prohibit-password\nPasswordAuthentication no\n"
        "Subsystem sftp internal-sftp\nLogLevel ERROR\nUseDNS no\n"
    )
    command = [str(program("sshd")), "-D", "-e", "-f", str(config)]
    with _running(command, port, folder / "sshd.log"):
        yield port, (folder / "host.pub").read_text().strip()


@contextmanager
def web_server(folder: Path, root: Path) -> Iterator[int]:
    """Serve `root` with nginx, folders as pages that list them; yield the port."""
    port = free_port()
    config = folder / "nginx.conf"
    places = "\n".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(
        f"daemon off; master_process off; user root; pid {folder}/nginx.pid;\n"
        f"error_log {folder}/nginx.log crit; events {{}}\n"
        f"http {{ access_log off; {places}\n"
        f"server {{ listen 127.0.0.1:{port}; root {root}; autoindex on; charset utf-8;\n"
        "location /json/ { alias " + str(root) + "/; autoindex_format json; }\n"
        "location /secret/ { alias " + str(root) + "/; auth_basic x;"
        f" auth_basic_user_file {folder}/passwords; }} }} }}\n"
    )
    (folder / "passwords").write_text("mimamori:{PLAIN}s3cret\n")
    command = [str(program("nginx")), "-c", str(config), "-p", str(folder)]
    with _running(command, port, folder / "nginx.out"):
        yield port


@contextmanager
def s3_server(certificate: Certificate | None = None) -> Iterator[int]:
    """Serve S3 from this process' memory, with a certificate over TLS alone; yield the port."""
    from moto.moto_server import werkzeug_app as moto  # noqa: PLC0415 - slow
    from werkzeug.serving import make_server  # noqa: PLC0415

    server = make_server(
        "127.0.0.1",
        0,
        moto.DomainDispatcherApplication(moto.create_backend_app),
        threaded=True,
        request_handler=moto.MotoRequestHandler,
        ssl_context=server_context(*certificate) if certificate else None,
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def postgres_server(folder: Path, certificate: Certificate | None = None) -> Iterator[int]:
    """Serve an empty PostgreSQL on 127.0.0.1 below `folder`; yield the port.

    Whoever names the account `mimamori` may do anything, with the password that they give. With a
    certificate it speaks TLS, and to nobody without it.
    """
    port = free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    secret = folder / "password"
    secret.write_text(POSTGRES_ENTRY)
    secret.chmod(0o644)
    made = [str(program("initdb")), "-D", f"{folder}/data", "-U", "mimamori", "-A", "scram-sha-256"]
    made += ["-E", "UTF8", "--locale=C", f"--pwfile={secret}", "--no-sync"]
    subprocess.run(of_postgres(*made), check=True, capture_output=True, cwd=folder)
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "log_statement": "all",  # so that tests see what is said to it
    }
    if certificate:
        settings |= _speaking_tls(folder / "data", certificate)
    command = [str(program("postgres")), "-D", f"{folder}/data"]
    command += [f"--{name}={value}" for name, value in settings.items()]
    with _running(of_postgres(*command), port, folder / "postgres.log", cwd=folder):
        yield port


def _speaking_tls(data: Path, certificate: Certificate) -> dict[str, str]:
    """Give a server its certificate; return the settings that name it."""
    (data / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\n")
    own = [data / "server.crt", data / "server.key"]
    for path, target in zip(certificate, own, strict=True):
        target.write_bytes(path.read_bytes())
        target.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(target, "postgres")
    return {"ssl": "on", "ssl_cert_file": own[0].name, "ssl_key_file": own[1].name}


def of_postgres(*command: str) -> list[str]:
    """Return how to start a program of PostgreSQL, which refuses to run as root.

    Root starts it as the account `postgres`. Its clock is the machine's: under libfaketime
    (`scripts/at_clock.sh`) it has hung.
    """
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    return ["env", "-u", "LD_PRELOAD", *as_other, *command]


@contextmanager
def valkey_server(folder: Path) -> Iterator[int]:
    """Serve Valkey, which is Redis to its clients, from memory on 127.0.0.1; yield the port."""
    port = free_port()
    command = [str(program("valkey-server")), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    with _running(command, port, folder / "valkey.log"):
        yield port


def account() -> str:
    """Return the name of the account that runs the tests."""
    return getpass.getuser()


@contextmanager
def _running(command: list[str], port: int, log: Path, cwd: Path | None = None) -> Iterator[None]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=cwd
        ) as process,
    ):
        try:
            _await(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(10)


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{process.args!r} does not serve: {log.read_text()}")
