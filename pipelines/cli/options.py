"""What commands share: their context, their options, how a day is told, and who decides."""

import datetime as dt
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.errors import MimamoriError, UsageError
from pipelines.paths import Home
from pipelines.records import About, Act, Records, Series, account, login_account
from pipelines.settings.names import SECURITY
from pipelines.text.messages import message

if TYPE_CHECKING:
    from pipelines.settings.model import Settings
from pipelines.text.validate import LONGEST_NAME, require_text

DATE = click.DateTime(formats=["%Y-%m-%d"])


@dataclass
class Context:
    """What every command may need: settings are read when first asked for."""

    config: Path
    working_folder: Home

    @cached_property
    def home(self) -> Home:
        """The working folder, its keys where the settings have them."""
        from pipelines.privacy.key_source import home_of

        return home_of(self.working_folder, self.settings.lake, os.environ.get)

    @cached_property
    def settings(self) -> "Settings":
        """The settings file, checked, with what the working folder adds."""
        from pipelines.settings.load import load

        return load(self.config).in_home(self.working_folder.context)

    def role(self, wanted: str | None = None) -> str:
        """Return the role in which this account reads, which is `wanted` where it may be.

        Who logged in counts, not the account that the command runs under.

        Raises:
            MimamoriError: the account has no role, or not that one.
        """
        from pipelines.roles import role_of

        return role_of(self.settings.access, login_account(), wanted)

    def require_security(self) -> None:
        """Raise MimamoriError for an account that may read no more than a role's mart."""
        role = self.role()
        if role != SECURITY:
            raise MimamoriError(message("cli.options.mart_only", at=role, role=role))

    def put_on_record(self, what: str, about: About = None, rows: int | None = None) -> None:
        """Put a use on record, before what it is about is shown.

        Raises:
            MimamoriError: it cannot be put on record, so nothing may be shown, or the account may
                read no more than a mart.
        """
        self.require_security()
        act = Act(what, about, rows)
        Records(self.home).append(Series.USE, act, dt.datetime.now(dt.UTC))


pass_context = click.make_pass_decorator(Context)
json_option = click.option("--json", "as_json", is_flag=True, help=message("cli.options.help.json"))
date_option = click.option("--date", type=DATE, help=message("cli.options.help.date"))
logs_option = click.option(
    "--logs",
    type=click.Path(path_type=Path),
    help=message("cli.options.help.logs"),
)
author_option = click.option("--author", help=message("cli.findings.help.author"))
note_option = click.option("--note", help=message("cli.findings.help.note"))
verdict_option = click.option(
    "--as",
    "verdict",
    type=click.Choice(["confirmed", "false-alarm", "explained"]),
    callback=lambda _context, _option, given: given and given.replace("-", "_"),
    help=message("cli.findings.help.close.as"),
)
"""Gives the verdict by its name in the lake."""


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


def author_of(option: str, named: str | None) -> str:
    """Return the name given, always with the account that gave it: a name alone proves nothing.

    `option` is the option of the command line that gave the name.

    Raises:
        UsageError: the name has nothing to read, or is too long.
    """
    if named is not None:
        require_text(option, named, LONGEST_NAME)
    own = account()
    name = (named or "").strip()
    return own if name in {"", own} else f"{name} ({own})"


def leave_threads_to_ingest() -> None:
    """Keep Polars to one thread: reading, parsing and writing have their own, beside each other.

    NumPy's threads for matrices, of which there are none here, would only wait and burn time.
    """
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
