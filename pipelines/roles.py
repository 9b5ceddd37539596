"""In which role an account reads: settings give roles, and `--role` can only take away."""

from typing import TYPE_CHECKING

from pipelines.errors import MimamoriError, UsageError
from pipelines.settings.names import ANALYST, AUDITOR, FRANCHISE, SECURITY
from pipelines.text.messages import message
from pipelines.text.validate import unknown_name

if TYPE_CHECKING:
    from pipelines.settings.access import Access

_ORDER = (SECURITY, ANALYST, AUDITOR)


def role_of(access: "Access", account: str, wanted: str | None = None) -> str:
    """Return the role in which `account` reads.

    It is `wanted`, or without it the widest that the account has. Where settings give no roles,
    everyone is `security`.

    Raises:
        UsageError: no role of the settings is called `wanted`.
        MimamoriError: the account has no role, or not the one that is wanted.
    """
    known = {SECURITY, *access}
    if wanted is not None and wanted not in known:
        raise UsageError(unknown_name("--role", wanted, known))
    own = [role for role, given in access.items() if account in given.members]
    if not access:
        own = [SECURITY]
    if not own:
        raise MimamoriError(message("roles.none", at="access", account=account))
    if wanted is None:
        return min(own, key=_place)
    if wanted in own or SECURITY in own:
        return wanted
    raise MimamoriError(message("roles.not_given", at=f"--role {wanted}", account=account))


def _place(role: str) -> int:
    return _ORDER.index(role) if role in _ORDER else len(_ORDER)


def franchise_of(role: str) -> str | None:
    """Return the franchise whose sites a role reads; None for roles of the company."""
    return role.removeprefix(FRANCHISE) if role.startswith(FRANCHISE) else None
