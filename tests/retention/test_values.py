"""What modules of retention hand to each other."""

from pipelines import retention
from tests.unchanging import changeable


def test_nobody_changes_what_others_were_given() -> None:
    """Only sums grow while days are dealt with."""
    assert changeable(retention) == ["pipelines.retention.access_rows.Sums"]
