"""Which personal data a URL shows: the settings' resources, matched in bulk.

A path is matched as the server would resolve it (decoded, dots and doubled slashes gone), so
that `/%63ustomers/7` is the customer 7. The most specific pattern wins: a literal segment before
a placeholder before `*`, then the order of the file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

import polars as pl

from pipelines.normalise.url import effective_path
from pipelines.settings import Resource

RESOURCE_SCHEMA = {
    "resource_id": pl.String,
    "resource_kind": pl.String,
    "data_level": pl.UInt8,
    "subject_id": pl.String,
    "login_result": pl.String,
}
_SUBJECT = "{subject}"
_REFUSED = (401, 403)
_CLIENT_ERROR = 400


@dataclass(frozen=True)
class _Pattern:
    resource: Resource
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    prefix: str

    def subject(self, method: str, path: str, query: str | None) -> tuple[bool, str | None]:
        """Whether the request is one for this resource, and whose data it asks for."""
        methods = self.resource.methods
        allowed = method in methods or (method == "HEAD" and "GET" in methods)
        if not (allowed if methods else method != "OPTIONS"):
            return False, None
        match = self.path.fullmatch(path)
        if match is None:
            return False, None
        subject = match.groupdict().get("subject")
        if not self.query:
            return True, subject
        given = dict(reversed(parse_qsl(query or "", keep_blank_values=True)))
        for name, value in self.query:
            if value == _SUBJECT:
                if not given.get(name):
                    return False, None
                subject = given[name]
            elif given.get(name) != value:
                return False, None
        return True, subject


class ResourceMatcher:
    """The resources of one site, ready to match; data level 0 where nothing matches."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        """Compile the patterns, the most specific first."""
        self._patterns = [_compiled(resource) for resource in sorted(resources, key=_specificity)]
        self._prefixes = sorted({pattern.prefix for pattern in self._patterns})

    def match(self, requests: pl.DataFrame) -> pl.DataFrame:
        """Return the RESOURCE_SCHEMA columns, one row per row of `requests`.

        `requests` has the columns `method`, `url_path`, `url_query` and `status`.
        """
        key = ["method", "url_path", "url_query", "status"]
        path = pl.col("url_path")
        odd = path.str.contains(r"%|//|/\.|;")
        candidates = requests.select(key).filter(
            pl.any_horizontal(odd, *(path.str.starts_with(prefix) for prefix in self._prefixes))
            & pl.col("method").is_not_null()
        ) if self._patterns else requests.select(key).clear()  # fmt: skip
        distinct = candidates.unique()
        found = [self._match_one(*row) for row in distinct.iter_rows()]
        known = distinct.hstack(pl.DataFrame(found, schema=RESOURCE_SCHEMA, orient="row"))
        return (
            requests.select(key)
            .join(known, on=key, how="left", nulls_equal=True, maintain_order="left")
            .select(
                "resource_id",
                "resource_kind",
                pl.col("data_level").fill_null(0),
                "subject_id",
                "login_result",
            )
        )

    def _match_one(
        self, method: str, path: str, query: str | None, status: int | None
    ) -> tuple[str | None, str | None, int, str | None, str | None]:
        effective = effective_path(path)
        for pattern in self._patterns:
            matched, subject = pattern.subject(method, effective, query)
            if matched:
                resource = pattern.resource
                result = _login_result(resource, status)
                return resource.id, resource.kind, resource.level, subject, result
        return None, None, 0, None, None


def _login_result(resource: Resource, status: int | None) -> str | None:
    """How a log-in ended; without statuses in the settings, 401 and 403 are failures."""
    if resource.kind != "login" or status is None:
        return None
    if status in (resource.failure or _REFUSED):
        return "failure"
    is_success = status in resource.success if resource.success else status < _CLIENT_ERROR
    return "success" if is_success else None


def _specificity(resource: Resource) -> tuple[tuple[int, ...], int]:
    path, _, query = resource.path.partition("?")
    ranks = [
        0 if not set(segment) & {"{", "*"} else 1 if "*" not in segment else 2
        for segment in path.strip("/").split("/")
    ]
    # A longer literal beginning is more specific, hence 3 for "ends here"; a query narrows more.
    return (*ranks, 3), -len(query)


def _compiled(resource: Resource) -> _Pattern:
    path, _, query = resource.path.partition("?")
    normal = path if path == "/" else path.rstrip("/")
    expression = ""
    for part in re.findall(r"\{subject\}|\*|[^{*]+|.", normal):
        if part == _SUBJECT:
            expression += "(?P<subject>[^/]+)"
        elif part == "*":
            expression += ".*"
        else:
            expression += re.escape(part)
    return _Pattern(
        resource=resource,
        path=re.compile(expression, re.DOTALL),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        prefix=re.split(r"[{*]", normal)[0],
    )
