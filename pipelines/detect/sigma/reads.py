"""Which columns of the record a rule reads, for judging where it can work."""

from collections.abc import Sequence

from pipelines.detect.sigma.rule import Rule

_FORMS = frozenset({"lower", "decoded", "form", "key"})  # as `fields.column_sql` knows them
_OF_PATH = frozenset({"target", "stem", "extension"})


def columns_read(rules: Sequence[Rule]) -> dict[str, frozenset[str]]:
    """Return by detector the columns that its condition reads, those of a correlation's rules too.

    `rules` are those of a rulebook, by whose numbers correlations name them.
    """
    return {rule.detector: _columns(rules, rule) for rule in rules if rule.is_reported}


def _columns(rules: Sequence[Rule], rule: Rule) -> frozenset[str]:
    if rule.correlation is not None:
        own = rule.correlation.columns
        parts = [_columns(rules, rules[number]) for number in rule.correlation.rules]
        return frozenset().union(_sources(own), *parts)
    return _sources(rule.match.columns) if rule.match is not None else frozenset()


def _sources(columns: frozenset[str]) -> frozenset[str]:
    sources = {_without_forms(column) for column in columns}
    return frozenset("url_path" if one in _OF_PATH else one for one in sources)


def _without_forms(column: str) -> str:
    parts = column.split("_")
    while len(parts) > 1 and parts[-1] in _FORMS:
        parts.pop()
    return "_".join(parts)
