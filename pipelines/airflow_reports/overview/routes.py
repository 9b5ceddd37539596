"""The route of the overview: for the role `security`, on record before it is shown."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from pipelines.airflow_reports import notice
from pipelines.airflow_reports.access import Event
from pipelines.airflow_reports.by_role import GetSettings
from pipelines.airflow_reports.casework.versions import last_day
from pipelines.airflow_reports.casework.visit import Clock, Visit, visitor
from pipelines.airflow_reports.overview.gather import overview
from pipelines.airflow_reports.overview.page import overview_view
from pipelines.paths import Home

PREFIXES = ("overview/",)
"""Of the addresses below the reports that are the overview."""
_READ = ["GET", "HEAD"]


def overview_routes(home: Callable[[], Home], settings: GetSettings, clock: Clock) -> APIRouter:
    """Return the route; `home` and `settings` are asked anew for each request."""
    router = APIRouter()
    visits = Annotated[Visit, Depends(visitor(home, settings, clock))]

    @router.api_route("/overview/", methods=_READ)
    def page(visit: visits) -> Response:
        if not visit.may_decide:
            raise visit.refused(notice.SECURITY_ONLY)
        with visit.reading() as con:
            examined = last_day(con, visit.today)
            found = overview(con, visit.home, visit.settings, visit.at, examined)
        visit.put_on_record(Event.OVERVIEW_READ, "overview", str(found.last), len(found.cases))
        return visit.page("overview.html.j2", view=overview_view(visit, found))

    return router
