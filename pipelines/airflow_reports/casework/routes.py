"""The routes of casework: pages by GET, acts by POST alone, each before its page on record.

An act that is not done shows its page again with what was typed, so that nothing is lost.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from pipelines.airflow_reports import notice
from pipelines.airflow_reports.access import Event, comes_from_own_page
from pipelines.airflow_reports.by_role import GetSettings
from pipelines.airflow_reports.casework.acts import ACTS, act_on_case, sign_day
from pipelines.airflow_reports.casework.case_page import case_view, form_values
from pipelines.airflow_reports.casework.forms import BLANK, Form, RefusedError, posted
from pipelines.airflow_reports.casework.list_page import WeekOfCases, list_view, week_in
from pipelines.airflow_reports.casework.mart_cases import mart_case, mart_list
from pipelines.airflow_reports.casework.problems import Problem, not_done
from pipelines.airflow_reports.casework.review_page import (
    LISTED_DAYS,
    day_of,
    review_view,
    reviews_view,
)
from pipelines.airflow_reports.casework.versions import CaseState, case_state, last_day
from pipelines.airflow_reports.casework.visit import (
    Clock,
    Visit,
    is_own_page,
    language_of,
    visitor,
)
from pipelines.errors import SettingsError, UsageError
from pipelines.paths import Home
from pipelines.sites.names import site_names
from pipelines.triage.cases.read import ids_to_look_at, open_cases

PREFIXES = ("cases/", "review/", "language")
"""Of the addresses below the reports that are pages of casework."""
_CASE_ID = re.compile(r"[0-9a-f]{16}")
_CASE_KEY = re.compile(r"[0-9a-f]{16,20}")
_READ = ["GET", "HEAD"]


def casework_routes(home: Callable[[], Home], settings: GetSettings, clock: Clock) -> APIRouter:
    """Return the routes; `home` and `settings` are asked anew for each request."""
    router = APIRouter()
    visits = Annotated[Visit, Depends(visitor(home, settings, clock))]
    forms = Annotated[Form, Depends(posted)]

    @router.api_route("/cases/", methods=_READ)
    def cases(visit: visits, show: str = "open", week: str = "") -> Response:
        return _cases(visit, "week" if week else show, week)

    @router.api_route("/cases/{case_id}", methods=_READ)
    def case(visit: visits, case_id: str) -> Response:
        return _case(visit, case_id)

    @router.post("/cases/{case_id}/{act}")
    def act(visit: visits, form: forms, case_id: str, act: str) -> Response:
        return _act(visit, form, case_id, act)

    @router.api_route("/review/", methods=_READ)
    def reviews(visit: visits) -> Response:
        _require_decider(visit)
        visit.put_on_record(Event.CASE_READ, "review list", None)
        return visit.page("reviews.html.j2", view=reviews_view(visit), listed_days=LISTED_DAYS)

    @router.api_route("/review/{day}", methods=_READ)
    def review(visit: visits, day: str) -> Response:
        _require_decider(visit)
        on = _day(visit, day)
        visit.put_on_record(Event.CASE_READ, "review list", str(on))
        return _review(visit, on)

    @router.post("/review/{day}/sign")
    def signed(visit: visits, form: forms, day: str) -> Response:
        return _sign(visit, form, day)

    @router.post("/language")
    def language(visit: visits, form: forms) -> Response:
        return _language(visit, form)

    return router


def _cases(visit: Visit, show: str, week: str) -> Response:
    if visit.may_decide:
        with visit.reading() as con:
            day = last_day(con, visit.today)
            half_life = visit.settings.cases.half_life_days
            found = open_cases(con, half_life, day)
            names = site_names(con)
            monday = week_in(week, visit.today)
            ids = ids_to_look_at(con, half_life, min(monday + dt.timedelta(days=6), day))
        view = list_view(visit, found, show, names, WeekOfCases(monday, ids))
        visit.put_on_record(Event.CASE_READ, "cases list", str(day), len(view.rows))
    else:
        view, day = mart_list(visit), None
        visit.put_on_record(Event.CASE_READ, "cases list", None, len(view.rows))
    return visit.page("cases_list.html.j2", view=view, day=day)


def _case(visit: Visit, case_id: str) -> Response:
    if not visit.may_decide:
        found = mart_case(visit, case_id) if _CASE_KEY.fullmatch(case_id) else None
        if found is None:
            raise RefusedError(notice.NO_SUCH_CASE)
        visit.put_on_record(Event.CASE_READ, "cases show", case_id, len(found.findings))
        return visit.page("mart_case.html.j2", case_id=case_id, view=found)
    state = _state(visit, case_id)
    visit.put_on_record(Event.CASE_READ, "cases show", case_id, len(state.findings))
    return _case_page(visit, state)


def _act(visit: Visit, form: Form, case_id: str, act: str) -> Response:
    _require_decider(visit)
    _require_own_page(visit)
    if act not in ACTS:
        raise RefusedError(notice.NO_SUCH_CASE)
    state = _state(visit, case_id)
    finding_id = form.get("finding", "")
    finding = next((one for one in state.findings if one.finding_id == finding_id), None)
    about = f"{case_id}/{finding_id}/{form.get('version', '')}"
    is_ours = visit.tokens.accepts(form.get("token", ""), act, about, visit.at)
    if finding_id and finding is None and not is_ours:
        raise RefusedError(notice.NO_SUCH_CASE)
    problem = None
    if not is_ours:
        visit.put_refusal_on_record()
        problem = Problem.old_form()
    elif finding_id and finding is None:
        problem = Problem.changed()  # it was in the case when the page was shown
    else:
        with not_done() as found:
            visit.audit(Event.DECISION, f"cases/{case_id}/{act}")
            act_on_case(visit, act, state, finding, form)
        problem = found.problem
        visit.audit_outcome(f"cases/{case_id}/{act}", problem)
    if problem is None:
        return RedirectResponse(f"{visit.root}cases/{case_id}#history", 303)
    state = _state(visit, case_id)
    visit.put_on_record(Event.CASE_READ, "cases show", case_id, len(state.findings))
    return _case_page(visit, state, problem, act, form)


def _case_page(
    visit: Visit,
    state: CaseState,
    problem: Problem | None = None,
    act: str = "",
    form: Form = BLANK,
) -> Response:
    return visit.page(
        "case.html.j2",
        problem,
        form,
        view=case_view(visit, state),
        typed_act=act,
        own_page=f"cases/{state.history.case.case_id}",
        **form_values(visit),
    )


def _sign(visit: Visit, form: Form, day: str) -> Response:
    _require_decider(visit)
    _require_own_page(visit)
    on = _day(visit, day)
    about = f"{on}/{form.get('version', '')}"
    if not visit.tokens.accepts(form.get("token", ""), "sign", about, visit.at):
        visit.put_refusal_on_record()
        return _review(visit, on, Problem.old_form(), form)
    with not_done() as found:
        visit.audit(Event.DECISION, f"review/{on}/sign")
        sign_day(visit, on, form)
    visit.audit_outcome(f"review/{on}/sign", found.problem)
    if found.problem is None:
        return RedirectResponse(f"{visit.root}review/{on}#signatures", 303)
    visit.put_on_record(Event.CASE_READ, "review list", str(on))
    return _review(visit, on, found.problem, form)


def _review(
    visit: Visit, on: dt.date, problem: Problem | None = None, form: Form = BLANK
) -> Response:
    return visit.page(
        "review.html.j2",
        problem,
        form,
        view=review_view(visit, on),
        own_page=f"review/{on}",
    )


def _language(visit: Visit, form: Form) -> Response:
    _require_own_page(visit)
    chosen = language_of(form.get("language", ""))
    token, back = form.get("token", ""), form.get("back", "")
    if chosen is None or not visit.tokens.accepts(token, "language", "", visit.at):
        raise RefusedError(notice.NO_FORM)
    answer = RedirectResponse(visit.root + (back if is_own_page(back) else "cases/"), 303)
    visit.keep_language(answer, chosen)
    return answer


def _require_decider(visit: Visit) -> None:
    if not visit.may_decide:
        raise visit.refused(notice.MAY_NOT_DECIDE)


def _require_own_page(visit: Visit) -> None:
    if not comes_from_own_page(visit.request):
        raise visit.refused(notice.OTHER_ORIGIN)


def _state(visit: Visit, case_id: str) -> CaseState:
    if not _CASE_ID.fullmatch(case_id):
        raise RefusedError(notice.NO_SUCH_CASE)
    try:
        with visit.reading() as con:
            return case_state(con, visit.settings, case_id, visit.today)
    except SettingsError:
        raise
    except UsageError:
        raise RefusedError(notice.NO_SUCH_CASE) from None


def _day(visit: Visit, text: str) -> dt.date:
    on = day_of(text)
    if on is None or on > visit.today:
        raise RefusedError(notice.NO_SUCH_CASE)
    return on
