"""`lake:`, where the keys lie, and where the key comes from that encrypts them."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.settings.delivery import ConnectionId, Variable
from pipelines.text.messages import message


class KeySource(BaseModel):
    """Where a key of 32 bytes comes from, written as base64 or 64 hexadecimal digits.

    One of: an environment variable, a file, or the password of an Airflow connection, which
    Airflow's secrets backend may hold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: Variable | None = None
    file: Path | None = None
    connection: ConnectionId | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.env, self.file, self.connection)) != 1:
            raise ValueError(message("settings.lake_places.one_source"))
        return self

    def below(self, folder: Path) -> "KeySource":
        """Return the same with a relative path resolved against `folder`."""
        return self.model_copy(update={"file": self.file and folder / self.file.expanduser()})

    def __str__(self) -> str:
        """Return how it is named to people: its kind and its name."""
        kind, name = next((k, v) for k, v in self.model_dump().items() if v is not None)
        return f"{kind} {name}"


class LakePlaces(BaseModel):
    """Places other than those below the working folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: Path | None = Field(
        default=None, description="Folder of the catalog and the hash key; `keys/` by default."
    )
    key_encryption_key: KeySource | None = Field(
        default=None, description="Where the key comes from that encrypts the `*.key` files."
    )

    def below(self, folder: Path) -> "LakePlaces":
        """Return the same with relative paths resolved against `folder`."""
        source = self.key_encryption_key
        return LakePlaces(
            keys=self.keys and folder / self.keys.expanduser(),
            key_encryption_key=source and source.below(folder),
        )
