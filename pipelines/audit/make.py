"""Makes the audit of a month and puts it beside the daily reports, whole or not at all."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from pipelines.audit.facts import Facts, Watched
from pipelines.audit.gather import gather
from pipelines.audit.judge import Judged, Standing, judge
from pipelines.audit.page import audit_page, render
from pipelines.audit.proof import DATA, proof_of
from pipelines.audit.questions import questions_of
from pipelines.audit.use_sections import (
    DATA_USE,
    UNUSED_RIGHTS,
    data_use_csv,
    unused_rights_csv,
)
from pipelines.audit.values import audit_json
from pipelines.audit.writer import AuditWriter
from pipelines.deliver.ledger import Ledger
from pipelines.deliver.means import read_places
from pipelines.deliver.run import Proof, proven
from pipelines.detect.catalogue import load_catalogue
from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.private_files import private_folder, write_whole
from pipelines.records import Records
from pipelines.records.disclosures import listed
from pipelines.records.used import watch_between
from pipelines.report.index import AUDITS, PAGE, write_index
from pipelines.report.pdf import print_pdf
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.month import Month
from pipelines.text.words import Words
from pipelines.worksheet.law import law_on

PDF = "audit.pdf"


@dataclass(frozen=True)
class Made:
    """Where the audit lies, and its verdicts; `pdf` None where none was asked for."""

    month: Month
    page: Path
    data: Path
    pdf: Path | None
    is_over: bool
    verdicts: tuple[Judged, ...]

    @property
    def standings(self) -> dict[int, Standing]:
        """The verdicts by measure."""
        return {one.measure: one.standing for one in self.verdicts}


def write_audit(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    home: Home,
    month: Month,
    out: Path,
    clock: Callable[[], dt.datetime],
    *,
    with_pdf: bool = False,
) -> Made:
    """Write `out/audit/YYYY-MM/` and the list `out/index.html`; return where it is.

    `con` is a connection to the lake in the configured time zone, `clock` gives aware instants.
    The folder holds `index.html`, `audit.json`, `data-use.csv`, where there is a list of rights
    `unused-rights.csv` and, `with_pdf`, `audit.pdf`; each replaces the one
    before in one step, the page last. They are for their owner only.

    Raises:
        MimamoriError: the lake has nothing of that month, no Chromium for a PDF, or a file cannot
            be written.
    """
    made_at = clock()
    today = made_at.astimezone(settings.zone).date()
    law = law_on(month.last)
    words = Words(settings.locale, settings.zone)
    catalogue = load_catalogue()
    deliveries = _deliveries(settings, home, month.days_before(today))
    facts = gather(con, settings, month, today, catalogue, law.eea.countries, deliveries)
    _require_data(facts)
    facts = replace(
        facts,
        watched=_watched(settings, home, facts),
        disclosures=tuple(listed(Records(home), month.first, month.last)),
        questions=questions_of(con, Ledger(home), month, today),
    )
    verdicts = judge(facts)
    writer = AuditWriter(words, catalogue, law.eea, made_at)
    page = render(audit_page(facts, verdicts, writer), writer)
    folder = out / AUDITS / str(month)
    for one in (out, folder.parent, folder):
        private_folder(one)
    pdf = None
    if with_pdf:
        pdf = folder / PDF
        write_whole(pdf, print_pdf(page))
    write_whole(folder / DATA, audit_json(facts, verdicts, made_at))
    write_whole(folder / DATA_USE, data_use_csv(facts))
    if facts.use.rights is not None:
        write_whole(folder / UNUSED_RIGHTS, unused_rights_csv(facts, writer))
    write_whole(folder / PAGE, page)
    write_index(out, settings.locale, settings.zone)
    return Made(month, folder / PAGE, folder / DATA, pdf, facts.is_over, verdicts)


def _deliveries(settings: Settings, home: Home, days: Sequence[dt.date]) -> list[Proof] | None:
    if settings.deliver is None:
        return None
    places = read_places(settings.deliver, home, settings.timezone)
    return proven(settings.deliver, places, home.reports, Ledger(home), days)


def _watched(settings: Settings, home: Home, facts: Facts) -> Watched:
    first = dt.datetime.combine(facts.month.first, dt.time(), settings.zone)
    after = facts.month.last + dt.timedelta(days=1)
    until = dt.datetime.combine(after, dt.time(), settings.zone)
    watch = watch_between(Records(home), first, until)
    return Watched(watch, proof_of(home))


def _require_data(facts: Facts) -> None:
    if not facts.lines and not any(day.checked or day.reported for day in facts.days):
        raise MimamoriError(message("audit.make.nothing_of_month", at=facts.month))
