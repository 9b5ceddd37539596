"""What settings name as the user of a request (`user_from`), told without what splits lines.

A name is what the log's own format has: a directive of Apache, a variable of nginx, an operator of
Envoy, a JSON key, a field of `#Fields`; or a cookie by its name. Settings are read with every DAG
file, where nothing heavy may be loaded.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.formats import apache, nginx
from pipelines.formats.catalogue import AUTO, catalogue
from pipelines.formats.layout import Layout, Piece
from pipelines.formats.servers import layouts_of, server_layout
from pipelines.text.messages import Message, message

COOKIE = "cookie:"
"""Before the name of a cookie, as raw fields have it."""
OWN = "user"
"""The raw field of a format's own user; also the name of it where the format has none for it."""
COOKIE_HEADER = "cookie"
"""The raw field of all cookies of a request."""
ANY_COOKIE = f"{COOKIE}NAME"
"""Among what can be named: any cookie, as all of them are logged."""
OF_SERVERS = ("%", "$")
"""How what servers' own format strings name begins."""
_LONGEST = 200
_COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 6265


@dataclass(frozen=True)
class UserField:
    """A raw field that may name the user; with `cookie` it holds cookies, of which that one may."""

    raw: str
    cookie: str | None = None


def checked_user_name(given: str | Mapping[str, Any]) -> str:
    """Return a name in one spelling; `{"cookie": NAME}` and `cookie:NAME` as the latter.

    Raises:
        ValueError: it can name nothing in a log line.
    """
    if isinstance(given, Mapping):
        cookie = given.get("cookie")
        if set(given) != {"cookie"} or not isinstance(cookie, str):
            raise _wrong_name(", ".join(map(str, given)))
        given = f"{COOKIE}{cookie}"
    name = given.strip()
    is_cookie = name.startswith(COOKIE)
    if is_cookie:
        name = f"{COOKIE}{name.removeprefix(COOKIE).strip()}"
    is_wrong = not name or len(name) > _LONGEST or not name.isprintable()
    if is_wrong or (is_cookie and not _COOKIE_NAME.fullmatch(name.removeprefix(COOKIE))):
        raise _wrong_name(name[:_LONGEST])
    if not name.startswith(OF_SERVERS):
        return name
    spelled = apache.spelled(name) or nginx.spelled(name)
    if spelled is None:
        raise _wrong_name(name)
    return spelled


def _wrong_name(name: str) -> ValueError:
    return ValueError(message("formats.user_names.wrong_name", name=name))


def refused_names(source: str, names: Sequence[str]) -> Iterator[tuple[int, Message]]:
    """Yield the number of each name that no line of a format of settings can carry, and why."""
    known = nameable_in(source) if names else None
    for number, name in enumerate(names):
        if known is None or name in known or (name.startswith(COOKIE) and ANY_COOKIE in known):
            continue
        given = ", ".join(map(shown, known))
        yield (
            number,
            message("formats.user_names.not_carried", name=shown(name), names=given)
            if known
            else message("formats.user_names.none_carried", name=shown(name)),
        )


def nameable_in(source: str) -> tuple[str, ...] | None:
    """Return all that can be named in the lines of a format as settings name it.

    None of formats whose fields only the lines tell (`auto`, JSON, `#Fields`).
    """
    entry = catalogue().get(source)
    if entry is None:
        is_told_by_lines = source == AUTO or source.startswith("{") or "#Fields" in source
        is_told_by_lines |= " + " in source
        layout = None if is_told_by_lines else server_layout(source)
        return None if layout is None else nameable(layout)
    if entry.json is not None or entry.w3c is not None:
        return None
    if entry.pattern is not None:
        return (OWN,) if f"(?P<{OWN}>" in entry.pattern else ()
    layouts = layouts_of(entry)
    if entry.has_further or not layouts:
        return tuple(dict.fromkeys(name for one in layouts for name in own_of(one))) or ("%u",)
    return tuple(dict.fromkeys(name for one in layouts for name in nameable(one)))


def shown(name: str) -> str:
    """Return a name as settings have it."""
    return f"{{cookie: {name.removeprefix(COOKIE)}}}" if name.startswith(COOKIE) else name


def own_of(layout: Layout) -> tuple[str, ...]:
    """Return how a layout writes its own user."""
    return tuple(piece.source for piece in layout.pieces if piece.name == OWN)


def nameable(layout: Layout) -> tuple[str, ...]:
    """Return what can be named in lines of a layout: what says nothing else about the request."""
    names: list[str] = []
    for piece in layout.pieces:
        if _may_be_user(piece):
            names.append(piece.source)
        if piece.name.startswith(COOKIE):
            names.append(piece.name)
    if COOKIE_HEADER in layout.fields:
        names.append(ANY_COOKIE)
    return tuple(dict.fromkeys(names))


def named_in(layout: Layout, names: tuple[str, ...]) -> tuple[Layout, list[tuple[UserField, ...]]]:
    """Return the layout with raw fields of their own for what is named, and by name these fields.

    The format's own user fills none where it is not named.
    """
    pieces = [replace(piece, name="") if piece.name == OWN else piece for piece in layout.pieces]
    found: list[tuple[UserField, ...]] = []
    for number, name in enumerate(names):
        cookie = cookie_field(layout.fields, name)
        if cookie is not None:
            found.append((cookie,))
            continue
        place = next(
            (
                place
                for place, piece in enumerate(layout.pieces)
                if piece.source == name and _may_be_user(piece)
            ),
            None,
        )
        if place is None:
            found.append(())
        elif pieces[place].name:  # a cookie, which may be the session's too; or named twice
            found.append((UserField(pieces[place].name),))
        else:
            raw = field_of(number)
            pieces[place] = replace(pieces[place], name=raw, kind=_kind(layout, place))
            found.append((UserField(raw),))
    return replace(layout, pieces=tuple(pieces)), found


def cookie_field(fields: tuple[str, ...], name: str) -> UserField | None:
    """Return the raw field of a name that is a cookie's; None for others, and where none is."""
    if not name.startswith(COOKIE):
        return None
    if name in fields:
        return UserField(name)
    if COOKIE_HEADER in fields:
        return UserField(COOKIE_HEADER, name.removeprefix(COOKIE))
    return None


def field_of(number: int) -> str:
    """Return the raw field of the name with a number."""
    return f"{OWN}:{number}"


def rank_of(raw: str) -> int | None:
    """Return the number of the name that a raw field is of; None for any other field."""
    own, colon, number = raw.partition(":")
    return int(number) if own == OWN and colon else None


def _may_be_user(piece: Piece) -> bool:
    return bool(piece.source) and (piece.name in {"", OWN} or piece.name.startswith(COOKIE))


def _kind(layout: Layout, place: int) -> str | None:
    """The kind of a field as a user: without quotes a name, which ends where the next field is."""
    before = layout.pieces[place - 1].text if place else ""
    return layout.pieces[place].kind if before.endswith('"') else "user"
