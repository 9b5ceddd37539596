"""Whether pandas may be imported: DuckDB does so unasked, and only the quality checks need it.

At the first bound value DuckDB imports pandas to know its missing values, a fifth of a second of
every command; Great Expectations cannot be imported without it.
"""

import sys


def prevent_pandas_import() -> None:
    """Let every import of pandas fail from now on, unless it is there already."""
    # None there is Python's own way to say so.
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]


def allow_pandas_import() -> None:
    """Let pandas be imported again."""
    if sys.modules.get("pandas", sys) is None:
        del sys.modules["pandas"]
