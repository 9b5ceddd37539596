"""Where the shell keeps what was entered: a file that only this account can read."""

import os
from pathlib import Path

from pipelines.paths import SQL_HISTORY, Home


def history_file(home: Home) -> Path:
    """Return the file of this account's entries: queries may name persons, as the lake does."""
    return home.root / f"{SQL_HISTORY}{os.getuid()}"


def make_history_file(home: Home) -> bool:
    """Make the file of this account's entries, mode 0600; return whether it can be written."""
    try:
        handle = os.open(history_file(home), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        return False
    try:
        os.fchmod(handle, 0o600)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
