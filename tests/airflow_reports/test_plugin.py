"""How Airflow finds the plugin, and that it costs the other Airflow processes nothing."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from pipelines.airflow_reports.plugin import PREFIX, ReportsPlugin
from pipelines.paths import DEFAULT_SETTINGS


def test_the_package_names_it_as_an_entry_point() -> None:
    """Wherever the package is installed, Airflow finds it, without a folder of plugins."""
    found = entry_points(group="airflow.plugins", name="mimamori_reports")
    assert [one.load() for one in found] == [ReportsPlugin]


@pytest.mark.further
def test_the_plugin_module_loads_next_to_nothing_of_ours() -> None:
    """Scheduler, workers and every `airflow` command import it too: the umask is all they need."""
    program = (
        "import sys, pipelines.airflow_reports.plugin\n"
        "print(*sorted(m for m in sys.modules if m.split('.')[0] == 'pipelines'))"
    )
    listed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert listed.stdout.splitlines()[-1].split() == [
        "pipelines",
        "pipelines.airflow_reports",
        "pipelines.airflow_reports.plugin",
        "pipelines.errors",
        "pipelines.private_files",
        "pipelines.text",
        "pipelines.text.messages",
    ]


@pytest.mark.parametrize(("locale", "label"), [("ja", "報告書"), ("en", "Reports")])
def test_the_entry_is_in_the_language_of_the_reports(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, locale: str, label: str
) -> None:
    """One of them: the menu has no room for both."""
    settings = DEFAULT_SETTINGS.read_text(encoding="utf-8")
    config = tmp_path / "mimamori.yaml"
    config.write_text(settings.replace("locale: ja", f"locale: {locale}"), encoding="utf-8")
    monkeypatch.setenv("MIMAMORI_CONFIG", str(config))
    [view] = ReportsPlugin().external_views
    assert view["name"] == label


def test_wrong_settings_leave_the_entry_in_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The reports of yesterday stay readable while somebody mends today's settings."""
    monkeypatch.setenv("MIMAMORI_CONFIG", str(tmp_path / "missing.yaml"))
    [view] = ReportsPlugin().external_views
    assert view["name"] == "報告書"


def test_the_entry_leads_to_the_app_below_any_path() -> None:
    """Its address is relative, so that it holds where Airflow lies below a path of its host."""
    [view] = ReportsPlugin().external_views
    assert f"/{view['href']}" == f"{PREFIX}/"
