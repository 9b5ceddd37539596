"""Whether nights can do what the settings ask, and did: sites in, limits, retention, delivery."""

import datetime as dt
import os
from collections.abc import Callable, Iterator

import duckdb

from pipelines.doctor.outcome import Outcome, named, warning, well
from pipelines.paths import Home
from pipelines.report.limits_passed import limits_passed
from pipelines.retention.run import retain
from pipelines.settings.delivery import Deliver
from pipelines.settings.model import Settings
from pipelines.sites.state import SiteStatus, last_examined_day, site_statuses
from pipelines.text.messages import Message, message

_DAYS = 7
_LAST_UPKEEP = """
select status, ended_at, message
from lake.stage_run where stage = 'upkeep' order by ended_at desc limit 1
"""
_NIGHTS_OF_GRACE = 2  # last night's may not have run yet


def check_sites(con: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime) -> Outcome:
    """Return which expected sites sent no line of the last examined day, and since when.

    As `mimamori sites list` tells them for that day; before the first ingest it is yesterday.
    """
    on = last_examined_day(con, settings, now)
    expected = [one for one in site_statuses(con, settings, on) if one.is_expected]
    missing = [_since(one) for one in expected if one.is_missing]
    if missing:
        return warning(
            "sites",
            message("doctor.sites.missing", on=on, count=len(missing), names=named(missing)),
            message("doctor.sites.see_sites"),
        )
    return well("sites", message("doctor.sites.none_missing", at=on, count=len(expected)))


def _since(site: SiteStatus) -> str:
    """A silent site with its last record, where there is one."""
    if site.last_record_at is None:
        return site.site_id
    at = f"{site.last_record_at:%Y-%m-%d %H:%M}"
    return f"{site.site_id} ({message('doctor.sites.since', last=at)})"


def check_limits(con: duckdb.DuckDBPyConnection, now: dt.datetime) -> Outcome:
    """Return which limits were passed in the last week, and by how many files, sites and days."""
    passed = limits_passed(con, now - dt.timedelta(days=_DAYS))
    if not passed:
        return well("limits", message("doctor.limits.none_passed", days=_DAYS))
    found = [
        f"limits.{one.limit}={one.allowed}: {one.places} ({named(one.examples)})" for one in passed
    ]
    return warning(
        "limits",
        "; ".join(found),
        message("doctor.limits.find_out_who"),
    )


def check_retention(
    con: duckdb.DuckDBPyConnection, home: Home, settings: Settings, now: dt.datetime
) -> Outcome:
    """Return whether something is past its time that the night before last should have let go."""
    night = now.astimezone(settings.zone).date() - dt.timedelta(days=_NIGHTS_OF_GRACE)
    overdue = retain(con, home, settings, night, now, is_dry_run=True)
    access = [one for one in overdue.acts if one.rows]
    if access:
        names = [f"{one.kind} {one.first_day} – {one.last_day} ({one.rows})" for one in access]
        return warning(
            "retention",
            message("doctor.retention.overdue", names=named(names)),
            message("doctor.retention.run_it"),
        )
    oldest = overdue.oldest["access_log"]
    if oldest is None:
        return well("retention", message("doctor.retention.empty"))
    in_clear = overdue.oldest["access_log_in_clear"] or "-"
    left: Message | str = ""
    if overdue.waiting_rows or overdue.held_rows:
        left = message(
            "doctor.retention.because", waiting=overdue.waiting_rows, held=overdue.held_rows
        )
    return well(
        "retention",
        message("doctor.retention.nothing_overdue", oldest=oldest, in_clear=in_clear, left=left),
    )


def check_upkeep(con: duckdb.DuckDBPyConnection) -> Outcome:
    """Return whether the last upkeep ended well, and when."""
    status, ended_at, error = con.execute(_LAST_UPKEEP).fetchone() or (None, None, None)
    if status is None:
        return well("upkeep", message("doctor.upkeep.none_yet"))
    if status == "done":
        return well(
            "upkeep", message("doctor.upkeep.ended_well", ended=f"{ended_at:%Y-%m-%d %H:%M}")
        )
    return warning(
        "upkeep",
        message("doctor.upkeep.failed", ended=f"{ended_at:%Y-%m-%d %H:%M}", error=error),
        message("doctor.upkeep.next_night"),
    )


def check_delivery(target: Deliver | None, secret: Callable[[str], str | None]) -> Outcome:
    """Return what `deliver:` lacks on this machine; nothing is sent, and no server is asked.

    `secret` gives the value of an environment variable. What is missing is a warning, as another
    user or service may have it.
    """
    if target is None:
        return well("deliver", message("doctor.delivery.nobody"))
    lacking = list(_lacking(target, secret))
    if lacking:
        return warning(
            "deliver",
            message("doctor.delivery.missing", names=named(lacking)),
            message("doctor.delivery.provide_it"),
        )
    channels = (target.email, "email"), (target.webhook, "webhook"), (target.folder, "folder")
    return well("deliver", ", ".join(name for channel, name in channels if channel))


def _lacking(target: Deliver, secret: Callable[[str], str | None]) -> Iterator[str]:
    names = [
        target.email and target.email.smtp and target.email.smtp.password_env,
        target.webhook and target.webhook.url_env,
    ]
    for name in names:
        if name and not secret(name):
            yield f"{name}（{message('doctor.delivery.environment_variable')}）"
    if target.folder is not None:
        path = target.folder.path
        if not path.is_dir():
            yield f"{path}（{message('doctor.delivery.folder')}）"
        elif not os.access(path, os.W_OK | os.X_OK):
            yield f"{path}（{message('doctor.delivery.permission_to_write')}）"
