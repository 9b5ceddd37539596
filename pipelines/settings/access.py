"""Who may read what: the part `access:` of the settings (docs/roles.md)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_ROLE = r"^(security|analyst|auditor|franchise:[A-Za-z0-9_-]{1,60})$"

Role = Annotated[str, Field(pattern=_ROLE)]
Account = Annotated[str, Field(min_length=1, max_length=200)]


class RoleMembers(BaseModel):
    """The accounts of the system that have a role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    members: tuple[Account, ...]


Access = dict[Role, RoleMembers]
