"""A correlation as detection plans it: which events, grouped how, within what time, how many.

Source: the Sigma correlation rules specification, version 2.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionItem,
    CorrelationConditionNOT,
    CorrelationConditionOR,
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)

from pipelines.detect.sigma.fields import field_of
from pipelines.detect.sigma.problem import RuleError

_DAY_SECONDS = 86_400
_UPWARD = {
    SigmaCorrelationConditionOperator.GT: ">",
    SigmaCorrelationConditionOperator.GTE: ">=",
}
_OPERATORS = _UPWARD | {
    SigmaCorrelationConditionOperator.LT: "<",
    SigmaCorrelationConditionOperator.LTE: "<=",
    SigmaCorrelationConditionOperator.EQ: "=",
    SigmaCorrelationConditionOperator.NEQ: "<>",
}


class Count(StrEnum):
    """What a correlation counts within its time."""

    EVENTS = "event_count"
    VALUES = "value_count"
    RULES = "temporal"
    ORDERED_RULES = "temporal_ordered"


@dataclass(frozen=True)
class Correlation:
    """The plan of a correlation; columns are those that `fields.column_sql` knows.

    `rules` are numbers of rules; `keys` give for each rule the columns that its events are grouped
    by, `counted` those whose values are counted. `condition` is SQL over `n`, the count, or over
    `has_0`, `has_1`, …: whether the rule at that place of `rules` has an event in the time.
    `is_sliding` times begin at any event; others follow each other from midnight.
    """

    count: Count
    rules: tuple[int, ...]
    keys: Mapping[int, tuple[str, ...]]
    counted: Mapping[int, tuple[str, ...]]
    seconds: int
    condition: str
    is_sliding: bool
    has_user_key: bool

    @property
    def columns(self) -> frozenset[str]:
        """Every column that the plan names."""
        named = (*self.keys.values(), *self.counted.values())
        return frozenset(column for columns in named for column in columns)


def references_of(rule: SigmaCorrelationRule) -> tuple[str, ...]:
    """Return the ids or names of the rules that a correlation looks at, in their order."""
    if rule.rules:
        return tuple(dict.fromkeys(str(one.reference) for one in rule.rules))
    if isinstance(rule.condition, SigmaExtendedCorrelationCondition):
        return tuple(rule.condition.get_referenced_rules())
    return ()


def plan(rule: SigmaCorrelationRule, numbers: Mapping[str, int]) -> Correlation:
    """Return the plan of a correlation; `numbers` has the numbers of its rules by reference.

    Raises:
        RuleError: it asks for what is not supported; the message says for what.
        UnknownFieldError: it groups by, or counts, a field that an access log does not have.
    """
    try:
        count = Count(rule.type.name.lower())
    except ValueError:
        known = ", ".join(Count)
        raise RuleError(
            f"correlations of type {rule.type.name.lower()} are not supported (these are: {known})",
            *("correlation", "type"),
        ) from None
    if not numbers:
        raise RuleError("the correlation names no rules", "correlation", "rules")
    if rule.timespan.seconds > _DAY_SECONDS:
        raise RuleError(
            "a day is looked at by itself: timespan is at most 1d", "correlation", "timespan"
        )
    condition = rule.condition
    if isinstance(condition, SigmaExtendedCorrelationCondition):
        if count is Count.ORDERED_RULES:
            raise RuleError(
                "temporal_ordered takes no condition in words: all rules, in their order",
                *("correlation", "condition"),
            )
        places = {reference: place for place, reference in enumerate(numbers)}
        sql, is_sliding = _worded(condition.parsed, places), True
    else:
        if count is Count.ORDERED_RULES and condition.count != len(numbers):
            raise RuleError(
                "temporal_ordered takes all its rules, in their order", "correlation", "condition"
            )
        sql = f"n {_OPERATORS[condition.op]} {condition.count}"
        is_sliding = condition.op in _UPWARD
    counted = _counted(condition) if count is Count.VALUES else []
    groups = [str(group) for group in rule.group_by or ()]
    return Correlation(
        count=count,
        rules=tuple(numbers.values()),
        keys={
            number: tuple(_column(rule, group, reference) for group in groups)
            for reference, number in numbers.items()
        },
        counted={
            number: tuple(_column(rule, field, reference) for field in counted)
            for reference, number in numbers.items()
        },
        seconds=rule.timespan.seconds,
        condition=sql,
        is_sliding=is_sliding,
        has_user_key=any(_is_user(rule, group, numbers) for group in groups),
    )


def _counted(condition: SigmaCorrelationCondition | SigmaExtendedCorrelationCondition) -> list[str]:
    """The fields whose values are counted, which only a condition on a number has."""
    if isinstance(condition, SigmaExtendedCorrelationCondition):
        return []
    fields = condition.fieldref or []
    return [fields] if isinstance(fields, str) else [str(field) for field in fields]


def _column(rule: SigmaCorrelationRule, name: str, reference: str) -> str:
    """The column of a group's field in the events of a rule, by the aliases of the correlation."""
    alias = rule.aliases.aliases.get(name)
    if alias is None:
        return field_of(name).column
    for other, field in alias.mapping.items():
        if str(other.reference) == reference:
            return field_of(str(field)).column
    raise RuleError(
        f"alias {name!r} names no field for rule {reference!r}", "correlation", "aliases", name
    )


def _is_user(rule: SigmaCorrelationRule, group: str, numbers: Mapping[str, int]) -> bool:
    return all(_column(rule, group, reference) == "user_id" for reference in numbers)


def _worded(node: CorrelationConditionItem | SigmaRuleReference, places: Mapping[str, int]) -> str:
    if isinstance(node, SigmaRuleReference):
        return f"has_{places[node.reference]}"
    parts = [_worded(arg, places) for arg in node.args]
    match node:
        case CorrelationConditionNOT():
            return f"(not {parts[0]})"
        case CorrelationConditionAND():
            return "(" + " and ".join(parts) + ")"
        case CorrelationConditionOR():
            return "(" + " or ".join(parts) + ")"
        case _:
            raise RuleError("the condition cannot be read", "correlation", "condition")
