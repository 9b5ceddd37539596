"""Where log files are fetched from: `source:` of a site, a template or all, and `landing:`.

No secret stands here: a password or key is named by an environment variable, or kept by an Airflow
connection (docs/fetch.md).
"""

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from pipelines.settings.delivery import ConnectionId, Host, Variable, is_own_machine
from pipelines.text.messages import message

CONNECTION = "connection"
SOURCE_KIND = "source_kind"  # the type of the error where a source has no known kind


def _folder_name(text: str) -> str:
    parts = PurePosixPath(text).parts
    if text.startswith("/") or ".." in parts or not text.isprintable() or set(text) & set("*?[]{}"):
        raise ValueError(message("settings.sources.plain_folder", text=text))
    return "/".join(parts)


def _host_key(text: str) -> str:
    if len(text.split()) not in {2, 3} or "PRIVATE" in text:
        raise ValueError(message("settings.sources.host_key"))
    return " ".join(text.split()[:2])


Into = Annotated[str, AfterValidator(_folder_name)]
HostKey = Annotated[str, AfterValidator(_host_key)]


class _Source(BaseModel):
    """What all kinds have: `into` is the folder below the landing folder where its files go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    into: Into | None = None

    def below(self, folder: Path) -> Self:
        """Return the same with the relative paths of files on this machine below `folder`."""
        paths = {
            name: folder / value.expanduser()
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), Path)
        }
        return self.model_copy(update=paths)


class FolderSource(_Source):
    """Another folder of this machine, such as a mounted share."""

    kind: Literal["folder"]
    path: Path


class SftpSource(_Source):
    """An SFTP server, whose key must be known before."""

    kind: Literal["sftp"]
    host: Host
    port: int = Field(default=22, ge=1, le=65_535)
    user: str = Field(min_length=1)
    path: str = Field(default=".", min_length=1)
    password_env: Variable | None = None
    key_file: Path | None = None
    key_env: Variable | None = None
    passphrase_env: Variable | None = None
    known_hosts: Path | None = None
    host_key: HostKey | None = None

    @model_validator(mode="after")
    def _is_checked_both_ways(self) -> Self:
        if (self.known_hosts is None) == (self.host_key is None):
            raise ValueError(message("settings.sources.host_key_unknown"))
        ways = [self.password_env, self.key_file, self.key_env]
        if sum(way is not None for way in ways) != 1:
            raise ValueError(message("settings.sources.one_login"))
        return self


class S3Source(_Source):
    """A bucket of S3 or a compatible store; without names of secrets as the machine is known."""

    kind: Literal["s3"]
    bucket: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$")
    prefix: str = ""
    endpoint: str | None = None
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,64}$")
    url_style: Literal["path", "vhost"] | None = None
    use_ssl: bool = True
    key_id_env: Variable | None = None
    secret_env: Variable | None = None
    session_token_env: Variable | None = None
    anonymous: bool = False
    in_clear: bool = False

    @field_validator("prefix")
    @classmethod
    def _prefix(cls, prefix: str) -> str:
        return prefix if not prefix or prefix.endswith("/") else f"{prefix}/"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.key_id_env is None) != (self.secret_env is None):
            raise ValueError(message("settings.sources.key_id_and_secret"))
        if self.anonymous and self.key_id_env is not None:
            raise ValueError(message("settings.sources.anonymous_with_key"))
        if self.url is not None:
            _require_web_address(self.url, in_clear=self.in_clear)
        return self

    @property
    def url(self) -> str | None:
        """The address of the endpoint; None for that of Amazon."""
        if self.endpoint is None or "://" in self.endpoint:
            return self.endpoint
        return f"{'https' if self.use_ssl else 'http'}://{self.endpoint}"


class HttpSource(_Source):
    """A web server that lists its folders."""

    kind: Literal["http"]
    url: str
    user: str | None = Field(default=None, min_length=1)
    password_env: Variable | None = None
    token_env: Variable | None = None
    ca_file: Path | None = None
    in_clear: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.user is None) != (self.password_env is None):
            raise ValueError(message("settings.delivery.user_and_password"))
        if self.user is not None and self.token_env is not None:
            raise ValueError(message("settings.sources.password_or_token"))
        has_secret = self.password_env is not None or self.token_env is not None
        _require_web_address(self.url, in_clear=self.in_clear and not has_secret)
        return self


class AirflowSource(_Source):
    """A source whose address and secrets an Airflow connection has; the rest stands here."""

    connection: ConnectionId
    path: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    region: str | None = None
    endpoint: str | None = None
    url_style: Literal["path", "vhost"] | None = None
    known_hosts: Path | None = None
    host_key: HostKey | None = None
    ca_file: Path | None = None
    in_clear: bool | None = None


def _require_web_address(url: str, *, in_clear: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isprintable():
        raise ValueError(message("settings.sources.web_address"))
    if parts.username or parts.password or parts.query or parts.fragment or " " in url:
        raise ValueError(message("settings.sources.secret_in_address"))
    if parts.scheme == "http" and not in_clear and not is_own_machine(parts.hostname):
        raise ValueError(message("settings.sources.in_clear"))


def _kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return CONNECTION if CONNECTION in value else value.get("kind")
    return CONNECTION if isinstance(value, AirflowSource) else getattr(value, "kind", None)


DirectSource = FolderSource | SftpSource | S3Source | HttpSource
Source = Annotated[
    Annotated[FolderSource, Tag("folder")]
    | Annotated[SftpSource, Tag("sftp")]
    | Annotated[S3Source, Tag("s3")]
    | Annotated[HttpSource, Tag("http")]
    | Annotated[AirflowSource, Tag(CONNECTION)],
    Discriminator(
        _kind,
        custom_error_type=SOURCE_KIND,
        custom_error_message=message("settings.sources.kind"),
    ),
]


class LandingSettings(BaseModel):
    """How files come into the landing folder, and when they leave it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Source | None = None
    keep_days: int | None = Field(default=None, ge=1, le=36_500)
    removes: Literal["fetched", "all"] | None = None
    attempts: int = Field(default=3, ge=1, le=10)
    timeout_seconds: float = Field(default=30, ge=1, le=600)
    parallel: int = Field(default=4, ge=1, le=32)

    def below(self, folder: Path) -> "LandingSettings":
        """Return the same with relative paths resolved against `folder`."""
        source = self.source and self.source.below(folder)
        return self.model_copy(update={"source": source})
