"""A fortnight of nights with faults, each the real command in a process of its own."""

import datetime as dt
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import yaml
from aiosmtpd.controller import Controller

from pipelines.enrich.geo import COUNTRY_DATABASE
from pipelines.paths import Home
from soak import faults, outages
from soak.faults import KINDS, Fault
from soak.nights import SETTINGS, night_after
from soak.outages import Ended, Outage, Program
from soak.reported import Report, reports
from soak.world import HISTORY_DAYS, World, sites_of, stamp

_MAIL_IS_DOWN = (4, 6)  # nights
_ROTATES = (2, 8)
_HOME_SIZE = "600m"
_CALM_SHARE = 0.3
_FIRST_DAYS = dt.date(2026, 10, 26)


@dataclass(frozen=True)
class Plan:
    """What is to happen: the first day is that of the night that reads the history."""

    seed: int
    days: tuple[dt.date, ...]
    faults: tuple[Fault, ...]
    outages: dict[dt.date, Outage]
    rotating: dict[dt.date, str]
    without_mail: frozenset[dt.date]

    @classmethod
    def drawn(cls, seed: int, nights: int, sites: Sequence[str]) -> "Plan":
        """Draw a plan of so many nights after the first."""
        rng = random.Random(seed)  # noqa: S311 - no secret
        first = _FIRST_DAYS + dt.timedelta(days=seed % 7)
        days = tuple(first + dt.timedelta(days=number) for number in range(nights + 1))
        disturbed = outages.draw(rng, days)
        undone = {day for day, one in disturbed.items() if one.is_fatal}
        shops = [one for one in sites if one != "portal"]
        calm = max(2, round(_CALM_SHARE * len(shops)))
        drawn = faults.draw(rng, shops, days, calm, undone)
        quiet = sorted(set(shops) - {one.site_id for one in drawn})
        nights_with_rotation = [days[one] for one in _ROTATES if one < len(days) - 2]
        return cls(
            seed,
            days,
            tuple(drawn),
            disturbed,
            dict(zip(nights_with_rotation, rng.sample(quiet, len(quiet)), strict=False)),
            frozenset(days[one] for one in _MAIL_IS_DOWN if one < len(days) - 1),
        )


@dataclass(frozen=True)
class Mail:
    """A mail: the night in which it came, the day it is about, and its Message-ID."""

    night: dt.date
    day: dt.date
    id: str


@dataclass
class Played:
    """What happened: how each night ended, what stood in the reports after it, and the mails."""

    ended: dict[dt.date, Ended] = field(default_factory=dict)
    delivered: dict[dt.date, Ended] = field(default_factory=dict)
    reports: dict[dt.date, dict[dt.date, Report]] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)


class _Box:
    """Keeps the mails of a night."""

    def __init__(self, night: dt.date, mails: list[Mail]) -> None:
        self.night, self.mails = night, mails

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail."""
        name = str(message_from_bytes(envelope.content)["Message-ID"]).strip("<>")
        day, _, _ = name.partition(".")
        self.mails.append(Mail(self.night, dt.date.fromisoformat(day), name))
        return "250 OK"


def world_of(folder: Path, seed: int, sites: int) -> World:
    """Return a world of so many sites that delivers below a folder."""
    return World(folder / "logs", seed, sites_of(sites))


def play(folder: Path, plan: Plan, world: World, port: int) -> Played:
    """Play the nights of a plan; `port` is a free one of this machine for its mail server."""
    program = _program(folder, port)
    played, rng = Played(), random.Random(plan.seed)  # noqa: S311 - no secret
    _history(world, plan.days[0])
    for number, day in enumerate(plan.days):
        _deliver_day(world, plan, day, number)
        with _rotating(world, plan.rotating.get(day), day):
            outage = plan.outages.get(day)
            ended = outage.run(program, day, rng) if outage else program.night(day)
        played.ended[day] = ended
        # However the night ended: the units of systemd start it after a failure too.
        played.delivered[day] = _send(program, plan, day, played.mails, port)
        played.reports[day] = reports(program.home.reports, plan.days[0])
    return played


def _program(folder: Path, port: int) -> Program:
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    del settings["landing"]
    settings["geoip"] = {"city": "country.mmdb"}
    # History is read in the first night without being examined; what is late, is by days.
    settings["limits"] = {"reexamine_days": 5}
    settings["findings_per_night"] = 100
    settings["deliver"] = {
        "threshold": "medium", "digest": "daily",
        "email": {
            "from": "soak@example.com", "to": ["night@example.com"], "report": "none",
            "smtp": {"host": "localhost", "port": port, "security": "none"},
        },
    }  # fmt: skip
    path = folder / "mimamori.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    shutil.copy(COUNTRY_DATABASE, folder / "country.mmdb")
    return Program(Home(folder / "home"), path, folder / "logs")


@contextmanager
def own_disk(folder: Path) -> Iterator[None]:
    """Give the working folder below `folder` a disk of its own, which root alone can.

    Raises:
        PermissionError: this user may not.
    """
    home = folder / "home"
    home.mkdir(parents=True)
    command = ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={_HOME_SIZE}", "tmpfs", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(f"{home}: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["/usr/bin/umount", "--lazy", str(home)], check=True)


def _history(world: World, first: dt.date) -> None:
    for site in world.sites:
        for back in range(HISTORY_DAYS, 0, -1):
            day = first - dt.timedelta(days=back)
            world.deliver(site.id, world.path(site.id, day), world.lines(site.id, day), day)


def _deliver_day(world: World, plan: Plan, day: dt.date, number: int) -> None:
    """What follows on faults of the day before, then the day's files."""
    before = plan.days[number - 1] if number else None
    for fault in plan.faults:
        follow = KINDS[fault.kind].follow
        if follow and fault.day == before:
            follow(world, fault)
    for site in world.sites:
        faulty = [one for one in plan.faults if one.is_on(site.id, day)]
        if faulty:
            KINDS[faulty[0].kind].deliver(world, faulty[0])
        elif plan.rotating.get(day) != site.id:
            world.deliver(site.id, world.path(site.id, day), world.lines(site.id, day), day)


@contextmanager
def _rotating(world: World, site_id: str | None, day: dt.date) -> Iterator[None]:
    """Have a site write on, and rotate its log, while the night runs; all is written at its end."""
    if site_id is None:
        yield
        return
    lines = world.lines(site_id, day)
    half = len(lines) // 2
    log = world.folder(site_id) / f"{day}-live.log"
    world.deliver(site_id, log, lines[:half], day)
    world.sends(site_id, lines)
    ended = threading.Event()

    def write() -> None:
        for number, line in enumerate(lines[half:]):
            if number == half // 2:
                log.rename(log.with_name(f"{log.name}.1"))
            with log.open("a", encoding="utf-8") as stream:
                stream.write(line.text + "\n")
            stamp(log, day)
            if not ended.is_set():
                time.sleep(0.1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def _send(program: Program, plan: Plan, day: dt.date, mails: list[Mail], port: int) -> Ended:
    """Deliver the night's result by mail, which is down in some nights."""
    command = ("deliver", "--date", str(day))
    if day in plan.without_mail:
        return program.run(night_after(day), *command)
    controller = Controller(_Box(day, mails), hostname="localhost", port=port)
    controller.start()
    try:
        return program.run(night_after(day), *command)
    finally:
        with suppress(AssertionError):
            controller.stop()
