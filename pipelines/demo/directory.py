"""Who the people of a simulation are, and what they may see: `people.csv` and `privileges.csv`.

The directory has one person with two accounts, contractors of a company at home and of one abroad,
and one who left and still has a right. The first of a department is the manager of the others.
Rights are by department and site, just as people work.
"""

import csv
import datetime as dt
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipelines.demo.columns import NOBODY, Requests
from pipelines.demo.days import Day
from pipelines.demo.world import Role, SiteWorld, World

PEOPLE = "people.csv"
PRIVILEGES = "privileges.csv"
_PEOPLE_COLUMNS = (
    *("user", "person", "name", "department", "site", "manager", "type", "company", "country"),
    *("joined_on", "left_on", "mail"),
)
_PRIVILEGE_COLUMNS = ("user", "department", "resource", "level", "site", "from", "to")
_PURPOSE = 7  # of the random numbers
_SECOND_ACCOUNT_EVERY = 4  # days
_DEPARTMENTS = {
    Role.PORTAL: "Customer service",
    Role.OFFICE: "Contracts",
    Role.WATCH: "Dispatch",
    Role.SHOP: "Shop",
}
_COMPANIES = (("Hoshu Systems", "JP"), ("Saigon Support", "VN"))
_FAMILY = (
    *("Sato", "Suzuki", "Takahashi", "Tanaka", "Ito", "Watanabe", "Yamamoto", "Nakamura"),
    *("Kobayashi", "Kato", "Yoshida", "Yamada", "Sasaki", "Matsumoto", "Inoue", "Kimura"),
)
_GIVEN = (
    *("Haruto", "Yui", "Ren", "Aoi", "Minato", "Himari", "Sota", "Mei"),
    *("Yuto", "Sakura", "Riku", "Hina", "Kaito", "Rin", "Daiki", "Mio"),
)
_ALWAYS = "2020-04-01"


@dataclass(frozen=True)
class _Worker:
    """A user of a crew: the first site at which the user works, and how."""

    user: int
    site: SiteWorld
    own: bool
    abroad: bool


def second_account(world: World, busy: Collection[str]) -> int:
    """Return the user who works under a second account on some days, none of `busy`.

    `NOBODY` where nobody at a main site can.
    """
    return next(
        (
            one.user
            for one in _workers(world)
            if one.own and one.site.role is not Role.SHOP and world.users[one.user] not in busy
        ),
        NOBODY,
    )


def with_second_account(world: World, person: int, day: Day, batch: Requests) -> Requests:
    """Return a day's requests, those of `person` under the second account on every fourth day."""
    if NOBODY in (person, world.spare) or day.on.toordinal() % _SECOND_ACCOUNT_EVERY:
        return batch
    return replace(batch, user=np.where(batch.user == person, world.spare, batch.user))


def people_csv(world: World, person: int, first: dt.date) -> str:
    """Return the directory; `first` is the first day of the simulation."""
    rng = world.rng(_PURPOSE)
    rows = []
    heads: dict[str, str] = {}
    for number, one in enumerate(_workers(world), 1):
        name = f"{rng.choice(_FAMILY)} {rng.choice(_GIVEN)}"
        company, country = ("", "") if one.own else _COMPANIES[int(one.abroad)]
        kind = "" if one.own else "contractor"
        person_id, department = f"P{number:04}", _department(one.site)
        head = heads.setdefault(department, person_id)
        common = (person_id, name, department)
        manager = "" if head == person_id else head
        mail = f"{person_id.lower()}@staff.example"
        rest = (manager, kind, company, country, _ALWAYS, "", mail)
        accounts = [one.user, *([world.spare] if one.user == person != NOBODY else [])]
        rows += [
            (world.users[account], *common, one.site.instance.id, *rest) for account in accounts
        ]
    if world.left:
        left_on = (first - dt.timedelta(days=1)).isoformat()
        name = f"{rng.choice(_FAMILY)} {rng.choice(_GIVEN)}"
        rows.append(
            (world.left, "P0000", name, "Contracts", "", "", "", "", "", _ALWAYS, left_on, "")
        )
    return csv_text(_PEOPLE_COLUMNS, rows)


def privileges_csv(world: World) -> str:
    """Return the rights: of departments at the sites of their people, of accounts by name."""
    granted: dict[tuple[str, str], None] = {}
    departments = {one.user: _department(one.site) for one in _workers(world)}
    for site in world.sites:
        for user in () if site.crew is None else site.crew.user.tolist():
            granted[departments[user], site.instance.id] = None
    rows = [("", department, "", "3", site, _ALWAYS, "") for department, site in granted]
    robots = {site.robot for site in world.sites} - {NOBODY}
    rows += [(world.users[robot], "", "", "3", "", _ALWAYS, "") for robot in sorted(robots)]
    if world.left:
        rows.append((world.left, "", "", "3", "", _ALWAYS, ""))
    return csv_text(_PRIVILEGE_COLUMNS, rows)


def _workers(world: World) -> Iterator[_Worker]:
    """Everybody of a crew once, at the first site of theirs."""
    seen: set[int] = set()
    for site in world.sites:
        if site.crew is None:
            continue
        columns = (site.crew.user, site.crew.own, site.crew.abroad)
        for user, own, abroad in zip(*(one.tolist() for one in columns), strict=True):
            if user not in seen:
                seen.add(user)
                yield _Worker(user, site, own, abroad)


def _department(site: SiteWorld) -> str:
    name = _DEPARTMENTS[site.role]
    if site.instance.franchise is not None:
        return f"{name} {site.instance.franchise}"
    return f"{name} ({site.instance.group})"


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as CSV, with lines that end as those of spreadsheets do."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()
