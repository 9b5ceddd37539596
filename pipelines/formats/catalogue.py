"""The named formats: one entry each in `catalogue.yaml`, in the order in which they are tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pipelines.text.messages import message
from pipelines.text.yaml_text import read_yaml

AUTO = "auto"
"""In place of a format: it is found out from the lines."""

_FILE = Path(__file__).parent / "catalogue.yaml"


@dataclass(frozen=True)
class Example:
    """A line, the columns of the record that it makes, and the directives `after` which it is."""

    line: str
    record: dict[str, Any]
    after: str | None = None


@dataclass(frozen=True)
class Entry:
    """A named format: how lines are split (one of the ways), and lines that prove it.

    `server` and `sources` are format strings of a server, the first that fits a line counts;
    `pattern` is an expression with raw fields as groups, and `vhost_in_request` one for the host in
    an absolute request (of JSON: in its target); `json` maps raw fields to keys, and `refused` says
    by which values of keys a line is no access; `w3c` is a dialect of the W3C extended log;
    `has_further` says that its lines may carry more (`ncsa`), `further` is the pattern of what they
    always have then. `auto` never takes a format that is not `is_guessed`. `source` is the address
    of the documentation, `title` what a person calls the format, by language.
    """

    name: str
    title: Mapping[str, str]
    source: str
    examples: tuple[Example, ...]
    rejected: tuple[str, ...]
    server: Literal["apache", "nginx", "tomcat", "envoy"] = "apache"
    sources: tuple[str, ...] = ()
    pattern: str | None = None
    vhost_in_request: str | None = None
    json: Mapping[str, tuple[str, ...]] | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    w3c: str | None = None
    is_guessed: bool = True
    has_further: bool = False
    further: str | None = None
    time_form: str = "clf"
    timezone: str | None = None


@cache
def catalogue() -> Mapping[str, Entry]:
    """Return the named formats by name."""
    entries = read_yaml(_FILE.read_text(encoding="utf-8"))
    return {entry["name"]: _entry(**entry) for entry in entries}


def _entry(*, examples: list[dict[str, Any]], rejected: list[str], **rest: Any) -> Entry:
    if rest.get("json"):
        rest["json"] = {name: tuple(paths) for name, paths in rest["json"].items()}
    rest["sources"] = tuple(rest.get("sources", ()))
    return Entry(
        examples=tuple(Example(**example) for example in examples),
        rejected=tuple(rejected),
        **rest,
    )


def unknown_format(text: str) -> ValueError:
    """Return the error for what is no format, with what could be given."""
    names = ", ".join((*catalogue(), AUTO))
    return ValueError(message("formats.catalogue.unknown_format", text=text, names=names))
