"""What modules of requests hand to each other."""

from pipelines import subject
from tests.unchanging import changeable


def test_nobody_changes_what_others_were_given() -> None:
    """A person stays who they are, and a request what was asked."""
    assert changeable(subject) == []
