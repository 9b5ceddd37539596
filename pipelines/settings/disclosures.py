"""Who gets what leaves the team, route by route: the part `disclosures:` (docs/disclosures.md)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.settings.names import Ground

Route = Literal["email", "webhook", "folder", "export", "worksheet", "mart", "franchise_page"]
Text = Annotated[str, Field(min_length=1, max_length=200)]
CountryCode = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class Recipient(BaseModel):
    """Whom a route reaches, where they are, and the ground on which they get it.

    `own` is the company itself: no provision to others, and on record all the same.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    address: Text | None = None
    country: CountryCode | None = None
    ground: Ground


class Disclosures(BaseModel):
    """The recipient of each route; without one the register says that it is not stated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Recipient | None = None
    webhook: Recipient | None = None
    folder: Recipient | None = None
    export: Recipient | None = None
    worksheet: Recipient | None = None
    mart: Recipient | None = None
    franchise_page: Recipient | None = None

    def of(self, route: Route) -> Recipient | None:
        """Return the recipient of a route, None where the settings name none."""
        recipient: Recipient | None = getattr(self, route)
        return recipient
