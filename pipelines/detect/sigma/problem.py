"""What is wrong with a rule file, as a value: a bad file must not cost the good ones beside it."""

from dataclasses import dataclass
from pathlib import Path

from sigma.exceptions import SigmaError

_LONGEST_MESSAGE = 400


@dataclass(frozen=True)
class Problem:
    """Why a file cannot be used, or with `is_warning` what its author should know."""

    path: Path
    line: int | None
    message: str
    is_warning: bool = False

    def __str__(self) -> str:
        """Return `PATH:LINE: message`, without the line where it is not known."""
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class RuleError(SigmaError):
    """A rule cannot be used; `keys` lead to the place in its YAML, as far as it is known."""

    def __init__(self, message: str, *keys: str | int) -> None:
        """Say why, and where."""
        super().__init__(message)
        self.keys = keys


class UnknownFieldError(SigmaError):
    """A rule asks for a field that an access log does not have."""

    def __init__(self, field: str) -> None:
        """Name the field as the rule writes it."""
        super().__init__(f"an access log has no field {brief(field)!r} (docs/sigma.md lists them)")
        self.field = field


def brief(text: object) -> str:
    """Return a text in one line that a person can read to its end."""
    line = " ".join(str(text).split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[: _LONGEST_MESSAGE - 1]}…"
