"""Where reasons on record are read: the part `context:` of the settings (docs/context.md)."""

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from pipelines.text.messages import message

_TABLE = re.compile(r"(?:lake\.)?([A-Za-z_][A-Za-z0-9_]{0,62})")
_EXPECTED = message("settings.context.file_or_table")


class ContextSource(BaseModel):
    """A CSV file, or a table of the lake by its bare name: exactly one of the two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path | None = None
    table: str | None = None

    @field_validator("table")
    @classmethod
    def _bare(cls, table: str | None) -> str | None:
        match = _TABLE.fullmatch(table or "")
        if match is None:
            raise ValueError(message("settings.context.table_name"))
        return match[1]

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.path is None) == (self.table is None):
            raise ValueError(_EXPECTED)
        return self

    def __str__(self) -> str:
        """Return the path, or `lake.` and the name of the table."""
        return f"lake.{self.table}" if self.path is None else str(self.path)


class JoinWindows(BaseModel):
    """How far in time a record of a service history may be from the request that it names.

    Within a session the user hardly changes: half a day covers a shift, and a session cookie that
    outlives it is another user's as soon as a nearer record says so. A subject or an address is
    many users' in turn: a minute covers clocks that differ a little and pages left open, and keeps
    the next user away.
    """

    session_minutes: int = Field(default=720, ge=1, le=1440)
    window_seconds: int = Field(default=60, ge=0, le=3600)


class ServiceSource(ContextSource, JoinWindows):
    """An application's own history of use, and how it is joined."""


def _source(given: Any) -> Any:
    if isinstance(given, str) and given.strip():
        return {"table" if given.startswith("lake.") else "path": given}
    if not isinstance(given, dict | ContextSource | None):
        raise ValueError(_EXPECTED)  # noqa: TRY004 - pydantic reports a ValueError with its place
    return given


Source = Annotated[ContextSource | None, BeforeValidator(_source)]
Services = Annotated[ServiceSource | None, BeforeValidator(_source)]


class Context(BaseModel):
    """Reasons on record, people, their privileges and use, whom to watch; each of them optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    assignments: Source = None
    rosters: Source = None
    absences: Source = None
    trips: Source = None
    exports: Source = None
    scanners: Source = None
    teams: Source = None
    people: Source = None
    privileges: Source = None
    watch: Source = None
    services: Services = None

    @property
    def windows(self) -> JoinWindows:
        """How a service history is joined."""
        return self.services or JoinWindows()

    def sources(self) -> dict[str, ContextSource]:
        """Return those that are named, by key."""
        return {name: source for name, source in self if source is not None}

    def in_home(self, folder: Path) -> "Context":
        """Return the same with the lists of `folder` that lie there and that it does not name.

        Those are `people.csv`, `privileges.csv`, `watch.csv` and `services.csv`.
        """
        lists = dict.fromkeys(("people", "privileges", "watch"), ContextSource)
        kinds = {**lists, "services": ServiceSource}
        found = {
            name: kind(path=folder / f"{name}.csv")
            for name, kind in kinds.items()
            if getattr(self, name) is None and (folder / f"{name}.csv").is_file()
        }
        return self.model_copy(update=found) if found else self

    def below(self, folder: Path) -> "Context":
        """Return the same with relative paths resolved against `folder`."""

        def resolved(source: ContextSource) -> ContextSource:
            if source.path is None:
                return source
            return source.model_copy(update={"path": folder / source.path.expanduser()})

        return self.model_copy(
            update={name: resolved(source) for name, source in self.sources().items()}
        )
