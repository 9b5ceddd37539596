"""Who used which data, and which rights were used: values only, read from the lake's own views.

Measure 2 is about levels and categories of data, measure 3 about rights; contractors stand by
company and country. Names of persons, departments and companies are those of the directory
when the audit is made.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import duckdb

from pipelines.report.service_use import ServiceUse, service_use

RIGHTS_DAYS = 90


@dataclass(frozen=True)
class DataUse:
    """Accesses of one role and department at one site to data of one level and category.

    `role` is a type of user, None where it is not known; `department` None where the directory
    names none; `category` None where settings name none for the resource.
    """

    role: str | None
    department: str | None
    site_id: str
    level: int
    category: str | None
    people: int
    accesses: int
    subjects: int
    exports: int


@dataclass(frozen=True)
class Company:
    """What the contractors of one company did; both None for those whom the directory lacks.

    `country` is that of the directory, `seen_from` are the countries of their addresses.
    """

    company: str | None
    country: str | None
    people: int
    accesses: int
    subjects: int
    exports: int
    seen_from: Sequence[str]


@dataclass(frozen=True)
class Right:
    """A right of one person, and its use within the days that the audit looks at.

    `granted_to` is the department that has it, None for the person's own. It is to a resource or
    up to a level. `is_whole_time` is false where it, or the person, was not there on each of the
    days.
    """

    user_id: str
    name: str | None
    department: str | None
    granted_to: str | None
    resource_id: str | None
    level: int | None
    site_id: str | None
    from_at: dt.datetime
    to_at: dt.datetime
    is_whole_time: bool
    accesses: int
    last_used_on: dt.date | None
    highest_level_used: int | None

    @property
    def is_unused(self) -> bool:
        """True when it was in force all the time, and not used once."""
        return self.is_whole_time and not self.accesses


@dataclass(frozen=True)
class BeyondRole:
    """A person who used data of a higher level than is usual in the role: department or type."""

    user_id: str
    name: str | None
    role: str
    people: int
    usual_level: int
    level: int
    accesses: int
    subjects: int
    resources: Sequence[str]
    sites: Sequence[str]


@dataclass(frozen=True)
class Use:
    """Everything that an audit shows of the use of data and rights.

    `rights` is None where the lake has no list of rights; then nothing can be said of them. Their
    use is that of `rights_days` days from `rights_from` on: `RIGHTS_DAYS`, or as many as records
    reach back.
    """

    data: tuple[DataUse, ...] = ()
    companies: tuple[Company, ...] = ()
    rights: tuple[Right, ...] | None = None
    rights_from: dt.date | None = None
    rights_days: int = 0
    beyond: tuple[BeyondRole, ...] = ()
    accounts: int = 0
    directory_changed_at: dt.datetime | None = None
    services: ServiceUse = field(default_factory=ServiceUse)

    @cached_property
    def unused(self) -> tuple[Right, ...]:
        """The rights that nobody used in all these days."""
        return tuple(one for one in self.rights or () if one.is_unused)


_DATA = """
select role, department, site_id, data_level, category, people, accesses, subjects, exports
from lake.data_use($first, $last)
order by data_level desc, accesses desc, role, department, site_id, category
"""

_COMPANIES = """
select
    company, company_country, count(distinct user_id), count(*),
    count(distinct (site_id, subject_id)) filter (where subject_id is not null),
    count(*) filter (where resource_kind = 'export'),
    coalesce(list(distinct country order by country) filter (where country is not null), [])
from lake.data_access
where log_date between $first and $last and user_type = 'contractor'
group by company, company_country
order by count(*) desc, company, company_country
"""

_RIGHTS = """
select
    user_id, name, department, granted_to, resource_id, data_level, site_id, from_at, to_at,
    is_whole_time, accesses, last_used_on, highest_level_used
from lake.right_use($first, $last)
order by
    is_whole_time and accesses = 0 desc, granted_to nulls first, department, user_id, resource_id,
    data_level, site_id
"""

_BEYOND = """
select user_id, name, role, people, usual_level, level, accesses, subjects, resources, sites
from lake.beyond_role($first, $last) order by accesses desc, user_id
"""

_OLDEST = "select min(log_date) from lake.site_day where lines > 0"

_DIRECTORY = "select count(*), max(greatest(read_at, removed_at)) from lake.person"


def gather_use(con: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date) -> Use:
    """Return what was used from `first` to `last`, and of rights in the 90 days up to `last`."""
    span = {"first": first, "last": last}
    [(oldest,)] = con.execute(_OLDEST).fetchall()
    rights_from = max(last - dt.timedelta(days=RIGHTS_DAYS - 1), min(oldest or last, last))
    row = con.execute("select exists (from lake.privilege where removed_at is null)").fetchone()
    rights = None
    if row is not None and row[0]:
        found = con.execute(_RIGHTS, {"first": rights_from, "last": last}).fetchall()
        rights = tuple(Right(*one) for one in found)
    [(accounts, changed_at)] = con.execute(_DIRECTORY).fetchall()
    return Use(
        data=tuple(DataUse(*one) for one in con.execute(_DATA, span).fetchall()),
        companies=tuple(Company(*one) for one in con.execute(_COMPANIES, span).fetchall()),
        rights=rights,
        rights_from=rights_from,
        rights_days=(last - rights_from).days + 1,
        beyond=tuple(BeyondRole(*one) for one in con.execute(_BEYOND, span).fetchall()),
        accounts=accounts,
        directory_changed_at=changed_at,
        services=service_use(con, first, last),
    )
