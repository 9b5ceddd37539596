"""Refusals on record: the first of an account one by one, then their number.

The records cannot be deleted: an account that asks all night must not fill the disk with them.
"""

import datetime as dt
from dataclasses import dataclass, field
from threading import Lock

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from fastapi import Request

from pipelines.airflow_reports.access import LONGEST_PATH, AuditLog, Event, path_of
from pipelines.findings import rfc3339
from pipelines.paths import Home
from pipelines.records import AIRFLOW, Act, Records, Series

EACH = 20
"""Refusals of an account within `SPAN` that are put on record one by one."""
SPAN = dt.timedelta(hours=1)
_ACCOUNTS = 10_000  # of how many it is remembered; more than an Airflow has


@dataclass
class _Refused:
    """Refusals of an account since an instant, and how many of them no record tells of yet."""

    since: dt.datetime
    number: int = 0
    untold: int = 0


@dataclass
class Refusals:
    """Refusals by account, as one server has seen them."""

    _of: dict[str, _Refused] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def put_on_record(
        self, records: Records, act: Act, path: str, audit: AuditLog, now: dt.datetime
    ) -> None:
        """Put the refusal of an act on record and in Airflow's audit log, one by one or summed up.

        `act.about` is the address. Once an account has been refused twenty times within an hour,
        each tenfold number of further refusals is one record that says how many they are, and so
        is what is left of them when an hour is over, told with the next refusal of anybody.

        Raises:
            MimamoriError: there is no record of it.
            sqlalchemy.exc.SQLAlchemyError: there is no entry in Airflow's database.
        """
        with self._lock:
            self._end_spans(records, act.what, now)
            own = self._of.setdefault(act.who, _Refused(now))
            own.number += 1
            if own.number > EACH:
                own.untold += 1
                if own.number % EACH or not _is_power_of_ten(own.number // EACH):
                    return
                _sum_up(records, act.what, act.who, own, now)
            else:
                records.append(Series.USE, act, now)
        audit(Event.REFUSED, path)

    def _end_spans(self, records: Records, what: str, now: dt.datetime) -> None:
        """Sum up, and forget, accounts whose hour is over, and the oldest where they are many."""
        over = [who for who, of in self._of.items() if now - of.since >= SPAN]
        oldest = [*self._of][: max(0, len(self._of) - _ACCOUNTS)]
        for who in dict.fromkeys([*over, *oldest]):
            of = self._of.pop(who)
            if of.untold:
                _sum_up(records, what, who, of, now)


def _is_power_of_ten(number: int) -> bool:
    return f"{number}".rstrip("0") == "1"


def _sum_up(records: Records, what: str, who: str, of: _Refused, now: dt.datetime) -> None:
    about = {"since": rfc3339(of.since), "refusals": of.number}
    records.append(Series.USE, Act(what, about, of.untold, who, "none"), now)
    of.untold = 0


def put_refusal_on_record(
    request: Request,
    user: BaseUser,
    home: Home,
    what: str,
    audit: AuditLog,
    at: dt.datetime,
    role: str = "none",
) -> None:
    """Put on record that a user was refused the address of a request (`Refusals`).

    Raises:
        MimamoriError: there is no record of it.
        sqlalchemy.exc.SQLAlchemyError: there is no entry in Airflow's database.
    """
    path = path_of(request)[:LONGEST_PATH]
    act = Act(what, path, who=f"{AIRFLOW}{user.get_name()}", role=role)
    refusals: Refusals = request.app.state.refusals
    refusals.put_on_record(Records(home), act, path, audit, at)
