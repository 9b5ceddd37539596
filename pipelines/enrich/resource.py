"""Which personal data a URL shows: the settings' resources, matched in bulk.

A path is matched as the server would resolve it (decoded, dots and doubled slashes gone), so
that `/%63ustomers/7` is the customer 7. The most specific pattern wins: a literal segment before
a placeholder before `*`, then the order of the file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import numpy as np
import polars as pl
import re2

from pipelines.normalise.columns import Distinct, Types
from pipelines.normalise.url import effective_path
from pipelines.privacy.attack import attack_in
from pipelines.settings.model import Resource

RESOURCE_SCHEMA: Types = {
    "resource_id": pl.String,
    "resource_kind": pl.String,
    "data_level": pl.UInt8,
    "subject_id": pl.String,
    "login_result": pl.String,
}
_DESCRIPTION = {
    name: RESOURCE_SCHEMA[name] for name in ("resource_id", "resource_kind", "data_level")
}
Numbers = np.ndarray[tuple[int, ...], np.dtype[Any]]
_SUBJECT = "{subject}"
_REFUSED = (401, 403)
_CLIENT_ERROR = 400
_STATUSES = range(100, 1000)
_NOT_OF_IDS = "[^A-Za-z0-9@.,-]"  # most ids hold none of it
_AROUND_ATTACKS = " \t\r\n+()/*'\"`"
_AMBIGUOUS = ["%", "//", "/.", ";"]  # in a path that a server resolves to another one


@dataclass(frozen=True)
class _Pattern:
    resource: Resource
    path: Any  # of RE2: several `*` take linear time
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
        given_subject = match.groupdict().get("subject")
        subject = given_subject and _person(given_subject)
        if not self.query:
            return True, subject
        given: dict[str, list[str]] = {}
        for name, value in parse_qsl(query or "", keep_blank_values=True):
            given.setdefault(name, []).append(value)
        for name, value in self.query:
            values = given.get(name, [])
            if value == _SUBJECT:
                if not any(values):
                    return False, None
                # Of a repeated parameter one server takes the first value, another the last.
                persons = dict.fromkeys(filter(None, map(_person, values)))
                subject = ",".join(persons) or None
            elif value not in values:
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
        known = [pattern.resource for pattern in self._patterns]
        self._descriptions = pl.DataFrame(
            [(None, None, 0), *((each.id, each.kind, each.level) for each in known)],
            schema=_DESCRIPTION,
            orient="row",
        )
        self._login_results = {
            number: {
                status: result
                for status in _STATUSES
                if (result := _login_result(each, status)) is not None
            }
            for number, each in enumerate(known, 1)
            if each.kind == "login"
        }

    def match(self, requests: pl.DataFrame) -> pl.DataFrame:
        """Return the RESOURCE_SCHEMA columns, one row per row of `requests`.

        `requests` has the columns `method`, `url_path`, `url_query` and `status`.
        """
        numbers, subjects = self.find(requests)
        return pl.DataFrame(self.describe(numbers, subjects, requests.get_column("status")))

    def find(self, requests: pl.DataFrame) -> tuple[Numbers, pl.Series]:
        """Return for each request the number of its resource, 0 for none, and whose data it is.

        `requests` has the columns `method`, `url_path` and `url_query`.
        """
        numbers = np.zeros(len(requests), dtype=np.uint32)
        places = np.zeros(len(requests), dtype=np.uint32)
        subjects = [pl.Series([None], dtype=pl.String)]
        size = 1
        for rows, number, found in self._found(requests):
            numbers[rows.to_numpy()] = number
            places[rows.to_numpy()] = np.arange(size, size + len(found))
            size += len(found)
            subjects.append(found)
        return numbers, pl.concat(subjects).gather(places)

    def describe(
        self,
        numbers: Numbers,
        subjects: pl.Series,
        status: pl.Series,
        types: Types = RESOURCE_SCHEMA,
    ) -> dict[str, pl.Series]:
        """Return the RESOURCE_SCHEMA columns, of `types`, for what `find` has found."""
        columns = {
            name: column.cast(types[name]).gather(numbers)
            for name, column in self._descriptions.to_dict().items()
        }
        result_type = types["login_result"]
        results = pl.Series([None], dtype=result_type).new_from_index(0, len(numbers))
        for number, known in self._login_results.items():
            rows = np.flatnonzero(numbers == number)
            if len(rows):
                found = status.gather(rows).replace_strict(
                    known, default=None, return_dtype=pl.String
                )
                results = results.scatter(rows, found.cast(result_type))
        return {**columns, "subject_id": subjects, "login_result": results}

    @property
    def is_empty(self) -> bool:
        """True when there is no resource."""
        return not self._patterns

    def needs_query(self, paths: pl.Series) -> pl.Series:
        """Where the path alone does not tell which resource a request is for."""
        if not self._careful:
            return pl.Series([False]).new_from_index(0, len(paths))
        frame = paths.to_frame("url_path")
        return frame.select(self._is_ambiguous(pl.col("url_path"))).to_series()

    def _is_ambiguous(self, path: pl.Expr) -> pl.Expr:
        return path.str.contains_any(_AMBIGUOUS) | _starts_with_any(path, self._careful)

    def _found(self, requests: pl.DataFrame) -> Iterator[tuple[pl.Series, int, pl.Series]]:
        """Row numbers of requests for a resource, its number, and whose data they ask for."""
        if not self._patterns:
            return
        path = pl.col("url_path")
        candidates = (
            requests.select("method", "url_path", "url_query")
            .with_row_index("row")
            .with_columns(self._is_ambiguous(path).alias("is_ambiguous"))
            .filter(pl.col("is_ambiguous") | _starts_with_any(path, self._prefixes))
            .filter(pl.col("method").is_not_null())
        )
        yield from self._by_pattern(candidates.filter(~pl.col("is_ambiguous")))
        yield from self._one_by_one(candidates.filter("is_ambiguous"))

    def _by_pattern(self, requests: pl.DataFrame) -> Iterator[tuple[pl.Series, int, pl.Series]]:
        for number, pattern in enumerate(self._patterns, 1):
            path = requests.get_column("url_path").str.strip_suffix("/")
            groups = path.set(path == "", "/").str.extract_groups(pattern.path.pattern).struct
            is_match = groups.field("whole").is_not_null() & pattern.allows(
                requests.get_column("method")
            )
            if pattern.query or not is_match.any():
                continue
            rows = requests.get_column("row").filter(is_match)
            if "subject" in groups.fields:
                yield rows, number, _persons(groups.field("subject").filter(is_match))
            else:
                yield rows, number, pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
            requests = requests.filter(~is_match)

    def _one_by_one(self, requests: pl.DataFrame) -> Iterator[tuple[pl.Series, int, pl.Series]]:
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
            yield rows.get_column("row"), number, rows.get_column("subject_id")

    def _match_one(
        self, method: str, path: str, query: str | None
    ) -> tuple[int | None, str | None]:
        """Number of the pattern that a request matches, and whose data it asks for."""
        effective = effective_path(path)
        for number, pattern in enumerate(self._patterns, 1):
            is_match, subject = pattern.subject(method, effective, query)
            if is_match:
                return number, subject
        return None, None


class ResourceMemory:
    """What has been found for paths that are known by number (from 1), each with a method.

    Not to be used by two threads at once.
    """

    _UNKNOWN: ClassVar[int] = -1
    _BY_QUERY: ClassVar[int] = -2

    def __init__(self, matcher: ResourceMatcher, methods: Sequence[str], types: Types) -> None:
        """Begin with no path; methods are known by their place in `methods`.

        What is found comes in columns of `types`.
        """
        self._matcher = matcher
        self._types = types
        self._methods = pl.Series("method", methods)
        self._paths = pl.Series("url_path", [None], dtype=pl.String)
        # By path and method the place in what has been found, of which 0 is nothing.
        self._places = np.zeros((1, len(methods)), np.int32)
        self._numbers = np.zeros(1, np.uint32)
        self._subjects = pl.Series("subject_id", [None], dtype=pl.String)

    def learn(self, paths: pl.Series) -> None:
        """Take the next paths."""
        if self._matcher.is_empty:
            return
        self._paths = pl.concat([self._paths, paths.alias("url_path")], rechunk=True)
        fresh = np.full((len(paths), len(self._methods)), self._UNKNOWN, np.int32)
        fresh[self._matcher.needs_query(paths).to_numpy()] = self._BY_QUERY
        self._places = np.concatenate([self._places, fresh])

    def match(
        self, paths: Numbers, methods: Numbers, queries: pl.Series, status: pl.Series
    ) -> dict[str, pl.Series]:
        """Return the RESOURCE_SCHEMA columns of requests."""
        numbers, subjects = self._known(paths, methods, queries)
        return self._matcher.describe(numbers, subjects, status, self._types)

    def _known(
        self, paths: Numbers, methods: Numbers, queries: pl.Series
    ) -> tuple[Numbers, pl.Series]:
        """What `ResourceMatcher.find` finds, which is looked for once per path and method."""
        if self._matcher.is_empty:
            nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(paths))
            return np.zeros(len(paths), np.uint32), nothing
        keys = paths.astype(np.int64) * len(self._methods) + methods
        places = self._places.take(keys)
        is_unknown = places == self._UNKNOWN
        if is_unknown.any():
            fresh = pl.Series(keys[is_unknown]).unique().sort().to_numpy()
            self._places.ravel()[fresh] = self._found(self._requests(fresh))
            places = self._places.take(keys)
        numbers, subjects = self._numbers, self._subjects
        rows = np.flatnonzero(places == self._BY_QUERY)
        if len(rows):
            found, more = self._matcher.find(
                self._requests(keys[rows]).with_columns(queries.gather(rows).alias("url_query"))
            )
            places[rows] = np.arange(len(numbers), len(numbers) + len(rows))
            numbers = np.concatenate([numbers, found])
            subjects = pl.concat([subjects, more.alias("subject_id")], rechunk=True)
        return numbers.take(places), subjects.gather(places.view(np.uint32))

    def _requests(self, keys: Numbers) -> pl.DataFrame:
        path, method = np.divmod(keys, len(self._methods))
        return pl.DataFrame([self._methods.gather(method), self._paths.gather(path)]).with_columns(
            url_query=pl.lit(None, pl.String)
        )

    def _found(self, requests: pl.DataFrame) -> Numbers:
        """Places of what is found for requests, kept from now on."""
        numbers, subjects = self._matcher.find(requests)
        rows = np.flatnonzero(numbers)
        places = np.zeros(len(requests), np.int32)
        places[rows] = np.arange(len(self._numbers), len(self._numbers) + len(rows))
        self._numbers = np.concatenate([self._numbers, numbers[rows]])
        found = subjects.gather(rows).alias("subject_id")
        self._subjects = pl.concat([self._subjects, found], rechunk=True)
        return places


def _persons(subjects: pl.Series) -> pl.Series:
    """`_person` of each."""
    rows = subjects.str.contains(_NOT_OF_IDS).fill_null(value=False).arg_true()
    if rows.is_empty():
        return subjects
    unresolved = Distinct(subjects.gather(rows))
    return subjects.scatter(rows, unresolved.mapped(_person))


def _person(text: str) -> str | None:
    """Whose data it asks for: of `7' or 1=1` it is 7, as a lenient server reads it.

    A thousand payloads are no thousand people, and a quote behind a number hides no access to it.
    A NUL, which no text of the lake may hold, is an attack.
    """
    attack = attack_in(text)
    return text[: attack.start()].strip(_AROUND_ATTACKS) or None if attack else text


def _starts_with_any(path: pl.Expr, prefixes: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(
        pl.lit(value=False), *(path.str.starts_with(prefix) for prefix in prefixes)
    )


def _login_result(resource: Resource, status: int) -> str | None:
    """How a log-in ended; without statuses in the settings, 401 and 403 are failures."""
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
        path=re2.compile(f"^(?P<whole>(?s:{expression}))$"),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        prefix=re.split(r"[{*]", normal)[0],
        methods=methods | {"HEAD"} if "GET" in methods else methods,
    )
