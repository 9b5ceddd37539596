"""The settings: every key, its type and default, and what its values may be."""

import datetime as dt
import ipaddress
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from pipelines.formats.check import check_format
from pipelines.formats.user_names import checked_user_name
from pipelines.normalise.endpoint import split_endpoint
from pipelines.normalise.site import canonical_domain
from pipelines.normalise.time_form import check_zone
from pipelines.settings.access import Access
from pipelines.settings.context import Context
from pipelines.settings.delivery import Deliver
from pipelines.settings.detectors import Detectors
from pipelines.settings.disclosures import Disclosures
from pipelines.settings.globs import NAME, PLACEHOLDER, compiled
from pipelines.settings.lake_places import LakePlaces
from pipelines.settings.limits import Limits
from pipelines.settings.patterns import check_linear
from pipelines.settings.redaction_kinds import (
    COLUMNS,
    KINDS,
    check_kind,
    check_known_kind,
    check_pattern,
    mask,
)
from pipelines.settings.retention import Days, Retention
from pipelines.settings.sources import LandingSettings, Source
from pipelines.text.messages import message

_DEFAULT_COUNTRY = "JP"

ResourceKind = Literal["record", "list", "export", "login", "logout", "admin"]
UserKind = Literal["customer", "staff", "franchise", "contractor", "system"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _network(text: str) -> str:
    if text == "unix:":  # as servers name whoever connects by a socket of their own machine
        return text
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as error:
        raise ValueError(message("settings.model.not_a_network", reason=error)) from None


def _server(text: str) -> str:
    split_endpoint(text, default_port=53)
    return text


def _clock(text: Any) -> Any:
    if isinstance(text, int):  # YAML 1.1 reads an unquoted 20:00 as sixty-based 1200
        return dt.time(text // 60, text % 60) if 0 <= text < 24 * 60 else text
    return text


def _country(code: str) -> str:
    if code == _DEFAULT_COUNTRY:  # to look it up would take each command a tenth of a second
        return code
    import holidays  # noqa: PLC0415

    if code not in holidays.list_supported_countries():
        raise ValueError(message("settings.model.no_public_holidays", code=code))
    return code


def _log_format(source: Any) -> Any:
    return check_format(source) if isinstance(source, (str, dict)) else source


def _user_name(given: Any) -> Any:
    return checked_user_name(given) if isinstance(given, (str, dict)) else given


def _user_names(given: Any) -> Any:
    return [given] if isinstance(given, (str, dict)) else given


ZoneName = Annotated[str, AfterValidator(check_zone)]
Pattern = Annotated[str, AfterValidator(check_linear)]
Network = Annotated[str, AfterValidator(_network)]
LogFormat = Annotated[str, BeforeValidator(_log_format)]
UserNames = Annotated[
    tuple[Annotated[str, BeforeValidator(_user_name)], ...],
    BeforeValidator(_user_names),
    Field(max_length=8),
]
LogColumn = Literal["url_path", "url_query", "referrer", "user_agent"]
DnsServer = Annotated[str, AfterValidator(_server)]
HttpStatus = Annotated[int, Field(ge=100, le=599)]
Clock = Annotated[dt.time, BeforeValidator(_clock)]


class Section(BaseModel):
    """Base of all settings: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GeoIp(Section):
    """Paths of MaxMind-format databases; without `city` the shipped country database is used."""

    city: Path | None = None
    asn: Path | None = None
    domain: Path | None = None


class BusinessHours(Section):
    """When staff are expected, in the configured time zone."""

    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    from_: Clock = Field(default=dt.time(8), alias="from")
    to: Clock = dt.time(20)
    holidays: Annotated[str, AfterValidator(_country)] | None = _DEFAULT_COUNTRY

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ >= self.to:
            raise ValueError(message("settings.model.from_before_to"))
        return self


class ReverseDns(Section):
    """Looking up the names of client addresses; off by default, as it shows them to DNS servers."""

    enabled: bool = False
    servers: tuple[DnsServer, ...] = ()
    timeout_ms: int = Field(default=500, ge=10, le=60_000)
    budget_seconds: float = Field(default=60, ge=0, le=86_400)
    concurrency: int = Field(default=32, ge=1, le=1024)
    cache_days: Days = 7
    only: Literal["crawlers", "all"] = "all"


class UserType(Section):
    """One rule that tells a user's type by the shape of the user id; the first match wins."""

    pattern: Pattern
    type: UserKind


class Resource(Section):
    """A set of URLs that show personal data, or let people in to it."""

    id: str
    kind: ResourceKind
    path: str
    methods: tuple[str, ...] = ()
    success: tuple[HttpStatus, ...] = ()
    failure: tuple[HttpStatus, ...] = ()
    level: int = Field(default=0, ge=0, le=3)
    categories: tuple[str, ...] = ()

    @field_validator("path")
    @classmethod
    def _path(cls, path: str) -> str:
        if not path.startswith("/"):
            raise ValueError(message("settings.model.must_start_with_slash"))
        unknown = set(PLACEHOLDER.findall(path)) - {"subject"}
        if unknown:
            raise ValueError(message("settings.model.unknown_placeholder", name=unknown.pop()))
        if path.count("{subject}") > 1 or set(path.replace("{subject}", "")) & set("{}"):
            raise ValueError(message("settings.model.subject_twice"))
        return path

    @field_validator("methods")
    @classmethod
    def _methods(cls, methods: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(method.upper() for method in methods)


class Site(Section):
    """One web site, or a template that stands for one site for every matching folder."""

    id: str
    group: str
    domains: tuple[str, ...] = Field(min_length=1)
    logs: tuple[str, ...] = Field(min_length=1)
    format: LogFormat = "auto"
    timezone: ZoneName | None = None
    trusted_proxies: tuple[Network, ...] = ()
    resources: str | None = None
    hours: Literal["business", "always"] = "business"
    franchise: str | None = None
    trust: Literal["own", "partner"] | None = None
    session_cookie: str | None = None
    user_from: UserNames = ()
    user_is: Literal["proven", "claimed"] = "proven"
    source: Source | None = None
    roster: Path | None = None

    @field_validator("logs")
    @classmethod
    def _globs(cls, globs: tuple[str, ...]) -> tuple[str, ...]:
        for glob in globs:
            if glob.startswith("/") or ".." in Path(glob).parts:
                raise ValueError(message("settings.model.path_below_landing", glob=glob))
            compiled(glob)
        return globs

    @model_validator(mode="after")
    def _placeholders(self) -> Self:
        bare = PLACEHOLDER.sub("x", self.id)
        if not NAME.fullmatch(bare):
            raise ValueError(message("settings.model.site_id_characters", at=f"id {self.id!r}"))
        for text in (self.id, self.franchise or "", *self.domains):
            missing = set(PLACEHOLDER.findall(text)) - self.placeholders
            if missing:
                raise ValueError(
                    message("settings.model.placeholder_not_in_logs", name=missing.pop())
                )
        if self.placeholders and not PLACEHOLDER.search(self.id):
            raise ValueError(message("settings.model.template_id"))
        if self.roster is not None and not self.placeholders:
            raise ValueError(message("settings.model.roster_of_no_template"))
        for domain in self.domains:
            if canonical_domain(PLACEHOLDER.sub("x", domain)) is None:
                raise ValueError(message("settings.model.not_a_domain", domain=domain))
        return self

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """Names in braces that every `logs` pattern holds; empty for a plain site."""
        found = [frozenset(PLACEHOLDER.findall(glob)) for glob in self.logs]
        return frozenset.intersection(*found)

    @property
    def is_franchise(self) -> bool:
        """Whether it is a franchise's: it names one, or its template has a place for one."""
        return self.franchise is not None or "franchise" in self.placeholders


class RedactionPattern(Section):
    """One own pattern: what it matches is masked, its groups `before` and `after` excepted."""

    kind: Annotated[str, AfterValidator(check_kind)]
    pattern: Annotated[str, AfterValidator(check_pattern)]
    columns: tuple[LogColumn, ...] = Field(default=COLUMNS, min_length=1)

    @model_validator(mode="after")
    def _settles(self) -> Self:
        if re.search(self.pattern, mask(self.kind)):
            raise ValueError(message("settings.model.matches_own_mask", mask=mask(self.kind)))
        return self


class Redaction(Section):
    """What is masked before anything is written, beside the shipped rules."""

    enabled: bool = True
    kinds: tuple[Annotated[str, AfterValidator(check_known_kind)], ...] = tuple(KINDS)
    parameters: dict[
        Annotated[str, AfterValidator(check_kind)], tuple[Annotated[str, Field(min_length=1)], ...]
    ] = {}
    patterns: tuple[RedactionPattern, ...] = ()
    keep_parameters: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    allowed_parameters: tuple[Annotated[str, Field(min_length=1)], ...] = ()


class SubjectRequests(Section):
    """Requests of persons: how many people have to agree before somebody is erased."""

    persons: Literal[1, 2] = 2


class Cases(Section):
    """Cases: after how many days half of a risk is left."""

    half_life_days: int = Field(default=14, ge=1, le=365)


class Settings(Section):
    """The whole settings file."""

    timezone: ZoneName = "Asia/Tokyo"
    locale: Literal["ja", "en"] = "ja"
    geoip: GeoIp = GeoIp()
    business_hours: BusinessHours = BusinessHours()
    retention: Retention = Retention()
    subject_requests: SubjectRequests = SubjectRequests()
    reverse_dns: ReverseDns = ReverseDns()
    user_types: tuple[UserType, ...] = ()
    resources: dict[str, tuple[Resource, ...]] = {}
    sites: tuple[Site, ...] = Field(min_length=1)
    landing: LandingSettings = LandingSettings()
    context: Context = Context()
    rules: tuple[Path, ...] = ()
    expectations: tuple[Path, ...] = ()
    detectors: Detectors = {}
    redaction: Redaction = Redaction()
    limits: Limits = Limits()
    lake: LakePlaces = LakePlaces()
    report_by: Clock = dt.time(6)
    findings_per_night: int = Field(default=20, ge=1)
    dormant_days: Days = 30
    cases: Cases = Cases()
    deliver: Deliver | None = None
    disclosures: Disclosures = Disclosures()
    access: Access = {}

    def in_home(self, context: Path) -> "Settings":
        """Return the same for a working folder whose folder of context is `context`.

        Its `shops.csv` is the roster of the settings' only template, if that names none itself.
        """
        changed: dict[str, Any] = {"context": self.context.in_home(context)}
        shops = context / "shops.csv"
        templates = [site for site in self.sites if site.placeholders]
        if len(templates) == 1 and templates[0].roster is None and shops.is_file():
            listed = templates[0].model_copy(update={"roster": shops})
            changed["sites"] = tuple(
                listed if site is templates[0] else site for site in self.sites
            )
        return self.model_copy(update=changed)

    @cached_property
    def franchise_groups(self) -> frozenset[str]:
        """Groups with at least one franchise site; the head office may be in them too."""
        return frozenset(site.group for site in self.sites if site.is_franchise)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and end."""
        return ZoneInfo(self.timezone)
