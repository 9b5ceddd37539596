"""The way in: the log-in form, a password mistyped now and then, and the way out again."""

from dataclasses import dataclass

import numpy as np

from pipelines.demo.columns import ORDINARY, Floats, Ints, Requests, joined, requests, spread
from pipelines.demo.pages import PageKind
from pipelines.demo.views import files_of
from pipelines.demo.world import SiteWorld

MISTYPED = 0.055  # share of log-ins that need more than one try
_TYPING_SECONDS = 9.0
_WELCOME_AFTER = 0.5


@dataclass(frozen=True)
class Arrivals:
    """People who come to log in, one row each."""

    second: Floats  # of opening the form
    address: Ints
    agent: Ints
    user: Ints


@dataclass(frozen=True)
class Door:
    """Log-ins that have happened, and the requests that they took."""

    steps: Requests
    inside: Floats  # second at which each user is in
    people: Arrivals

    def leave(
        self, rng: np.random.Generator, site: SiteWorld, second: Floats, share: float
    ) -> Requests:
        """Return the log-outs at `second` by the `share` of users who bother."""
        page = site.pages.one(PageKind.LOGOUT)
        if page is None:
            return joined([])
        tidy = rng.random(len(second)) < share
        return requests(
            second[tidy],
            page=page,
            address=self.people.address[tidy],
            agent=self.people.agent[tidy],
            user=self.people.user[tidy],
            status=site.pages.table[page].status,
            from_page=site.pages.of(PageKind.TOP)[0],
        )


def log_in(
    rng: np.random.Generator,
    site: SiteWorld,
    people: Arrivals,
    mistyped: float = MISTYPED,
    incident: int = ORDINARY,
) -> Door:
    """Return the log-ins of `people`; on a site without a log-in page they take nothing."""
    page = site.pages.one(PageKind.LOGIN)
    if page is None:
        return Door(joined([]), people.second, people)
    login = site.pages.table[page]
    top = site.pages.of(PageKind.TOP)[0]
    form = site.pages.one(PageKind.FORM)
    form = top if form is None else form
    second, address, agent, user = people.second, people.address, people.agent, people.user
    failures = np.where(rng.random(len(second)) < mistyped, rng.geometric(0.65, len(second)), 0)
    owner, place = spread(failures)
    typing = _TYPING_SECONDS * rng.lognormal(0.0, 0.3, len(second))
    inside = second + typing * (failures + 1)
    opened = requests(second, page=form, address=address, agent=agent, incident=incident)
    refused = requests(
        second[owner] + typing[owner] * (place + 1),
        page=page,
        address=address[owner],
        agent=agent[owner],
        user=user[owner],
        status=login.refused,
        from_page=form,
        incident=incident,
    )
    accepted = requests(
        np.concatenate([inside, inside + _WELCOME_AFTER]),
        page=np.repeat([page, top], len(second)),
        address=np.tile(address, 2),
        agent=np.tile(agent, 2),
        user=np.tile(user, 2),
        status=np.repeat([login.status, 200], len(second)),
        from_page=form,
        incident=incident,
    )
    steps = [opened, refused, accepted]
    if incident == ORDINARY:
        steps.append(files_of(rng, site, opened, 3.0))
    return Door(joined(steps), inside + _WELCOME_AFTER, people)
