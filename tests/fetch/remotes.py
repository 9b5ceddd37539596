"""One way to put files where each kind of source finds them, and to fetch them from there."""

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from pipelines.fetch.run import FetchResult, Outside, fetch
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.fetch.cutting_proxy import Proxy, proxied
from tests.fetch.servers import account, s3_server, sftp_server, web_server

NOW = dt.datetime(2026, 11, 27, 3, tzinfo=dt.UTC)
SECRETS = {"KEY_ID": "a-key", "SECRET": "hush-hush", "WEB_PASSWORD": "s3cret"}
BUCKET = "logs"
LINE = '192.0.2.{host} - - [26/Nov/2026:09:00:00 +0900] "GET /{n} HTTP/1.1" 200 1 "-" "curl/8"\n'


def lines(count: int, start: int = 0) -> bytes:
    """Return so many lines of a log, each another."""
    return "".join(LINE.format(n=n, host=n % 250) for n in range(start, start + count)).encode()


@dataclass
class Remote:
    """A kind of source: `spec` is what settings say of it; its files lie below `root`."""

    kind: str
    spec: dict[str, Any]
    root: Path
    proxy: Proxy | None = None
    s3: Any = None

    def without_proxy(self) -> "Remote":
        """Return the same, asked without a detour."""
        if self.proxy is None:
            return self
        ports = str(self.proxy.port), str(self.proxy.target)
        spec = {
            name: value.replace(*ports) if isinstance(value, str) else value
            for name, value in self.spec.items()
        }
        if "port" in spec:
            spec["port"] = self.proxy.target
        return replace(self, spec=spec)

    def put(self, path: str, content: bytes, age_seconds: float = 3600) -> None:
        """Write a file, which was changed so long before NOW."""
        if self.s3 is not None:
            self.s3.put_object(Bucket=BUCKET, Key=f"export/{path}", Body=content)
            return
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        at = NOW.timestamp() - age_seconds
        os.utime(place, (at, at))

    def rename(self, path: str, other: str) -> None:
        """Give a file another name, as rotation does."""
        (self.root / path).rename(self.root / other)

    def clear(self) -> None:
        """Remove all files, and let everything through."""
        if self.s3 is not None:
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
                for one in page.get("Contents", ()):
                    self.s3.delete_object(Bucket=BUCKET, Key=one["Key"])
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        if self.proxy is not None:
            self.proxy.heal()


@dataclass
class Place:
    """A working folder with settings for one remote."""

    remote: Remote
    folder: Path
    site: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    now: dt.datetime = NOW

    @property
    def home(self) -> Home:
        """The working folder."""
        return Home(self.folder / "var")

    @property
    def logs(self) -> Path:
        """The landing folder."""
        return self.home.logs

    def settings(self) -> Settings:
        """Return settings with a template whose source is the remote."""
        landing = {"attempts": 1, "timeout_seconds": 5, **self.more.get("landing", {})}
        site = {
            "id": "shop-{franchise}",
            "group": "benry",
            "domains": ["{franchise}.example"],
            "logs": ["shops/{franchise}/access.log*"],
            "franchise": "{franchise}",
            "format": "combined",
            "source": self.remote.spec,
            **self.site,
        }
        limits = {"landing_free_bytes": 0, **self.more.get("limits", {})}
        path = self.folder / "mimamori.yaml"
        sites = [*self.more.get("sites", []), site]
        path.write_text(yaml.safe_dump({"sites": sites, "landing": landing, "limits": limits}))
        return load(path)

    def fetch(self, *sites: str, dry_run: bool = False) -> FetchResult:
        """Fetch."""
        outside = Outside(SECRETS.get, lambda: self.now, self.waited.append)
        return fetch(self.settings(), self.home, sites, outside, dry_run=dry_run)

    def landed(self) -> dict[str, bytes]:
        """Return what lies in the landing folder, by path, but for what is being fetched."""
        return {
            path.relative_to(self.logs).as_posix(): path.read_bytes()
            for path in sorted(self.logs.rglob("*"))
            if path.is_file() and not path.name.endswith(".part")
        }

    def parts(self) -> list[Path]:
        """Return what has come of files so far."""
        return list(self.logs.glob(".mimamori-fetch/*"))


@contextmanager
def folder_remote(folder: Path) -> Iterator[Remote]:
    """Another folder."""
    root = folder / "files"
    yield Remote("folder", {"kind": "folder", "path": str(root)}, root)


@contextmanager
def sftp_remote(folder: Path) -> Iterator[Remote]:
    """OpenSSH's server."""
    root = folder / "files"
    with sftp_server(folder) as (port, host_key), proxied(port) as proxy:
        spec = {
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": proxy.port,
            "user": account(),
            "path": str(root),
            "key_file": str(folder / "client"),
            "host_key": host_key,
        }
        yield Remote("sftp", spec, root, proxy)


@contextmanager
def http_remote(folder: Path) -> Iterator[Remote]:
    """The web server nginx."""
    root = folder / "files"
    root.mkdir()
    with web_server(folder, root) as port, proxied(port) as proxy:
        spec = {"kind": "http", "url": f"http://127.0.0.1:{proxy.port}/"}
        yield Remote("http", spec, root, proxy)


@contextmanager
def s3_remote(folder: Path) -> Iterator[Remote]:
    """Moto's S3 server."""
    import botocore.session  # noqa: PLC0415 - half a second

    with ExitStack() as stack:
        port = stack.enter_context(s3_server())
        proxy = stack.enter_context(proxied(port))
        client = botocore.session.Session().create_client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",  # noqa: S106 - moto takes any
        )
        stack.callback(client.close)
        client.create_bucket(Bucket=BUCKET)
        spec = {
            "kind": "s3",
            "endpoint": f"http://127.0.0.1:{proxy.port}",
            "bucket": BUCKET,
            "prefix": "export",
            "key_id_env": "KEY_ID",
            "secret_env": "SECRET",
        }
        yield Remote("s3", spec, folder / "files", proxy, client)


REMOTES: dict[str, Callable[[Path], Any]] = {
    "folder": folder_remote,
    "sftp": sftp_remote,
    "http": http_remote,
    "s3": s3_remote,
}
