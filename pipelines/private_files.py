"""Whatever this project writes is for its owner alone: results, rejects, reports, logs, keys."""

import os
import stat
from typing import IO

_NOBODY_ELSE = 0o077


def keep_private() -> None:
    """Have everything that this process and its children make closed to group and others."""
    os.umask(_NOBODY_ELSE)


def close_to_others(stream: IO[str] | IO[bytes]) -> None:
    """Close an open file to group and others, also one that was there before; a device stays."""
    mode = os.fstat(stream.fileno()).st_mode
    if stat.S_ISREG(mode):
        os.fchmod(stream.fileno(), stat.S_IMODE(mode) & ~_NOBODY_ELSE)
