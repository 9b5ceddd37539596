"""What the app says instead of a report, in all languages: a page to people, JSON to programs."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from pipelines.text.messages import Message, message

_PAGE = """<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 3rem 1.5rem; font: 16px/1.7 "Noto Sans CJK JP", sans-serif; }}
main {{ max-width: 40rem; margin: auto; }}
h1 {{ font-size: 1.3rem; margin: 0 0 .5rem; }}
div + div {{ margin-top: 2rem; opacity: .85; }}
</style>
<main>
{told}
</main>
</html>
"""


@dataclass(frozen=True)
class Notice:
    """A status code, and why, in words of ours alone."""

    status: int
    title: Message
    text: Message

    def answer(self, request: Request) -> Response:
        """Return the page where a browser asks, else JSON as Airflow's own API gives it."""
        titles, texts = self.title.texts, self.text.texts
        if wants_page(request):
            told = "\n".join(
                f'<div lang="{language}"><h1>{title}</h1>\n<p>{texts[language]}</p></div>'
                for language, title in titles.items()
            )
            return HTMLResponse(_PAGE.format(title=self.title, told=told), self.status)
        return JSONResponse({"detail": f"{titles['en']}. {texts['en']}"}, self.status)


def wants_page(request: Request) -> bool:
    """A person looks at the answer: a browser asks for pages by this type."""
    return "text/html" in request.headers.get("accept", "")


BUSY = Notice(
    503,
    message("airflow_reports.notice.busy.title"),
    message("airflow_reports.notice.busy.text"),
)
NOT_SIGNED_IN = Notice(
    401,
    message("airflow_reports.notice.not_signed_in.title"),
    message("airflow_reports.notice.not_signed_in.text"),
)
NOT_ALLOWED = Notice(
    403,
    message("airflow_reports.notice.not_allowed.title"),
    message("airflow_reports.notice.not_allowed.text"),
)
NOT_FOR_ROLE = Notice(
    403,
    message("airflow_reports.notice.not_for_role.title"),
    message("airflow_reports.notice.not_for_role.text"),
)
NO_SUCH_FILE = Notice(
    404,
    message("airflow_reports.notice.no_such_file.title"),
    message("airflow_reports.notice.no_such_file.text"),
)
NO_REPORTS = Notice(
    404,
    message("airflow_reports.notice.no_reports.title"),
    message("airflow_reports.notice.no_reports.text"),
)
NOT_READABLE = Notice(
    503,
    message("airflow_reports.notice.not_readable.title"),
    message("airflow_reports.notice.not_readable.text"),
)
NOT_RECORDED = Notice(
    503,
    message("airflow_reports.notice.not_recorded.title"),
    message("airflow_reports.notice.not_recorded.text"),
)
MAY_NOT_DECIDE = Notice(
    403,
    message("airflow_reports.notice.may_not_decide.title"),
    message("airflow_reports.notice.may_not_decide.text"),
)
OTHER_ORIGIN = Notice(
    403,
    message("airflow_reports.notice.other_origin.title"),
    message("airflow_reports.notice.other_origin.text"),
)
NO_FORM = Notice(
    400,
    message("airflow_reports.notice.no_form.title"),
    message("airflow_reports.notice.no_form.text"),
)
FORM_TOO_LARGE = Notice(
    413,
    message("airflow_reports.notice.form_too_large.title"),
    message("airflow_reports.notice.form_too_large.text"),
)
NO_SUCH_CASE = Notice(
    404,
    message("airflow_reports.notice.no_such_case.title"),
    message("airflow_reports.notice.no_such_case.text"),
)
MAY_NOT_SEARCH = Notice(
    403,
    message("airflow_reports.notice.may_not_search.title"),
    message("airflow_reports.notice.may_not_search.text"),
)
SECURITY_ONLY = Notice(
    403,
    message("airflow_reports.notice.security_only.title"),
    message("airflow_reports.notice.security_only.text"),
)
NOT_SHOWN = Notice(
    503,
    message("airflow_reports.notice.not_shown.title"),
    message("airflow_reports.notice.not_shown.text"),
)
SETTINGS_WRONG = Notice(
    503,
    message("airflow_reports.notice.settings_wrong.title"),
    message("airflow_reports.notice.settings_wrong.text"),
)
