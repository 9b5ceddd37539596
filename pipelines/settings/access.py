"""Who may read what: the part `access:` of the settings (docs/roles.md)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipelines.settings.names import AUDITOR, Months

_ROLE = r"^(security|analyst|auditor|franchise:[A-Za-z0-9_-]{1,60})$"

Role = Annotated[str, Field(pattern=_ROLE)]
Account = Annotated[str, Field(min_length=1, max_length=200)]


class RoleMembers(BaseModel):
    """The accounts of the system that have a role, and what its mart is like.

    Members of the system's `group` can open its files; without one, nobody but the account that
    runs the night. Pseudonyms in it are others every `pseudonym_months`. Times are of the hour and
    sizes have one significant digit, unless it is `exact`: so that rows of two marts do not join.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    members: tuple[Account, ...]
    group: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    pseudonym_months: Months | None = None
    exact: bool = False

    def months(self, role: str) -> Months:
        """Return how long a pseudonym lasts: by default a month, an auditor's a year."""
        return self.pseudonym_months or (12 if role == AUDITOR else 1)


Access = dict[Role, RoleMembers]
