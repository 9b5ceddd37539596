"""Which settings and which working folder this deployment uses: the one place that asks for it.

The DAGs and the scripts of `make` take both from the environment, as the command line does where
no option is given.
"""

import os
from pathlib import Path

from pipelines.paths import DEFAULT_HOME, DEFAULT_SETTINGS, Home
from pipelines.settings import Settings, load

LAKE_WRITER = "lake_writer"  # Airflow pool of one slot: the lake has one writer at a time


def home() -> Home:
    """Return the working folder: MIMAMORI_HOME, else `var/` of the checkout."""
    return Home(Path(os.environ.get("MIMAMORI_HOME") or DEFAULT_HOME))


def settings_path() -> Path:
    """Return the settings file: MIMAMORI_CONFIG, else the shipped one."""
    return Path(os.environ.get("MIMAMORI_CONFIG") or DEFAULT_SETTINGS)


def settings() -> Settings:
    """Return the settings, checked whole.

    Raises:
        SettingsError: the file is missing or wrong.
    """
    return load(settings_path())
