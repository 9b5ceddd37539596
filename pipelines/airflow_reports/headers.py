"""What every answer of the app tells the browser, refusals included."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.report.render import table_script

# Airflow's session works for every page of this origin: a page of reports may load nothing and
# run nothing but the one script that sorts tables, whatever a log line has smuggled into it. The
# pages say the same of themselves.
_POLICY = {
    "default-src": "'none'",
    "script-src": f"'{table_script().digest}'",
    "style-src": "'unsafe-inline'",
    "img-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}


def _written(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())


HEADERS = {
    "Content-Security-Policy": _written(_POLICY),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

# Pages of casework run no script and send forms to this origin alone; that a form came from there,
# browsers say on plain HTTP only where the page may tell its origin.
FORM_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": _written(
        {**_POLICY, "script-src": "'none'", "form-action": "'self'"}
    ),
    "Referrer-Policy": "same-origin",
}


class Guarded:
    """An ASGI app whose every answer carries `HEADERS`, below `with_forms` those for forms."""

    def __init__(self, app: ASGIApp, with_forms: tuple[str, ...] = ()) -> None:
        """Guard `app`; `with_forms` begin the addresses whose pages have forms."""
        self.app = app
        self._with_forms = with_forms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with the headers."""
        path = str(scope.get("path", "")).removeprefix(scope.get("root_path", "")).lstrip("/")
        headers = FORM_HEADERS if path.startswith(self._with_forms) else HEADERS

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self.app(scope, receive, guarded)
