"""Commands start without pandas, and the quality checks have it all the same."""

import subprocess
import sys

import pytest

_LOADED = "import sys; print(getattr(sys.modules.get('pandas'), '__name__', None))"


def _output_of(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


_BIND = "import duckdb; duckdb.connect().execute('select ?', ['a']); "

_IMPORT = "from pipelines.interpreter import *\n"
_IN = "\nwith great_expectations_imported():"


@pytest.mark.parametrize(
    ("before", "loaded"),
    [
        pytest.param("", "pandas", marks=pytest.mark.further),
        (f"{_IMPORT}prevent_pandas_import(); ", "None"),
        (f"{_IMPORT}prevent_pandas_import(); {_IN} pass\n", "pandas"),
        pytest.param(
            f"import pandas; {_IMPORT}prevent_pandas_import(); ",
            "pandas",
            marks=pytest.mark.further,
        ),
        (f"{_IMPORT}{_IN} pass\n", "pandas"),
    ],
)
def test_duckdb_imports_pandas_only_where_allowed(before: str, loaded: str) -> None:
    """Whatever is bound; what is imported already stays."""
    assert _output_of(f"{before}{_BIND}{_LOADED}") == loaded


@pytest.mark.further
def test_judging_allows_pandas_before_great_expectations_is_imported() -> None:
    """A process that has prevented it would else fail at its first check."""
    code = (
        "from pipelines.interpreter import prevent_pandas_import; prevent_pandas_import(); "
        "import datetime as dt, types, pipelines.quality.run as run; "
        "run.load_suites = lambda *given: (); run._carried_and_due = lambda *given: 1 / 0\n"
        "places = types.SimpleNamespace(suites=None)\n"
        "try: run.judge(None, None, [dt.date(2026, 1, 1)], places, "
        "lambda: dt.datetime.now(dt.UTC))\n"
        "except ZeroDivisionError: pass\n"
    )
    assert _output_of(code + _LOADED) == "pandas"


@pytest.mark.further
def test_what_no_suite_uses_is_loaded_where_it_is_used_after_all() -> None:
    """Great Expectations has no distributions and charts loaded, and anybody may use them."""
    code = (
        "import sys\nfrom pipelines.interpreter import great_expectations_imported\n"
        "with great_expectations_imported():\n    import great_expectations\n"
        "before = [name in sys.modules for name in ('scipy.stats._distn_infrastructure',"
        " 'altair.vegalite', 'jsonschema.validators', 'botocore')]\n"
        "import altair, boto3, jsonschema, scipy.stats\n"
        "print(any(before), scipy.stats.norm.cdf(0.0), altair.Chart.__name__,"
        " jsonschema.validate.__name__, boto3.client.__name__)"
    )
    assert _output_of(code) == "False 0.5 Chart validate client"
