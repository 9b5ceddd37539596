"""The signatures of web attacks: `signatures.yaml` beside the query of their detector.

Each file is a family, named as its folder, and is checked when it is read.

A pattern is RE2's dialect (linear time, no look-around, no back-references) and sees lower-case
decoded text, see `views.py`. Weights: STRONG stands alone; less is a hint, and hints add up. Lists
of words that several patterns share stand once, under `words`; `<<name>>` is any of them.
"""

import datetime as dt
import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import quote

import re2
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.detect.catalogue import DETECTORS_DIR
from pipelines.errors import MimamoriError
from pipelines.normalise.browser import bot_table
from pipelines.settings.validation_errors import first_validation_error
from pipelines.text.messages import message
from pipelines.text.yaml_text import read_yaml

STRONG = 5
"""From this weight on, of one signature or of several in a request, a family is an attack."""

SCANNER_FAMILY = "scanner-user-agent"
# Groups of bots.yaml: tools of attack stand alone, surveys of the whole internet are a hint.
_BOT_GROUPS = {"scanners": STRONG, "surveys": 2}

_WORDS = re.compile(r"<<([a-z0-9-]+)>>")
# What cannot be logged as %hh without the prefilter noticing (`prefilter.py`).
_LITERAL = re.compile(r"[a-z0-9_./\-]{2,}")


class Place(StrEnum):
    """Where in a request a text stands."""

    PATH = "path"
    QUERY = "query"
    REFERRER = "referrer"
    AGENT = "agent"


def _checked_pattern(pattern: str) -> str:
    try:
        re2.compile(pattern)
    except re2.error as error:
        raise ValueError(message("detect.web.signatures.not_re2", reason=error)) from None
    return pattern


def _checked_literal(literal: str) -> str:
    if not _LITERAL.fullmatch(literal):
        raise ValueError(message("detect.web.signatures.not_prefiltered", literal=literal))
    return literal


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Signature(_Model):
    """One form of an attack."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    pattern: Annotated[str, AfterValidator(_checked_pattern)]
    weight: int = Field(ge=1, le=10)
    why: str
    example: str = Field(description="logged text that matches, see `example_uri`")
    near_miss: str = Field(description="logged text that is alike and does not match")
    literals: tuple[Annotated[str, AfterValidator(_checked_literal)], ...] = Field(
        default=(),
        description="what a match holds that holds none of the prefilter's marks",
    )
    targets: tuple[Place, ...] = ()
    hint_in_prose: bool = Field(
        default=False,
        description="no more than a hint in fields of free text or of formulas, see `units.py`",
    )
    hint_in_words: bool = Field(
        default=False,
        description="no more than a hint where the value of such a field reads as words",
    )
    in_question: bool = Field(
        default=False,
        description="keeps its weight where the value asks about code, in which others are a hint",
    )


class Family(_Model):
    """The signatures of one detector."""

    family: str
    checked_on: dt.date
    about: str
    targets: tuple[Place, ...] = Field(min_length=1, description="of signatures that name none")
    unless: Annotated[str, AfterValidator(_checked_pattern)] | None = Field(
        default=None, description="what a decoded text matches that shows nothing of the family"
    )
    words: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="lists for patterns and literals, as `<<name>>`"
    )
    signatures: tuple[Signature, ...]

    @model_validator(mode="before")
    @classmethod
    def _words_are_spelled_out(cls, data: dict[str, Any]) -> dict[str, Any]:
        lists: dict[str, list[str]] = data.get("words", {})
        one_of = {name: f"(?:{'|'.join(map(re2.escape, words))})" for name, words in lists.items()}

        def spelled(match: re.Match[str]) -> str:
            if match[1] not in one_of:
                raise ValueError(message("detect.web.signatures.no_such_words", name=match[1]))
            return one_of[match[1]]

        signatures = []
        for one in data.get("signatures", ()):
            literals: list[str] = []
            for literal in one.get("literals", ()):
                named = _WORDS.fullmatch(str(literal))
                literals += lists[named[1]] if named and named[1] in lists else [literal]
            pattern = _WORDS.sub(spelled, one.get("pattern", ""))
            signatures.append({**one, "literals": literals, "pattern": pattern})
        return {**data, "signatures": signatures}

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [one.id for one in self.signatures]
        if len(set(ids)) < len(ids):
            raise ValueError(message("detect.web.signatures.id_twice"))
        return self

    def targets_of(self, signature: Signature) -> tuple[Place, ...]:
        """Return the places in which a signature is sought."""
        return signature.targets or self.targets


@cache
def load_families(folder: Path = DETECTORS_DIR) -> dict[str, Family]:
    """Return the families below `folder` by name, in alphabetical order.

    Scanners that `bots.yaml` names are signatures of the family `scanner-user-agent`.

    Raises:
        MimamoriError: a file is wrong; the message names file and key.
    """
    families = {}
    for path in sorted(folder.glob("*/signatures.yaml")):
        family = load_family(path.parent.name, folder)
        if family.family == SCANNER_FAMILY:
            named = (*family.signatures, *_named_scanners())
            family = family.model_copy(update={"signatures": named})
        families[family.family] = family
    return families


def load_family(name: str, folder: Path = DETECTORS_DIR) -> Family:
    """Return one family as its file has it.

    Raises:
        MimamoriError: the file is wrong; the message names file and key.
    """
    path = folder / name / "signatures.yaml"
    try:
        family = Family.model_validate(read_yaml(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise MimamoriError(f"{path}: {first_validation_error(error)}") from None
    except (OSError, yaml.YAMLError) as error:
        raise MimamoriError(
            message("detect.web.signatures.cannot_be_read", at=path, reason=error)
        ) from None
    if family.family != name:
        raise MimamoriError(
            message("detect.web.signatures.another_family", at=path, family=family.family)
        )
    return family


def example_uri(text: str, targets: tuple[Place, ...]) -> str:
    """Return the request target of an example: itself, or the value of a parameter.

    It is the whole target from `/` on, and where only paths are looked at.
    """
    is_whole = text.startswith("/") or targets == (Place.PATH,)
    return text if is_whole else f"/?q={quote(text, safe='[]')}"


def _named_scanners() -> list[Signature]:
    table = bot_table()
    return [
        Signature(
            id=re.sub(r"[^a-z0-9]+", "-", f"named {name}".lower()).strip("-"),
            pattern=f"(?i:{pattern})",
            weight=weight,
            why=f"{name}, by its own word.",
            example="",
            near_miss="",
        )
        for group, weight in _BOT_GROUPS.items()
        for name, pattern in table.groups[group].items()
    ]
