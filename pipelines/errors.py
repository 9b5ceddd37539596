"""The errors a person sees: each says what is wrong, where, and what to do about it."""

import traceback


class MimamoriError(Exception):
    """The work failed; the command line prints the message and ends with `exit_code`."""

    exit_code = 1


class UsageError(MimamoriError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class SettingsError(UsageError):
    """The settings file is wrong; the message names the file, the line and the key."""


class LakeBusyError(MimamoriError):
    """Another process holds the writers' lock of the lake."""


class TimeLimitError(MimamoriError):
    """The work took longer than `limits:` of the settings allow, and was ended."""


def without_words(error: BaseException) -> str:
    """Return class and place of an error, for the log: its own words may quote a line."""
    return f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"
