"""Suppressions: rules that keep findings quiet for a time, each with a reason and an end.

A suppression hides nothing: its findings are kept with the status `suppressed` and listed in the
report, with the rule's reason and author. What is critical stays open unless a rule names both
the detector and the actor. Rules are ended, never deleted.
"""

import datetime as dt
import hashlib
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from zoneinfo import ZoneInfo

import duckdb

from pipelines.errors import UsageError
from pipelines.findings import Finding, Severity
from pipelines.lake import insert_frame
from pipelines.records import AIRFLOW
from pipelines.text.messages import message
from pipelines.text.validate import LONGEST_NAME, LONGEST_NOTE, require_text

LONGEST_DAYS = 366
REEXAMINED_DAYS = 7  # findings of these days are still being looked at
LISTED = 10  # evidence lists no more addresses than these, so a full list may not be all
_WIDEST = {4: 8, 6: 32}  # an operator's allocation; wider is the whole of the internet

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


_SIGNED = re.compile(r"\(([^()]+)\)$")
_WORD = re.compile(r"[^\s()<>,;/\"']+")


@dataclass(frozen=True)
class Criteria:
    """Which findings are meant: all that is named must fit."""

    detector: str
    actor: str | None = None
    site_id: str | None = None
    network: str | None = None


@dataclass(frozen=True)
class Suppression:
    """One rule, as a row of `lake.suppression`; `valid_until` is the last day of findings."""

    suppression_id: str
    criteria: Criteria
    reason: str
    author: str
    created_at: dt.datetime
    valid_until: dt.date
    ended_at: dt.datetime | None = None
    ended_by: str | None = None

    def first_day(self, zone: ZoneInfo) -> dt.date:
        """Return the first day of findings that it covers: those still being looked at."""
        return self.created_at.astimezone(zone).date() - dt.timedelta(days=REEXAMINED_DAYS)

    def is_in_force(self, day: dt.date, zone: ZoneInfo) -> bool:
        """Return whether it covers the findings of a day."""
        return self.ended_at is None and self.first_day(zone) <= day <= self.valid_until

    def covers(self, finding: Finding, zone: ZoneInfo) -> bool:
        """Return whether it keeps a finding quiet: never one about its own author's account."""
        return self.ended_at is None and self.would_cover(finding, zone)

    def would_cover(self, finding: Finding, zone: ZoneInfo) -> bool:
        """Return whether it covers a finding, or did so until somebody ended it."""
        wanted = self.criteria
        if finding.severity_before_budget is Severity.CRITICAL and wanted.actor is None:
            return False
        return (
            self.first_day(zone) <= finding.date <= self.valid_until
            and not is_about(finding, self.author)
            and wanted.detector == finding.detector
            and wanted.actor in {None, finding.actor, *accounts(finding)}
            and wanted.site_id in {None, finding.site_id}
            and (wanted.network is None or _comes_from(finding, wanted.network))
        )

    def as_json(self) -> dict[str, str | None]:
        """Return the rule as JSON-ready values."""
        return {
            "suppression_id": self.suppression_id,
            **vars(self.criteria),
            "reason": self.reason,
            "author": self.author,
            "created_at": self.created_at.astimezone(dt.UTC).isoformat(),
            "valid_until": self.valid_until.isoformat(),
            "ended_at": self.ended_at and self.ended_at.astimezone(dt.UTC).isoformat(),
            "ended_by": self.ended_by,
        }


def made(
    criteria: Criteria,
    reason: str,
    author: str,
    valid_until: dt.date,
    zone: ZoneInfo,
    clock: Callable[[], dt.datetime],
) -> Suppression:
    """Return a new rule.

    Raises:
        UsageError: no reason or name to read, an end that is past or over a year away, a network
            that is none or too wide, or criteria that would silence a detector everywhere.
    """
    now = clock()
    today = now.astimezone(zone).date()
    require_text("--author", author, LONGEST_NAME)
    require_text("--reason", reason, LONGEST_NOTE)
    if not today <= valid_until <= today + dt.timedelta(days=LONGEST_DAYS):
        raise UsageError(
            message("triage.suppressions.within_a_year", at=f"--until {valid_until}", today=today)
        )
    if criteria.actor is None and criteria.site_id is None and criteria.network is None:
        raise UsageError(message("triage.suppressions.detector_alone", detector=criteria.detector))
    if criteria.network is not None:
        criteria = replace(criteria, network=str(_checked(criteria.network)))
    key = "\x1f".join((now.isoformat(), author, reason, *map(str, vars(criteria).values())))
    suppression_id = hashlib.sha256(key.encode()).hexdigest()[:12]
    return Suppression(suppression_id, criteria, reason.strip(), author, now, valid_until)


def read_suppressions(con: duckdb.DuckDBPyConnection) -> list[Suppression]:
    """Return every rule ever made, the newest first."""
    rows = con.execute(
        "select suppression_id, detector, actor, site_id, network, reason, author, created_at,"
        " valid_until, ended_at, ended_by"
        " from lake.suppression order by created_at desc, suppression_id"
    ).fetchall()
    return [Suppression(row[0], Criteria(row[1] or "", *row[2:5]), *row[5:]) for row in rows]


def insert_suppression(con: duckdb.DuckDBPyConnection, rule: Suppression) -> None:
    """Write a new rule."""
    row = {
        "suppression_id": rule.suppression_id,
        **vars(rule.criteria),
        "reason": rule.reason,
        "author": rule.author,
        "created_at": rule.created_at,
        "valid_until": rule.valid_until,
    }
    import polars as pl  # noqa: PLC0415 - polars loads slowly, and rules are seldom made

    texts = dict.fromkeys(("actor", "site_id", "network"), pl.String)
    insert_frame(con, "suppression", pl.DataFrame([row], schema_overrides=texts))


def is_about(finding: Finding, author: str) -> bool:
    """Return whether a finding is about an account of `author`."""
    about = [finding.actor, *accounts(finding)] if finding.actor_kind == "user" else []
    if finding.actor_kind == "ip" and (user := finding.evidence.get("user_id")):
        about = [str(user)]
    return is_one_of(about, author)


def is_own(user_id: str, author: str) -> bool:
    r"""Return whether an account of the logs is that of `author`.

    Authors are written `NAME (ACCOUNT)`, or `airflow:ACCOUNT` of one who signed in there; each
    word of it counts as an account, as a name that is typed is no proof that it is another's. A
    log, or Airflow, may have the account in capitals, in full-width letters or with its domain,
    `DOMAIN\account` or an address.
    """
    written = unicodedata.normalize("NFKC", author).replace(AIRFLOW, " ")
    own = {_bare(one) for one in (author, *_WORD.findall(written))} - {""}
    return _bare(user_id) in own


def account_in(author: str) -> str:
    """Return the account of whoever signed as `NAME (ACCOUNT)` or `airflow:ACCOUNT`."""
    written = unicodedata.normalize("NFKC", author).strip()
    named = _SIGNED.search(written)
    return _bare(named[1] if named else written.removeprefix(AIRFLOW))


def is_one_of(accounts: Iterable[str], person: str) -> bool:
    """Return whether a person, as somebody signs or is named, is behind one of these accounts."""
    return any(is_own(account, person) for account in accounts)


def _bare(account: str) -> str:
    plain = unicodedata.normalize("NFKC", account).casefold().strip()
    return plain.rpartition("\\")[2].partition("@")[0]


def accounts(finding: Finding) -> list[str]:
    """The other accounts of the person, by the directory: a rule that names one stays in force."""
    listed = finding.evidence.get("accounts") if finding.actor_kind == "user" else None
    return [str(one) for one in listed] if isinstance(listed, list) else []


def _comes_from(finding: Finding, network: str) -> bool:
    """Whether all addresses of a finding are known and lie in a network."""
    if finding.actor_kind == "ip":
        addresses = [finding.actor]
    else:
        listed = finding.evidence.get("addresses")
        addresses = [str(one) for one in listed] if isinstance(listed, list) else []
        if not 0 < len(addresses) < LISTED:
            return False
    return all(_lies_in(address, network) for address in addresses)


def _lies_in(address: str, network: str) -> bool:
    try:
        own, whole = ipaddress.ip_network(address), _network(network)
    except ValueError:
        return False
    return own.version == whole.version and own.subnet_of(whole)  # type: ignore[arg-type]


@cache
def _network(text: str) -> Network:
    return ipaddress.ip_network(text, strict=False)


def _checked(text: str) -> Network:
    try:
        network = _network(text)
    except ValueError:
        raise UsageError(
            message("triage.suppressions.not_a_network", at=f"--network {text!r}")
        ) from None
    if network.prefixlen < _WIDEST[network.version]:
        widest = _WIDEST[network.version]
        raise UsageError(
            message("triage.suppressions.too_wide", at=f"--network {network}", widest=widest)
        )
    return network
