"""From requests to log lines, in the formats that Apache and nginx write by default."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from pipelines.demo.columns import NO_PAGE, Ints, Requests
from pipelines.demo.days import Day
from pipelines.demo.pages import OUTSIDE, PageKind
from pipelines.demo.world import ALL_AGENTS, SiteWorld, World
from pipelines.errors import MimamoriError
from pipelines.text.messages import message

# As `common`, with the user in a header that a proxy for sign-on sets (`user_from` in settings).
SIGNED_ON = '%h %l %u %t "%r" %>s %b "%{X-Remote-User}i"'
FORMATS = ("combined", "common", "vhost_combined", "auto", SIGNED_ON)  # `auto` is combined
_SHORT = ("common", SIGNED_ON)  # formats of old servers, without referrer and agent
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MAIN_DOMAIN_PERCENT = 72
_HEADER_BYTES = 318  # vhost_combined counts all that was sent, headers too
_BODY_BYTES = {301: 312, 302: 0, 304: 0, 401: 381, 403: 278, 404: 196, 500: 531}
_PROTOCOLS = ("", " HTTP/1.1", " HTTP/2.0")
_SIZES = 6  # purpose of the random numbers


@dataclass(frozen=True)
class Text:
    """The text of one file, and how many of its lines belong to each incident of the day."""

    content: bytes
    lines: int
    incident_lines: tuple[int, ...]


@dataclass(frozen=True)
class _Tables:
    """The texts of a site that its lines are put together from."""

    domains: tuple[str, ...]
    hosts: pl.Series  # with port, as vhost_combined has them
    before: pl.Series  # of each page, with the method
    after: pl.Series
    fills: pl.Series
    referrers: pl.Series  # every page on every domain, then the pages outside
    stray: Ints  # 1 for pages that are no HTTP
    bytes: Ints
    steady: Ints


def check_format(site_id: str, name: str) -> None:
    """Raise MimamoriError when the simulator cannot write the format `name` of a site."""
    if name not in FORMATS:
        raise MimamoriError(
            message(
                "demo.lines.format", at=f"site {site_id!r}", name=name, formats=", ".join(FORMATS)
            )
        )


class Printer:
    """Writes requests of one world as log lines."""

    def __init__(self, world: World) -> None:
        """Make the texts that all sites share."""
        self._world = world
        self._addresses = pl.Series(world.addresses, dtype=pl.String)
        self._users = _series(escaped(user) for user in world.users)
        self._tables: dict[int, _Tables] = {}

    def text(self, site: SiteWorld, day: Day, batch: Requests, incidents: int) -> Text:
        """Return the log of `site` on `day`, in order of time; other days' requests are left out.

        `incidents` is how many incidents the day has; requests carry their numbers.
        """
        batch = batch.where((batch.second >= 0) & (batch.second < day.seconds))
        batch = batch.where(np.argsort(batch.second, kind="stable"))
        marked = batch.incident[batch.incident >= 0]
        counts = np.bincount(marked, minlength=incidents)
        content = ""
        if len(batch):
            parts = self._parts(site, day, batch)
            content = pl.select(pl.concat_str(parts).str.join("\n")).item() + "\n"
        return Text(content.encode("ascii"), len(batch), tuple(counts.tolist()))

    def _parts(self, site: SiteWorld, day: Day, batch: Requests) -> list[pl.Series | pl.Expr]:
        """The columns that make a line when they are set side by side."""
        tables = self._tables.setdefault(site.number, _tables(site))
        domain = _domain(batch.address, len(tables.domains))
        second = batch.second.astype(np.int64)
        minutes, zone = _clock(day.midnight, day.seconds, site.instance.timezone)
        seconds = _series(f"{second:02}" for second in range(60))
        newer = np.array([agent.http2 for agent in ALL_AGENTS], dtype=np.int64)[batch.agent]
        if site.instance.format in _SHORT:
            newer = np.zeros_like(newer)
        protocol = np.where(tables.stray[batch.page] == 1, 0, 1 + newer)
        answered = self._bytes(site, day, batch, tables)
        users = self._users.gather(batch.user)
        is_signed_on = site.instance.format == SIGNED_ON
        parts: list[pl.Series | pl.Expr] = [
            self._addresses.gather(batch.address),
            pl.lit(" - "),
            pl.lit("-") if is_signed_on else users,
            pl.lit(" ["),
            minutes.gather(second // 60),
            seconds.gather(second % 60),
            zone.gather(second // 60),
            tables.before.gather(batch.page),
            tables.fills.gather(batch.fill),
            tables.after.gather(batch.page),
            _series(_PROTOCOLS).gather(protocol),
            pl.lit('" '),
            pl.Series(batch.status).cast(pl.String),
            pl.lit(" "),
            answered,
        ]
        if site.instance.format == "vhost_combined":
            parts = [tables.hosts.gather(domain), pl.lit(" "), *parts]
        if is_signed_on:
            return [*parts, pl.lit(' "'), users, pl.lit('"')]
        if site.instance.format in _SHORT:
            return parts
        agents = _series(escaped(agent.at(day.on)) or "-" for agent in ALL_AGENTS)
        pages = len(tables.before)
        from_page = np.where(
            batch.from_page == NO_PAGE,
            len(tables.domains) * pages + batch.source,
            domain * pages + batch.from_page,
        )
        inner = np.where(batch.from_page == NO_PAGE, 0, batch.from_page)
        parts += [
            pl.lit(' "'),
            tables.referrers.gather(from_page),
            tables.fills.gather(np.where(batch.from_page == NO_PAGE, 0, batch.from_fill)),
            pl.Series(np.where(batch.from_page == NO_PAGE, "", tables.after.to_numpy()[inner])),
            pl.lit('" "'),
            agents.gather(batch.agent),
            pl.lit('"'),
        ]
        return parts

    def _bytes(self, site: SiteWorld, day: Day, batch: Requests, tables: _Tables) -> pl.Series:
        rng = self._world.rng(_SIZES, day.on.toordinal(), site.number)
        full = tables.bytes[batch.page]
        made = np.where(
            tables.steady[batch.page] == 1, full, full * rng.lognormal(0.0, 0.15, len(batch))
        )
        size = made.astype(np.int64)
        for status, fixed in _BODY_BYTES.items():
            size = np.where(batch.status == status, fixed, size)
        if site.instance.format == "vhost_combined":
            return pl.Series(size + _HEADER_BYTES).cast(pl.String)
        return pl.Series(size).cast(pl.String).replace("0", "-")


def escaped(text: str) -> str:
    r"""Return `text` as Apache logs it: quotes and backslashes escaped, other bytes as \xhh."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(
        c if " " <= c <= "~" else "".join(f"\\x{byte:02x}" for byte in c.encode()) for c in plain
    )


def _tables(site: SiteWorld) -> _Tables:
    pages = site.pages.table
    domains = tuple(domain.encode("idna").decode() for domain in site.instance.domains)
    return _Tables(
        domains=domains,
        hosts=_series(f"{domain}:443" for domain in domains),
        before=_series(
            '] "' + " ".join(filter(None, (page.method, page.before))) for page in pages
        ),
        after=_series(page.after for page in pages),
        fills=_series(site.fills),
        referrers=_series(
            [
                *(f"https://{domain}{page.before}" for domain in domains for page in pages),
                *OUTSIDE,
            ]
        ),
        stray=np.array([page.kind is PageKind.GARBAGE for page in pages], dtype=np.int64),
        bytes=np.array([page.bytes for page in pages], dtype=np.int64),
        steady=np.array([page.steady for page in pages], dtype=np.int64),
    )


@lru_cache(maxsize=8)
def _clock(midnight: int, seconds: int, zone: str) -> tuple[pl.Series, pl.Series]:
    """For every minute of a day, its time up to the seconds, and the offset from UTC after them."""
    starts = [
        dt.datetime.fromtimestamp(midnight + 60 * minute, tz=ZoneInfo(zone))
        for minute in range(seconds // 60 + 1)
    ]
    return (
        _series(
            f"{at.day:02}/{_MONTHS[at.month - 1]}/{at.year}:{at.hour:02}:{at.minute:02}:"
            for at in starts
        ),
        _series(f" {at:%z}" for at in starts),
    )


def _domain(address: Ints, domains: int) -> Ints:
    """Which of the site's domains a client uses: always the same one, mostly the first."""
    if domains == 1:
        return np.zeros_like(address)
    place = address * 2_654_435_761 // 8 % 100
    other = 1 + place % (domains - 1)
    chosen: Ints = np.where(place < _MAIN_DOMAIN_PERCENT, 0, other)
    return chosen


def _series(texts: Iterable[str]) -> pl.Series:
    return pl.Series(list(texts), dtype=pl.String)
