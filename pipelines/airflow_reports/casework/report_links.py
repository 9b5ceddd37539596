"""Where the page of a day stands, for links from casework to the reports."""

import datetime as dt
from pathlib import Path

from pipelines.airflow_reports.casework.visit import Visit
from pipelines.report.index import PAGE, page_in


def link_to_report(visit: Visit, on: dt.date, finding_id: str = "") -> str:
    """Return the address of a day's report, of a finding in it; empty where there is none.

    It is in the reader's language where the day has a page in it.
    """
    folder = Path(visit.home.reports, on.isoformat())
    own = page_in(visit.words.language, visit.settings.locale)
    page = next((one for one in (own, PAGE) if (folder / one).is_file()), None)
    if page is None:
        return ""
    anchor = f"#f-{finding_id}" if finding_id else ""
    return f"{visit.root}{on.isoformat()}/{page}{anchor}"
