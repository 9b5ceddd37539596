"""The world behind the logs: sites, the people on them, their habits and their addresses.

Everything follows from the settings and the seed: which sites there are, what their users' ids look
like, when staff work. Nothing here knows how mimamori finds anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pipelines.demo import agents
from pipelines.demo.agents import Agent
from pipelines.demo.columns import Floats, Ints
from pipelines.demo.pages import Pages
from pipelines.demo.staff import Crew
from pipelines.ingest.discover import SiteInstance
from pipelines.settings.model import Settings

ALL_AGENTS = (
    *agents.PEOPLE,
    *agents.CRAWLERS,
    *agents.SCANNERS,
    *agents.INJECTORS,
    *agents.GUESSERS,
    agents.MONITOR,
    agents.BATCH,
)


class Role(StrEnum):
    """What a site is for, told from its settings.

    Without personal data it is PUBLIC; with a `franchise` a SHOP; staffed at all hours a WATCH;
    with pages for administrators an OFFICE; else a PORTAL, where customers log in too.
    """

    PUBLIC = "public"
    PORTAL = "portal"
    OFFICE = "office"
    WATCH = "watch"
    SHOP = "shop"


@dataclass(frozen=True)
class Habit:
    """How the lines of a role's sites divide; the shares are of the site's lines."""

    weight: float  # lines against those of the first public site
    visitors: float
    crawlers: float
    customers: float
    crew: float
    cases: float  # that one person handles on a day


HABITS = {
    Role.PUBLIC: Habit(1.0, 0.86, 0.12, 0.0, 0.0, 0.0),
    Role.PORTAL: Habit(0.6, 0.16, 0.05, 0.65, 0.12, 16.0),
    Role.OFFICE: Habit(0.42, 0.0, 0.01, 0.0, 0.97, 26.0),
    Role.WATCH: Habit(0.34, 0.0, 0.01, 0.0, 0.97, 22.0),
    Role.SHOP: Habit(0.02, 0.45, 0.12, 0.0, 0.41, 12.0),
}
# What one doing leaves in the log on average; a test holds them against the traffic made.
LINES_PER_VISIT = 6.3
LINES_PER_CUSTOMER_VISIT = 8.9
LINES_PER_CASE = 2.25
LINES_PER_SHIFT = 11.0


@dataclass(frozen=True)
class Customers:
    """Customers of the main sites, one row each; row and subject are the same number."""

    subjects: tuple[str, ...]  # customer numbers
    user: Ints  # World.users; empty when the settings know no customers
    home: Ints  # World.addresses
    mobile: Ints
    on_the_move: Floats  # share of visits made over the mobile network
    agent: Ints
    eagerness: Floats  # running share of all visits, up to 1


@dataclass(frozen=True)
class Visitors:
    """People who read public pages without logging in."""

    address: Ints
    agent: Ints
    eagerness: Floats  # running share of all visits, up to 1


@dataclass(frozen=True)
class SiteWorld:
    """One site with everything that happens on it."""

    number: int
    instance: SiteInstance
    logs: str  # glob below the landing folder, placeholders filled in
    from_template: bool
    role: Role
    lines: float  # on an average day of the week
    pages: Pages
    fills: tuple[str, ...]  # nothing, subjects, words, areas, payloads
    subjects: range  # places in `fills`
    words: range
    areas: range
    payloads: range
    crew: Crew | None
    has_customers: bool
    robot: int  # World.users: the system account that monitors and exports, or NOBODY
    robot_address: int

    @property
    def habit(self) -> Habit:
        """How the lines of the site divide."""
        return HABITS[self.role]


@dataclass(frozen=True)
class World:
    """Everything that stays the same from day to day."""

    settings: Settings
    seed: int
    addresses: tuple[str, ...]
    users: tuple[str, ...]
    crawlers: tuple[Ints, ...]  # addresses of each crawler
    scanners: Ints  # addresses that knock everywhere
    strangers: Ints  # addresses that no one ordinary ever uses
    insiders: Ints  # unused addresses of the inner network
    abroad: dict[str, Ints]  # unused addresses by country
    guessed: Ints  # World.users: names that nobody has
    spare: int  # World.users: the second account of somebody, or NOBODY
    left: str  # account of somebody who left before the first day; empty without staff
    visitors: Visitors
    customers: Customers
    sites: tuple[SiteWorld, ...]

    def rng(self, *purpose: int) -> np.random.Generator:
        """Return a generator of its own for a purpose, so that one part never shifts another."""
        return np.random.default_rng([self.seed, *purpose])


def first_agent(table: Sequence[Agent]) -> int:
    """Return the number in ALL_AGENTS of the first of a table of `agents`."""
    return ALL_AGENTS.index(table[0])
