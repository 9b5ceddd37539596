"""What the form of a user's id says by the settings' user types: its type, the shop it names.

Anybody can send a user's id, so the patterns are searched in linear time (`patterns.py`).
"""

import re
from functools import lru_cache

import polars as pl

from pipelines.normalise.columns import Distinct
from pipelines.settings.model import UserType
from pipelines.settings.searchable import check_searchable


def types_of(users: pl.Series, rules: tuple[UserType, ...]) -> pl.Series:
    """Return the type of each user by the first rule that fits; null without one.

    Raises:
        SettingsError: a pattern cannot be used; the message names its key.
    """
    _check(rules)
    distinct = Distinct(users)
    types = pl.Series([None], dtype=pl.String).new_from_index(0, len(distinct.values))
    for rule in reversed(rules):
        types = types.set(distinct.values.str.contains(rule.pattern), rule.type)
    return distinct.spread(types)


@lru_cache(maxsize=8)
def _check(rules: tuple[UserType, ...]) -> None:
    for number, rule in enumerate(rules):
        check_searchable(f"user_types[{number}].pattern", rule.pattern)


@lru_cache(maxsize=1024)
def rule_of(user: str, rules: tuple[UserType, ...]) -> UserType | None:
    """Return the first rule that fits a user; None without one. Raises as `types_of` does."""
    _check(rules)
    text = pl.Series([user])
    return next((rule for rule in rules if text.str.contains(rule.pattern).item()), None)


@lru_cache(maxsize=1024)
def shop_of(user: str, rules: tuple[UserType, ...]) -> str | None:
    """Return the shop that a user's id names by the first rule that it fits; None for none."""
    rule = rule_of(user, rules)
    if rule is None:
        return None
    group = re.compile(rule.pattern).groupindex.get("franchise")
    if group is None:
        return None
    named = pl.Series([user]).str.extract(rule.pattern, group).item()
    return None if named is None else str(named)
