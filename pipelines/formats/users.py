"""A format whose user comes from what settings name (`user_from`), the first that is present.

Only the user changes: the lines that are taken apart, and all other fields, are the same. So the
format keeps its title, by which files are resumed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import unquote

import polars as pl

from pipelines.formats.format import Format, FurtherSplitter, Splitter
from pipelines.formats.json_lines import JsonSplitter
from pipelines.formats.names import VariantSplitter
from pipelines.formats.ncsa import NcsaSplitter
from pipelines.formats.prefix import PrefixedSplitter
from pipelines.formats.split import LayoutSplitter
from pipelines.formats.unescape import without_nul
from pipelines.formats.user_names import (
    ANY_COOKIE,
    COOKIE_HEADER,
    OWN,
    UserField,
    cookie_field,
    nameable,
    named_in,
    own_of,
)
from pipelines.formats.w3c import W3cSplitter

_ABSENT = ["", "-", '""']
_OWN_OF_NCSA = "%u"

Found = list[tuple[UserField, ...]]
"""By name the raw fields that may hold it, none where the format does not carry it."""


@dataclass(frozen=True)
class UserSplitter:
    """Takes lines apart as `inner` does, whose `sources` name the user, the first present one."""

    inner: Splitter
    sources: tuple[UserField, ...]

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields."""
        others = (name for name in self.inner.fields if not name.startswith(f"{OWN}:"))
        return tuple(dict.fromkeys((*others, OWN)))

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where it does not fit."""
        frame = self.inner.split(lines)
        values = [_present(frame, source) for source in self.sources if source.raw in frame.columns]
        user = pl.coalesce(values) if values else pl.lit(None, pl.String)
        return frame.with_columns(user.alias(OWN)).drop(
            name for name in frame.columns if name.startswith(f"{OWN}:")
        )

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether a line looks like one of the format."""
        return self.inner.looks(line)


def with_users(form: Format, names: Sequence[str]) -> Format:
    """Return the format with the user that `names` say, in the spelling of settings.

    The format's own user counts only where it is named. Without names it is as it was.
    """
    if not names:
        return form
    splitter, found = _named(form.whole_splitter, tuple(names))
    sources = tuple(dict.fromkeys(field for fields in found for field in fields))
    if sources == (UserField(OWN),):
        return form
    return replace(form, splitter=UserSplitter(splitter, sources), further=None)


def not_carried(form: Format, names: Sequence[str]) -> list[str]:
    """Return those of `names` that no line of the format can carry; any JSON key may be there."""
    _, found = _named(form.whole_splitter, tuple(names))
    return [name for name, fields in zip(names, found, strict=True) if not fields]


def nameable_by(form: Format) -> tuple[str, ...]:
    """Return what can be named in lines of the format; of JSON only the lines tell keys."""
    return tuple(dict.fromkeys(_nameable(form.whole_splitter)))


def own_by(form: Format) -> tuple[str, ...]:
    """Return how the format writes its own user."""
    return tuple(dict.fromkeys(_own(form.whole_splitter)))


def _nameable(splitter: Splitter) -> tuple[str, ...]:
    match splitter:
        case LayoutSplitter(layout):
            return nameable(layout)
        case VariantSplitter(variants):
            return tuple(name for variant in variants for name in nameable(variant.layout))
        case PrefixedSplitter(inner=inner):
            return _nameable(inner)
        case W3cSplitter(names=names):
            cookies = (ANY_COOKIE,) if COOKIE_HEADER in splitter.fields else ()
            return (*(name.lower() for name in names), *cookies)
        case JsonSplitter():
            return (ANY_COOKIE,) if COOKIE_HEADER in splitter.fields else ()
        case _:
            return _own(splitter)


def _named(splitter: Splitter, names: tuple[str, ...]) -> tuple[Splitter, Found]:
    """The splitter with raw fields for the names, and by name these fields."""
    match splitter:
        case LayoutSplitter(layout):
            named, found = named_in(layout, names)
            return LayoutSplitter(named), found
        case VariantSplitter(variants):
            every = [named_in(variant.layout, names) for variant in variants]
            merged = [
                tuple(dict.fromkeys(field for _, found in every for field in found[number]))
                for number in range(len(names))
            ]
            return VariantSplitter(tuple(LayoutSplitter(layout) for layout, _ in every)), merged
        case JsonSplitter() | W3cSplitter():
            cookies = [cookie_field(splitter.fields, name) for name in names]
            others = [name for name, field in zip(names, cookies, strict=True) if field is None]
            named_splitter, raw = splitter.with_users(others)
            return named_splitter, [
                (field,) if field else tuple(UserField(one) for one in raw.get(name, ()))
                for name, field in zip(names, cookies, strict=True)
            ]
        case PrefixedSplitter(inner=inner):
            within, found = _named(inner, names)
            return replace(splitter, inner=within), found
        case _:
            own = _own(splitter)
            return splitter, [(UserField(OWN),) if name in own else () for name in names]


def _own(splitter: Splitter) -> tuple[str, ...]:
    """How a format writes its own user."""
    match splitter:
        case LayoutSplitter(layout):
            return own_of(layout)
        case VariantSplitter(variants):
            return tuple(name for variant in variants for name in own_of(variant.layout))
        case FurtherSplitter(first=within) | PrefixedSplitter(inner=within):
            return _own(within)
        case NcsaSplitter():
            return (_OWN_OF_NCSA,)
        case JsonSplitter() | W3cSplitter():
            return splitter.own_users
        case _:
            return (OWN,) if OWN in splitter.fields else ()


def _present(frame: pl.DataFrame, source: UserField) -> pl.Expr:
    """What a field says, null where it says nothing."""
    texts = frame.get_column(source.raw)
    if source.cookie is not None:
        texts = texts.str.extract(rf"(?:^|;)\s*{re.escape(source.cookie)}=([^;]*)")
    if source.raw.startswith(COOKIE_HEADER):
        return pl.lit(_cookie_values(texts))
    text = pl.col(source.raw).str.strip_chars()
    return pl.when(~text.is_in(_ABSENT)).then(text)


def _cookie_values(texts: pl.Series) -> pl.Series:
    """Values of a cookie without their quotes and their percent-encoding."""
    values = texts.str.strip_chars().str.replace(r'^\\?"(.*?)\\?"$', "$1").str.strip_chars()
    encoded = values.filter(values.str.contains("%", literal=True).fill_null(value=False)).unique()
    if len(encoded):
        plain = [without_nul(unquote(text)).strip() for text in encoded]
        values = values.replace(encoded, pl.Series(plain, dtype=pl.String))
    return values.set(values.is_in(_ABSENT), None)
