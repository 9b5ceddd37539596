"""Whose account a command runs under: what the system knows, not what somebody says."""

import os
import pwd
from pathlib import Path

_LOGIN = Path("/proc/self/loginuid")
_UNSET = 2**32 - 1


def account() -> str:
    """Return the account of this process, `LOGIN/ACCOUNT` where somebody logged in as another.

    The login is the kernel's: it stays what it was when a command runs by sudo or su.
    """
    own = os.getuid()
    login = _login()
    if login is None or login == own:
        return _name(own)
    return f"{_name(login)}/{_name(own)}"


def _login() -> int | None:
    try:
        uid = int(_LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no audit in this kernel or container
        return None
    return None if uid == _UNSET else uid


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # an account without an entry, as containers have them
        return f"uid {uid}"
