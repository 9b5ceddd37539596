"""A collector of OpenTelemetry: it takes what is posted to it as OTLP over HTTP, and reads it."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

_METRICS = "/v1/metrics"


@dataclass
class Collected:
    """The address to send to, the names of services and of what was measured, and all as text."""

    endpoint: str
    services: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    text: str = ""

    def take(self, body: bytes) -> None:
        """Read what was posted; google.protobuf's DecodeError where it is something else."""
        request = ExportMetricsServiceRequest.FromString(body)
        for one in request.resource_metrics:
            self.services |= {
                attribute.value.string_value
                for attribute in one.resource.attributes
                if attribute.key == "service.name"
            }
            self.names |= {metric.name for scope in one.scope_metrics for metric in scope.metrics}
        self.text += str(request)


@contextmanager
def serving() -> Iterator[Collected]:
    """Yield what has been collected so far."""

    class _Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            is_metrics = self.path == _METRICS
            if is_metrics:
                collected.take(body)
            answer = ExportMetricsServiceResponse().SerializeToString()
            self.send_response(200 if is_metrics else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        collected = Collected(f"http://127.0.0.1:{server.server_port}")
        answering = threading.Thread(target=server.serve_forever)
        answering.start()
        try:
            yield collected
        finally:
            server.shutdown()
            answering.join()
