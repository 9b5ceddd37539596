"""The search for how much of an act stays unnoticed."""

import pytest
from evade import __main__ as evade

from tests.laws.companies import usual_work

pytestmark = [pytest.mark.further, pytest.mark.timeout(300)]

_GUESSES = evade.Act(
    "brute-force",
    {"ja": "n 回試す", "en": "trying n times"},
    {"at": "03:00-03:50", "count": "n", "ip": "198.51.100.9", "user": "st-1", "status": 401,
     "request": "POST /login HTTP/1.1"},
)  # fmt: skip
_PAGES = evade.Act(
    "bulk-record-access",
    {"ja": "n ページ読む", "en": "reading n pages"},
    {"at": "10:00-12:00", "count": "n", "user": "st-1", "request": "GET /news/{i} HTTP/1.1"},
)


def test_the_largest_amount_that_is_not_reported() -> None:
    """Two password tries stay unnoticed and forty do not; reading pages harms nobody."""
    company = usual_work(20, people=5, records=12)
    assert evade.largest_unreported([_GUESSES, _PAGES], [company], (2, 40)) == [[2], [40]]
