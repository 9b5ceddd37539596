"""What SQL tells of sites by their lines, at and beside its limits (`cases/NAME.yaml`)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelines.paths import Home
from pipelines.text.yaml_text import read_yaml
from tests import sql_cases

_CASES = sorted(Path(__file__).with_name("cases").iterdir())


@pytest.fixture(scope="module")
def schema(_empty_lake: Home) -> Mapping[str, sql_cases.Columns]:
    """The columns of all tables that SQL may read."""
    return sql_cases.schema_of(_empty_lake)


@pytest.mark.parametrize("path", _CASES, ids=[path.stem for path in _CASES])
def test_sql_tells_of_sites_what_its_limits_say(
    schema: Mapping[str, sql_cases.Columns], tmp_path: Path, path: Path
) -> None:
    """A day more or less, and a line more or less, change the rows that they should."""
    sql_cases.check(schema, tmp_path, read_yaml(path.read_text(encoding="utf-8")))
