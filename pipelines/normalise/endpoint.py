"""Addresses with a port, as settings name servers. Kept light: every command reads settings."""

import ipaddress

from pipelines.text.messages import message

_HIGHEST_PORT = 65_535


def split_endpoint(text: str, default_port: int) -> tuple[str, int]:
    """Return address and port of `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[::1]:5353`.

    Raises:
        ValueError: it is no address, or has no such port.
    """
    address, port = text, ""
    if text.startswith("["):
        address, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError(message("normalise.endpoint.not_an_endpoint", text=text))
        port = rest[1:] if rest else str(default_port)
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    else:
        port = str(default_port)
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _HIGHEST_PORT):
        raise ValueError(message("normalise.endpoint.not_a_port", text=text))
    try:
        return str(ipaddress.ip_address(address)), int(port)
    except ValueError as error:
        raise ValueError(message("normalise.endpoint.not_an_address", reason=error)) from None
