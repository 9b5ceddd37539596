"""The extract as a page for the person: no scripts, nothing loaded, printable to A4.

What was logged is told in plain words and local time; the same values stand as they are in the
extract's JSON.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from pipelines.detect.catalogue import load_catalogue
from pipelines.paths import SQL_DIR
from pipelines.report.render import environment
from pipelines.subject.extract import MOST_REQUESTS, Extract
from pipelines.text.words import Words
from pipelines.text.yaml_text import read_yaml
from pipelines.worksheet.document import Cell, Part, Table, Value, kind_of, moment

Row = Mapping[str, Any]
Shown = Callable[[Row, Words], Cell]
"""Says what a cell shows of a row."""

_LIMITS: Final = ("bodies", "shared", "outside", "watched")
_PERIODS: Final = ("access_log_days", "pseudonymise_after_days")
_READS: Final = frozenset({"GET", "HEAD"})
_CHANGES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def as_page(found: Extract, *languages: Words) -> str:
    """Return the extract as one HTML file: the whole of it in one language after the other."""
    first = languages[0]
    template = environment(first).get_template("subject.html.j2")
    return template.render(
        halves=[(words, _parts(found, words)) for words in languages],
        person=found.person,
        made_at=found.made_at.astimezone(first.zone),
        t=first,
        kind_of=kind_of,
        moment=moment,
    )


def _parts(found: Extract, words: Words) -> list[Part]:
    kind = found.person["kind"]
    held = {name: getattr(found, name) for name in _SECTIONS if _ASKED_OF.get(name, kind) == kind}
    parts = [
        _scope(found, words),
        _requests(found, words),
        *(_listed(name, rows, words) for name, rows in held.items() if rows),
        _nothing([name for name, rows in held.items() if not rows], words),
        _places(found, words),
        _kept(found, words),
    ]
    return [replace(part, key=f"{part.key}-{words.language}") for part in parts]


def _scope(found: Extract, words: Words) -> Part:
    """What the extract is about, which days it covers, and what it cannot say."""
    days = sorted(
        day
        for one in found.places
        for day in (one["first_day"], one["last_day"])
        if day and one["place"] == "lake.request_fact"
    )
    kind = found.person["kind"]
    period = words("subject.scope.nothing_logged")
    if days:
        period = words(
            "subject.scope.from_to", first=_day(days[0], words), last=_day(days[-1], words)
        )
    rows: tuple[tuple[Cell, ...], ...] = (
        (words(f"subject.scope.kind.{kind}"), Value(found.person["value"])),
        (words("subject.scope.made_at"), _at(found.made_at, words)),
        (words("subject.scope.period"), period),
        (words("subject.scope.requests"), words("subject.scope.count", n=found.requests_total)),
        (words("subject.scope.zone"), words.zone_name(found.made_at.astimezone(words.zone).date())),
    )
    limits = [
        *(words(f"subject.limits.{name}") for name in _LIMITS),
        *(words(f"subject.limits.{name}", n=found.kept_days[name]) for name in _PERIODS),
    ]
    table = Table(("", ""), rows, kind="pairs")
    return Part("scope", words("subject.scope.heading"), tables=(table,), notes=tuple(limits))


def _requests(found: Extract, words: Words) -> Part:
    """What was seen, the latest first: when, where, what, with which browser, from where."""
    heading = words("subject.requests.heading")
    if not found.requests:
        return Part("requests", heading, (words("subject.none"),))
    is_own = found.person["kind"] != "subject"
    lead = [words(f"subject.requests.{'own' if is_own else 'about_you'}")]
    if found.requests_total > len(found.requests):
        lead.append(words("subject.requests.more", n=found.requests_total, most=MOST_REQUESTS))
    shown: dict[str, Shown] = {
        "when": lambda row, words: _at(row["time"], words),
        "site": lambda row, _: Value(row.get("site_id") or ""),
        "what": _act,
        "page": lambda row, _: Value(row.get("path") or ""),
        **(_FROM_WHERE if is_own else _BY_WHOM),
        "result": _result,
        "corrections": _joined("corrections"),
    }
    return Part("requests", heading, tuple(lead), (_table(found.requests, shown, words),))


def _listed(name: str, rows: Sequence[Row], words: Words) -> Part:
    table = _table(rows, _SECTIONS[name], words)
    return Part(name, words(f"subject.{name}.heading"), (words(f"subject.{name}.lead"),), (table,))


def _nothing(names: Sequence[str], words: Words) -> Part:
    """What was looked for and is not held."""
    headings = tuple(words(f"subject.{name}.heading") for name in names)
    return Part("nothing", words("subject.nothing.heading"), headings or (words("subject.none"),))


def _table(rows: Sequence[Row], shown: Mapping[str, Shown], words: Words) -> Table:
    if not any(row.get("corrections") for row in rows):
        shown = {name: show for name, show in shown.items() if name != "corrections"}
    columns = tuple(words(f"subject.column.{name}") for name in shown)
    cells = tuple(tuple(show(row, words) for show in shown.values()) for row in rows)
    return Table(columns, cells, kind="people")


def _places(found: Extract, words: Words) -> Part:
    rows = tuple(
        (_place(one["place"], words), one["rows"], one["first_day"] or "–", one["last_day"] or "–")
        for one in found.places
    )
    table = Table(tuple(words("subject.places.columns").split("|")), rows, kind="narrow")
    return Part("places", words("subject.places.heading"), tables=(table,))


def _place(place: str, words: Words) -> Cell:
    """A table with what it is kept for, a file by its name."""
    name = place.removeprefix("lake.")
    known = _inventory()["tables"].get(name)
    if name == place or known is None:
        return Value(place)
    purpose = _inventory()["purposes"][known["purpose"]][words.language]
    return Value(words("subject.places.table", purpose=purpose, table=name))


@cache
def _inventory() -> Any:
    """For what each table is kept."""
    return read_yaml((SQL_DIR / "inventory.yaml").read_text(encoding="utf-8"))


def _kept(found: Extract, words: Words) -> Part:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (words(f"subject.kept.{name}"), words("subject.kept.days", n=days))
        for name, days in found.kept_days.items()
    )
    return Part(
        "kept", words("subject.kept.heading"), tables=(Table(("", ""), rows, kind="pairs"),)
    )


def _act(row: Row, words: Words) -> Cell:
    """What was done, by the kind of the resource and the method."""
    method = row.get("method")
    way = "read" if method in _READS else "changed" if method in _CHANGES else "else"
    return words.known(f"subject.act.{row.get('kind')}.{way}", words(f"subject.act.page.{way}"))


def _result(row: Row, words: Words) -> Cell:
    status = row.get("status")
    if status is None:
        return words("subject.result.unknown")
    exact = words.known(f"subject.result.{status}", "")
    return exact or words.known(f"subject.result.{status // 100}xx", str(status))


def _browser(row: Row, words: Words) -> Cell:
    if row.get("browser") is None:
        return words("subject.unknown")
    program, system = (
        " ".join(filter(None, (row.get(name), row.get(f"{name}_version"))))
        for name in ("browser", "os")
    )
    return Value(words("subject.browser", program=program, system=system) if system else program)


def _address(row: Row, words: Words) -> Cell:
    address, country = row.get("client_ip") or words("subject.unknown"), row.get("country")
    return Value(f"{address}  {words.country(country)}" if country else address)


def _what_was_found(row: Row, words: Words) -> Cell:
    detector = load_catalogue().get(row["detector"])
    return Value(row["detector"] if detector is None else detector.title.in_locale(words.language))


def _at(instant: dt.datetime | str | None, words: Words) -> str:
    """An instant as local date, weekday and time of day to the second."""
    if instant is None:
        return "–"
    at = dt.datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return words.exact_moment(at)


def _day(day: str, words: Words) -> str:
    return words.iso_day(dt.date.fromisoformat(day))


def _instant(name: str) -> Shown:
    return lambda row, words: _at(row.get(name), words)


def _date(name: str) -> Shown:
    return lambda row, words: _day(row[name], words) if row.get(name) else "–"


def _text(name: str) -> Shown:
    return lambda row, _: Value(str(row.get(name) or "–"))


def _number(name: str) -> Shown:
    return lambda row, _: "–" if row.get(name) is None else row[name]


def _word(name: str, key: str) -> Shown:
    """A code in words, as itself where there are none."""
    return lambda row, words: words.known(f"{key}.{row.get(name)}", str(row.get(name) or "–"))


def _joined(name: str, key: str = "") -> Shown:
    """A list of texts, each in words where there are some."""
    return lambda row, words: Value(
        words("list_separator").join(
            words.known(f"{key}.{one}", str(one)) for one in row.get(name) or ()
        )
    )


_ASKED_OF: Final = {"viewers": "subject", "directory": "user"}
_FROM_WHERE: Final[dict[str, Shown]] = {"browser": _browser, "address": _address}
_BY_WHOM: Final[dict[str, Shown]] = {"user_type": _word("user_type", "user_type")}
_SECTIONS: Final[dict[str, dict[str, Shown]]] = {
    "viewers": {
        "day": _date("log_date"),
        "site": _text("site_id"),
        "user_type": _word("user_type", "user_type"),
        "users": _number("users"),
        "accesses": _number("accesses"),
    },
    "looked": {
        "when": _instant("at"),
        "role": _word("role", "subject.role"),
        "what": _word("what", "subject.use"),
        "rows": _number("rows"),
    },
    "provided": {
        "day": _date("on"),
        "direction": _word("direction", "disclosure"),
        "name": _text("name"),
        "address_of": _text("address"),
        "ground": _word("ground", "disclosure.ground"),
        "items": _joined("items", "disclosure.item"),
    },
    "directory": {
        "user": _text("user_id"),
        "person_name": _text("name"),
        "department": _text("department"),
        "site": _text("site_id"),
        "kind_of_user": _word("user_type", "user_type"),
        "company": _text("company"),
        "mail": _text("mail"),
        "joined_on": _date("joined_on"),
        "left_on": _date("left_on"),
        "read_at": _instant("read_at"),
    },
    "corrections": {
        "from_day": _date("from_day"),
        "to_day": _date("to_day"),
        "note": _text("note"),
        "created_at": _instant("created_at"),
    },
    "findings": {
        "day": _date("date"),
        "finding": _what_was_found,
        "severity": _word("severity", "severity"),
        "site": _text("site_id"),
        "is_actor": lambda row, words: words(
            f"subject.is_actor.{'own' if row.get('is_actor') else 'others'}"
        ),
        "events": _number("event_count"),
        "first_seen": _instant("first_seen"),
        "last_seen": _instant("last_seen"),
        "status": _word("status", "status"),
        "corrections": _joined("corrections"),
    },
    "sources": {"file": _text("file"), "lines": _number("lines"), "read_at": _instant("read_at")},
}
