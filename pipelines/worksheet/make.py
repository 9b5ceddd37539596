"""Makes the worksheet of an incident or a case and puts it where it is wanted, or not at all."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from pipelines import lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.private_files import private_folder, require_place, write_whole
from pipelines.report.index import worksheet_name
from pipelines.report.pdf import print_pdf
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.words import Language, Words
from pipelines.worksheet.choose import Chosen, choose, choose_case
from pipelines.worksheet.document import Worksheet, render
from pipelines.worksheet.facts import Facts
from pipelines.worksheet.gather import gather
from pipelines.worksheet.law import law_on
from pipelines.worksheet.page import worksheet
from pipelines.worksheet.people import People, people_of
from pipelines.worksheet.writer import WorksheetWriter

Format = Literal["html", "pdf", "xlsx"]


@dataclass(frozen=True)
class Wanted:
    """Which incident or case, in which form, what a person knows of it; `out` None: the reports.

    A case is meant by its id as `name` with `is_case`; it needs no date.
    """

    name: str
    date: dt.date | None
    form: Format
    language: Language
    out: Path | None = None
    known_at: dt.datetime | None = None
    is_case: bool = False


@dataclass(frozen=True)
class Made:
    """Where the worksheet lies, and its first figures."""

    file: Path
    incident_id: str
    date: dt.date
    people: People
    is_complete: bool


def make_worksheet(
    home: Home, settings: Settings, wanted: Wanted, yesterday: dt.date, now: dt.datetime
) -> Made:
    """Write the worksheet, mode 0600, and return where it is.

    Without `out` it is `reports/DATE/worksheet-INCIDENT.LANGUAGE.FORMAT`.

    Raises:
        UsageError: no such incident, `known_at` lies in the future, or `out` is no place for it.
        MimamoriError: there is no lake, no Chromium for a PDF, or the file cannot be written.
    """
    if wanted.known_at is not None and wanted.known_at > now:
        raise UsageError(message("worksheet.make.known_at_in_future"))
    if wanted.out is not None:
        require_place(wanted.out)
    with lake.open_reader(home, settings.timezone) as con:
        if wanted.is_case:
            chosen = choose_case(con, wanted.name)
        else:
            chosen = choose(con, wanted.name, wanted.date, yesterday)
        facts = facts_of(con, settings, chosen)
    incident = chosen.incident
    words = Words(wanted.language, settings.zone)
    sheet = sheet_of(facts, words, now, wanted.known_at)
    content: str | bytes
    if wanted.form == "xlsx":
        from pipelines.worksheet.workbook import workbook  # noqa: PLC0415 - an extra

        content = workbook(sheet, words, now)
    else:
        page = render(sheet, words)
        content = print_pdf(page) if wanted.form == "pdf" else page
    name = worksheet_name(incident.incident_id, wanted.language, wanted.form)
    out = wanted.out
    if out is None:
        private_folder(home.reports)
        out = home.reports / incident.date.isoformat() / name
        private_folder(out.parent)
    write_whole(out.resolve(), content)
    people = people_of(facts, law_on(incident.date).bytes_per_person)
    return Made(out, incident.incident_id, incident.date, people, facts.is_complete)


def facts_of(con: duckdb.DuckDBPyConnection, settings: Settings, chosen: Chosen) -> Facts:
    """Return what the worksheet rests on, by the law of its day, of a case its last."""
    return gather(con, settings, chosen, law_on(chosen.incident.date).eea.countries)


def sheet_of(
    facts: Facts, words: Words, now: dt.datetime, known_at: dt.datetime | None = None
) -> Worksheet:
    """Return the worksheet as it is written at the aware instant `now`."""
    incident = facts.chosen.incident
    command = (
        f"mimamori case {facts.chosen.case_id} worksheet"
        if facts.chosen.case_id
        else f"mimamori incident {incident.incident_id} worksheet --date {incident.date}"
    )
    law = law_on(incident.date)
    return worksheet(facts, WorksheetWriter(words, load_catalogue(), law, now, command, known_at))
