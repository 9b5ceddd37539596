"""What modules of the lake hand to each other."""

from pipelines import lake
from tests.unchanging import changeable


def test_nobody_changes_what_others_were_given() -> None:
    """Every value is frozen."""
    assert changeable(lake) == []
