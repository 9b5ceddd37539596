"""What the SQL of the day, of aggregates and of functions gives of rows at and beside limits."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelines.paths import Home
from pipelines.text.yaml_text import read_yaml
from tests import sql_cases

_CASES = sorted(
    path
    for folder in ("day", "baselines", "functions")
    for path in (Path(__file__).with_name(folder)).iterdir()
)


@pytest.fixture(scope="module")
def schema(_empty_lake: Home) -> Mapping[str, sql_cases.Columns]:
    """The columns of all tables that SQL may read."""
    return sql_cases.schema_of(_empty_lake)


@pytest.mark.parametrize("path", _CASES, ids=[path.stem for path in _CASES])
def test_sql_gives_of_rows_what_its_limits_say(
    schema: Mapping[str, sql_cases.Columns], tmp_path: Path, path: Path
) -> None:
    """One cell that crosses a limit, or that the SQL looks at, changes these rows and no others."""
    sql_cases.check(schema, tmp_path, read_yaml(path.read_text(encoding="utf-8")))
