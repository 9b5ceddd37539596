"""What this deployment's environment says: the one place where DAGs and scripts ask for it.

Settings and working folder come from the same variables as the command line's defaults.
"""

import os
from pathlib import Path
from typing import Any

from pipelines.errors import SettingsError
from pipelines.paths import DEFAULT_HOME, DEFAULT_SETTINGS, Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings

LAKE_WRITER = "lake_writer"  # Airflow pool of one slot: the lake has one writer at a time
REPORT_DAG = "nightly_report"  # the DAG that writes the reports; its permissions guard them


def working_folder() -> Home:
    """Return the working folder, MIMAMORI_HOME or `var/` of the checkout, for all but the lake."""
    return Home(Path(os.environ.get("MIMAMORI_HOME") or DEFAULT_HOME))


def home() -> Home:
    """Return the working folder, with the keys of the lake where the settings have them."""
    return working_folder().with_keys(setting_or_default("lake").keys)


def settings_path() -> Path:
    """Return the settings file: MIMAMORI_CONFIG, else the shipped one."""
    return Path(os.environ.get("MIMAMORI_CONFIG") or DEFAULT_SETTINGS)


def clock_starts_runs() -> bool:
    """Return False where DAGs run only when they are triggered: MIMAMORI_SCHEDULE is `off`."""
    return os.environ.get("MIMAMORI_SCHEDULE") != "off"


def secret(name: str) -> str | None:
    """Return the value of the environment variable that settings name for a secret."""
    return os.environ.get(name)


def setting_or_default(name: str) -> Any:
    """Return one of the settings, its default where they are missing or wrong.

    DAGs and pages stay readable then, and the tasks say what is wrong.
    """
    try:
        return getattr(settings(), name)
    except SettingsError:
        return Settings.model_fields[name].default


def settings() -> Settings:
    """Return the settings, checked whole.

    Raises:
        SettingsError: the file is missing or wrong.
    """
    return load(settings_path())
