"""Compares a field with one value of a rule: text, number, network, regular expression.

Text is compared without regard to case unless the rule says `cased`; `*` and `?` are wildcards.
A regular expression is sought anywhere in the text, with regard to case unless it has the flag `i`.
Source: the Sigma rules specification and its appendix on modifiers, version 2.1.
"""

import ipaddress
from collections.abc import Callable, Sequence

from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaRegularExpression,
    SigmaString,
    SpecialChars,
)

from pipelines.detect.sigma.fields import FORMS, Domain, Field, Kind
from pipelines.detect.sigma.match import Match, Need, Probe, any_of
from pipelines.detect.sigma.problem import RuleError, brief
from pipelines.detect.sigma.texts import escaped, folded, literal, required_text, sought
from pipelines.normalise.networks import address_key

_MULTI, _SINGLE = SpecialChars.WILDCARD_MULTI, SpecialChars.WILDCARD_SINGLE
_OPERATORS = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
    CompareOperators.NEQ: "<>",
}
_NOTHING_LOGGED = "-"  # what servers write for a value that is not there: null in the lake

LONGEST_PATTERN = 4_096
"""RE2's time grows with the length of a pattern; SigmaHQ's longest has some 900 characters."""

Part = str | SpecialChars


def text_match(field: Field, value: SigmaString, *, is_cased: bool) -> Match:
    """Return the match of a field with a text; one of a number compares its digits."""
    parts = _parts(value)
    if field.may_be_query and _begins_query(parts):
        behind = [_MULTI, f"?{parts[0]}", *parts[1:]]
        return any_of([_parts_match(field, one, is_cased=is_cased) for one in (parts, behind)])
    return _parts_match(field, parts, is_cased=is_cased)


def _begins_query(parts: Sequence[Part]) -> bool:
    """Whether a text may be that of a query without what stands before its `?`."""
    first = parts[0] if parts else _MULTI
    return isinstance(first, str) and first != _NOTHING_LOGGED and not first.startswith("/")


def _parts_match(field: Field, parts: list[Part], *, is_cased: bool) -> Match:
    if field.kind is Kind.TIME:
        raise RuleError("the field 'time' is compared by its parts: hour, minute, day, …")
    if field.kind is Kind.NUMBER:
        return _match(field, f"coalesce({_compared(f'{field.column}::varchar', parts)}, false)")
    if field.kind is Kind.ADDRESS:
        parts = [_canonical_address(parts)] if _is_plain(parts) else parts
    if parts in ([], [_NOTHING_LOGGED]):
        given = literal(parts[0] if parts else "")  # type: ignore[arg-type] # a plain text
        return _match(field, f"(coalesce({field.column}, '') in ('', {given}))")
    if is_cased:
        column, compared = field.column, parts
    else:
        column = f"{field.column}_lower"
        compared = [folded(part) if isinstance(part, str) else part for part in parts]
    sql = f"coalesce({_compared(column, compared)}, false)"
    return Match(sql, frozenset({column}), _needs(field, parts, sql, column))


def keyword_match(value: SigmaString, *, is_cased: bool) -> Match:
    """Return the match of a keyword: in target, referrer or agent, as logged or decoded."""
    parts = _parts(value)
    if not parts:
        raise RuleError("an empty keyword matches everything")
    contained = _merged([_MULTI, *parts, _MULTI])
    if is_cased:
        return _in_texts("", parts, lambda column: _compared(column, contained))
    lower = [folded(part) if isinstance(part, str) else part for part in contained]
    return _in_texts("_lower", parts, lambda column: _compared(column, lower))


def keyword_regex_match(value: SigmaRegularExpression) -> Match:
    """Return the match of a regular expression that is bound to no field."""
    pattern = _pattern(value)
    needed = required_text(pattern)
    return _in_texts(
        "",
        [needed] if needed else [],
        lambda column: f"regexp_matches({column}, {literal(pattern)})",
    )


def number_match(field: Field, number: float) -> Match:
    """Return the match of a field with a number."""
    if field.kind is Kind.NUMBER:
        return _match(field, f"coalesce({field.column} = {number}, false)")
    return text_match(field, SigmaString.from_str(str(number)), is_cased=False)


def compare_match(field: Field, value: SigmaCompareExpression) -> Match:
    """Return the match of a field that is more or less than a number."""
    if field.kind is not Kind.NUMBER:
        raise RuleError(f"{field.column} is no number: lt, lte, gt and gte cannot compare it")
    operator = _OPERATORS[value.op]
    return _match(field, f"coalesce({field.column} {operator} {value.number.number}, false)")


def regex_match(field: Field, value: SigmaRegularExpression) -> Match:
    """Return the match of a field in which a regular expression is found."""
    if field.kind is Kind.TIME:
        raise RuleError("the field 'time' is compared by its parts: hour, minute, day, …")
    pattern = _pattern(value)
    text = f"{field.column}::varchar" if field.kind is Kind.NUMBER else field.column
    sql = f"coalesce(regexp_matches({text}, {literal(pattern)}), false)"
    needed = required_text(pattern)
    parts: list[Part] = [needed] if needed else []
    return Match(sql, frozenset({field.column}), _needs(field, parts, sql, field.column))


def network_match(field: Field, value: SigmaCIDRExpression) -> Match:
    """Return the match of an address in a network."""
    if field.kind is not Kind.ADDRESS:
        raise RuleError("cidr compares addresses only: c-ip")
    first, last = (literal(address_key(one)) for one in (value.network[0], value.network[-1]))
    sql = f"coalesce(client_ip_key between {first} and {last}, false)"
    columns = frozenset({"client_ip_key"})
    return Match(sql, columns, (frozenset({Probe(Domain.CLIENT, sql=sql, columns=columns)}),))


def field_match(field: Field, other: Field, *, starts: bool, ends: bool) -> Match:
    """Return the match of a field with another one of the same request, without regard to case."""
    one, two = (
        f"{each.column}_lower" if each.kind in {Kind.TEXT, Kind.ADDRESS} else each.column
        for each in (field, other)
    )
    columns = frozenset({one, two})
    if field.kind is Kind.NUMBER or other.kind is Kind.NUMBER:
        one, two = f"{one}::varchar", f"{two}::varchar"
    if starts and ends:
        sql = f"contains({one}, {two})"
    elif starts or ends:
        sql = f"{'starts_with' if starts else 'ends_with'}({one}, {two})"
    else:
        sql = f"{one} = {two}"
    return Match(f"coalesce({sql}, false)", columns)


def presence_match(field: Field, *, is_there: bool) -> Match:
    """Return the match of requests in which a field has a value, or has none."""
    return _match(field, f"({field.column} is {'not ' if is_there else ''}null)")


def time_match(field: Field, part: str, number: int) -> Match:
    """Return the match of requests at a minute, hour, day, week, month or year, in local time."""
    if field.kind is not Kind.TIME:
        raise RuleError(f"{field.column} is no time: {part} cannot be taken from it")
    return _match(field, f"coalesce({part}({field.column}) = {number}, false)")


def _match(field: Field, sql: str) -> Match:
    columns = frozenset({field.column})
    if field.domain is Domain.CLIENT and sql.startswith("coalesce"):
        probe = Probe(Domain.CLIENT, sql=sql, columns=columns)
        return Match(sql, columns, (frozenset({probe}),))
    return Match(sql, columns)


def _parts(value: SigmaString) -> list[Part]:
    """The texts and wildcards of a value, texts side by side as one."""
    for part in value.s:
        if isinstance(part, Placeholder):
            raise RuleError(f"placeholder %{brief(part.name)}% (expand) has no values here")
    return _merged([part for part in value.s if not isinstance(part, Placeholder)])


def _merged(parts: Sequence[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, str) and isinstance(last, str):
            merged[-1] = last + part
        elif part != "" and not (part is _MULTI and last is _MULTI):
            merged.append(part)
    return merged


def _is_plain(parts: Sequence[Part]) -> bool:
    return len(parts) == 1 and isinstance(parts[0], str)


def _canonical_address(parts: Sequence[Part]) -> Part:
    text = str(parts[0])
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def _compared(column: str, parts: Sequence[Part]) -> str:
    """SQL that compares a column with texts and wildcards; null where the column is."""
    match list(parts):
        case [str(text)]:
            return f"{column} = {literal(text)}"
        case [SpecialChars.WILDCARD_MULTI]:
            return f"{column} is not null"
        case [SpecialChars.WILDCARD_MULTI, str(text), SpecialChars.WILDCARD_MULTI]:
            return f"contains({column}, {literal(text)})"
        case [str(text), SpecialChars.WILDCARD_MULTI]:
            return f"starts_with({column}, {literal(text)})"
        case [SpecialChars.WILDCARD_MULTI, str(text)]:
            return f"ends_with({column}, {literal(text)})"
        case several:
            # No LIKE: it goes back and forth, which hostile texts make long.
            return f"regexp_matches({column}, {literal(_wildcard_pattern(several))})"


def _wildcard_pattern(parts: Sequence[Part]) -> str:
    """A regular expression of RE2 that matches whole texts; a wildcard at an end is no anchor."""
    begin = "" if parts[0] is _MULTI else r"\A"
    end = "" if parts[-1] is _MULTI else r"\z"
    inner = parts[not begin : len(parts) - (not end)]
    texts = (
        escaped(part) if isinstance(part, str) else ".*" if part is _MULTI else "."
        for part in inner
    )
    return f"(?s){begin}{''.join(texts)}{end}"


def _pattern(value: SigmaRegularExpression) -> str:
    if value.contains_placeholder():
        raise RuleError("placeholders (expand) in a regular expression have no values here")
    if len(str(value.regexp)) > LONGEST_PATTERN:
        raise RuleError(f"a regular expression is longer than {LONGEST_PATTERN:,} characters")
    flags = "".join(sorted(SigmaRegularExpression.sigma_to_re_flag[one] for one in value.flags))
    return f"(?{flags}){value.regexp}" if flags else str(value.regexp)


def _needs(field: Field, parts: Sequence[Part], sql: str, column: str) -> tuple[Need, ...]:
    """The longest text of a value, to be sought in the domain of its field, else the match."""
    if field.domain is None:
        return ()
    texts = [sought(part) for part in parts if isinstance(part, str)]
    if texts and field.domain is not Domain.CLIENT:
        return (frozenset({Probe(field.domain, literal=max(texts, key=len))}),)
    return (frozenset({Probe(field.domain, sql=sql, columns=frozenset({column}))}),)


def _in_texts(suffix: str, parts: Sequence[Part], compared: Callable[[str], str]) -> Match:
    """The match in all texts that keywords are sought in."""
    texts = [sought(part) for part in parts if isinstance(part, str)]
    found = []
    for domain, forms in FORMS.items():
        columns = frozenset(f"{form}{suffix}" for form in forms)
        sqls = [f"coalesce({compared(f'{form}{suffix}')}, false)" for form in forms]
        sql = "(" + " or ".join(sqls) + ")"
        probe = (
            Probe(domain, literal=max(texts, key=len), is_decoded=True)
            if texts
            else Probe(domain, sql=sql, columns=columns)
        )
        found.append(Match(sql, columns, (frozenset({probe}),)))
    return any_of(found)
