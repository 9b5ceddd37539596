"""The lake that report tests read, built once, and the reports of its days in both languages."""

from pathlib import Path

import pytest

from pipelines import lake
from pipelines.paths import Home
from pipelines.report.build import write_reports
from tests.report import franchise_lake, report_lake


@pytest.fixture(scope="session")
def report_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The fixture lake; tests only read it."""
    return report_lake.build(tmp_path_factory.mktemp("report-lake"), lines_per_day=150)


@pytest.fixture(scope="session")
def shop_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The lake of shops; tests only read it."""
    return franchise_lake.build(tmp_path_factory.mktemp("shop-lake"))


@pytest.fixture(scope="session")
def reports(report_home: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with the reports of all days, by language; tests only read them."""
    folders = {}
    for locale in ("ja", "en"):
        folders[locale] = tmp_path_factory.mktemp(f"reports-{locale}") / "reports"
        settings = report_lake.settings_in(locale)
        with lake.open_reader(report_home, settings.timezone) as con:
            write_reports(con, settings, report_lake.DAYS, folders[locale], report_lake.now)
    return folders
