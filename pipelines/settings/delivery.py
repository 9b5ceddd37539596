"""Whom a night's result is sent to: the part `deliver:` of the settings (docs/deliver.md).

No secret stands here: a password or a secret address is named by an environment variable or by an
Airflow connection.
"""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.findings import Category, Severity
from pipelines.text.messages import message

_MAILBOX = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
)
_MAILBOX_MAX = 254
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONNECTION = re.compile(r"[\w.-]{1,200}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def is_own_machine(host: str) -> bool:
    """Return whether a host name or address is this machine's own, which no network lies before."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def is_mailbox(text: str) -> bool:
    """Return whether a text is one mail address, without a name before it."""
    return len(text) <= _MAILBOX_MAX and bool(_MAILBOX.fullmatch(text))


def _mailbox(text: str) -> str:
    if not is_mailbox(text):
        raise ValueError(message("settings.delivery.one_mail_address"))
    return text


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError(message("settings.delivery.environment_variable"))
    return name


def _connection(name: str) -> str:
    if not _CONNECTION.fullmatch(name):
        raise ValueError(message("settings.delivery.airflow_connection"))
    return name


def _host(name: str) -> str:
    if not _HOST.fullmatch(name):
        raise ValueError(message("settings.delivery.host_name"))
    return name


Mailbox = Annotated[str, AfterValidator(_mailbox)]
Variable = Annotated[str, AfterValidator(_variable)]
ConnectionId = Annotated[str, AfterValidator(_connection)]
Host = Annotated[str, AfterValidator(_host)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MailServer(_Part):
    """The mail server that takes the letters; its certificate is always checked."""

    host: Host
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = Field(default=None, min_length=1)
    password_env: Variable | None = None

    @model_validator(mode="after")
    def _credentials(self) -> Self:
        if (self.user is None) != (self.password_env is None):
            raise ValueError(message("settings.delivery.user_and_password"))
        if self.security == "none" and not is_own_machine(self.host):
            raise ValueError(message("settings.delivery.mail_in_clear"))
        return self


class EMail(_Part):
    """Letters by e-mail, through `smtp` or through an Airflow connection."""

    from_: Mailbox = Field(alias="from")
    to: tuple[Mailbox, ...] = Field(min_length=1, max_length=100)
    report: Literal["attach", "link", "none"] = "link"
    details: bool = False
    smtp: MailServer | None = None
    connection: ConnectionId | None = None

    @model_validator(mode="after")
    def _way(self) -> Self:
        if self.smtp is None and self.connection is None:
            raise ValueError(message("settings.delivery.mail_without_server"))
        return self


class Team(_Part):
    """Letters to a team about its part of the findings: what fits every criterion that is named."""

    name: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,39}$")
    to: tuple[Mailbox, ...] = Field(min_length=1, max_length=100)
    sites: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    franchises: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    threshold: Severity = Severity.HIGH
    digest: Literal["weekly", "daily", "never"] = "never"
    details: bool = False
    report: Literal["link", "none"] = "none"  # the page of the day is that of all

    @model_validator(mode="after")
    def _part(self) -> Self:
        if not (self.sites or self.groups or self.franchises or self.categories):
            raise ValueError(message("settings.delivery.team_without_part"))
        return self


class Shops(_Part):
    """Letters to each shop at the address in the roster: counts of its own, its page or a link."""

    threshold: Severity = Severity.HIGH
    digest: Literal["weekly", "daily", "never"] = "never"
    report: Literal["attach", "link", "none"] = "link"


class Questions(_Part):
    """Questions to managers about cases: how long they have, where answers go, and what is told.

    Without `reply_to` answers go to the first of `email.to`. Identifiers of the people whose data
    was looked at are in a letter where `subjects` says so.
    """

    reply_days: int = Field(default=5, ge=1, le=60)
    reply_to: Mailbox | None = None
    subjects: bool = False


class Webhook(_Part):
    """A Slack-compatible address that takes `{"text": …}`."""

    url_env: Variable | None = None
    connection: ConnectionId | None = None
    details: bool = False

    @model_validator(mode="after")
    def _way(self) -> Self:
        if (self.url_env is None) == (self.connection is None):
            raise ValueError(message("settings.delivery.url_or_connection"))
        return self


class Folder(_Part):
    """A folder that gets a copy of the reports: of every day, or as the others of grave ones."""

    path: Path
    every_day: bool = True


class Deliver(_Part):
    """Who is told of a night, how, and from which severity up; others are summed in a digest."""

    threshold: Severity = Severity.HIGH
    digest: Literal["weekly", "daily", "never"] = "weekly"
    link: str | None = None
    attempts: int = Field(default=3, ge=1, le=10)
    timeout_seconds: float = Field(default=30, ge=1, le=300)
    email: EMail | None = None
    webhook: Webhook | None = None
    folder: Folder | None = None
    ping_env: Variable | None = None
    teams: tuple[Team, ...] = ()
    shops: Shops | None = None
    questions: Questions = Questions()

    @field_validator("link")
    @classmethod
    def _link(cls, link: str | None) -> str | None:
        if link is None:
            return None
        parts = urlsplit(link)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not link.isprintable():
            raise ValueError(message("settings.delivery.web_address"))
        if parts.scheme == "http" and not is_own_machine(parts.hostname):
            raise ValueError(message("settings.delivery.link_in_clear"))
        if parts.password or parts.query or parts.fragment or set(link) & set(" <>\"'|\\"):
            raise ValueError(message("settings.delivery.plain_web_address"))
        return link.rstrip("/")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not (self.email or self.webhook or self.folder or self.ping_env):
            raise ValueError(message("settings.delivery.no_channel"))
        is_asked_for = self.email is not None and "report" in self.email.model_fields_set
        if self.email and is_asked_for and self.email.report == "link" and self.link is None:
            raise ValueError(message("settings.delivery.link_missing"))
        if (self.teams or self.shops) and self.email is None:
            raise ValueError(message("settings.delivery.parts_without_mail"))
        names = [one.name for one in self.teams]
        if len(set(names)) < len(names):
            raise ValueError(message("settings.delivery.team_twice"))
        return self

    @property
    def asks_for_sites(self) -> bool:
        """Whether somebody hears of a part, for which the lake must say which site is whose."""
        return bool(self.teams) or self.shops is not None

    @property
    def airflow_key(self) -> str | None:
        """The key of the first channel that is reached through an Airflow connection alone."""
        if self.email is not None and self.email.smtp is None:
            return "deliver.email.connection"
        if self.webhook is not None and self.webhook.connection is not None:
            return "deliver.webhook.connection"
        return None

    def below(self, folder: Path) -> "Deliver":
        """Return the same with a relative path resolved against `folder`."""
        if self.folder is None:
            return self
        path = folder / self.folder.path.expanduser()
        return self.model_copy(update={"folder": self.folder.model_copy(update={"path": path})})
