"""Writes a day's pages of the shops and their overview: the package's one door to the files."""

import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines.detect.catalogue import kept_from_shops
from pipelines.errors import MimamoriError
from pipelines.private_files import private_folder, write_whole
from pipelines.report.facts import DayFacts, Intake
from pipelines.report.franchise.facts import ShopFacts
from pipelines.report.franchise.gather import Owners, Reader
from pipelines.report.franchise.overview import in_orders, page_name, render_overviews
from pipelines.report.franchise.pages import Pages, PagesBeingWritten
from pipelines.report.franchise.slices import slices_of
from pipelines.report.franchise.summaries import SUMMARIES, summaries_of
from pipelines.report.index import languages_last
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.words import Words

FOLDER = "franchise"


@contextmanager
def writing_shops(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: DayFacts,
    folder: Path,
    made_at: dt.datetime,
    worker: Executor,
) -> Iterator[int]:
    """Write `folder/franchise/` for the day; yield the number of shops, 0 writes nothing.

    Pages of shops are written while the block runs, all others when it ends well.

    Each shop has a page (`page_name`) in the language of the settings, to be handed over as it is;
    the overview has one for each order and language. Every file replaces the
    one before in one step, the shops' first and `index.html` after them, so that a link never
    leads nowhere; pages of shops that are no more go last. `day` is the day of all sites, `con` the
    connection to the lake by which it was gathered, `made_at` an aware instant; `worker` renders
    the shops' pages (`page_worker`).

    Raises:
        MimamoriError: a file cannot be written or removed.
    """
    words = Words(settings.locale, settings.zone)
    target = folder / FOLDER
    being_written = PagesBeingWritten(Pages(words, target, made_at), worker)
    found = []
    with slices_of(con, day.on, kept_from_shops(settings.detectors)) as slices:
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
        for shop, rows in slices.rows(tuple(shops)):
            facts = reader.shop(shop, shops[shop], rows)
            being_written.add(facts)
            found.append(facts)
    yield len(found)
    others = _overviews(found, settings, day.on, made_at) if found else {}
    being_written.finish()
    for name, page in others.items():
        write_whole(target / name, page)
    _remove_others(target, {*others, *(page_name(shop) for shop in shops)})


def _overviews(
    shops: Sequence[ShopFacts], settings: Settings, on: dt.date, made_at: dt.datetime
) -> dict[str, str]:
    """What is written beside the pages of the shops, by name, in order."""
    found = {SUMMARIES: summaries_of(shops)}
    orders = in_orders(shops)
    for language in languages_last(settings.locale):
        said = Words(language, settings.zone)
        found.update(render_overviews(orders, said, on, made_at, settings.locale))
    return found


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
