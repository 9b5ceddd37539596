"""What commands share: their context, their options, and how a day is told."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.text.messages import message

if TYPE_CHECKING:
    from pipelines.settings.model import Settings

DATE = click.DateTime(formats=["%Y-%m-%d"])


@dataclass
class Context:
    """What every command may need: settings are read when first asked for."""

    config: Path
    working_folder: Home

    @property
    def home(self) -> Home:
        """The working folder, its keys where the settings have them."""
        return self.working_folder.with_keys(self.settings.lake.keys)

    @cached_property
    def settings(self) -> "Settings":
        """The settings file, checked."""
        from pipelines.settings.load import load

        return load(self.config)


pass_context = click.make_pass_decorator(Context)
json_option = click.option("--json", "as_json", is_flag=True, help=message("cli.options.help.json"))
date_option = click.option("--date", type=DATE, help=message("cli.options.help.date"))
logs_option = click.option(
    "--logs",
    type=click.Path(path_type=Path),
    help=message("cli.options.help.logs"),
)


def begun_day_of(date: dt.datetime | None, settings: "Settings") -> dt.date:
    """Return the day that `--date` names; UsageError for one that has not begun."""
    from pipelines.night.stages import today

    day = day_of(date, settings)
    if day > today(settings):
        raise UsageError(message("cli.options.not_begun_yet", at=f"--date {day}"))
    return day


def day_of(date: dt.datetime | None, settings: "Settings") -> dt.date:
    """Return the day that `--date` names; without it, yesterday in the configured zone."""
    from pipelines.night.stages import yesterday

    return date.date() if date else yesterday(settings)
