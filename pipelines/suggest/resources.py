"""Which addresses look like personal data, log-ins and exports, with the lines that say so.

Rules of thumb: an address with a number that varies shows one of many things, most often a person
or a contract; the address above it lists them; log-ins, log-outs, exports and administration tell
themselves by name, a log-in by its answers too.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

import polars as pl

from pipelines.settings.globs import NAME
from pipelines.settings.model import ResourceKind

LEAST_SUBJECTS = 5  # distinct values: fewer may be years, versions or pages of a menu
EXAMPLES = 3
_SUBJECT = "{subject}"
_ID = re.compile(r"(?=[^/]*[0-9])(?:[0-9]{1,20}|[A-Za-z]{1,4}-?[0-9]{2,20}|[0-9a-fA-F-]{16,64})")
_STATIC = re.compile(
    r"\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|mp4|txt|xml)$",
    re.IGNORECASE,
)
_PLACES = {"page", "p", "offset", "limit", "size", "per_page", "sort", "order", "v", "ver", "t"}
_PLACES |= {"ts", "_", "year", "month", "day", "date", "lang", "width", "height", "w", "h", "rev"}
_LOGIN = re.compile(
    r"(?:^|[/_-])(?:log-?in|sign-?in|logon|auth(?:enticate)?|session)s?(?:$|[/._-])", re.IGNORECASE
)
_LOGOUT = re.compile(r"(?:^|[/_-])(?:log-?out|sign-?out|logoff)(?:$|[/._-])", re.IGNORECASE)
_EXPORT = re.compile(
    r"(?:^|[/_-])(?:export|download|dump|backup)s?(?:$|[/._-])|\.(?:csv|tsv|xlsx?|zip|gz|sql)$",
    re.IGNORECASE,
)
_ADMIN = re.compile(
    r"^/(?:[^/]+/)?(?:admin|manage|management|console|intern|wp-admin)(?:/|$)", re.IGNORECASE
)
_OK = range(200, 300)


@dataclass
class Proposal:
    """A resource that is proposed; `subjects` counts the distinct values in its place for them.

    `examples` are the first lines that it rests on, as `FILE:LINE`.
    """

    kind: ResourceKind
    path: str
    requests: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    subjects: int | None = None
    examples: list[str] = field(default_factory=list)
    id: str = ""


@dataclass
class _Seen:
    """The requests of one address."""

    requests: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    values: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        return any(status in _OK for status in self.statuses)


def proposed(records: pl.DataFrame) -> list[Proposal]:
    """Return the resources that records with these columns suggest, each with an id of its own.

    Columns: `method`, `url_path`, `url_query`, `status`, `file`, `line_no`.
    """
    shapes, plain, without_id = _seen(records)
    found = [*_by_name(plain), *_records(shapes)]
    found += _lists(without_id, found)
    order = ("login", "logout", "record", "list", "export", "admin")
    found.sort(key=lambda one: (order.index(one.kind), -one.requests, one.path))
    ids: set[str] = set()
    for one in found:
        one.id = _id(one, ids)
    return found


def _seen(
    records: pl.DataFrame,
) -> tuple[dict[str, _Seen], dict[str, _Seen], dict[str, _Seen]]:
    """Requests by address with a place for a subject, by path, and by path where no id is named."""
    grouped = (
        records.filter(pl.col("url_path").is_not_null())
        .group_by("method", "url_path", "url_query", "status", maintain_order=True)
        .agg(pl.len(), pl.col("file").first(), pl.col("line_no").first())
    )
    shapes: dict[str, _Seen] = defaultdict(_Seen)
    plain: dict[str, _Seen] = defaultdict(_Seen)
    without_id: dict[str, _Seen] = defaultdict(_Seen)
    for method, path, query, status, count, file, line in grouped.iter_rows():
        if _STATIC.search(path) or set("{}") & set(path):
            continue
        here = (method, status, count, f"{file}:{line}")
        _add(plain[path], None, *here)
        named = list(_shapes(path, query))
        for shape, value in named:
            _add(shapes[shape], value, *here)
        if not named:
            _add(without_id[path], None, *here)
    return shapes, plain, without_id


def _add(
    seen: _Seen, value: str | None, method: str | None, status: int | None, count: int, at: str
) -> None:
    seen.requests += count
    if method is not None:
        seen.methods[method] += count
    if status is not None:
        seen.statuses[status] += count
    if value is not None:
        seen.values.add(value)
    if len(seen.examples) < EXAMPLES:
        seen.examples.append(at)


def _shapes(path: str, query: str | None) -> Iterator[tuple[str, str]]:
    """The address with a place for each id in it, one at a time, and that id."""
    parts = path.split("/")
    ids = [number for number, part in enumerate(parts) if _ID.fullmatch(unquote(part))]
    if len(ids) == 1:
        (place,) = ids
        yield "/".join([*parts[:place], _SUBJECT, *parts[place + 1 :]]), parts[place]
    if ids or not query:
        return
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if (
            equals
            and not set("{}") & set(name)
            and name.lower() not in _PLACES
            and _ID.fullmatch(unquote(value))
        ):
            yield f"{path}?{name}={_SUBJECT}", value


def _records(shapes: dict[str, _Seen]) -> Iterator[Proposal]:
    for shape, seen in shapes.items():
        path = shape.partition("?")[0]
        if (
            len(seen.values) >= LEAST_SUBJECTS
            and seen.is_answered
            and not any(rule.search(path) for rule in (_LOGIN, _LOGOUT, _EXPORT, _ADMIN))
        ):
            yield _proposal("record", shape, seen, subjects=len(seen.values))


def _lists(without_id: dict[str, _Seen], found: list[Proposal]) -> list[Proposal]:
    """What stands above a record, or is a record's address without its parameter."""
    records = (one.path for one in found if one.kind == "record")
    above = {path.partition("/" + _SUBJECT)[0].partition("?")[0] for path in records}
    return [
        _proposal("list", path, without_id[path])
        for path in sorted(above)
        if path in without_id and without_id[path].is_answered
    ]


def _by_name(plain: dict[str, _Seen]) -> Iterator[Proposal]:
    """What tells itself by its name; addresses of exports and administration are put together."""
    together: dict[tuple[ResourceKind, str], _Seen] = defaultdict(_Seen)
    for path, seen in plain.items():
        if _LOGOUT.search(path):
            yield _proposal("logout", path, seen)
        elif _LOGIN.search(path) and seen.methods["POST"]:
            yield _proposal("login", path, seen)
        elif _EXPORT.search(path) and seen.is_answered:
            _merge(together["export", _folder(path)], seen)
        elif (admin := _ADMIN.search(path)) and seen.is_answered:
            _merge(together["admin", admin[0].rstrip("/") + "/*"], seen)
    for (kind, path), seen in together.items():
        yield _proposal(kind, path, seen)


def _folder(path: str) -> str:
    """The address of an export with everything beside it: what follows the word is its name."""
    found = re.match(r"(.*?/(?:export|download|dump|backup)s?)(?:/|$)", path, re.IGNORECASE)
    return f"{found[1]}/*" if found else path


def _merge(into: _Seen, seen: _Seen) -> None:
    into.requests += seen.requests
    into.methods += seen.methods
    into.statuses += seen.statuses
    into.examples += seen.examples[: EXAMPLES - len(into.examples)]


def _proposal(kind: ResourceKind, path: str, seen: _Seen, subjects: int | None = None) -> Proposal:
    return Proposal(
        kind, path, seen.requests, seen.methods, seen.statuses, subjects, seen.examples[:EXAMPLES]
    )


def _id(one: Proposal, taken: set[str]) -> str:
    parts = one.path.partition("?")[0].split("/")
    words = [part for part in parts if part and part not in {_SUBJECT, "*"}]
    word = re.sub(r"[^A-Za-z0-9-]+", "-", words[-1] if words else one.kind).strip("-").lower()
    base = {"list": f"{word}-list", "login": "login", "logout": "logout"}.get(one.kind, word)
    base = base if NAME.fullmatch(base) else one.kind
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name
