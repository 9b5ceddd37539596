"""Who decides something at the command line."""

import os
import pwd

from pipelines.text.validate import LONGEST_NAME, require_text


def author_of(option: str, named: str | None) -> str:
    """Return the name given, always with the account that gave it: a name alone proves nothing.

    `option` is the option of the command line that gave the name.

    Raises:
        UsageError: the name has nothing to read, or is too long.
    """
    if named is not None:
        require_text(option, named, LONGEST_NAME)
    try:
        account = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # an account without an entry, as containers have them
        account = f"uid {os.getuid()}"
    name = (named or "").strip()
    return account if name in {"", account} else f"{name} ({account})"
