"""The value that names a person in a command, spelled as the lake spells it."""

from pipelines.errors import UsageError
from pipelines.normalise.client import canonical_ip
from pipelines.text.messages import message
from pipelines.text.validate import LONGEST_NAME, require_text


def person_value(kind: str, value: str) -> str:
    """Return the value of `--user`, `--ip` or `--subject` (`kind`) as rows of the lake have it.

    Spaces around it are cut off; an address is spelled as `canonical_ip` spells it.

    Raises:
        UsageError: there is nothing to read, or an address that is none.
    """
    value = value.strip()
    require_text(f"--{kind}", value, LONGEST_NAME)
    if kind != "ip":
        return value
    address = canonical_ip(value)
    if address is None:
        raise UsageError(message("normalise.person.no_address", at=f"--ip {value!r}"))
    return address
