"""The audited month, built once for each run of the tests, and its reports in both languages."""

from pathlib import Path

import pytest

from pipelines import lake
from pipelines.audit.facts import Facts
from pipelines.audit.gather import gather
from pipelines.detect.catalogue import load_catalogue
from pipelines.worksheet.law import law_on
from tests.audit import audit_lake
from tests.audit.audit_lake import MONTH, NOW, World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The month; tests only read it, and make its report."""
    return audit_lake.full(tmp_path_factory.mktemp("audit"))


@pytest.fixture(scope="session")
def pages(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of the month, by language."""
    return {
        locale: world.in_language(locale).audit(out=tmp_path_factory.mktemp(locale)).page
        for locale in ("ja", "en")
    }


@pytest.fixture(scope="session")
def facts(world: World) -> Facts:
    """The facts of the month when it is over."""
    eea = law_on(MONTH.last).eea.countries
    with lake.open_reader(world.home, "Asia/Tokyo") as con:
        return gather(con, world.settings, MONTH, NOW.date(), load_catalogue(), eea, None)
