"""The chain of proxies in a header, from the last hop back to the first.

What stands on the left was written by whoever stood there, so a chain is read from its right end
and no further than it is asked for: nothing on the left can change how the right is read, be it
an open quotation mark.
"""

import re
from collections.abc import Iterator

_PAIR = re.compile(
    r"""[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([^ \t",;\\]*)|"((?:[^"\\]|\\.)*)")[ \t]*(;|$)""",
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_HIDDEN_PORT = re.compile(r":_[0-9A-Za-z._-]+\Z")
_LONGEST_ELEMENT = 512  # characters


def hops(chain: str) -> Iterator[str]:
    """Yield the entries of an `X-Forwarded-For`, the last one first, as they stand there."""
    end = len(chain)
    while end >= 0:
        comma = chain.rfind(",", 0, end)
        yield chain[comma + 1 : end]
        end = comma


def forwarded_hops(chain: str) -> Iterator[str]:
    """Yield what `for` says in each element of a `Forwarded` (RFC 7239), the last one first.

    Quotation marks are taken off: `[2001:db8::1]:443`, `unknown` and `_hidden` come as they are.
    The empty text, and nothing after it, where an element is none or does not say `for` once.
    """
    end = len(chain)
    while end >= 0:
        start = end
        node = None
        # A comma may stand in a quoted value: the shortest ending that is an element counts.
        while node is None and start >= 0 and end - start <= _LONGEST_ELEMENT:
            start = chain.rfind(",", max(0, end - _LONGEST_ELEMENT), start)
            node = _node(chain[start + 1 : end])
        yield node or ""
        if not node:
            return
        end = start


def _node(element: str) -> str | None:
    """The value of `for` in an element, empty when it is not there once; None for no element."""
    if len(element) > _LONGEST_ELEMENT:
        return None
    nodes = []
    position, separator = 0, ";"
    while separator:
        pair = _PAIR.match(element, position)
        if pair is None:
            return None
        name, plain, quoted, separator = pair.groups()
        if name.lower() == "for":
            node = plain if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
            nodes.append(_HIDDEN_PORT.sub("", node))
        position = pair.end()
    return nodes[0] if len(nodes) == 1 else ""
