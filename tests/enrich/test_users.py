"""What the form of a user's id says, for many at once and for one."""

import polars as pl
import pytest

from pipelines.enrich.users import rule_of, shop_of, types_of
from pipelines.errors import SettingsError
from pipelines.settings.model import UserType

_RULES = (
    UserType(pattern="^st-", type="staff"),
    UserType(pattern="^fr(?P<franchise>[0-9]{3})?-", type="franchise"),
    UserType(pattern="^[sc]", type="customer"),
)


def test_the_first_rule_that_fits_tells_the_type() -> None:
    """In bulk as one by one; a null stays null, and so does a user that no rule fits."""
    users = ["st-1", "fr007-a", "c1", None, "x", "st-1"]
    types = ["staff", "franchise", "customer", None, None, "staff"]
    assert types_of(pl.Series(users), _RULES).to_list() == types
    for user, kind in zip(users, types, strict=True):
        rule = rule_of(user, _RULES) if user is not None else None
        assert (rule and rule.type) == kind


def test_without_rules_nobody_has_a_type() -> None:
    """The key `user_types` may be empty."""
    assert types_of(pl.Series(["a"]), ()).to_list() == [None]
    assert rule_of("a", ()) is None


def test_a_shop_is_named_by_the_group_of_the_first_rule() -> None:
    """None where the group is not there, or where the rule has none."""
    assert shop_of("fr007-a", _RULES) == "007"
    assert shop_of("fr-a", _RULES) is None
    assert shop_of("st-1", _RULES) is None


def test_a_pattern_that_the_engine_refuses_is_named() -> None:
    """A pattern that is too large for the engine is a mistake of the settings."""
    rules = (*_RULES, UserType(pattern=r"\w{900}x", type="staff"))
    with pytest.raises(SettingsError, match=r"user_types\[3\]\.pattern"):
        types_of(pl.Series(["a"]), rules)
