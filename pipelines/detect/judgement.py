"""How grave a finding is and how strong its evidence: one step for all detectors, after the query.

A query measures: its rows are figures. The header says what follows from them. Its conditions and
amounts are SQL over the columns of a row and the detector's parameters; one statement around the
query works them out. A row is then presented as `run` and `wording` do for all.
"""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.findings import ActorKind, Severity
from pipelines.text.bilingual import Text
from pipelines.text.messages import message

HIGHEST_STRENGTH = 100


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SeverityRule(_Rule):
    """A severity and when it is given; without a condition it is given to all that are left."""

    severity: Severity
    when: str | None = None
    reason: Text | None = None
    lowers: Literal["reason", "habit"] | None = Field(
        default=None,
        description="where the rule does not say how grave it is, but why it is less so: what the"
        " detector found is then what the rules without `lowers` give, and both are told",
    )
    code: str | None = Field(
        default=None, pattern="^[a-z_]+$", description="names the rule that `lowers`"
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.lowers is None) != (self.code is None):
            raise ValueError(message("detect.judgement.code_of_lowering"))
        return self


class StrengthPart(_Rule):
    """Points that a finding has for one thing that its evidence shows.

    `times` is what they are multiplied by, `at_most` their bound, `when` the condition to have
    them.
    """

    points: int | float
    times: str | None = None
    at_most: int | float | None = None
    when: str | None = None
    reason: Text

    @property
    def expression(self) -> str:
        """The part as an SQL expression."""
        points = f"{self.points} * ({self.times})" if self.times else f"{self.points}"
        if self.at_most is not None:
            points = f"least({self.at_most}, {points})"
        return f"case when {self.when} then {points} else 0 end" if self.when else points


class Judged(_Rule):
    """The part of a header that says whom findings name, how grave and how strong they are.

    The first rule whose condition holds gives the severity. The strength is the sum of its parts,
    at most `HIGHEST_STRENGTH`; its conditions may ask for `severity` too.
    """

    actors: tuple[ActorKind, ...] = Field(min_length=1)
    severities: tuple[SeverityRule, ...] = Field(min_length=1)
    strength: tuple[StrengthPart, ...] = Field(min_length=1)

    @property
    def severities_found(self) -> tuple[SeverityRule, ...]:
        """The rules that say how grave it is."""
        return tuple(rule for rule in self.severities if rule.lowers is None)

    def lowering(self, code: str) -> SeverityRule | None:
        """Return the rule that lowers by this code; None where there is none."""
        return next((rule for rule in self.severities if rule.code == code), None)


def judged(query: str, rules: Judged) -> str:
    """Return the SQL that gives the rows of a query with how each is judged.

    `severity`, `severity_found` (without what lowers it), `lowered_by` (the number of the rule that
    does, null where none), `score` and JSON evidence.
    """
    strength = "\n        + ".join(part.expression for part in rules.strength)
    return (
        "select\n"
        "    * replace (to_json(evidence) as evidence),\n"
        f"    least({HIGHEST_STRENGTH}, {strength}) as score\n"
        f"from (\nselect *, {severity_expression(rules.severities)} as severity,\n"
        f"    {severity_expression(rules.severities_found)} as severity_found,\n"
        f"    {_lowering(rules.severities)} as lowered_by\n"
        f"from (\n{query}\n)\n)"
    )


def _lowering(rules: Sequence[SeverityRule]) -> str:
    """The number of the rule that gives the severity, where it lowers it."""
    if not any(rule.lowers for rule in rules):
        return "null::int"
    *conditional, _ = enumerate(rules)
    cases = "".join(
        f" when {rule.when} then {number if rule.lowers else 'null'}"
        for number, rule in conditional
    )
    return f"case{cases} end"


def severity_expression(rules: Sequence[SeverityRule]) -> str:
    """Return the rules as one SQL expression, the first that holds first."""
    *conditional, last = rules
    cases = "".join(f" when {rule.when} then '{rule.severity}'" for rule in conditional)
    return f"case{cases} else '{last.severity}' end" if cases else f"'{last.severity}'"


def expressions(rules: Judged) -> dict[str, str]:
    """Return the SQL expressions of the rules by key of the header."""
    found = {f"severities.{number}.when": one.when for number, one in enumerate(rules.severities)}
    for number, part in enumerate(rules.strength):
        found[f"strength.{number}.times"] = part.times
        found[f"strength.{number}.when"] = part.when
    return {key: expression for key, expression in found.items() if expression is not None}


def mistakes(rules: Judged) -> list[str]:
    """Return what is wrong with the order of severities, by key of the header."""
    *conditional, last = rules.severities
    found = [
        f"severities.{number}: only the last is without a condition"
        for number, rule in enumerate(conditional)
        if rule.when is None
    ]
    if last.when is not None:
        found.append(f"severities.{len(conditional)}: the last is for all that are left")
    return found
