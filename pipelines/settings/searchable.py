"""The last check of a settings' pattern: whether Polars, which searches logs by it, takes it.

It refuses a few that RE2 takes when the settings are read (`patterns.py`), such as very large ones.
"""

import polars as pl

from pipelines.errors import SettingsError
from pipelines.text.messages import message


def check_searchable(key: str, pattern: str) -> None:
    """Return for a pattern that can be searched.

    Raises:
        SettingsError: Polars refuses it; the message begins with its `key`.
    """
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        reason = str(error).split("\n\nThis error", maxsplit=1)[0].splitlines()[-1]
        raise SettingsError(
            message("settings.searchable.cannot_be_used", at=key, reason=reason)
        ) from None
