"""An erasure that waits for a second person: what was asked, in a file that no other account reads.

Whoever approves does so elsewhere, in Airflow for one, which keeps what it is given. So the value
of the person stands here alone, under a name that says nothing, and goes when all is decided.
"""

import datetime as dt
import json
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.private_files import private_folder, write_whole
from pipelines.settings.model import Settings
from pipelines.subject.at_stake import RECENT_DAYS, at_stake
from pipelines.subject.people import refuse_own, required
from pipelines.subject.person import Person, person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import Erased, erase, held_places
from pipelines.text.messages import message

_NAME = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Proposal:
    """What was asked: the person by one of three values, why, by whom, and what of it is meant."""

    user: str | None
    ip: str | None
    subject: str | None
    reason: str
    author: str
    identity_check: str | None
    with_landing: bool

    def asked(self, second: str | None) -> Asked:
        """Return it as the register has it, with the person who agreed."""
        return Asked(self.reason, self.author, second, self.identity_check)

    def person(self, con: duckdb.DuckDBPyConnection) -> Person:
        """Return the person, with all spellings that the lake knows."""
        return person_of(con, user=self.user, ip=self.ip, subject=self.subject)


def propose(home: Home, proposal: Proposal) -> str:
    """Keep a proposal; return its name."""
    private_folder(home.proposals)
    name = secrets.token_hex(8)
    write_whole(_path(home, name), json.dumps(asdict(proposal), ensure_ascii=False))
    return name


def read_proposal(home: Home, name: str) -> Proposal:
    """Return a proposal that waits.

    Raises:
        UsageError: none of that name does.
    """
    try:
        return Proposal(**json.loads(_path(home, name).read_bytes()))
    except FileNotFoundError:
        raise UsageError(message("subject.proposal.none", name=name)) from None


def withdraw(home: Home, name: str) -> None:
    """Let go of a proposal, whether it was carried out or not."""
    _path(home, name).unlink(missing_ok=True)


def held_by_proposal(
    con: duckdb.DuckDBPyConnection, home: Home, settings: Settings, name: str, now: dt.datetime
) -> dict[str, int]:
    """Return how much is held on the person, and what of it is evidence that may still be needed.

    Not a word tells who that is.
    """
    person = read_proposal(home, name).person(con)
    found, stake = held_places(con, home, person), at_stake(con, settings, person, now)
    rows = sum(one.rows for one in found)
    return {
        "places": len(found), "rows": rows,
        "cases": len(stake.cases), "findings": stake.findings, "days": RECENT_DAYS,
    }  # fmt: skip


def erase_proposed(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    name: str,
    second: str,
    now: dt.datetime,
) -> Erased:
    """Carry out a proposal to which `second`, an account that is signed in, has agreed.

    `con` is a writer's connection. As many have to agree as the settings say, and two where it
    takes evidence (`at_stake`). Afterwards it is let go of.

    Raises:
        UsageError: no such proposal, `second` is its author or the person, or a legal hold.
        MimamoriError: something of the person is still there afterwards.
    """
    proposal = read_proposal(home, name)
    asked = proposal.asked(second)
    person = proposal.person(con)
    is_evidence = at_stake(con, settings, person, now).is_any
    required(asked, max(settings.subject_requests.persons, 2 if is_evidence else 1))
    refuse_own(asked, person)
    done = erase(con, home, person, asked, now, with_landing=proposal.with_landing)
    withdraw(home, name)
    return done


def _path(home: Home, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise UsageError(message("subject.proposal.none", name=name))
    return home.proposals / f"{name}.json"
