"""Writes a day's pages of the shops and their overview: the package's one door to the files."""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines.detect.catalogue import Detector
from pipelines.errors import MimamoriError
from pipelines.private_files import private_folder, write_whole
from pipelines.report.facts import DayFacts, Intake
from pipelines.report.finding_view import RenderContext
from pipelines.report.franchise.gather import Owners, Reader
from pipelines.report.franchise.overview import page_name, render_overviews
from pipelines.report.franchise.page import render_shop
from pipelines.report.franchise.slices import slices_of
from pipelines.report.franchise.summaries import SUMMARIES, summaries_of
from pipelines.report.index import languages_last
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.words import Words

FOLDER = "franchise"
_WRITERS = 4
_PAGES_WAITING = 64


def write_shops(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: DayFacts,
    catalogue: Mapping[str, Detector],
    folder: Path,
    made_at: dt.datetime,
) -> int:
    """Write `folder/franchise/` for the day; return the number of shops, 0 writes nothing.

    Each shop has a page (`page_name`) in the language of the settings, to be handed over as it is;
    the overview has one for each order and language. Every file replaces the
    one before in one step, the shops' first and `index.html` after them, so that a link never
    leads nowhere; pages of shops that are no more go last. `day` is the day of all sites, `con` the
    connection to the lake by which it was gathered, `made_at` an aware instant.

    Raises:
        MimamoriError: a file cannot be written or removed.
    """
    words = Words(settings.locale, settings.zone)
    target = folder / FOLDER
    names: set[str] = set()
    found = []
    with slices_of(con, day.on) as slices:
        shops = slices.shops()
        reader = Reader(
            on=day.on,
            words=words,
            owners=Owners(settings, frozenset(shops)),
            checks=day.check_counts,
            # What went wrong in a stage is told in words that may name any site.
            stages=tuple(replace(run, message=None) for run in day.stages),
            failed_detectors=day.failed_detectors,
            uncounted_sites=day.uncounted_sites,
            intake=_without_messages(day.intake),
            received_at=day.received_at,
        )
        if shops:
            private_folder(target)
        with _writer() as write:
            for shop, rows in slices.rows(tuple(shops)):
                facts = reader.shop(shop, shops[shop], rows)
                page = render_shop(facts, RenderContext(words, catalogue, facts.day), made_at)
                names.add(page_name(shop))
                write(target / page_name(shop), page)
                found.append(facts)
    if found:
        write_whole(target / SUMMARIES, summaries_of(found))
        for language in languages_last(settings.locale):
            said = Words(language, settings.zone)
            overviews = render_overviews(found, said, day.on, made_at, settings.locale)
            for name, page in overviews.items():
                names.add(name)
                write_whole(target / name, page)
    _remove_others(target, names)
    return len(found)


@contextmanager
def _writer() -> Iterator[Callable[[Path, str], None]]:
    """Yield what writes a page while the next ones are made: a disk takes longer to hold it.

    All are written when the block ends; what could not be written is raised, at the latest then.
    """
    with ThreadPoolExecutor(_WRITERS) as pool:
        writing: deque[Future[None]] = deque()

        def write(path: Path, page: str) -> None:
            writing.append(pool.submit(write_whole, path, page))
            if len(writing) > _PAGES_WAITING:
                writing.popleft().result()

        yield write
        for one in writing:
            one.result()


def _without_messages(intake: Intake) -> Intake:
    return Intake(
        None if intake.last is None else replace(intake.last, message=None), intake.is_after_day
    )


def _remove_others(folder: Path, names: set[str]) -> None:
    for page in folder.glob("*.html"):
        if page.name in names:
            continue
        try:
            page.unlink(missing_ok=True)
        except OSError as error:
            raise MimamoriError(
                message("report.franchise.write.old_page", at=page, reason=error.strerror)
            ) from None
