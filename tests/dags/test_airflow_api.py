"""What `make nightly` asks of Airflow: a slow answer is waited for, and nothing is done twice."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import airflow_api
import pytest

from pipelines.errors import MimamoriError

_SLOW_ANSWERS = 2


@contextmanager
def _slow_airflow() -> Iterator[tuple[str, Counter[str]]]:
    """A server whose first answers, but for that to the log-in, come too late."""
    asked: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked[f"{self.command} {self.path}"] += 1
            is_log_in = self.path == "/auth/token"
            if not is_log_in and asked[f"{self.command} {self.path}"] <= _SLOW_ANSWERS:
                time.sleep(1)
                return
            self.send_response(200)
            self.end_headers()
            body: dict[str, object] = {"access_token": "t"} if is_log_in else {"import_errors": []}
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the library's names

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_only_what_reads_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was triggered twice would be two runs."""
    monkeypatch.setattr(airflow_api, "_TIMEOUT_SECONDS", 0.3)
    with _slow_airflow() as (url, asked):
        api = airflow_api.AirflowApi(url, "somebody", "secret")
        assert api.import_errors() == []
        with pytest.raises(MimamoriError, match="does not answer"):
            api.set_pool("writer", 1)
    assert asked == {
        "POST /auth/token": 1,
        "GET /api/v2/importErrors": 1 + _SLOW_ANSWERS,
        "POST /api/v2/pools": 1,
    }
