"""Retention: what the settings say of it, and that nothing does it yet."""

import datetime as dt

import duckdb

from pipelines.doctor.outcome import Outcome, warning
from pipelines.settings.model import Settings


def check_retention(
    con: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime
) -> Outcome:
    """Return that rows stay, whatever `retention:` says, with the oldest day that is there."""
    (oldest,) = con.execute(
        "select min(log_date) from lake.site_day where lines > 0"
    ).fetchone() or (None,)
    days = settings.retention.access_log_days
    age = (now.astimezone(settings.zone).date() - oldest).days if oldest else 0
    said_ja = f"（最も古い日 {oldest}、{age} 日前）" if oldest else ""
    said_en = f" (oldest day {oldest}, {age} days ago)" if oldest else ""
    return warning(
        "retention",
        f"保存期間はまだ適用されません。記録は残り続けます{said_ja} / "
        f"retention is not applied yet: rows stay{said_en}",
        f"{days} 日より古い個人データの扱いを、法務・個人情報保護の担当者と決めてください / "
        f"decide with your privacy officer what to do about data older than {days} days",
    )
