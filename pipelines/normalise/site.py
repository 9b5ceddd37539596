"""The site's domain: the host that was asked for, in one spelling.

A `Host` header is written by the client, so anything may stand in it; and settings, reports and
log lines must name a site alike. Kept light: the settings need it before any work starts.
"""

import ipaddress
import re
import socket
import unicodedata

import idna

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4_PATTERN = rf"{_OCTET}(?:\.{_OCTET}){{3}}"

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_ASCII_LABEL = re.compile(_LABEL)
_ASCII_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BRACKETED = re.compile(r"\[([^\[\]]+)\](?::[0-9]{0,5})?")
_PORT = re.compile(r"[0-9]{0,5}")
_ZONE = re.compile(r"[^%\s/\[\]]+")
_IPV4 = re.compile(IPV4_PATTERN)
_MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96
_LONGEST_NAME = 253  # RFC 1035, in ASCII
_LONGEST_TEXT = 4 * _LONGEST_NAME  # decomposed Unicode: several characters for one


def canonical_domain(host: str) -> str | None:
    """Return `host` in lower case, without port and final dot, IDN as Unicode NFC.

    Full-width letters and dots are ordinary ones (UTS 46). An address literal gives the address
    (RFC 5952), without brackets. A punycode label that IDNA 2008 does not know stays punycode.
    None when it is no host name: wildcards, empty or overlong labels, names whose last label is a
    number (`256.1.1.1`), a port that is none.
    """
    text = host.strip()
    if len(text) > _LONGEST_TEXT:
        return None
    if text.startswith("["):
        literal = _BRACKETED.fullmatch(text)
        return canonical_address(literal[1]) if literal else None
    name, _, port = text.partition(":")
    if ":" in port:
        return canonical_address(text)
    if not _PORT.fullmatch(port):
        return None
    try:
        return _canonical_name(name)
    except UnicodeError:
        return None


def canonical_address(text: str) -> str | None:
    """Return the address in `text`: RFC 5952 for IPv6, IPv4-mapped as IPv4, no zone.

    None when it is none: no port, bracket or space may stand beside it.
    """
    if _IPV4.fullmatch(text):
        return text
    text, percent, zone = text.partition("%")
    if percent and not _ZONE.fullmatch(zone):
        return None
    try:
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return None
    if packed.startswith(_MAPPED):
        return socket.inet_ntop(socket.AF_INET, packed[len(_MAPPED) :])
    spelled = socket.inet_ntop(socket.AF_INET6, packed)
    # The C library writes the long deprecated ::/96 with dots.
    return spelled if "." not in spelled else str(ipaddress.IPv6Address(packed))


def _canonical_name(name: str) -> str | None:
    """A host name without its port; UnicodeError when a label is none."""
    text = name.lower()
    if not text.isascii():
        text = idna.uts46_remap(unicodedata.normalize("NFC", name), std3_rules=False)
    text = text.removesuffix(".")
    if text.isascii() and "xn--" not in text:
        if len(text) > _LONGEST_NAME or not _ASCII_NAME.fullmatch(text):
            return None
    else:
        labels = [_label(label) for label in text.split(".")]
        if sum(length + 1 for _, length in labels) - 1 > _LONGEST_NAME:
            return None
        text = ".".join(label for label, _ in labels)
    if _NUMBER.fullmatch(text.rpartition(".")[2]):
        return canonical_address(text)
    return text


def _label(label: str) -> tuple[str, int]:
    """A label in Unicode and its length in ASCII; UnicodeError when it is none."""
    if not label.isascii():
        return label, len(idna.encode(label))
    if not _ASCII_LABEL.fullmatch(label):
        raise UnicodeError("no label of a host name")
    if not label.startswith("xn--"):
        return label, len(label)
    try:
        return idna.decode(label), len(label)
    except idna.IDNAError:
        return label, len(label)
