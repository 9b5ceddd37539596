"""Whose account a command runs under: what the system knows, not what somebody says."""

import os
import pwd
from pathlib import Path

AIRFLOW = "airflow:"
"""What stands before the account of one who signed in to Airflow."""
_LOGIN = Path("/proc/self/loginuid")
_UNSET = 2**32 - 1


def account() -> str:
    """Return the account of this process, `LOGIN/ACCOUNT` where somebody logged in as another.

    The login is the kernel's: it stays what it was when a command runs by sudo or su.
    """
    own, login = name_of(os.getuid()), login_account()
    return own if login == own else f"{login}/{own}"


def login_account() -> str:
    """Return the account that logged in, which is the one of this process where nobody did."""
    login = _login()
    return name_of(os.getuid() if login is None else login)


def _login() -> int | None:
    try:
        uid = int(_LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no audit in this kernel or container
        return None
    return None if uid == _UNSET else uid


def name_of(uid: int) -> str:
    """Return the name of an account, `uid N` where the system has none for it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # an account without an entry, as containers have them
        return f"uid {uid}"
