"""The site's domain: the host that was asked for, in one spelling."""

import re
import unicodedata

import idna

_LABEL = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")


def canonical_domain(host: str) -> str | None:
    """Return `host` in lower case, without port and final dot, IDN as Unicode NFC.

    An address literal is returned as it is, without brackets. None when it is no host name.
    """
    text = unicodedata.normalize("NFC", host.strip()).lower()
    if text.startswith("["):
        return text[1:].partition("]")[0] or None
    if text.count(":") == 1:
        text = text.partition(":")[0]
    text = text.rstrip(".")
    if not text or len(text) > 253:
        return None
    try:
        labels = [_unicode_label(label) for label in text.split(".")]
    except ValueError:
        return None
    return ".".join(labels)


def _unicode_label(label: str) -> str:
    """One label of a host name, punycode turned to Unicode; ValueError when it is none."""
    if label.startswith("xn--"):
        return unicodedata.normalize("NFC", idna.decode(label))
    if label.isascii():
        if not _LABEL.match(label):
            raise ValueError(label)
        return label
    idna.encode(label)
    return label
