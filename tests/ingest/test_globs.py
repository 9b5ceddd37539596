"""Patterns of log files: what they match, what they put for placeholders, and at what cost."""

import pytest

from pipelines.settings.globs import compiled
from tests.hostile_texts import LINEAR, growth


@pytest.mark.parametrize(
    ("glob", "path", "values"),
    [
        ("main/*.log*", "main/access.log.1.gz", {}),
        ("main/*.log", "main/a/b.log", None),
        ("main/**/*.log", "main/a/b.log", {}),
        ("main/**/*.log", "main/b.log", {}),
        ("main/**", "main/a/b", {}),
        ("[ab]?[!c]", "a1d", {}),
        ("[ab]?[!c]", "a1c", None),
        ("*.log", "caf\udce9.log", {}),
        ("shops/{shop}/*.log", "shops/s.1/a.log", {"shop": "s.1"}),
        ("shops/{shop}/*.log", "shops/s 1/a.log", None),
        ("{shop}/{shop}_access*.log", "x_access/x_access_access.log", {"shop": "x_access"}),
        ("{shop}/{shop}_access*.log", "x/y_access.log", None),
        ("{shop}-{shop}.log", "a-b-a-b.log", {"shop": "a-b"}),
        ("{shop}-{shop}.log", "a-b-a.log", None),
        ("{a}-{b}/{b}/{a}.log", "1-2-3/2-3/1.log", {"a": "1", "b": "2-3"}),
    ],
)
def test_a_glob_matches_and_names_parts(
    glob: str, path: str, values: dict[str, str] | None
) -> None:
    """The same placeholder stands for the same text everywhere, however the name can be cut."""
    assert compiled(glob).values(path) == values


@pytest.mark.parametrize("glob", ["", "a**", "[z-a]"])
def test_what_is_no_glob_is_refused(glob: str) -> None:
    """The settings name it by its place."""
    with pytest.raises(ValueError, match="is not a pattern for files"):
        compiled(glob)


@pytest.mark.parametrize("glob", ["*a*a*a*a*a.log", "{shop}*{day}*a*a.log", "**/*a*a*a.log"])
def test_names_are_matched_in_linear_time(glob: str) -> None:
    """A name that fits a pattern of many wildcards in many ways, and then does not."""
    pattern = compiled(glob)
    small, large = ("a" * 2000 + ".lox", "a" * 8000 + ".lox")
    assert growth(pattern.values, small, large) <= LINEAR
