"""Commands start without pandas, and the quality checks have it all the same."""

import subprocess
import sys

import pytest

_LOADED = "import sys; print(getattr(sys.modules.get('pandas'), '__name__', None))"


def _said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


_BIND = "import duckdb; duckdb.connect().execute('select ?', ['a']); "


@pytest.mark.parametrize(
    ("before", "loaded"),
    [
        ("", "pandas"),
        ("from pipelines.pandas_door import *; close_door(); ", "None"),
        ("from pipelines.pandas_door import *; close_door(); open_door(); ", "pandas"),
        ("import pandas; from pipelines.pandas_door import *; close_door(); ", "pandas"),
        ("from pipelines.pandas_door import *; open_door(); ", "pandas"),
    ],
)
def test_duckdb_imports_pandas_only_through_an_open_door(before: str, loaded: str) -> None:
    """Whatever is bound; what is imported already stays."""
    assert _said(f"{before}{_BIND}{_LOADED}") == loaded


def test_judging_opens_the_door_before_great_expectations_is_imported() -> None:
    """A process that has closed it would else fail at its first check."""
    code = (
        "from pipelines.pandas_door import close_door; close_door(); "
        "import datetime as dt, pipelines.quality.run as run; "
        "run.require = lambda home: None\n"
        "run.connect = lambda *given: 1 / 0\n"
        "try: run.judge(None, type('S', (), {'timezone': 'UTC'}), [dt.date(2026, 1, 1)], None, "
        "lambda: None)\n"
        "except ZeroDivisionError: pass\n"
    )
    assert _said(code + _LOADED) == "pandas"
