"""Hosts by which attackers learn that an attack has worked: only their one signature is read."""

from functools import cache
from typing import Any, Final

import re2

from pipelines.detect.web.signatures import load_family

_FAMILY: Final = "server-side-request-forgery"
_SIGNATURE: Final = "call-back-host"


def are_call_backs(hosts: list[str]) -> list[bool]:
    """Return for each host name whether it is one."""
    pattern = _pattern()
    return [pattern.search(host.lower()) is not None for host in hosts]


@cache
def _pattern() -> Any:
    signatures = load_family(_FAMILY).signatures
    return re2.compile(next(one.pattern for one in signatures if one.id == _SIGNATURE))
