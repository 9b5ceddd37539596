"""What saved queries and views answer of rows at and beside their limits (`answers/NAME.yaml`)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelines.paths import Home
from pipelines.text.yaml_text import read_yaml
from tests import sql_cases

_CASES = sorted(Path(__file__).with_name("answers").iterdir())


@pytest.fixture(scope="module")
def schema(_empty_lake: Home) -> Mapping[str, sql_cases.Columns]:
    """The columns of all tables that SQL may read."""
    return sql_cases.schema_of(_empty_lake)


@pytest.mark.parametrize("path", _CASES, ids=[path.stem for path in _CASES])
def test_query_answers_with_these_rows_alone(
    schema: Mapping[str, sql_cases.Columns], tmp_path: Path, path: Path
) -> None:
    """Days outside, rows twice and values beside a limit change nothing that they should not."""
    sql_cases.check(schema, tmp_path, read_yaml(path.read_text(encoding="utf-8")))
