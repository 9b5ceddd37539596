"""The pySigma backend: a rule's conditions as matches on one request of the lake.

Field names are put into one spelling by a processing pipeline; which column answers for a name,
and how values compare, is in `fields` and `values`. Correlations are of `correlate`.
"""

from typing import Any, ClassVar, NoReturn, cast

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.conversion.base import Backend
from sigma.conversion.state import ConversionState
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaFeatureNotSupportedByBackendError
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import FieldFunctionTransformation
from sigma.rule import SigmaDetections, SigmaRule
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
)

from pipelines.detect.sigma import values
from pipelines.detect.sigma.fields import FIELDS, canonical, field_of
from pipelines.detect.sigma.match import Match, all_of, any_of, none_of
from pipelines.detect.sigma.problem import RuleError

FieldValue = ConditionFieldEqualsValueExpression
State = ConversionState


def _spelt(name: str | None) -> str:
    """The one spelling of a known field; an unknown one stays as its author wrote it."""
    text = name or ""
    return canonical(text) if canonical(text) in FIELDS else text


def field_names() -> ProcessingPipeline:
    """Return the pipeline that puts the field names of a rule into one spelling."""
    spelling = FieldFunctionTransformation(mapping={}, transform_func=_spelt)
    return ProcessingPipeline(
        name="mimamori field names", items=[ProcessingItem(transformation=spelling)]
    )


class LakeBackend(Backend):
    """Turns each condition of a rule into a `Match`."""

    name: ClassVar[str] = "mimamori"
    formats: ClassVar[dict[str, str]] = {"default": "matches on requests of the lake"}

    def __init__(self) -> None:
        """Make a backend with the pipeline of field names."""
        super().__init__(processing_pipeline=field_names())

    def matches_of(self, rule: SigmaRule) -> list[Match]:
        """Return the match of each condition of a rule; any of them is enough."""
        self.init_processing_pipeline()
        self.last_processing_pipeline.apply(rule)
        return self.matches(rule.detection)

    def matches(self, detections: SigmaDetections) -> list[Match]:
        """Return the match of each condition of a detection, be it a rule's or a filter's."""
        found = []
        for condition in detections.parsed_condition:
            match = self.convert_condition(condition.parsed, ConversionState())
            if match is None:
                raise RuleError("the condition is empty", "detection", "condition")
            found.append(match)
        return found

    def convert_condition_as_in_expression(
        self, cond: ConditionOR | ConditionAND, state: State
    ) -> Match:
        """Never asked for: lists are joined like any other conditions."""
        return self.convert_condition_or(cast("ConditionOR", cond), state)

    def convert_condition_or(self, cond: ConditionOR, state: State) -> Match:
        """Any of the parts."""
        return any_of(self._parts(cond, state))

    def convert_condition_and(self, cond: ConditionAND, state: State) -> Match:
        """All of the parts."""
        return all_of(self._parts(cond, state))

    def convert_condition_not(self, cond: ConditionNOT, state: State) -> Match:
        """Not the part."""
        return none_of(self._parts(cond, state)[0])

    def _parts(self, cond: ConditionOR | ConditionAND | ConditionNOT, state: State) -> list[Match]:
        parts = [self.convert_condition(arg, state) for arg in cond.args]
        if not parts or any(part is None for part in parts):
            raise RuleError("a part of the condition is empty", "detection", "condition")
        return parts

    def convert_condition_field_eq_val_str(self, cond: FieldValue, state: State) -> Match:
        """Text without regard to case."""
        del state
        value = cast("SigmaString", cond.value)
        return values.text_match(field_of(cond.field), value, is_cased=False)

    def convert_condition_field_eq_val_str_case_sensitive(
        self, cond: FieldValue, state: State
    ) -> Match:
        """Text with regard to case."""
        del state
        value = cast("SigmaString", cond.value)
        return values.text_match(field_of(cond.field), value, is_cased=True)

    def convert_condition_field_eq_val_num(self, cond: FieldValue, state: State) -> Match:
        """A number."""
        del state
        return values.number_match(field_of(cond.field), cast("SigmaNumber", cond.value).number)

    def convert_condition_field_eq_val_timestamp_part(
        self, cond: FieldValue, state: State
    ) -> Match:
        """A part of the time."""
        del state
        value = cast("SigmaTimestampPart", cond.value)
        part = value.timestamp_part.name.lower()
        return values.time_match(field_of(cond.field), part, int(value.number))

    def convert_condition_field_eq_val_bool(self, cond: FieldValue, state: State) -> Match:
        """A truth value as text: no field of an access log is one."""
        del state
        text = str(cast("SigmaBool", cond.value)).lower()
        value = SigmaString.from_str(text)
        return values.text_match(field_of(cond.field), value, is_cased=False)

    def convert_condition_field_eq_val_re(self, cond: FieldValue, state: State) -> Match:
        """A regular expression."""
        del state
        value = cast("SigmaRegularExpression", cond.value)
        return values.regex_match(field_of(cond.field), value)

    def convert_condition_field_eq_val_cidr(self, cond: FieldValue, state: State) -> Match:
        """A network."""
        del state
        return values.network_match(field_of(cond.field), cast("SigmaCIDRExpression", cond.value))

    def convert_condition_field_compare_op_val(self, cond: FieldValue, state: State) -> Match:
        """More or less than a number."""
        del state
        value = cast("SigmaCompareExpression", cond.value)
        return values.compare_match(field_of(cond.field), value)

    def convert_condition_field_eq_field(self, cond: FieldValue, state: State) -> Match:
        """Another field of the same request."""
        del state
        other = cast("SigmaFieldReference", cond.value)
        return values.field_match(
            field_of(cond.field),
            field_of(other.field),
            starts=other.starts_with,
            ends=other.ends_with,
        )

    def convert_condition_field_eq_val_null(self, cond: FieldValue, state: State) -> Match:
        """Nothing logged."""
        del state
        return values.presence_match(field_of(cond.field), is_there=False)

    def convert_condition_field_exists(self, cond: FieldValue, state: State) -> Match:
        """Something logged."""
        del state
        return values.presence_match(field_of(cond.field), is_there=True)

    def convert_condition_field_not_exists(self, cond: FieldValue, state: State) -> Match:
        """Nothing logged."""
        del state
        return values.presence_match(field_of(cond.field), is_there=False)

    def convert_condition_field_eq_val_exists(self, cond: FieldValue, state: State) -> Match:
        """Something logged, or nothing."""
        del state
        is_there = bool(cast("SigmaExists", cond.value))
        return values.presence_match(field_of(cond.field), is_there=is_there)

    def convert_condition_field_eq_query_expr(self, cond: FieldValue, state: State) -> NoReturn:
        """Only other backends' pipelines make query expressions."""
        del cond, state
        raise RuleError("query expressions are not for this backend")

    def convert_condition_val(self, cond: ConditionValueExpression, state: State) -> Match:
        """A value that is bound to no field; of several that a modifier made of it, any."""
        if isinstance(cond.value, SigmaExpansion):
            parts = (ConditionValueExpression(value) for value in cond.value.values)
            return any_of([self.convert_condition_val(part, state) for part in parts])
        return cast("Match", super().convert_condition_val(cond, state))

    def convert_condition_val_str(self, cond: ConditionValueExpression, state: State) -> Match:
        """A keyword."""
        del state
        value = cast("SigmaString", cond.value)
        return values.keyword_match(value, is_cased=isinstance(value, SigmaCasedString))

    def convert_condition_val_num(self, cond: ConditionValueExpression, state: State) -> Match:
        """A number as a keyword."""
        del state
        return values.keyword_match(SigmaString.from_str(str(cond.value)), is_cased=False)

    def convert_condition_val_re(self, cond: ConditionValueExpression, state: State) -> Match:
        """A regular expression that is bound to no field."""
        del state
        return values.keyword_regex_match(cast("SigmaRegularExpression", cond.value))

    def convert_condition_query_expr(
        self, cond: ConditionValueExpression, state: State
    ) -> NoReturn:
        """Only other backends' pipelines make query expressions."""
        del cond, state
        raise RuleError("query expressions are not for this backend")

    def _no_correlation(
        self, rule: SigmaCorrelationRule, output_format: str | None = None, method: str = "default"
    ) -> list[Any]:
        """Correlations look at many requests, and are planned apart."""
        raise SigmaFeatureNotSupportedByBackendError(f"{rule.type}: {output_format}, {method}")

    convert_correlation_event_count_rule = _no_correlation
    convert_correlation_value_count_rule = _no_correlation
    convert_correlation_temporal_rule = _no_correlation
    convert_correlation_temporal_ordered_rule = _no_correlation
    convert_correlation_extended_temporal_rule = _no_correlation
    convert_correlation_extended_temporal_ordered_rule = _no_correlation
    convert_correlation_value_sum_rule = _no_correlation
    convert_correlation_value_avg_rule = _no_correlation
    convert_correlation_value_percentile_rule = _no_correlation
    convert_correlation_value_median_rule = _no_correlation
