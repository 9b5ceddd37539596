"""Names that look alike have one skeleton (UTS 39), and others have not."""

import pytest

from pipelines.text.confusable import skeleton


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("st-01", "st-Ol"),
        ("st-01", "st-０１"),
        ("tanaka", "t\N{CYRILLIC SMALL LETTER A}naka"),
        ("Tanaka", "ｔａｎａｋａ"),
        ("barn", "bam"),
        ("ST-1", "st-l"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(name: str, other: str) -> None:
    """Digits and letters, full-width forms, another script, two letters for one; case is none."""
    assert name != other
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(
    ("name", "other"), [("st-1", "st-2"), ("tanaka", "tanake"), ("山田", "山口"), ("st1", "st-1")]
)
def test_other_names_have_another(name: str, other: str) -> None:
    """What an eye can tell apart."""
    assert skeleton(name) != skeleton(other)
