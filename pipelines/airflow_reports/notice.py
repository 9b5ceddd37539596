"""What the app says instead of a report, in both languages: a page to people, JSON to programs."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

_PAGE = """<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title_ja} / {title_en}</title>
<style>
body {{ margin: 0; padding: 3rem 1.5rem; font: 16px/1.7 "Noto Sans CJK JP", sans-serif; }}
main {{ max-width: 40rem; margin: auto; }}
h1 {{ font-size: 1.3rem; margin: 0 0 .5rem; }}
[lang=en] {{ margin-top: 2rem; opacity: .85; }}
</style>
<main>
<h1>{title_ja}</h1>
<p>{ja}</p>
<div lang="en"><h1>{title_en}</h1>
<p>{en}</p></div>
</main>
</html>
"""


@dataclass(frozen=True)
class Notice:
    """A status code, and why, in words of ours alone."""

    status: int
    title_ja: str
    ja: str
    title_en: str
    en: str

    def answer(self, request: Request) -> Response:
        """Return the page where a browser asks, else JSON as Airflow's own API gives it."""
        if wants_page(request):
            page = _PAGE.format(
                title_ja=self.title_ja, ja=self.ja, title_en=self.title_en, en=self.en
            )
            return HTMLResponse(page, self.status)
        return JSONResponse({"detail": f"{self.title_en}. {self.en}"}, self.status)


def wants_page(request: Request) -> bool:
    """A person looks at the answer: a browser asks for pages by this type."""
    return "text/html" in request.headers.get("accept", "")


NOT_SIGNED_IN = Notice(
    401,
    "ログインが必要です",
    "Airflow にログインしてから開いてください。",
    "Not signed in",
    "Log in to Airflow, or send its token as Authorization: Bearer.",
)
NOT_ALLOWED = Notice(
    403,
    "報告書を見る権限がありません",
    "DAG「nightly_report」の監査ログを読む権限が要ります。管理者に相談してください。この試みは記録されました。",
    "You may not read the reports",
    "They need the permission to read the audit log of the DAG nightly_report; ask an "
    "administrator. This attempt was put on record.",
)
NO_SUCH_FILE = Notice(
    404,
    "見つかりません",
    "この報告書はありません。",
    "Not found",
    "There is no such report.",
)
NO_REPORTS = Notice(
    404,
    "まだ報告書がありません",
    "DAG「nightly_report」が初めて終わると、ここに並びます。",
    "No report yet",
    "Reports stand here once the DAG nightly_report has run for the first time.",
)
NOT_READABLE = Notice(
    503,
    "報告書を開けません",
    "報告書のフォルダは、書いた利用者だけが読めます。API サーバーを同じ利用者で動かしてください。",
    "The reports cannot be opened",
    "Their folder is for the user who writes them alone: run the API server as that user.",
)
NOT_RECORDED = Notice(
    503,
    "記録できないため、表示しません",
    "だれが読んだかを Airflow の監査ログに残せませんでした。時間をおいて開き直してください。",
    "Not shown, because it cannot be put on record",
    "Airflow's audit log did not take down who reads the report. Try again later.",
)
