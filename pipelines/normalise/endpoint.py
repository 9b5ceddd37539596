"""Addresses with a port, as settings name servers. Kept light: every command reads settings."""

import ipaddress

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
            raise ValueError(
                f"アドレスとポートとして読めません / not an address with a port: {text!r}"
            )
        port = rest[1:] if rest else str(default_port)
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    else:
        port = str(default_port)
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _HIGHEST_PORT):
        raise ValueError(
            f"ポートではありません / not a port: {text!r} (192.0.2.53:53 or [2001:db8::53]:53)"
        )
    try:
        return str(ipaddress.ip_address(address)), int(port)
    except ValueError as error:
        raise ValueError(f"アドレスではありません / {error}") from None
