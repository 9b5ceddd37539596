"""A JSON log whose keys settings name: `{json: {time: ts, host: request.remote_ip, …}}`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pipelines.formats.layout import DURATIONS
from pipelines.normalise.time_form import check_zone, expression_of
from pipelines.text.messages import message

FIELDS = (
    "time", "host", "forwarded_for", "forwarded", "real_ip", "user", "vhost", "request", "method",
    "target", "path", "query", "protocol", "status", "bytes", *DURATIONS, "referrer", "agent",
    "cookie",
)  # fmt: skip
# Columns of a record, as people know them, and the raw fields they come from.
ALIASES = {
    "client_ip": "host", "client_host": "host", "user_id": "user", "user_agent": "agent",
    "site_domain": "vhost", "url_path": "path", "url_query": "query", "url": "target",
    "referer": "referrer", "x_forwarded_for": "forwarded_for",
}  # fmt: skip
_OPTIONS = ("json", "time_form", "timezone")


@dataclass(frozen=True)
class CheckedMapping:
    """Raw fields and the keys that fill them; `title` is the same mapping as compact text."""

    title: str
    keys: tuple[tuple[str, tuple[str, ...]], ...]
    time_form: str | None
    timezone: str | None


def checked_mapping(mapping: Mapping[str, Any]) -> CheckedMapping:
    """Return the content of `{"json": {field: key, …}, "time_form": …, "timezone": …}`.

    A key is a name or names joined by dots (`request.remote_ip`); a list of them names several of
    which the first in a line counts. Without `time_form` times may be ISO 8601, as in a common
    log, or numbers since 1970.

    Raises:
        ValueError: an unknown field, no time or client, or a key that is no text.
    """
    unknown = [str(name) for name in mapping if name not in _OPTIONS]
    if unknown or not isinstance(mapping.get("json"), Mapping):
        what = f"unknown key {unknown[0]!r}" if unknown else "no mapping 'json'"
        raise ValueError(message("formats.mapping.wrong_form", what=what))
    keys: dict[str, tuple[str, ...]] = {}
    for name, given in cast("Mapping[str, Any]", mapping["json"]).items():
        field = ALIASES.get(name, name)
        if field not in FIELDS and not str(field).startswith("cookie:"):
            raise ValueError(
                message("formats.mapping.unknown_field", name=name, fields=", ".join(FIELDS))
            )
        paths = (given,) if isinstance(given, str) else given
        if not isinstance(paths, (list, tuple)) or not all(
            isinstance(path, str) and all(path.split(".")) for path in paths
        ) or not paths:  # fmt: skip
            raise ValueError(message("formats.mapping.key_expected", name=name))
        if field in keys:
            raise ValueError(message("formats.mapping.field_twice", name=name))
        keys[field] = tuple(paths)
    if "time" not in keys:
        raise ValueError(message("formats.mapping.no_time"))
    if not keys.keys() & {"host", "forwarded_for", "forwarded", "real_ip"}:
        raise ValueError(message("formats.mapping.no_client_address"))
    time_form, timezone = mapping.get("time_form"), mapping.get("timezone")
    if time_form is not None:
        expression_of(str(time_form))
    if timezone is not None:
        check_zone(timezone)
    plain: dict[str, Any] = {"json": {field: _plain(paths) for field, paths in keys.items()}}
    plain |= {key: mapping[key] for key in _OPTIONS[1:] if mapping.get(key) is not None}
    title = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    _check_paths(keys)
    return CheckedMapping(
        title,
        tuple(keys.items()),
        None if time_form is None else str(time_form),
        timezone,
    )


def _plain(paths: tuple[str, ...]) -> str | list[str]:
    return paths[0] if len(paths) == 1 else list(paths)


def _check_paths(keys: Mapping[str, tuple[str, ...]]) -> None:
    """ValueError when one path is that of a value and of an object with values in it."""
    paths = {path.removesuffix("[]") for group in keys.values() for path in group}
    for path in paths:
        for other in paths:
            if other.startswith(f"{path}."):
                raise ValueError(message("formats.mapping.key_within_key", path=path, other=other))
