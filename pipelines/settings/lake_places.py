"""`lake:`, where catalog, data and keys lie, and what the keys are encrypted with.

No secret stands here: passwords and keys are named by environment variables.
"""

import re
from collections.abc import Callable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.errors import SettingsError
from pipelines.paths import Bucket, Cluster, Secret
from pipelines.settings.delivery import ConnectionId, Variable, is_own_machine
from pipelines.text.messages import message

_PARAMETER = r"([a-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s'\\]+)"
_PARAMETERS = re.compile(rf"\s*{_PARAMETER}(?:\s+{_PARAMETER})*\s*")
_DATA = re.compile(r"s3://[A-Za-z0-9][A-Za-z0-9._-]{1,62}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+/?")
_PORTS = 1 << 16
# All others of libpq's `sslmode` go on without TLS where the server, or who stands between, wants.
_ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
# libpq's, of PostgreSQL 17, without those that hold a secret or are the program's own.
_WORDS = frozenset(
    {
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "passfile",
        "require_auth",
        "channel_binding",
        "connect_timeout",
        "options",
        "application_name",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "sslmode",
        "sslnegotiation",
        "sslcompression",
        "sslcert",
        "sslkey",
        "sslcertmode",
        "sslrootcert",
        "sslcrl",
        "sslcrldir",
        "sslsni",
        "requirepeer",
        "ssl_min_protocol_version",
        "ssl_max_protocol_version",
        "gssencmode",
        "krbsrvname",
        "gsslib",
        "gssdelegation",
        "service",
        "target_session_attrs",
        "load_balance_hosts",
    }
)


class KeySource(BaseModel):
    """Where a key of 32 bytes comes from, written as base64 or 64 hexadecimal digits.

    One of: an environment variable, a file, or the password of an Airflow connection, which
    Airflow's secrets backend may hold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: Variable | None = None
    file: Path | None = None
    connection: ConnectionId | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.env, self.file, self.connection)) != 1:
            raise ValueError(message("settings.lake_places.one_source"))
        return self

    def below(self, folder: Path) -> "KeySource":
        """Return the same with a relative path resolved against `folder`."""
        return self.model_copy(update={"file": self.file and folder / self.file.expanduser()})

    def __str__(self) -> str:
        """Return how it is named to people: its kind and its name."""
        kind, name = next((k, v) for k, v in self.model_dump().items() if v is not None)
        return f"{kind} {name}"


class Storage(BaseModel):
    """S3-compatible storage and the names of the variables that hold its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._:\[\]-]+$")
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,64}$")
    url_style: Literal["path", "vhost"] | None = None
    use_ssl: bool = True
    ca_file: Path | None = Field(
        default=None, description="Certificates of an authority of your own, as a PEM file."
    )
    key_id_env: Variable
    secret_env: Variable

    @field_validator("endpoint")
    @classmethod
    def _host_and_port(cls, endpoint: str | None) -> str | None:
        host, colon, port = (endpoint or "").rpartition(":")
        if colon and not port.endswith("]") and not (host and _is_port(port)):
            raise ValueError(message("settings.lake_places.port"))
        return endpoint


def is_storage_in_clear(endpoint: str | None, *, use_ssl: bool) -> bool:
    """Return whether a network carries requests to a storage unencrypted."""
    return not use_ssl and not is_own_machine(urlsplit(f"//{endpoint or ''}").hostname or "")


def is_here(address: str) -> bool:
    """Return whether a server of PostgreSQL is reached by no network: by a socket or loopback."""
    return not address or address[0] in "/@" or is_own_machine(address)


def _said(parameters: str) -> dict[str, str]:
    """Return libpq's parameters by their names; the last of one name counts, as for libpq."""
    return {
        name: re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith("'") else value
        for name, value in re.findall(_PARAMETER, parameters)
    }


def _may_be_in_clear(said: Mapping[str, str]) -> bool:
    """Whether a network may carry what the database is told unencrypted.

    What a file of services says is not known here.
    """
    names = (said.get(name, "").split(",") for name in ("hostaddr", "host"))
    reached = (address or host for address, host in zip_longest(*names, fillvalue=""))
    by_network = "service" in said or not all(map(is_here, reached))
    return by_network and said.get("sslmode") not in _ENCRYPTED


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < _PORTS


class LakePlaces(BaseModel):
    """Places other than those below the working folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    catalog: str | None = Field(
        default=None, description="`postgres:` and libpq's parameters, without a password."
    )
    catalog_password_env: Variable | None = Field(
        default=None, description="Variable that holds the password of the catalog's database."
    )
    data: str | None = Field(default=None, description="`s3://BUCKET/PREFIX` of the data files.")
    s3: Storage | None = Field(default=None, description="The storage that `data` lies on.")
    in_clear: bool = Field(
        default=False, description="Whether a network may carry all of that without TLS."
    )
    keys: Path | None = Field(
        default=None, description="Folder of the catalog and the hash key; `keys/` by default."
    )
    key_encryption_key: KeySource | None = Field(
        default=None, description="Where the key comes from that encrypts the `*.key` files."
    )

    @field_validator("catalog")
    @classmethod
    def _parameters(cls, catalog: str | None) -> str | None:
        if catalog is None:
            return None
        kind, _, parameters = catalog.partition(":")
        if kind != "postgres" or not _PARAMETERS.fullmatch(parameters):
            raise ValueError(message("settings.lake_places.catalog"))
        said = _said(parameters)
        if said.keys() & {"password", "sslpassword"}:
            raise ValueError(message("settings.lake_places.password"))
        if unknown := sorted(said.keys() - _WORDS):
            raise ValueError(message("settings.lake_places.unknown_word", name=unknown[0]))
        if not all(map(_is_port, said.get("port", "5432").split(","))):
            raise ValueError(message("settings.lake_places.port"))
        return catalog

    @field_validator("data")
    @classmethod
    def _url(cls, data: str | None) -> str | None:
        if data is not None and not _DATA.fullmatch(data):
            raise ValueError(message("settings.lake_places.data"))
        return data

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        if len({one is None for one in (self.catalog, self.data, self.s3)}) != 1:
            raise ValueError(message("settings.lake_places.together"))
        if self.catalog is None and self.catalog_password_env is not None:
            raise ValueError(message("settings.lake_places.together"))
        return self

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.in_clear:
            return self
        if self.catalog is not None and _may_be_in_clear(_said(self.catalog)):
            raise ValueError(message("settings.lake_places.catalog_in_clear"))
        if self.s3 and is_storage_in_clear(self.s3.endpoint, use_ssl=self.s3.use_ssl):
            raise ValueError(message("settings.lake_places.storage_in_clear"))
        return self

    def below(self, folder: Path) -> "LakePlaces":
        """Return the same with relative paths resolved against `folder`."""
        source = self.key_encryption_key
        storage = self.s3
        if storage is not None and storage.ca_file is not None:
            own = {"ca_file": folder / storage.ca_file.expanduser()}
            storage = storage.model_copy(update=own)
        return self.model_copy(
            update={
                "s3": storage,
                "keys": self.keys and folder / self.keys.expanduser(),
                "key_encryption_key": source and source.below(folder),
            }
        )

    def cluster(self, secret: Callable[[str], str | None]) -> Cluster | None:
        """Return where a lake on servers lies; None for one within the working folder.

        `secret` gives the value of an environment variable; it is asked when a secret is needed.
        """
        if self.catalog is None or self.data is None or self.s3 is None:
            return None
        name, _, prefix = self.data.removeprefix("s3://").strip("/").partition("/")
        password = self.catalog_password_env
        style = self.s3.url_style or ("path" if self.s3.endpoint else "vhost")
        return Cluster(
            self.catalog.removeprefix("postgres:"),
            _named(password, "lake.catalog_password_env", secret) if password else None,
            Bucket(
                name,
                f"{prefix}/",
                self.s3.endpoint,
                self.s3.region,
                style == "path",
                self.s3.use_ssl,
                self.s3.ca_file,
                _named(self.s3.key_id_env, "lake.s3.key_id_env", secret),
                _named(self.s3.secret_env, "lake.s3.secret_env", secret),
            ),
        )


def _named(name: str, setting: str, secret: Callable[[str], str | None]) -> Secret:
    def value() -> str:
        found = secret(name)
        if not found:
            raise SettingsError(message("settings.lake_places.not_set", at=setting, name=name))
        return found

    return Secret(name, value)
