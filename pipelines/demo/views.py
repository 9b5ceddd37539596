"""What goes with looking at a page: what fills its gap, and the files that it pulls in."""

import numpy as np

from pipelines.demo.columns import NOTHING, Ints, Requests, requests, spread
from pipelines.demo.pages import Gap, PageKind
from pipelines.demo.world import SiteWorld

_FETCHES = 0.6  # share of pages whose files the client does not have yet
UNCHANGED = 0.15  # share of files that the client still has and the server need not send


def fill_gaps(
    rng: np.random.Generator, site: SiteWorld, page: Ints, subject: Ints | int = NOTHING
) -> Ints:
    """Return what fills the gap of each page: `subject`, or a search word or area by chance."""
    gap = site.pages.gaps[page]
    word = (len(site.words) * rng.random(len(page)) ** 1.7).astype(np.int64)
    area = rng.integers(0, len(site.areas), len(page))
    filled: Ints = np.select(
        [gap == Gap.SUBJECT, gap == Gap.WORD, gap == Gap.AREA],
        [
            np.broadcast_to(np.asarray(subject, dtype=np.int64), len(page)),
            site.words.start + word,
            site.areas.start + area,
        ],
        default=NOTHING,
    )
    return filled


def files_of(rng: np.random.Generator, site: SiteWorld, views: Requests, mean: float) -> Requests:
    """Return the requests for style sheets, scripts and pictures that follow page `views`."""
    count = np.where(rng.random(len(views)) < _FETCHES, rng.poisson(mean, len(views)), 0)
    owner, place = spread(count)
    files = site.pages.numbers(PageKind.ASSET)
    first = rng.integers(0, len(files), len(views))
    return requests(
        views.second[owner] + rng.random(len(owner)) * 2.5,
        page=files[(first[owner] + place) % len(files)],
        address=views.address[owner],
        agent=views.agent[owner],
        status=np.where(rng.random(len(owner)) < UNCHANGED, 304, 200),
        from_page=views.page[owner],
        from_fill=views.fill[owner],
    )
