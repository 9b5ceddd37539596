"""The plainest queries that could find what detectors look for, to compare detectors with.

Each of `references/` gives the actors that are to be looked at on `$date`, from `request` (the
lines of the day and of four weeks before) and `access` (those by which personal data was seen).
"""

import datetime as dt
from pathlib import Path

from pipelines import lake
from pipelines.paths import Home

_FOLDER = Path(__file__).parent / "references"
_PAST_DAYS = 28
_VIEWS = f"""
create or replace temp macro network_of(ip) as
    case when contains(ip, ':') then split_part(ip, ':', 1) || ':' || split_part(ip, ':', 2)
    else split_part(ip, '.', 1) || '.' || split_part(ip, '.', 2) end;
create or replace temp table request as
select
    log.*, logins.login_result,
    coalesce(log.data_level, 0) > 0 and log.resource_kind in ('record', 'list', 'export')
        and (log.status between 200 and 299 or log.status = 304)
        and log.method is distinct from 'OPTIONS' as is_access
from lake.access_log as log
left join lake.logins as logins
    on logins.event_id = log.event_id and logins.log_date between $date - {_PAST_DAYS} and $date
where log.log_date between $date - {_PAST_DAYS} and $date;
create or replace temp view access as select * from request where is_access;
"""


def families() -> list[str]:
    """Return the families that have a reference."""
    return sorted(path.stem for path in _FOLDER.glob("*.sql"))


def found(home: Home, timezone: str, on: dt.date) -> dict[str, frozenset[str]]:
    """Return the actors that each family's reference names on a day."""
    with lake.open_reader(home, timezone) as con:
        for statement in filter(str.strip, _VIEWS.split(";")):
            con.execute(statement, {"date": on} if "$date" in statement else None)
        return {
            family: frozenset(
                actor
                for (actor,) in con.execute(
                    (_FOLDER / f"{family}.sql").read_text(encoding="utf-8"), {"date": on}
                ).fetchall()
            )
            for family in families()
        }
