"""The simulator: log files of every configured site, and the truth about what hides in them."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.demo.build import build_world
from pipelines.demo.columns import joined
from pipelines.demo.days import Day, calendar
from pipelines.demo.directory import (
    PEOPLE,
    PRIVILEGES,
    people_csv,
    privileges_csv,
    second_account,
    with_second_account,
)
from pipelines.demo.files import Landing, log_paths
from pipelines.demo.incidents import Incident, Kind, lines_of, silenced
from pipelines.demo.lines import Printer, Text, check_format
from pipelines.demo.plan import HISTORY_DAYS, plan
from pipelines.demo.roster import SHOPS, Shops, shops_of
from pipelines.demo.services import SERVICES, ServiceHistory
from pipelines.demo.traffic import ordinary
from pipelines.demo.world import SiteWorld, World
from pipelines.errors import SettingsError, UsageError
from pipelines.paths import TRUTH_FILE
from pipelines.settings.model import Settings
from pipelines.text.messages import message

DEFAULT_DAYS = 35
DEFAULT_SEED = 1
DEFAULT_LINES_PER_DAY = 57_000  # about 2,000,000 in the default days


@dataclass(frozen=True)
class HiddenIncident:
    """An incident that is in the files, and which detectors may rightly report it."""

    id: str
    on: dt.date
    detectors: tuple[str, ...]
    actor_kind: str
    actor: str
    site_id: str
    lines: int  # lines that belong to it, none for a gap


@dataclass(frozen=True)
class WrittenFile:
    """What one site logged on one day."""

    path: str  # below the folder written to
    site_id: str
    on: dt.date
    lines: int


@dataclass(frozen=True)
class Truth:
    """What the simulator wrote."""

    seed: int
    days: tuple[dt.date, ...]
    incidents: tuple[HiddenIncident, ...]
    files: tuple[WrittenFile, ...]

    @property
    def lines(self) -> int:
        """The number of lines in all files."""
        return sum(file.lines for file in self.files)

    @property
    def clean_days(self) -> tuple[dt.date, ...]:
        """The days before the first incident, which hold none."""
        first = min((incident.on for incident in self.incidents), default=dt.date.max)
        return tuple(day for day in self.days if day < first)

    def to_json(self) -> str:
        """Return the content of `truth.json`: seed, days and incidents."""
        document: dict[str, Any] = {
            "seed": self.seed,
            "days": [day.isoformat() for day in self.days],
            "incidents": [
                {
                    "id": incident.id,
                    "date": incident.on.isoformat(),
                    "detectors": list(incident.detectors),
                    "actor_kind": incident.actor_kind,
                    "actor": incident.actor,
                    "site_id": incident.site_id,
                    "lines": incident.lines,
                }
                for incident in self.incidents
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def simulate(
    settings: Settings,
    out: Path,
    days: int,
    end: dt.date,
    seed: int,
    sites: int | None = None,
    lines_per_day: int | None = None,
    context: Path | None = None,
) -> Truth:
    """Return what was written below `out`: a log file a day and site, and `truth.json`.

    The folder `context` gets the directory and the rights of the people in the logs, without which
    a use without a right is none, and the service history of a site whose log then names no user.
    With 14 days or more it gets the roster of the shops too, and some shops are not as it says
    (`roster.Shops`).

    Every configured site gets files where its `logs` pattern finds them, a template `sites` sites
    (12 without). Days run up to and with `end`, in the zone of the settings. About `lines_per_day`
    lines a day are shared out over all sites, on the average of a week. The same arguments give
    the same bytes.

    The first days are clean history. With 14 days or more, incidents of all seven kinds follow, as
    far as the sites have people and pages for them: a bulk access needs somebody at work on the
    day, a night access a site with business hours, a gap a site that is never long silent. With
    fewer days there is too little past for these, and only password guessing and injection happen,
    on the last day.

    Raises:
        UsageError: a number is out of range.
        MimamoriError: a file to be written is there already, or the simulator cannot write the
            format or the packing of a site, or cannot make user ids that the settings accept.
        SettingsError: two sites claim one file.
    """
    if days < 1 or seed < 0 or (sites is not None and sites < 0):
        raise UsageError(message("demo.simulate.days"))
    if lines_per_day is not None and lines_per_day < 1:
        raise UsageError(message("demo.simulate.lines_per_day"))
    for site in settings.sites:
        check_format(site.id, site.format)
    dates = [end - dt.timedelta(days=days - 1 - index) for index in range(days)]
    diary = calendar(settings, dates, seed)
    world = build_world(settings, seed, sites, lines_per_day or DEFAULT_LINES_PER_DAY)
    paths = {site.number: log_paths(site.instance.id, site.logs, dates) for site in world.sites}
    _check_owners(world.sites, paths)
    planned = plan(world, diary)
    busy = {incident.actor(world) for incident in planned}
    person = second_account(world, busy)
    printer = Printer(world)
    files: list[WrittenFile] = []
    hidden: list[HiddenIncident] = []
    targets = [TRUTH_FILE, *(path for site_paths in paths.values() for path in site_paths)]
    history = None
    shops = Shops()
    if context is not None:
        shops = _shops(settings, world, planned, dates)
        _write_lists(context, world, person, dates[0], shops)
        history = ServiceHistory(world)
    with Landing(out, targets) as landing:
        for day in diary:
            today = [incident for incident in planned if incident.day == day]
            found = [0] * len(today)
            for place in world.sites:
                if (place.number, day.on) in shops.absent:
                    continue
                text = _site_day(world, printer, place, day, today, person, history)
                path = paths[place.number][day.index]
                landing.add(path, text.content)
                files.append(WrittenFile(path, place.instance.id, day.on, text.lines))
                found = [a + b for a, b in zip(found, text.incident_lines, strict=True)]
            hidden += [
                _hidden(world, incident, lines)
                for incident, lines in zip(today, found, strict=True)
            ]
        if shops.silent_site is not None:
            hidden.append(_silence(shops.silent_site, dates[-1]))
        truth = Truth(seed, tuple(dates), tuple(hidden), tuple(files))
        landing.add(TRUTH_FILE, truth.to_json().encode())
    if context is not None and history is not None and (content := history.content()):
        with Landing(context, [SERVICES]) as written:
            written.add(SERVICES, content)
    return truth


def _write_lists(folder: Path, world: World, person: int, first: dt.date, shops: Shops) -> None:
    with Landing(folder, [PEOPLE, PRIVILEGES, SHOPS]) as written:
        written.add(PEOPLE, people_csv(world, person, first).encode())
        written.add(PRIVILEGES, privileges_csv(world).encode())
        if shops.roster:
            written.add(SHOPS, shops.roster.encode())


def _site_day(
    world: World,
    printer: Printer,
    site: SiteWorld,
    day: Day,
    today: Sequence[Incident],
    person: int,
    history: ServiceHistory | None,
) -> Text:
    batch = with_second_account(world, person, day, ordinary(world, site, day))
    here = [(mark, incident) for mark, incident in enumerate(today) if incident.site is site]
    batch = joined([batch, *(lines_of(world, incident, mark) for mark, incident in here)])
    for _, incident in here:
        batch = batch.where(silenced(incident, batch))
    if history is not None:
        batch = history.without_users(site, day, batch)
    return printer.text(site, day, batch, incidents=len(today))


def _hidden(world: World, incident: Incident, lines: int) -> HiddenIncident:
    site_id = incident.site.instance.id
    return HiddenIncident(
        id=f"{incident.day.on:%Y%m%d}-{incident.kind}-{site_id}",
        on=incident.day.on,
        detectors=(incident.kind.value,),
        actor_kind=incident.actor_kind,
        actor=incident.actor(world),
        site_id=site_id,
        lines=lines,
    )


def _shops(
    settings: Settings, world: World, planned: Sequence[Incident], dates: Sequence[dt.date]
) -> Shops:
    """The roster; of so few days without history there is none."""
    if len(dates) < HISTORY_DAYS:
        return Shops()
    hit = {incident.site.number for incident in planned}
    calm = [site for site in world.sites if site.from_template and site.number not in hit]
    return shops_of(settings, world.sites, calm, dates)


def _silence(site_id: str, on: dt.date) -> HiddenIncident:
    """A shop that stops sending logs, as the roster has it open."""
    kind = Kind.GAP.value
    return HiddenIncident(f"{on:%Y%m%d}-{kind}-{site_id}", on, (kind,), "site", site_id, site_id, 0)


def _check_owners(sites: Sequence[SiteWorld], paths: dict[int, list[str]]) -> None:
    owners: dict[str, str] = {}
    for site in sites:
        for path in set(paths[site.number]):
            if path in owners:
                raise SettingsError(
                    message(
                        "demo.simulate.two_sites_claim_it",
                        first=owners[path],
                        second=site.instance.id,
                        path=path,
                    )
                )
            owners[path] = site.instance.id
