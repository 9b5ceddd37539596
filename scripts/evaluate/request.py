"""One request to a site, as its server saw it; the formats turn it into a line."""

from collections.abc import Iterable
from typing import NamedTuple

NOBODY = -1


class Request(NamedTuple):
    """`at` is in seconds since 1970; `mark` is the number of the incident it belongs to, or -1."""

    at: float
    site: str
    ip: str
    user: str
    session: str
    agent: str
    method: str
    target: str
    status: int
    size: int
    referrer: str
    seconds: float
    mark: int


def marked(requests: Iterable[Request], mark: int) -> list[Request]:
    """Return the requests as ones of an incident."""
    return [request._replace(mark=mark) for request in requests]
