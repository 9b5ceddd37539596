"""Correction for the number of tests that a night makes."""

from collections.abc import Sequence

FALSE_DISCOVERY_RATE = 0.1
"""One in ten: each test has a floor on the effect besides, which lets hardly any chance through."""


def significant(p_values: Sequence[float], tests: int, rate: float = FALSE_DISCOVERY_RATE) -> float:
    """Return the largest p-value that counts as significant among `tests`; 0 when none does.

    `p_values` need only hold the small ones; those left out count as tests without effect. At most
    a share `rate` of what is let through is expected to be chance: Benjamini & Hochberg (1995),
    Journal of the Royal Statistical Society B 57, 289-300.
    """
    ordered = sorted(p_values)
    count = max(tests, len(ordered))
    passing = [p for rank, p in enumerate(ordered, start=1) if p <= rate * rank / count]
    return max(passing, default=0.0)
