"""What a request of a person comes to: the lake, files, tombstones and the register in order."""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.ingest.duplicates import drop_returned
from pipelines.lake.erasure import ROWS_ERASED, Pending, erase_bytes, pending, to_be_completed
from pipelines.lake.move_mark import require_no_move
from pipelines.lake.reporter import require_reporter
from pipelines.lake.rewriting import Marked
from pipelines.marts.write import remove_marts
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Records
from pipelines.records.evidence import note_again, note_change
from pipelines.subject.broken_off import found_again
from pipelines.subject.erase import REQUESTS, Nobody, erase_rows, mark_requests
from pipelines.subject.files import (
    Left,
    as_place,
    erase_files,
    held_files,
    landing_files,
    left_behind,
)
from pipelines.subject.held import refuse_held
from pipelines.subject.notes import traces_of
from pipelines.subject.person import Person
from pipelines.subject.places import Place, places
from pipelines.subject.register import (
    Asked,
    Request,
    begin_erasure,
    begun_erasures,
    end_erasure,
    of_same_person,
    register,
    rows_are_erased,
)
from pipelines.subject.reidentify import with_pseudonyms
from pipelines.subject.returned import erased_before
from pipelines.text.messages import message

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Erased:
    """What became of an erasure: places with rows or files, and places out of reach."""

    request_id: str
    rows: int
    places: tuple[Place, ...]
    left: tuple[Left, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "request_id": self.request_id,
            "rows": self.rows,
            "places": [{"place": one.place, "rows": one.rows} for one in self.places],
            "left": [{"place": one.place, "why": str(one.why)} for one in self.left],
        }


def held_places(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    person: Person,
    only: Mapping[str, str] | None = None,
) -> list[Place]:
    """Return where something is held on a person: tables, and files below the working folder.

    With `only` those rows of its tables alone that fit its SQL, see `places`.
    """
    person = with_pseudonyms(home, person)
    files = held_files(home, traces_of(con, home, person))
    return [*places(con, person, only=only), *(as_place(home, path) for path in files)]


def erase(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    person: Person,
    asked: Asked,
    now: dt.datetime,
    *,
    with_landing: bool = False,
) -> Erased:
    """Erase a person below the working folder, down to the last byte; return what was done.

    `con` is a writer's connection. Rows keep their place, day and site. Marts go whole, the next
    night writes them anew; reports that change have new digests in the records.

    Raises:
        UsageError: a legal hold covers something that is held on the person.
        MimamoriError: a move of the lake is not complete, or something of the person is still
            there afterwards.
    """
    require_no_move(home)
    require_reporter(home)  # whose reports hold the person
    whole = with_pseudonyms(home, person)
    refuse_held(con, whole)
    nobody = Nobody.made()
    requests = mark_requests(con, whole, nobody)
    landing = landing_files(con, home, whole, requests)
    request = begin_erasure(con, home, person, asked, now)
    traces = traces_of(con, home, person)
    files = []
    if with_landing:
        for path in landing:
            path.unlink()
            files.append(Place(str(path.relative_to(home.root)), 1))
        landing = []
    done = _carried_out(con, home, whole, request, now, nobody, requests)
    left = tuple(left_behind(con, home, traces, landing))
    rows = sum(one.rows for one in done if one.place.startswith("lake."))
    return Erased(request.request_id, rows, (*done, *files), left)


def _carried_out(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    whole: Person,
    request: Request,
    now: dt.datetime,
    nobody: Nobody,
    requests: Marked,
) -> list[Place]:
    """Do what an erasure that is begun is about, from the beginning; return the places.

    Files come first: the lake knows who else the person is until its rows go. Where that is broken
    off, it can be done once more. `requests` are those that hold the person.
    """
    records = Records(home)
    traces = traces_of(con, home, whole)
    paths = held_files(home, traces)
    names = [as_place(home, path).place for path in paths]
    note_change(records, names, now, _why(request.request_id))
    pages = list(erase_files(home, traces, paths, nobody.pseudonym))
    if marts := remove_marts(home):
        pages.append(Place("marts", marts))
    note_again(records, home.root, now, set(map(_why, of_same_person(con, request))))
    with to_be_completed(home, Pending.ERASURE):
        done = erase_rows(
            con,
            whole,
            nobody,
            noted=lambda rows: rows_are_erased(con, request, rows),
            requests=requests,
        )
        erase_bytes(con, home, now)
    # Of requests, what was written has been looked at already.
    with lake.transaction(con):  # the lake is opened once, not for each table
        remaining = list(places(con, whole, but={REQUESTS}))
    if remaining:
        names_left = ", ".join(one.place for one in remaining)
        raise MimamoriError(message("subject.run.still_there", places=names_left))
    if pending(home) is None:
        end_erasure(con, home, request, now)
    return [*done, *pages]


def _why(request_id: str) -> str:
    return f"erasure {request_id}"


def _completed(con: duckdb.DuckDBPyConnection, home: Home, now: dt.datetime) -> None:
    """Complete erasures that were broken off, and tell those of which nobody knows whom."""
    for request in begun_erasures(con):
        if request.outcome == ROWS_ERASED:
            with to_be_completed(home, Pending.ERASURE):
                erase_bytes(con, home, now)
            if pending(home) is None:
                end_erasure(con, home, request, now)
            continue
        person = found_again(con, home, request)
        if person is None:
            log.warning("%s", message("subject.run.broken_off", request=request.request_id))
            continue
        whole = with_pseudonyms(home, person)
        try:
            refuse_held(con, whole)
        except UsageError as error:
            log.warning("%s", error)
            continue
        nobody = Nobody.made()
        requests = mark_requests(con, whole, nobody)
        _carried_out(con, home, whole, request, now, nobody, requests)
        log.warning("%s", message("subject.run.completed", request=request.request_id))


def erase_again(
    con: duckdb.DuckDBPyConnection, home: Home, since: dt.datetime, now: dt.datetime
) -> list[Place]:
    """Erase those whom files brought back; return the places.

    Files are searched that were read since an instant, and those of runs that were broken off
    before they were searched; lines of others beside theirs that the lake has are not counted
    again. Erasures that were broken off are completed, where the person's value still stands
    somewhere: it is kept nowhere else.
    """
    _completed(con, home, now)
    newest, files = _to_be_searched(con, since)
    persons = list(erased_before(con, Pseudonyms.of(home), list(files)))
    done: list[Place] = []
    if persons or pending(home) is Pending.ERASURE:
        with to_be_completed(home, Pending.ERASURE):
            for person, until in persons:
                done += erase_rows(con, person, Nobody.made(), until)
            _, files = _to_be_searched(con, since)  # an erasure may number files anew
            with lake.transaction(con):
                drop_returned(con, files)
            erase_bytes(con, home, now)
    if files:
        con.execute("update lake.tombstone set searched_until = ?", [newest])
    return done


def _to_be_searched(
    con: duckdb.DuckDBPyConnection, since: dt.datetime
) -> tuple[dt.datetime | None, dict[int, int]]:
    """The instant of the newest reading, and files not searched for all erased, from which line."""
    rows = con.execute(
        """
        with searched as (
            select min(coalesce(searched_until, erased_at)) as until from lake.tombstone
        )
        select ledger.file_id, min(ledger.from_line), max(ledger.read_at)
        from lake.ledger as ledger, searched
        where ledger.read_at >= $since or ledger.read_at > searched.until
        group by ledger.file_id
        """,
        {"since": since},
    ).fetchall()
    newest = max((at for *_, at in rows), default=None)
    return newest, {file: line for file, line, _ in rows}


def as_json(found: Sequence[Place]) -> list[dict[str, Any]]:
    """Return places as JSON-ready values."""
    return [asdict(one) for one in found]


def look(
    con: duckdb.DuckDBPyConnection, home: Home, person: Person, asked: Asked, now: dt.datetime
) -> list[Place]:
    """Return where something is held on a person, and put on record that somebody asked."""
    found = held_places(con, home, person)
    register(con, home, "list", person, asked, sum(one.rows for one in found), now)
    return found
