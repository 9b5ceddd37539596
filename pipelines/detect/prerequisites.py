"""What a detector rests on: the names by which its header says what it cannot do without.

`pipelines.coverage` measures for each site which of them its log and its settings really supply.
"""

from typing import get_args

from pydantic import BaseModel, ConfigDict, Field

from pipelines.settings.context import Context
from pipelines.settings.model import ResourceKind

COLUMNS = (
    "client_ip",
    "client_host",
    "country",
    "asn",
    "user_id",
    "user_type",
    "session_id",
    "url_path",
    "url_query",
    "status",
    "bytes",
    "referrer",
    "user_agent",
    "subject_id",
    "redactions",
)
"""Columns of the normalised record that logs may lack."""
SIGN_INS = ("login_user", "login_result")
"""Of log-ins: whether those that fail name their account, and whether both results are seen."""
FRANCHISE = "franchise"
"""The site is a shop's."""
KINDS: tuple[str, ...] = get_args(ResourceKind)
"""Resources of such a kind are described in the settings, and lines match them."""
CONTEXT = tuple(Context.model_fields)
"""Such a list is named in the settings under `context`."""
NAMES = frozenset((*COLUMNS, *SIGN_INS, FRANCHISE, *KINDS, *CONTEXT))

Need = str | tuple[str, ...]
"""One of `NAMES`, or several of which one is enough."""


class RestsOn(BaseModel):
    """What a detector rests on, beside lines at all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requires: tuple[Need, ...] = Field(
        default=(), description="on a site that lacks one of these, it finds nothing"
    )
    better_with: tuple[Need, ...] = Field(
        default=(), description="on a site that lacks one of these, it finds less"
    )
    history_days: str | None = Field(
        default=None,
        description="the parameter that says how many earlier days it needs to find all it can",
    )

    def names(self) -> set[str]:
        """Return every name that stands in the needs."""
        needs = (*self.requires, *self.better_with)
        return {name for need in needs for name in alternatives(need)}


def alternatives(need: Need) -> tuple[str, ...]:
    """Return the names of which one is enough."""
    return (need,) if isinstance(need, str) else need
