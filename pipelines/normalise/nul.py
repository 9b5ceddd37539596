r"""NUL in a text of a record: never itself, always the four signs `\x00` of its escape.

A string that holds NUL ends DuckLake's own queries about it half-way: one line of a log would stop
the detection of its day, and of the days that remember it.
"""

NUL = "\\x00"


def without_nul(text: str) -> str:
    """Return `text` with `NUL` in place of every NUL."""
    return text.replace("\0", NUL)
