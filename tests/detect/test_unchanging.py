"""What detection hands on stays as it is."""

from pipelines import detect
from tests.unchanging import changeable


def test_no_value_of_detection_can_be_changed() -> None:
    """Several detectors share them, on several threads; a rule is in draft until it is whole."""
    assert changeable(detect) == ["pipelines.detect.sigma.rulebook._Draft"]
