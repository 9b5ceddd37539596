"""The fields that rules may name, and the columns of the lake that answer for them.

SigmaHQ's names for web servers (W3C's) and proxies, in any spelling of theirs: `cs-uri-query`,
`cs_uri_query`, `cs(User-Agent)`. Beside them the lake's own column names.
"""

from dataclasses import dataclass
from enum import StrEnum

from pipelines.detect.sigma.problem import UnknownFieldError


class Domain(StrEnum):
    """A set of distinct values of a day, in which rules look before they look at records."""

    TARGET = "target"
    REFERRER = "referrer"
    AGENT = "agent"
    CLIENT = "client"


class Kind(StrEnum):
    """What a field holds, which decides how its values are compared."""

    TEXT = "text"
    NUMBER = "number"
    ADDRESS = "address"
    TIME = "time"


@dataclass(frozen=True)
class Field:
    """A field as the queries know it: a column, what it holds, and the domain it is drawn from.

    `may_be_query` says that a text may also begin behind the `?` of the target.
    """

    column: str
    kind: Kind = Kind.TEXT
    domain: Domain | None = None
    may_be_query: bool = False


_TARGET = Field("target", domain=Domain.TARGET)
_QUERY = Field("target", domain=Domain.TARGET, may_be_query=True)
_STEM = Field("stem", domain=Domain.TARGET)
_EXTENSION = Field("extension", domain=Domain.TARGET)
_REFERRER = Field("referrer", domain=Domain.REFERRER)
_AGENT = Field("user_agent", domain=Domain.AGENT)
_ADDRESS = Field("client_ip", Kind.ADDRESS, Domain.CLIENT)
_COUNTRY = Field("country", domain=Domain.CLIENT)

FIELDS: dict[str, Field] = {
    "c-ip": _ADDRESS,
    "src-ip": _ADDRESS,
    "client-ip": _ADDRESS,
    "cs-method": Field("method"),
    "method": Field("method"),
    "cs-uri": _TARGET,
    "cs-uri-query": _QUERY,
    "c-uri": _TARGET,
    "c-uri-query": _QUERY,
    "cs-uri-stem": _STEM,
    "c-uri-stem": _STEM,
    "url-path": _STEM,
    "cs-uri-extension": _EXTENSION,
    "c-uri-extension": _EXTENSION,
    "cs-user-agent": _AGENT,
    "cs-useragent": _AGENT,
    "c-user-agent": _AGENT,
    "c-useragent": _AGENT,
    "user-agent": _AGENT,
    "cs-referer": _REFERRER,
    "cs-referrer": _REFERRER,
    "c-referer": _REFERRER,
    "c-referrer": _REFERRER,
    "referrer": _REFERRER,
    "referer": _REFERRER,
    "cs-username": Field("user_id"),
    "c-username": Field("user_id"),
    "user-id": Field("user_id"),
    "cs-host": Field("site_domain"),
    "r-dns": Field("site_domain"),
    "site-domain": Field("site_domain"),
    "site-id": Field("site_id"),
    "country": _COUNTRY,
    "cs-version": Field("protocol"),
    "protocol": Field("protocol"),
    "sc-status": Field("status", Kind.NUMBER),
    "status": Field("status", Kind.NUMBER),
    "sc-bytes": Field("bytes", Kind.NUMBER),
    "bytes": Field("bytes", Kind.NUMBER),
    "time-taken": Field("duration_ms", Kind.NUMBER),
    "duration-ms": Field("duration_ms", Kind.NUMBER),
    "time": Field("time", Kind.TIME),
    "timestamp": Field("time", Kind.TIME),
}
"""By name in lower case with hyphens, without the brackets that IIS puts around header names."""

_TEXT_OF = {
    "target": "url_path || coalesce('?' || url_query, '')",
    "stem": "url_path",
    "extension": r"nullif(regexp_extract(url_path, '\.([^./]+)$', 1), '')",
}
_PERCENT = (
    "coalesce(try(url_decode({text})),"
    " try(url_decode(regexp_replace({text}, '%[89A-Fa-f][0-9A-Fa-f]', '?', 'g'))), {text})"
)
# As text that sorts as addresses do: what the macro address_key gives, for queries without macros.
_SIDE = "list_filter(string_split(split_part(client_ip, '::', {n}), ':'), lambda p: p <> '')"
_LEFT, _RIGHT = _SIDE.format(n=1), _SIDE.format(n=2)
_ADDRESS_KEY = (
    "case when contains(client_ip, ':') then '6' || array_to_string(list_transform(list_concat("
    f"{_LEFT}, list_transform(range(8 - len({_LEFT}) - len({_RIGHT})), lambda p: '0'), {_RIGHT}),"
    " lambda p: lpad(p, 4, '0')), '') else '4' || array_to_string(list_transform("
    "string_split(client_ip, '.'), lambda p: lpad(p, 3, '0')), '') end"
)

FORMS = {
    Domain.TARGET: ("target", "target_decoded", "target_form"),
    Domain.REFERRER: ("referrer", "referrer_decoded", "referrer_form"),
    Domain.AGENT: ("user_agent", "user_agent_decoded"),
}
"""The texts that keywords are sought in: as logged, percent-decoded, and with plus as a space."""


def canonical(name: str) -> str:
    """Return a field's name in the spelling of `FIELDS`, whether it stands there or not."""
    bare = name.strip().lower()
    if bare.endswith(")"):
        head, _, rest = bare[:-1].partition("(")
        bare = f"{head}-{rest}"
    return bare.replace("_", "-").replace(".", "-")


def field_of(name: str) -> Field:
    """Return the field of a name in any spelling.

    Raises:
        UnknownFieldError: an access log does not have it.
    """
    field = FIELDS.get(canonical(name))
    if field is None:
        raise UnknownFieldError(name)
    return field


def column_sql(column: str) -> str:
    """Return the SQL of a column that rules use, over the columns of a request.

    `_lower` at the end of a name stands for the text in lower case, `_decoded` for the text
    percent-decoded once, `_form` for that with plus as a space, `_key` for an address that sorts.
    """
    if column == "client_ip_key":
        return _ADDRESS_KEY
    if column.endswith("_lower"):
        return f"lower({column_sql(column.removesuffix('_lower'))})"
    if column.endswith("_decoded"):
        return _PERCENT.format(text=column_sql(column.removesuffix("_decoded")))
    if column.endswith("_form"):
        spaced = f"replace({column_sql(column.removesuffix('_form'))}, '+', ' ')"
        return _PERCENT.format(text=spaced)
    return _TEXT_OF.get(column, column)
