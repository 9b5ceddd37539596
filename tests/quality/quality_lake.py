"""A small lake for tests of data quality: four sites, four good weeks, then a defect a day.

Every record is made by SQL; the ledger is written from what then stands in the tables, so that a
day without a defect agrees with it to the last line.
"""

import datetime as dt
from dataclasses import dataclass

import duckdb

from pipelines.detect.aggregates import counting, load_macros
from pipelines.quality.limits import learn_limits
from pipelines.settings.model import Settings
from tests.lake_requests import insert_requests

ZONE = "Asia/Tokyo"
FIRST_DAY = dt.date(2025, 10, 20)
LAST_GOOD_DAY = dt.date(2025, 11, 16)
NOW = dt.datetime(2026, 1, 10, 3, tzinfo=dt.UTC)
PORTAL, WWW, SHOP, ARCHIVE = "prime-portal", "prime-www", "benry-001", "prime-archive"
SITES = (PORTAL, WWW, SHOP, ARCHIVE)


@dataclass(frozen=True)
class Defect:
    """What is wrong with one day at one site, and the check that must say so; `also` does too.

    `records` changes requests and rejects before the ledger is written, `ledger` changes the
    tables after it, `profile` after the daily aggregates were made.
    """

    check_id: str
    site_id: str
    records: str = ""
    ledger: str = ""
    profile: str = ""
    also: tuple[str, ...] = ()


AT = "where log_date = $day and site_id = $site"
# The same on lake.request_fact.
OF = (
    "where log_date = $day and request_profile_id in"
    " (select request_profile_id from lake.request_profile where site_id = $site)"
)
DEFECTS = (
    Defect("records-arrived", WWW, f"delete from lake.request_fact {OF}"),
    Defect("hours-covered", WWW, f"delete from lake.request_fact {OF} and hour(time) >= 5"),
    Defect("users-named", SHOP, f"update lake.request_fact set user_id = null {OF}"),
    Defect(
        "reject-share",
        PORTAL,
        "insert into lake.reject by name select file_id, line_no + 100 as line_no, site_id,"
        f" log_date, 'no such format' as reason from lake.request {AT} and minute(time) = 15",
    ),
    Defect("address-present", PORTAL, f"update lake.request_fact set client_id = 3 {OF}"),
    Defect("status-present", SHOP, f"update lake.request_fact set status = null {OF}"),
    Defect(
        "request-present",
        SHOP,
        f"update lake.request_fact set request_profile_id = request_profile_id + 1 {OF}",
    ),
    Defect("agent-present", WWW, f"update lake.request_fact set agent_id = null {OF}"),
    Defect(
        "own-domain",
        PORTAL,
        f"update lake.request_fact set request_profile_id = request_profile_id + 2 {OF}",
    ),
    Defect(
        "time-in-day",
        WWW,
        f"update lake.request_fact set time = time - interval 1 day {OF} and line_no = 7",
    ),
    Defect(
        "event-once",
        WWW,
        f"insert into lake.request_fact select * from lake.request_fact {OF} and line_no = 7",
    ),
    Defect("ledger-agrees", SHOP, ledger=f"delete from lake.request_fact {OF} and line_no = 7"),
    Defect(
        "every-line-accounted",
        SHOP,
        ledger="update lake.ledger set lines = lines + 1"
        " where site_id = $site and last_time::date = $day",
    ),
    Defect(
        "profile-current",
        SHOP,
        profile=f"update lake.site_day set records = records + 1 {AT}",
        also=("hours-add-up", "fields-add-up"),
    ),
    Defect(
        "not-in-future",
        WWW,
        f"update lake.request_fact set time = time + interval 1 year {OF} and line_no = 7",
        also=("time-in-day",),
    ),
    Defect(
        "readings-not-ahead",
        WWW,
        ledger="update lake.ledger set last_time = read_at + interval 1 year"
        " where site_id = $site and last_time::date = $day",
    ),
    Defect("status-valid", WWW, f"update lake.request_fact set status = 999 {OF} and line_no = 7"),
    Defect("address-canonical", ARCHIVE, f"update lake.request_fact set client_id = 2 {OF}"),
    Defect(
        "shares-usual", WWW, f"update lake.request_fact set agent_id = null {OF} and line_no <= 12"
    ),
    Defect(
        "hours-add-up",
        SHOP,
        profile=f"update lake.site_hour set records = records + 1 {AT} and hour(hour_at) = 3",
    ),
    Defect(
        "fields-add-up",
        SHOP,
        profile=f"update lake.site_field_day set records = records - 1 {AT}",
    ),
    Defect("users-within-day", SHOP, profile=f"update lake.user_day set requests = 20 {AT}"),
    Defect(
        "one-row-each",
        SHOP,
        profile="insert into lake.site_hour select * replace (0 as records)"
        f" from lake.site_hour {AT} and hour(hour_at) = 3",
    ),
    Defect(
        "files-readable",
        PORTAL,
        ledger="insert into lake.ledger by name select 9 as file_id, 1 as from_line,"
        " $site as site_id, 'locked.log' as path, 'unreadable' as status, 0 as lines,"
        " 0 as records, 0 as rejects, 0 as comments, 0 as duplicates,"
        " ($day + 1)::timestamptz + interval 2 hour as read_at",
    ),
)
# Each site has one defect a day, so that few days are to be judged.
DEFECT_DAYS = {
    defect: LAST_GOOD_DAY + dt.timedelta(days=n)
    for site in SITES
    for n, defect in enumerate((one for one in DEFECTS if one.site_id == site), start=1)
}
LAST_DEFECT_DAY = max(DEFECT_DAYS.values())
EMPTY_DAY = LAST_DEFECT_DAY + dt.timedelta(days=2)


def settings() -> Settings:
    """Settings that know the sites."""
    plain = [
        {"id": site, "group": "main", "domains": [f"{site}.example"], "logs": [f"{site}/*.log"]}
        for site in SITES
        if site != SHOP
    ]
    template = {
        "id": "benry-{franchise}",
        "group": "benry",
        "domains": ["benry-{franchise}.example"],
        "logs": ["benry/{franchise}/*.log"],
    }
    return Settings.model_validate({"timezone": ZONE, "sites": [*plain, template]})


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Write the good weeks and the defects into an empty lake."""
    con.execute("set TimeZone = 'Asia/Tokyo'")
    _add_dimensions(con)
    _add_good_days(con)
    _break(con, "records")
    _write_ledger(con)
    _break(con, "ledger")
    refresh_profile(con, FIRST_DAY, EMPTY_DAY)
    _break(con, "profile")


def refresh_profile(con: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date) -> None:
    """Make the aggregates that are judged from `first` to `last`, as the nightly run does."""
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    load_macros(con)
    with counting(con, days) as add:
        for table in ("site_day", "site_hour", "site_field_day", "user_day"):
            add(f"lake.{table}", table, days)
    learn_limits(con, days)


def _break(con: duckdb.DuckDBPyConnection, phase: str) -> None:
    for defect, day in DEFECT_DAYS.items():
        if getattr(defect, phase):
            con.execute(getattr(defect, phase), {"day": day, "site": defect.site_id})


def _add_dimensions(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into lake.site by name"
        " select unnest($sites) as site_id, [site_id || '.example'] as domains",
        {"sites": list(SITES)},
    )
    con.execute(
        "insert into lake.client by name select * from (values (1, '192.0.2.1'),"
        " (2, '2001:DB8::1'), (3, null), (4, '2001:db8::1'), (5, 'pn-0123456789abcdef0123'))"
        " as client (client_id, client_ip)"
    )
    con.execute("insert into lake.agent by name select 1 as agent_id, 'Mozilla/5.0' as user_agent")


def _add_good_days(con: duckdb.DuckDBPyConnection) -> None:
    """Two records an hour at every site; the archive logs no agents, www and it no users.

    One is of an address that was erased: a pseudonym in its place is no defect.
    """
    requests = con.execute(
        """
        select
            row_number() over () as event_id,
            day.log_date::timestamptz + to_minutes(30 * turn.n + 15) as time,
            day.log_date,
            site.site_id,
            site.site_id || '.example' as site_domain,
            case when turn.n = 5 then 5 when turn.n % 2 = 0 then 1 else 4 end as client_id,
            case when site.site_id <> $archive then 1 end as agent_id,
            case when site.site_id in ($portal, $shop) then 'c' || (turn.n % 5) end as user_id,
            'GET' as method,
            '/' as url_path,
            200 as status,
            100 as bytes,
            hash(site.site_id, day.log_date) as file_id,
            turn.n + 1 as line_no
        from (
            select unnest(generate_series($first::date, $last::date, interval 1 day))::date
        ) as day (log_date)
        cross join lake.site as site
        cross join range(48) as turn (n)
        """,
        {
            "archive": ARCHIVE,
            "portal": PORTAL,
            "shop": SHOP,
            "first": FIRST_DAY,
            "last": EMPTY_DAY - dt.timedelta(days=1),
        },
    )
    insert_requests(con, requests.pl())
    con.execute(
        """
        insert into lake.request_profile by name
        select * replace (request_profile_id + 1 as request_profile_id, null as method)
        from lake.request_profile
        union all
        select * replace (
            request_profile_id + 2 as request_profile_id, 'else.example' as site_domain
        )
        from lake.request_profile
        """
    )


def _write_ledger(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        insert into lake.ledger_day by name
        with line as (
            select file_id, site_id, log_date, 1 as records, 0 as rejects from lake.request
            union all
            select file_id, site_id, log_date, 0, 1 from lake.reject
        )
        select
            file_id, 1 as from_line, site_id, log_date,
            sum(records) as records, sum(rejects) as rejects,
            (log_date + 1)::timestamptz + interval 2 hour as read_at
        from line
        group by file_id, site_id, log_date
        """
    )
    con.execute(
        """
        insert into lake.ledger by name
        select
            file_id, from_line, site_id, 'read' as status,
            site_id || '/' || log_date || '.log' as path,
            records + rejects as lines, records, rejects, 0 as comments, 0 as duplicates,
            log_date::timestamptz as first_time,
            (log_date + 1)::timestamptz - interval 1 minute as last_time,
            read_at
        from lake.ledger_day
        """
    )
