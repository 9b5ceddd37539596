"""Where the parts of the lake lie: the part `lake:` of the settings (docs/keys.md)."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class LakePlaces(BaseModel):
    """Places other than those below the working folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: Path | None = Field(
        default=None, description="Folder of the catalog and the hash key; `keys/` by default."
    )

    def below(self, folder: Path) -> "LakePlaces":
        """Return the same with relative paths resolved against `folder`."""
        return LakePlaces(keys=self.keys and folder / self.keys.expanduser())
