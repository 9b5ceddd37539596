"""What this deployment's environment says: the one place where DAGs and scripts ask for it.

Settings and working folder come from the same variables as the command line's defaults.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipelines.errors import SettingsError
from pipelines.paths import DEFAULT_HOME, DEFAULT_SETTINGS, IS_CHECKOUT, Home
from pipelines.privacy.key_source import home_of
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.text.messages import message

LAKE_WRITER = "lake_writer"  # Airflow pool of one slot: the lake has one writer at a time
_DEFAULT_POOL = "default_pool"  # that Airflow makes by itself
MAIN = "main"  # the ingest DAG that reads every site which no other reads
REPORT_DAG = "nightly_report"  # the DAG that writes the reports; its permissions guard them
_LONGEST_NAME = 200  # characters; Airflow allows 250 for the id of a DAG


def working_folder() -> Home:
    """Return the working folder, MIMAMORI_HOME or `var/` of the checkout, for all but the lake.

    Raises:
        SettingsError: MIMAMORI_HOME is not set, and there is no checkout: the processes of Airflow
            have different current folders, and each would have a lake of its own.
    """
    named = os.environ.get("MIMAMORI_HOME")
    if not named and not IS_CHECKOUT:
        raise SettingsError(message("airflow.deployment.absolute_home", at="MIMAMORI_HOME"))
    return Home(Path(named or DEFAULT_HOME).absolute())


def home() -> Home:
    """Return the working folder, with the keys of the lake where the settings have them."""
    return home_of(working_folder(), setting_or_default("lake"), secret)


def settings_path() -> Path:
    """Return the settings file: MIMAMORI_CONFIG, else the shipped one."""
    return Path(os.environ.get("MIMAMORI_CONFIG") or DEFAULT_SETTINGS)


def ingest_pool() -> str:
    """Return the pool of tasks that ingest: that of the one writer, unless the lake bears several.

    On PostgreSQL each ingest takes its turns itself, so that only Airflow's own limits bind it.
    """
    return _DEFAULT_POOL if bears_several() else LAKE_WRITER


def bears_several() -> bool:
    """Return whether several processes may work on the lake at once: it lies on PostgreSQL."""
    return setting_or_default("lake").catalog is not None


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


def ingest_names() -> tuple[str, ...]:
    """Return the names of the night's ingests: `main`, then one for each franchise group, sorted.

    Where settings are missing or wrong, those of the shipped settings: the DAGs stay readable,
    and their tasks say what is wrong.
    """
    try:
        current = settings()
    except SettingsError:
        current = load(DEFAULT_SETTINGS)
    franchises = {ingest_name(current, group) for group in current.franchise_groups}
    return (MAIN, *sorted(franchises - {MAIN}))


def ingest_name(current: Settings, group: str) -> str:
    """Return the name of the one ingest that reads the sites of `group`.

    What an Airflow id must not hold is escaped (`_20` for a space), and a long name is cut; groups
    that then have one name are read by one ingest.
    """
    if group not in current.franchise_groups:
        return MAIN
    return quote(group, safe="").replace("%", "_").replace("~", "_7E")[:_LONGEST_NAME]


def ingest_dag(name: str) -> str:
    """Return the id of the DAG that does an ingest of `ingest_names`."""
    return f"ingest_{name}"


def settings() -> Settings:
    """Return the settings, checked whole, with what the working folder adds.

    Raises:
        SettingsError: the file is missing or wrong.
    """
    loaded = load(settings_path())
    try:
        return loaded.in_home(working_folder().context)
    except SettingsError:  # no working folder: tasks say so, and need no settings until there is
        return loaded
