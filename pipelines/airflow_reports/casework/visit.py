"""Who looks at a page of casework: account, role, session and language, for one request."""

import datetime as dt
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore
from typing import Annotated, Any

import duckdb
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from pipelines import lake
from pipelines.airflow_reports import notice
from pipelines.airflow_reports.access import (
    AuditLog,
    Event,
    audit_log,
    edit_permission,
    path_of,
    permission,
    session_of,
    signed_in,
)
from pipelines.airflow_reports.by_role import GetSettings, role_given, shop_page
from pipelines.airflow_reports.casework.forms import BLANK, Form, RefusedError
from pipelines.airflow_reports.casework.problems import Problem
from pipelines.airflow_reports.casework.tokens import PURPOSE, FormTokens
from pipelines.airflow_reports.notice import Notice
from pipelines.airflow_reports.refusals import put_refusal_on_record
from pipelines.errors import MimamoriError
from pipelines.lake.place import place_of
from pipelines.paths import Home
from pipelines.query.connection import Session, questions
from pipelines.query.mart import mart_of, mart_questions
from pipelines.records import AIRFLOW, About, Act, Records, Series
from pipelines.report.index import days_in
from pipelines.report.render import environment
from pipelines.settings.access import Access
from pipelines.settings.model import Settings
from pipelines.settings.names import AUDITOR, SECURITY
from pipelines.text.words import LANGUAGES, Language, Words

log = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]

LANGUAGE_COOKIE = "mimamori_language"
_LANGUAGE_SECONDS = 365 * 24 * 3600
_OWN_REPORTS = 14
_READERS = 4
_READING = BoundedSemaphore(_READERS)  # each may use as much memory as one command
_READING_FILES = BoundedSemaphore(2)  # a file takes longer than a page
_PATIENCE_SECONDS = 2.0  # who waits for longer keeps a thread of Airflow's server from its tasks
_TEMPLATES = Path(__file__).parent / "templates"
_OWN_PAGE = re.compile(
    r"search/|overview/|cases/(?:[0-9a-f]{16,20}|\?show=[a-z]{1,10}|\?week=[0-9]{4}-W[0-9]{2})?|review/(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?"
)


@dataclass(frozen=True)
class Visit:
    """One request of a signed-in user; `session` stands for the session, `at` is its instant.

    `chosen` is the language that the request itself chooses, None where it chooses none.
    """

    request: Request
    user: BaseUser
    session: str
    audit: AuditLog
    home: Home
    settings: Settings
    access: Access
    role: str
    at: dt.datetime
    chosen: Language | None = None

    @property
    def name(self) -> str:
        """The account in Airflow."""
        return self.user.get_name()

    @property
    def author(self) -> str:
        """The account as decisions and records have it."""
        return f"{AIRFLOW}{self.name}"

    @property
    def may_decide(self) -> bool:
        """Only the role `security` decides; others see what their role may see."""
        return self.role == SECURITY

    @property
    def may_search(self) -> bool:
        """An auditor's data have no persons: there is nothing to search."""
        return self.role != AUDITOR

    @property
    def own_reports(self) -> tuple[tuple[dt.date, str], ...]:
        """The last days of which a franchise has a page of its own, each with its address."""
        days = days_in(self.home.reports)[:_OWN_REPORTS]
        found = ((on, shop_page(self.home, self.role, on)) for on in days)
        return tuple((on, f"{self.root}{path}") for on, path in found if path is not None)

    @property
    def today(self) -> dt.date:
        """The day of the request in the configured zone."""
        return self.at.astimezone(self.settings.zone).date()

    @property
    def is_written(self) -> bool:
        """True while a night, or somebody else, writes, so that nothing could be decided now."""
        try:
            return place_of(self.home).writer() is not None
        except (MimamoriError, OSError):
            return False  # an act says so where it fails

    @property
    def root(self) -> str:
        """The address of the reports below the host."""
        return f"{self.request.scope['root_path']}/"

    @cached_property
    def tokens(self) -> FormTokens:
        """What the forms of this session carry."""
        return FormTokens(Records(self.home).derived_key(PURPOSE), self.name, self.session)

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection to the lake that only reads; at most `_READERS` are open at once."""
        with _turn(), lake.open_reader(self.home, self.settings.timezone) as con:
            yield con

    @contextmanager
    def reading_mart(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection to the mart of the visitor's role, of which the same holds.

        Raises:
            MimamoriError: the night has not written the mart yet.
        """
        with _turn(), self._of_role() as session:
            yield session.con

    @contextmanager
    def asking(self, *, for_long: bool = False) -> Iterator[Session]:
        """Yield a session of limited questions to what the visitor's role may read.

        `for_long` is for files, of which few are read at once.

        Raises:
            MimamoriError: the night has not written the mart yet.
        """
        with _turn(_READING_FILES if for_long else _READING):
            if self.may_decide:
                with questions(self.home, self.settings.timezone, self.settings.limits) as session:
                    yield session
            else:
                with self._of_role() as session:
                    yield session

    def _of_role(self) -> AbstractContextManager[Session]:
        folder = mart_of(self.home, self.role)
        return mart_questions(folder, self.settings.timezone, self.settings.limits)

    @property
    def words(self) -> Words:
        """The words of the reader's language."""
        chosen = self.chosen or language_of(self.request.cookies.get(LANGUAGE_COOKIE, ""))
        return Words(chosen or self.settings.locale, self.settings.zone)

    def keep_language(self, answer: Response, chosen: Language) -> None:
        """Have the browser keep the language that the reader chose, for our pages alone."""
        answer.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=_LANGUAGE_SECONDS,
            path=self.root,
            secure=self.request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )

    def put_on_record(self, event: Event, what: str, about: About, rows: int | None = None) -> None:
        """Put a use on record and in Airflow's audit log, before what it is about is shown.

        Raises:
            MimamoriError: there is no record of it.
            sqlalchemy.exc.SQLAlchemyError: there is no entry in Airflow's database.
        """
        act = Act(what, about, rows, self.author, self.role)
        Records(self.home).append(Series.USE, act, self.at)
        self.audit(event, path_of(self.request))

    def audit_outcome(self, path: str, problem: Problem | None) -> None:
        """Write to Airflow's audit log how an act ended that it has already; `problem` if not done.

        The act itself stands in the chain of records, so that a failure here undoes nothing.
        """
        event = Event.DECIDED if problem is None else Event.NOT_DECIDED
        try:
            self.audit(event, path if problem is None else f"{path} ({problem.status})")
        except SQLAlchemyError:
            log.exception("the outcome of %s could not be put into the audit log", path)

    def refused(self, said: Notice) -> RefusedError:
        """Put a refusal on record, and return what to raise."""
        self.put_refusal_on_record()
        return RefusedError(said)

    def put_refusal_on_record(self) -> None:
        """Put on record that what the visitor asked for was refused.

        Raises:
            MimamoriError: there is no record of it.
            sqlalchemy.exc.SQLAlchemyError: there is no entry in Airflow's database.
        """
        put_refusal_on_record(
            self.request, self.user, self.home, "casework: refused", self.audit, self.at, self.role
        )

    def page(
        self, template: str, problem: Problem | None = None, typed: Form = BLANK, **values: Any
    ) -> Response:
        """Return a page in the reader's language.

        With a `problem` it has its status; `typed` is what was sent and not done, on one line, as
        notes are kept.
        """
        words = self.words
        path = path_of(self.request)
        if is_own_page(part := f"{path}?{self.request.url.query}"):
            path = part  # a part of the list of cases
        back = path if is_own_page(path) else values.pop("own_page", "cases/")
        text = environment(words, _TEMPLATES).get_template(template)
        return HTMLResponse(
            text.render(
                t=words,
                root=self.root,
                visit=self,
                languages=LANGUAGES,
                language_token=self.tokens.issue("language", "", self.at),
                back=back,
                blank=defaultdict(str),
                problem=problem,
                typed=defaultdict(
                    str, {name: " ".join(text.split()) for name, text in typed.items()}
                ),
                **values,
            ),
            200 if problem is None else problem.status,
        )


@contextmanager
def _turn(of: BoundedSemaphore = _READING) -> Iterator[None]:
    """Let a few read at once; RefusedError for whoever would have to wait for long."""
    if not of.acquire(timeout=_PATIENCE_SECONDS):
        raise RefusedError(notice.BUSY)
    try:
        yield
    finally:
        of.release()


def is_own_page(path: str) -> bool:
    """Return whether a path below the reports is a page of casework, to which one may go back."""
    return _OWN_PAGE.fullmatch(path) is not None


def language_of(text: str) -> Language | None:
    """Return a language that pages have by its code; None for any other text."""
    return next((one for one in LANGUAGES if one == text), None)


def visitor(
    get_home: Callable[[], Home], get_settings: GetSettings, clock: Clock
) -> Callable[..., Visit]:
    """Return the dependency that knows the visitor of a route.

    Raises:
        RefusedError: Airflow does not let the user read the reports, the settings give no role, or
            they are wrong. The first two are on record then.
    """

    def visit(
        request: Request,
        user: Annotated[BaseUser, Depends(signed_in)],
        is_permitted: Annotated[bool, Depends(permission)],
        may_edit: Annotated[bool, Depends(edit_permission)],
        session: Annotated[str, Depends(session_of)],
        audit: Annotated[AuditLog, Depends(audit_log)],
    ) -> Visit:
        home, at = get_home(), clock()
        current = get_settings()
        if is_permitted and current is None:
            raise RefusedError(notice.SETTINGS_WRONG)
        access = current.access if current else {}
        role = role_given(access, user.get_name()) if is_permitted else None
        if not access and not may_edit:
            role = None  # every reader would decide: Airflow's permission to change the DAG counts
        if role is None or current is None:
            put_refusal_on_record(request, user, home, "casework: refused", audit, at)
            raise RefusedError(notice.NOT_ALLOWED)
        return Visit(request, user, session, audit, home, current, access, role, at)

    return visit
