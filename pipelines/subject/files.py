"""Files below the working folder that hold a person: pages are written anew without, others go."""

import gzip
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.lake.erasure import Pending, pending
from pipelines.lake.place import place_of
from pipelines.lake.rewriting import Marked
from pipelines.paths import SQL_HISTORY, Home
from pipelines.private_files import write_whole
from pipelines.subject.notes import Traces
from pipelines.subject.person import Person
from pipelines.subject.places import Place
from pipelines.text.messages import Message, message

_PAGES = frozenset({".html", ".json", ".csv", ".txt", ".log", ".ndjson", ".md"})
_MEMBERS = 10_000


@dataclass(frozen=True)
class Left:
    """A place where the person may still stand, and why."""

    place: str
    why: Message


def held_files(home: Home, traces: Traces) -> list[Path]:
    """Return the reports, logs of Airflow and entries of the SQL shell that hold a person.

    What is no page comes first: a PDF is judged by the page beside it, and goes before that is
    written anew.
    """
    found = [path for path in _own_files(home) if any(map(traces.is_in, _texts(path) or ()))]
    return sorted(found, key=_is_page)


def erase_files(home: Home, traces: Traces, paths: Iterable[Path], by: str) -> Iterator[Place]:
    """Take a person out of the files that hold them; yield the files.

    In pages `by` stands in place of the person and of their notes. What is no text, such as a PDF
    or a workbook, is removed: it can be made again.
    """
    for path in paths:
        if _is_page(path):
            text = path.read_bytes().decode("utf-8", "replace")
            write_whole(path, traces.replaced_in(text, by))
        else:
            path.unlink()
        yield as_place(home, path)


def texts_of_files(home: Home) -> Iterator[str]:
    """Yield the texts of the files that `held_files` looks at."""
    for path in _own_files(home):
        yield from _texts(path) or ()


def as_place(home: Home, path: Path) -> Place:
    """Return a file below the working folder as a place."""
    return Place(str(path.relative_to(home.root)), 1)


def _is_page(path: Path) -> bool:
    return path.suffix in _PAGES or path.name.startswith(SQL_HISTORY)


def _own_files(home: Home) -> Iterator[Path]:
    folders = (home.reports, home.airflow / "logs")
    paths = [path for folder in folders for path in sorted(folder.rglob("*"))]
    for path in (*paths, *sorted(home.root.glob(f"{SQL_HISTORY}*"))):
        if path.is_file() and not path.is_symlink():
            yield path


def _texts(path: Path) -> list[str] | None:
    """The texts of a file, those of its compressed members too; None where it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    texts = [raw.decode("utf-8", "replace")]
    with suppress(OSError, EOFError, gzip.BadGzipFile):
        if raw[:2] == b"\x1f\x8b":
            texts.append(gzip.decompress(raw).decode("utf-8", "replace"))
    if raw[:5] == b"%PDF-":
        texts.append("")  # its texts are compressed: whether it holds somebody cannot be told
        return [*texts, *_of_the_page_beside(path)]
    with suppress(zipfile.BadZipFile, OSError):
        if raw[:2] == b"PK":
            with zipfile.ZipFile(path) as archive:
                texts += [
                    archive.read(name).decode("utf-8", "replace")
                    for name in archive.namelist()[:_MEMBERS]
                ]
    return texts


def _page_beside(path: Path) -> Path:
    page = path.with_suffix(".html")
    return page if page.exists() else path.with_name("index.html")


def _of_the_page_beside(path: Path) -> list[str]:
    """The page that a PDF was printed from, which is all that a PDF holds."""
    page = _page_beside(path)
    try:
        return [page.read_text(encoding="utf-8", errors="replace")]
    except OSError:
        return []


def landing_files(
    con: duckdb.DuckDBPyConnection, home: Home, person: Person, requests: Marked
) -> list[Path]:
    """Return the files of the landing folder from which rows of the person came and that lie there.

    To be asked before the person is erased; `requests` are those that hold the person.
    """
    rows = con.execute(
        f"""
        select distinct ledger.path
        from lake.ledger as ledger
        where ledger.file_id in (
            select file_id from {requests.name}
            union select own.file_id from lake.reject as own where {person.matches("own.line")}
        )
        order by ledger.path
        """
    ).fetchall()
    return [path for (name,) in rows if (path := home.logs / name).is_file()]


def left_behind(
    con: duckdb.DuckDBPyConnection, home: Home, traces: Traces, landing: list[Path]
) -> Iterator[Left]:
    """Yield the places that are out of reach, and why."""
    for path in landing:
        yield Left(str(path.relative_to(home.root)), message("subject.files.landing"))
    yield from _pdfs_without_page(home)
    for path in sorted((home.root / "context").glob("*")):
        texts = _texts(path) if path.is_file() else None
        if texts and any(map(traces.is_in, texts)):
            yield Left(str(path.relative_to(home.root)), message("subject.files.context"))
    for path in sorted(home.records.glob("*.jsonl")):
        if any(map(traces.is_in, _texts(path) or ())):
            yield Left(str(path.relative_to(home.root)), message("subject.files.records"))
    for folder in (home.airflow, home.fetched.parent, home.deliveries.parent):
        for path in sorted(folder.rglob("*.db*")) + sorted(folder.rglob("*.sqlite*")):
            texts = _texts(path) if path.is_file() else None
            if texts and any(map(traces.is_in, texts)):
                yield Left(str(path.relative_to(home.root)), message("subject.files.database"))
    ((names,),) = con.execute(
        f"select count(*) from lake.ledger as own where {traces.person.matches('own.path')}"
    ).fetchall()
    if names:
        yield Left("lake.ledger", message("subject.files.ledger"))
    yield from _in_storage(home)
    yield from _put_there_by_others(home)
    yield Left("-", message("subject.files.elsewhere"))


def _put_there_by_others(home: Home) -> Iterator[Left]:
    """What lies in the working folder and is not the program's, such as exports written there."""
    for path in sorted(home.root.iterdir()):
        if path.name in home.own_names or path.name.startswith(SQL_HISTORY):
            continue
        if not path.is_symlink() and any(one.is_file() for one in (path, *path.rglob("*"))):
            yield Left(path.name, message("subject.files.others"))


def _in_storage(home: Home) -> Iterator[Left]:
    place = place_of(home)
    if pending(home) is Pending.ERASURE:
        yield Left(place.catalog_name, message("subject.files.catalog"))
    versions = place.earlier_versions()
    if versions is None:
        yield Left(place.data, message("subject.files.versions_unknown"))
    elif versions:
        yield Left(place.data, message("subject.files.versions", count=versions))


def _pdfs_without_page(home: Home) -> Iterator[Left]:
    for path in _own_files(home):
        if path.suffix == ".pdf" and not _page_beside(path).exists():
            yield Left(str(path.relative_to(home.root)), message("subject.files.pdf_without_page"))
