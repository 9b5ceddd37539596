"""The figure by which headquarters' overview ranks shops, and the orders of its table."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from pipelines.findings import Severity
from pipelines.report.franchise.facts import ShopFacts

FURTHER_INCIDENTS = 2
FURTHER_WEIGHT = 0.5
UNSEEN_WEIGHT = 0.3


def risk_of_shop(shop: ShopFacts) -> float:
    """Return 0 to 100: the riskiest open incident, raised by two more and by what was not seen.

    `1 - (1 - r1) (1 - r2 / 2) (1 - r3 / 2) (1 - 0.3 u)`, times 100: a noisy-or (Pearl 1988, section
    4.3.2). r1 to r3 are the risks of the shop's riskiest open incidents over 100; the second and
    third count only from `medium` up, by half, since they may see the same lines. u is the share
    of the shop's sites without a line or with a failed critical check: what is not seen is not
    safe, and weighs as much as an incident of risk 30 at most.
    """
    incidents = shop.day.incidents
    further = [one.risk for one in incidents[1:] if one.severity.needs_a_look]
    doubt = 1 - (incidents[0].risk / 100 if incidents else 0)
    doubt *= math.prod(1 - FURTHER_WEIGHT * risk / 100 for risk in further[:FURTHER_INCIDENTS])
    doubt *= 1 - UNSEEN_WEIGHT * unseen_share(shop)
    return round(100 * (1 - doubt), 2)


def unseen_share(shop: ShopFacts) -> float:
    """Return the share of the shop's sites without a line or with a failed critical check."""
    sites = shop.day.sites
    unseen = sum(site.missing or site.checks_failed_critical > 0 for site in sites)
    return unseen / len(sites) if sites else 1.0


def _by_risk(shop: ShopFacts) -> tuple[Any, ...]:
    grave = tuple(-shop.day.open_of(severity) for severity in Severity)
    return (-risk_of_shop(shop), *grave, -shop.people, shop.shop)


ORDERS: dict[str, Callable[[ShopFacts], tuple[Any, ...]]] = {
    "risk": _by_risk,
    "shop": lambda shop: (shop.shop,),
    "severity": lambda shop: _by_risk(shop)[1:],
    "people": lambda shop: (-shop.people, *_by_risk(shop)),
    "accesses": lambda shop: (-shop.day.personal_accesses, *_by_risk(shop)),
    "trend": lambda shop: (-(shop.trend or 0), *_by_risk(shop)),
    "coverage": lambda shop: (-unseen_share(shop), -shop.day.rejected, *_by_risk(shop)),
}


def in_order_of(order: str, shops: Iterable[ShopFacts]) -> list[ShopFacts]:
    """Return the shops in one of `ORDERS`; ties go by risk, then by the shop's id."""
    return sorted(shops, key=ORDERS[order])
