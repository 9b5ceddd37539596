"""From what settings and the ledger call a format to the format."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import polars as pl

from pipelines.formats.catalogue import Entry, catalogue, unknown_format
from pipelines.formats.format import Format, look_like
from pipelines.formats.json_lines import JsonSplitter
from pipelines.formats.layout import Layout, require_short
from pipelines.formats.mapping import checked_mapping
from pipelines.formats.ncsa import NCSA, NcsaSplitter
from pipelines.formats.prefix import PREFIXES, PrefixedSplitter
from pipelines.formats.servers import layouts_of, server_layout
from pipelines.formats.split import LayoutSplitter, PatternSplitter
from pipelines.formats.w3c import (
    CLOUDFRONT,
    DEFAULTS,
    DIRECTIVE,
    IIS,
    W3C,
    W3cSplitter,
    dialect_of,
    fields_of,
)
from pipelines.normalise.columns import rejoined
from pipelines.text.messages import message


@dataclass(frozen=True)
class VariantSplitter:
    """Takes each line apart by the first layout that it fits."""

    variants: tuple[LayoutSplitter, ...]

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields of all layouts."""
        return tuple(dict.fromkeys(name for variant in self.variants for name in variant.fields))

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where no layout fits."""
        frame = self._split(lines, self.variants)
        missing = [name for name in self.fields if name not in frame.columns]
        return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether a line looks like one of a layout."""
        return pl.any_horizontal(variant.looks(line) for variant in self.variants)

    def _split(self, lines: pl.Series, variants: tuple[LayoutSplitter, ...]) -> pl.DataFrame:
        first, *others = variants
        if not others:
            return first.split(lines)
        if first.plan is not None and first.layout.escapes != "json":
            fast = first.plan.split(lines)
            is_regular = fast.get_column("regular")
            fast = fast.drop("regular").with_columns(reason=pl.lit(None, pl.String))
            if is_regular.all():
                return fast
            if is_regular.any():
                rest = self._split(lines.filter(~is_regular), variants)
                return rejoined(fast.filter(is_regular), rest, ~is_regular)
        fits = look_like(first, lines)
        if fits.all():
            return first.split(lines)
        rest = self._split(lines.filter(~fits), tuple(others))
        return rejoined(first.split(lines.filter(fits)), rest, ~fits) if fits.any() else rest


_AFTER_PREFIX = " + "


def format_of(source: str | Mapping[str, Any]) -> Format:
    """Return the format for a name, a server's format string, a `#Fields:` line or a mapping.

    A string is a name of the catalogue, an Apache `LogFormat`, an nginx `log_format` (also pasted
    with its directive) or an Envoy or Tomcat string. A mapping is `{"json": {field: key, …}}`.
    The title of a format gives the same format.

    Raises:
        ValueError: there is no such format; the message says what can be given.
    """
    if isinstance(source, str):
        return _format_of_text(source)
    return json_format(source)


@lru_cache(maxsize=256)
def _format_of_text(text: str) -> Format:
    require_short(text)
    prefix, plus, rest = text.partition(_AFTER_PREFIX)
    if plus and prefix in PREFIXES:
        return prefixed(_format_of_text(rest), prefix)
    entry = catalogue().get(text)
    if entry is not None:
        return _format_of_entry(entry)
    found = _w3c(text) or _mapping(text)
    if found is not None:
        return found
    layout = server_layout(text)
    if layout is None:
        raise unknown_format(text)
    return layout_format(layout)


def _w3c(text: str) -> Format | None:
    dialect, _, fields = text.partition(" ")
    if text.startswith(DIRECTIVE):
        return w3c_format(text)
    if dialect in {IIS, CLOUDFRONT, W3C} and fields.startswith(DIRECTIVE):
        return w3c_format(fields, dialect)
    return None


def _mapping(text: str) -> Format | None:
    if not text.lstrip().startswith('{"json"'):
        return None
    try:
        return json_format(json.loads(text))
    except json.JSONDecodeError as error:
        raise ValueError(message("formats.names.not_json", reason=error)) from None
    except RecursionError:
        raise ValueError(message("formats.names.nested_too_deep")) from None


def json_format(mapping: Mapping[str, Any]) -> Format:
    """Return the format of a mapping of keys.

    Raises:
        ValueError: see `checked_mapping`.
    """
    checked = checked_mapping(mapping)
    return Format(
        checked.title,
        JsonSplitter("the mapping", checked.keys, is_time_free=checked.time_form is None),
        time_form=checked.time_form or "iso",
        timezone=checked.timezone,
        backslash_escapes=False,
        ends_with_delimiter=True,
        names_fields=True,
    )


def layout_format(layout: Layout) -> Format:
    """Return the format of a layout."""
    return Format(
        layout.title,
        LayoutSplitter(layout),
        time_form=layout.time_form,
        backslash_escapes=layout.escapes == "backslash",
        ends_with_delimiter=layout.ends_with_delimiter,
    )


def w3c_format(directive: str, dialect: str | None = None) -> Format:
    """Return the format of the lines after a `#Fields` directive.

    `dialect` is what is known of the server; else the fields tell it.

    Raises:
        ValueError: see `fields_of`.
    """
    names = fields_of(directive)
    given = dialect_of(names)
    dialect = dialect or given
    title = f"{DIRECTIVE} {' '.join(names)}"
    if dialect != given:
        title = f"{dialect} {title}"
    return Format(
        title,
        W3cSplitter(names, dialect),
        time_form="epoch_s" if "date" not in names else "iso",
        timezone="UTC",
        backslash_escapes=False,
        has_directives=True,
    )


def prefixed(inner: Format, prefix: str) -> Format:
    """Return `inner` after the prefix of a carrier."""
    return replace(
        inner,
        title=f"{prefix}{_AFTER_PREFIX}{inner.title}",
        splitter=PrefixedSplitter(prefix, inner.whole_splitter),
        further=None,
        ends_with_delimiter=prefix == "docker",
    )


def _format_of_entry(entry: Entry) -> Format:
    if entry.name == NCSA:
        return Format(NCSA, NcsaSplitter())
    if entry.w3c is not None:
        names = tuple(DEFAULTS.get(entry.name, DEFAULTS[IIS]).split())
        return Format(
            entry.name,
            W3cSplitter(names, entry.w3c, is_assumed=True),
            time_form="iso", timezone="UTC", backslash_escapes=False, has_directives=True,
        )  # fmt: skip
    if entry.json is not None:
        return Format(
            entry.name,
            JsonSplitter(
                entry.name,
                tuple(entry.json.items()),
                refused=tuple(entry.refused.items()),
                vhost_in_target=entry.vhost_in_request,
            ),
            time_form="iso", backslash_escapes=False, ends_with_delimiter=True, names_fields=True,
        )  # fmt: skip
    if entry.pattern is not None:
        return Format(
            entry.name,
            PatternSplitter(entry.name, entry.pattern, entry.vhost_in_request),
            time_form=entry.time_form, timezone=entry.timezone, backslash_escapes=False,
            ends_with_delimiter=entry.pattern.endswith('"$'),
        )  # fmt: skip
    layouts = layouts_of(entry)
    whole = layout_format(layouts[0])
    if entry.has_further:
        whole = replace(
            whole,
            further=NcsaSplitter(needs_agent=all("agent" in layout.fields for layout in layouts)),
        )
    if entry.further is not None:
        whole = replace(whole, further=PatternSplitter(entry.name, entry.further))
    if len(layouts) == 1:
        return whole
    return replace(
        whole,
        splitter=VariantSplitter(tuple(LayoutSplitter(layout) for layout in layouts)),
        ends_with_delimiter=False,
    )
