"""The routes of the search: a form by GET, answers by POST alone, on record before they are shown.

What is searched for names a person mostly. It travels in the body of a form, so that no log of a
web server, no history of a browser and no referrer has it. Further pages of lines and files of them
are asked for in the same way.

A browser's Back asks whether to send a form again where the answer could not be stored, and stored
answers would leave persons on its disk. So each page carries the searches before it in its forms,
and has a button that leads back to the last one.
"""

import csv
import datetime as dt
import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, fields, replace
from typing import Annotated

import duckdb
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError

from pipelines.airflow_reports import notice
from pipelines.airflow_reports.access import Event, comes_from_own_page
from pipelines.airflow_reports.by_role import GetSettings, disclose_search
from pipelines.airflow_reports.casework.forms import BLANK, Form, RefusedError, posted
from pipelines.airflow_reports.casework.picks import SEARCH
from pipelines.airflow_reports.casework.problems import Outcome, Problem, said_of
from pipelines.airflow_reports.casework.visit import Clock, Visit, language_of, visitor
from pipelines.airflow_reports.search.form import (
    Typed,
    asked_in,
    form_view,
    named_from,
    typed_in,
)
from pipelines.airflow_reports.search.page import answer_view
from pipelines.airflow_reports.search.sending import Scratch, send_file
from pipelines.errors import MimamoriError, SettingsError, UsageError
from pipelines.paths import Home
from pipelines.query.connection import Session, TookTooLongError
from pipelines.records import Records
from pipelines.report.export import cell
from pipelines.search.answer import Line
from pipelines.search.question import Question
from pipelines.search.run import all_lines, count_lines, read_until, search
from pipelines.search.source import LakeSource, MartSource, Source
from pipelines.settings.names import AUDITOR
from pipelines.text.messages import message

log = logging.getLogger(__name__)

PREFIXES = ("search/",)
"""Of the addresses below the reports that are pages of the search."""
_READ = ["GET", "HEAD"]


def search_routes(home: Callable[[], Home], settings: GetSettings, clock: Clock) -> APIRouter:
    """Return the routes; `home` and `settings` are asked anew for each request."""
    router = APIRouter()
    visits = Annotated[Visit, Depends(visitor(home, settings, clock))]
    forms = Annotated[Form, Depends(posted)]

    @router.api_route("/search/", methods=_READ)
    def form(visit: visits) -> Response:
        source = _source(visit)
        return _page(visit, source, Typed.of_month(_last_day(visit, source) or visit.today))

    @router.post("/search/")
    def found(visit: visits, form: forms) -> Response:
        return _answer(visit, form)

    @router.post("/search/csv")
    def lines(visit: visits, form: forms) -> Response:
        return _file(visit, form)

    return router


def _source(visit: Visit) -> Source:
    """The data of the visitor's role; an auditor's have no persons."""
    if visit.may_decide:
        return LakeSource()
    if visit.role == AUDITOR:
        raise visit.refused(notice.MAY_NOT_SEARCH)
    return MartSource(visit.role)


def _last_day(visit: Visit, source: Source) -> dt.date | None:
    """The last day that is read; None where the data cannot be asked: the form opens anyway."""
    try:
        with visit.asking() as session:
            return read_until(session, source, visit.today)
    except (MimamoriError, RefusedError, duckdb.Error):
        return None


def _answer(visit: Visit, form: Form) -> Response:
    source = _source(visit)
    typed = _typed(visit, form)
    chosen = language_of(form.get("language", ""))
    if chosen is not None:
        visit = replace(visit, chosen=chosen)
    if not _is_ours(visit, form):
        return _page(visit, source, typed, Problem.old_form())
    with _not_found() as outcome:
        question = asked_in(typed, visit.today, source)
        with visit.asking() as session:
            answer = search(
                session, source, question, typed.page, named_from=named_from(visit, source)
            )
            answer = replace(answer, read_until=read_until(session, source, visit.today))
        _put_on_record(visit, "search", answer.question, answer.shown)
    if outcome.problem is not None:
        return _page(visit, source, typed, outcome.problem)
    typed = replace(typed, value=answer.question.value)  # a name's account, a canonical address
    page = visit.page(
        "search.html.j2",
        form=form_view(visit, source, typed, is_answered=True),
        view=answer_view(visit, answer, typed.page),
        token=visit.tokens.issue(SEARCH, "", visit.at),
    )
    if chosen is not None:
        visit.keep_language(page, chosen)
    return page


def _file(visit: Visit, form: Form) -> Response:
    source = _source(visit)
    typed = _typed(visit, form)
    if not _is_ours(visit, form):
        return _page(visit, source, typed, Problem.old_form())
    with _not_found() as outcome:
        question = asked_in(typed, visit.today, source)
        name = f"mimamori-search-{question.first}-{question.last}.csv"

        def write(file: Scratch) -> None:
            _write_lines(visit, source, question, file)

        sent = send_file(visit.home.spill, visit.name, name, "text/csv; charset=utf-8", write)
    if outcome.problem is not None:
        return _page(visit, source, typed, outcome.problem)
    return sent


@contextmanager
def _not_found() -> Iterator[Outcome]:
    """Yield what says, after the block, why it found nothing that could be shown."""
    outcome = Outcome()
    try:
        yield outcome
    except SettingsError:
        raise
    except UsageError as error:
        outcome.problem = Problem(422, said_of(error))
    except (TookTooLongError, duckdb.OutOfMemoryException):
        outcome.problem = Problem(422, message("search.took_too_long"))
    except (MimamoriError, SQLAlchemyError, duckdb.Error, OSError):
        log.exception("a search could not be answered")
        outcome.problem = Problem(503, message("airflow_reports.search.not_possible"))


def _write_lines(visit: Visit, source: Source, question: Question, file: Scratch) -> None:
    """Write the lines as CSV, on record before the first is written."""
    with visit.asking(for_long=True) as session:
        lines = source.lines(session, question)
        count = _require_few(session, count_lines(session, lines, question))
        _put_on_record(visit, "search csv", question, count)
        headings: list[str | int | float] = [
            _HEADINGS.get(one.name, one.name) for one in fields(Line)
        ]
        file.write(("\ufeff" + _written([headings])).encode())
        for batch in all_lines(session, lines, question):
            file.write(
                _written([[cell(value) for value in astuple(line)] for line in batch]).encode()
            )


_HEADINGS = {"address": "client_ip"}


def _require_few(session: Session, count: int) -> int:
    if count > session.limits.sql_rows:
        raise UsageError(message("search.too_many_rows", n=count, most=session.limits.sql_rows))
    return count


def _written(table: list[list[str | int | float]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(table)
    return text.getvalue()


def _typed(visit: Visit, form: Form) -> Typed:
    if not comes_from_own_page(visit.request):
        raise visit.refused(notice.OTHER_ORIGIN)
    typed = typed_in(form, visit.today)
    if typed is None:
        raise RefusedError(notice.NO_FORM)
    return typed


def _is_ours(visit: Visit, form: Form) -> bool:
    if visit.tokens.accepts(form.get("token", ""), SEARCH, "", visit.at):
        return True
    visit.put_refusal_on_record()
    return False


def _put_on_record(visit: Visit, what: str, question: Question, count: int) -> None:
    """Put a use on record, and what a franchise is given into the register of disclosures."""
    about = _about(visit, question)
    visit.put_on_record(Event.SEARCHED, what, about, count)
    if count:
        records = Records(visit.home)
        disclose_search(records, visit.settings, visit.role, f"{what} {about}", visit.at, count)


def _about(visit: Visit, question: Question) -> str:
    """What a record says of a question: the value as a keyed hash, as of every person's."""
    hashed = Records(visit.home).hashed(question.value)
    return f"{question.kind}=#{hashed} {question.first}..{question.last}"


def _page(visit: Visit, source: Source, typed: Typed, problem: Problem | None = None) -> Response:
    return visit.page(
        "search.html.j2",
        problem,
        BLANK,
        form=form_view(visit, source, typed),
        view=None,
        token=visit.tokens.issue(SEARCH, "", visit.at),
    )
