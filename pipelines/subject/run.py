"""What a request of a person comes to: the lake, files, tombstones and the register in order."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from pipelines.errors import MimamoriError
from pipelines.lake.erasure import clean_catalog, forget_snapshots, rewrite_files, to_be_completed
from pipelines.marts.write import remove_marts
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Records
from pipelines.records.evidence import note_again
from pipelines.subject.erase import Nobody, bury, erase_rows
from pipelines.subject.files import Left, erase_files, landing_files, left_behind
from pipelines.subject.held import refuse_held
from pipelines.subject.person import Person
from pipelines.subject.places import Place, places
from pipelines.subject.register import Asked, register
from pipelines.subject.reidentify import with_pseudonyms
from pipelines.subject.returned import erased_before
from pipelines.text.messages import message


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


def held_places(con: duckdb.DuckDBPyConnection, home: Home, person: Person) -> list[Place]:
    """Return where something is held on a person: tables, and files below the working folder."""
    person = with_pseudonyms(home, person)
    return [*places(con, person), *erase_files(home, person, "", is_dry_run=True)]


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
        MimamoriError: something of the person is still there afterwards.
    """
    whole = with_pseudonyms(home, person)
    refuse_held(con, whole)
    landing = landing_files(con, home, whole)
    nobody = Nobody.made()
    with to_be_completed(home):
        done = erase_rows(con, whole, nobody)
        bury(con, Pseudonyms.of(home), person, now)
        _purge(con, home)
    if with_landing:
        for path in landing:
            path.unlink()
            done.append(Place(str(path.relative_to(home.root)), 1))
        landing = []
    files = list(erase_files(home, whole, nobody.pseudonym))
    if marts := remove_marts(home):
        files.append(Place("marts", marts))
    rows = sum(one.rows for one in done if one.place.startswith("lake."))
    request = register(con, home, "erase", person, asked, rows, now)
    why = f"erasure {request.request_id}"
    note_again(Records(home), home.root, [one.place for one in files], now, why)
    if remaining := list(places(con, whole)):
        names = ", ".join(one.place for one in remaining)
        raise MimamoriError(message("subject.run.still_there", places=names))
    left = tuple(left_behind(con, home, person, landing))
    return Erased(request.request_id, rows, (*done, *files), left)


def erase_again(con: duckdb.DuckDBPyConnection, home: Home, since: dt.datetime) -> list[Place]:
    """Erase those whom files brought back that were read since an instant; return the places."""
    files = [
        file
        for (file,) in con.execute(
            "select distinct file_id from lake.ledger where read_at >= ?", [since]
        ).fetchall()
    ]
    done: list[Place] = []
    with to_be_completed(home):
        for person, until in erased_before(con, Pseudonyms.of(home), files):
            done += erase_rows(con, person, Nobody.made(), until)
        if done:
            _purge(con, home)
    return done


def _purge(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    rewrite_files(con)
    forget_snapshots(con, None)
    clean_catalog(home)


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
