"""Which personal data a URL shows: the settings' resources, matched in bulk.

A path is matched as the server would resolve it (decoded, dots and doubled slashes gone), so
that `/%63ustomers/7` is the customer 7. The most specific pattern wins: a literal segment before
a placeholder before `*`, then the order of the file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

import numpy as np
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
_STATUSES = range(100, 1000)
_ODD = ["%", "//", "/.", ";"]  # in a path that a server resolves to another one


@dataclass(frozen=True)
class _Pattern:
    resource: Resource
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    prefix: str

    methods: frozenset[str]  # empty: all but OPTIONS

    def allows(self, methods: pl.Series) -> pl.Series:
        """Where a request with such a method is an access to the resource."""
        return methods.is_in(list(self.methods)) if self.methods else methods != "OPTIONS"

    def subject(self, method: str, path: str, query: str | None) -> tuple[bool, str | None]:
        """Whether the request is one for this resource, and whose data it asks for."""
        if not (method in self.methods if self.methods else method != "OPTIONS"):
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
        # Where only a query decides, each request is looked at for itself.
        self._careful = sorted({pattern.prefix for pattern in self._patterns if pattern.query})

    def match(self, requests: pl.DataFrame) -> pl.DataFrame:
        """Return the RESOURCE_SCHEMA columns, one row per row of `requests`.

        `requests` has the columns `method`, `url_path`, `url_query` and `status`.
        """
        nothing = pl.DataFrame([[None], [None], [0], [None], [None]], schema=RESOURCE_SCHEMA)
        places = np.zeros(len(requests), dtype=np.uint32)
        found = [nothing]
        size = 1
        for rows, matched in self._found(requests):
            places[rows.to_numpy()] = np.arange(size, size + len(matched))
            size += len(matched)
            found.append(matched)
        return pl.concat(found).select(pl.all().gather(pl.Series(places)))

    def _found(self, requests: pl.DataFrame) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
        """Row numbers of requests that match something, and the RESOURCE_SCHEMA for them."""
        if not self._patterns:
            return
        path = pl.col("url_path")
        is_odd = path.str.contains_any(_ODD) | _starts_with_any(path, self._careful)
        candidates = (
            requests.select("method", "url_path", "url_query", "status")
            .with_row_index("row")
            .with_columns(is_odd.alias("is_odd"))
            .filter(pl.col("is_odd") | _starts_with_any(path, self._prefixes))
            .filter(pl.col("method").is_not_null())
        )
        yield from self._by_pattern(candidates.filter(~pl.col("is_odd")))
        yield from self._one_by_one(candidates.filter("is_odd"))

    def _by_pattern(self, requests: pl.DataFrame) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
        for pattern in self._patterns:
            path = requests.get_column("url_path").str.strip_suffix("/")
            groups = path.set(path == "", "/").str.extract_groups(pattern.path.pattern).struct
            is_match = groups.field("whole").is_not_null() & pattern.allows(
                requests.get_column("method")
            )
            if pattern.query or not is_match.any():
                continue
            matched = requests.filter(is_match)
            subject = pl.lit(None, pl.String)
            if "subject" in groups.fields:
                subject = pl.lit(groups.field("subject").filter(is_match))
            yield matched.get_column("row"), _described(pattern.resource, matched, subject)
            requests = requests.filter(~is_match)

    def _one_by_one(self, requests: pl.DataFrame) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
        """The same for requests whose paths must be resolved or whose queries decide."""
        key = ["method", "url_path", "url_query"]
        distinct = requests.select(key).unique()
        matched = [self._match_one(*row) for row in distinct.iter_rows()]
        schema = {"pattern": pl.UInt32, "subject_id": pl.String}
        known = distinct.hstack(pl.DataFrame(matched, schema=schema, orient="row"))
        found = requests.join(known, on=key, how="inner", nulls_equal=True)
        for (number,), rows in (
            found.drop_nulls("pattern").partition_by("pattern", as_dict=True).items()
        ):
            resource = self._patterns[number].resource
            yield rows.get_column("row"), _described(resource, rows, pl.col("subject_id"))

    def _match_one(
        self, method: str, path: str, query: str | None
    ) -> tuple[int | None, str | None]:
        """Number of the pattern that a request matches, and whose data it asks for."""
        effective = effective_path(path)
        for number, pattern in enumerate(self._patterns):
            is_match, subject = pattern.subject(method, effective, query)
            if is_match:
                return number, subject
        return None, None


def _starts_with_any(path: pl.Expr, prefixes: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(
        pl.lit(value=False), *(path.str.starts_with(prefix) for prefix in prefixes)
    )


def _described(resource: Resource, requests: pl.DataFrame, subject: pl.Expr) -> pl.DataFrame:
    """The RESOURCE_SCHEMA for requests that match a resource."""
    results = {status: _login_result(resource, status) for status in _STATUSES}
    known = {status: result for status, result in results.items() if result is not None}
    status = pl.col("status")
    return requests.select(
        resource_id=pl.lit(resource.id),
        resource_kind=pl.lit(resource.kind),
        data_level=pl.lit(resource.level, pl.UInt8),
        subject_id=subject,
        login_result=status.replace_strict(known, default=None, return_dtype=pl.String)
        if known
        else pl.lit(None, pl.String),
    )


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
    methods = frozenset(resource.methods)
    return _Pattern(
        resource=resource,
        path=re.compile(f"^(?P<whole>(?s:{expression}))$"),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        prefix=re.split(r"[{*]", normal)[0],
        methods=methods | {"HEAD"} if "GET" in methods else methods,
    )
