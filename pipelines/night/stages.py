"""The stages of a night. The command line and the Airflow DAGs are two thin callers of these.

Each stage reads the lake and writes the lake; what it writes for a day replaces what it wrote
for that day before, in one transaction, so running it twice changes nothing.
"""

import datetime as dt
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pipelines import lake
from pipelines.extras import require
from pipelines.findings import Finding
from pipelines.ingest.discover import Landing
from pipelines.ingest.folder import Folder
from pipelines.lake.maintenance import UpkeepResult, maintain
from pipelines.lake.on_record import require_all_on_record
from pipelines.lake.place import place_of
from pipelines.lake.reporter import require_reporter
from pipelines.lake.turns import alone
from pipelines.night import beside_ingest, due
from pipelines.night.stage_runs import Run, failure_on_record, recorded, stage, stage_of_days
from pipelines.night.upkeep import keep_in_order_if_due
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.quality.result import CheckResult
from pipelines.records import Records
from pipelines.records.evidence import note_files
from pipelines.settings.model import Settings
from pipelines.time_limit import seconds_for_bytes, stage_limit

if TYPE_CHECKING:
    from pipelines.audit.make import Made
    from pipelines.deliver.run import Delivery
    from pipelines.fetch.run import FetchResult
    from pipelines.ingest.result import IngestResult
    from pipelines.night.detection import Ready
    from pipelines.retention.result import Retained
    from pipelines.text.month import Month

log = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
_FETCH_GRACE_SECONDS = 300
due_days = due.due_days


@dataclass(frozen=True)
class NightResult:
    """What a whole night did."""

    ingest: "IngestResult"
    days: tuple[dt.date, ...]
    checks: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    reports: tuple[Path, ...]
    retained: "Retained"


def system_clock() -> dt.datetime:
    """Return the present instant, the clock of every caller but tests."""
    return dt.datetime.now(dt.UTC)


def today(settings: Settings, clock: Clock = system_clock) -> dt.date:
    """Return the present day in the configured zone."""
    return clock().astimezone(settings.zone).date()


def yesterday(settings: Settings, clock: Clock = system_clock) -> dt.date:
    """Return the day before the present one in the configured zone."""
    return today(settings, clock) - dt.timedelta(days=1)


def fetch(
    settings: Settings,
    home: Home,
    secret: Callable[[str], str | None],
    site_ids: Iterable[str] = (),
    clock: Clock = system_clock,
    *,
    dry_run: bool = False,
) -> "FetchResult":
    """Bring what is new of each source into the landing folder; return what became of it.

    `secret` gives the value of an environment variable. A source that fails is a result, not an
    error. Errors as of `pipelines.fetch.run.fetch`, and TimeLimitError.
    """
    from pipelines.fetch.run import Outside  # noqa: PLC0415 - most nights have no source
    from pipelines.fetch.run import fetch as fetch_files  # noqa: PLC0415

    # It ends by itself within the limit, unless a server sends a byte now and then for ever.
    with stage_limit(settings.limits.fetch_minutes * 60 + _FETCH_GRACE_SECONDS, "fetch"):
        return fetch_files(settings, home, site_ids, Outside(secret, clock), dry_run=dry_run)


def ingest(
    settings: Settings,
    home: Home,
    landing: Path | None = None,
    site_ids: Iterable[str] = (),
    clock: Clock = system_clock,
    progress_to: TextIO = sys.stderr,
    on: dt.date | None = None,
    opening: lake.Opening = lake.open_writer,
) -> "IngestResult":
    """Read what is new below `landing` (default: the home's) into the lake; return the sums.

    `on` is the day that the night is about, by default the day before the present one: lines about
    days far from it are counted as such.

    Raises:
        MimamoriError: no landing folder.
        MissingExtraError: settings want reverse DNS, and it is not installed.
        TimeLimitError: it took longer than the volume explains.
    """
    if settings.reverse_dns.enabled:
        require("reverse-dns", "reverse_dns.enabled")
    started = clock()
    # What is wrong with the folder or the sites shows before a lake is made.
    with ExitStack() as opened:
        with failure_on_record(settings, home, started, clock):
            folder = opened.enter_context(Folder.at(landing or home.logs))
            with stage_limit(seconds_for_bytes(settings.limits, 0), "ingest"):
                found = Landing.of(settings, folder, site_ids)
                rosters = beside_ingest.rosters_of(settings, found, started)
        beside = opened.enter_context(ThreadPoolExecutor(1, thread_name_prefix="import"))
        # Python reads the modules, half a second, while DuckDB opens the lake.
        loading = beside.submit(import_module, "pipelines.ingest.run")
        own = Run(settings, "ingest", (today(settings, clock),), started, clock)
        result: IngestResult | None = None
        while result is None or not result.is_whole:
            with (
                lake.open_for_ingest(home, settings.timezone, opening) as (con, turns),
                recorded(con, own, turns),
            ):
                loading.result()
                from pipelines.ingest.day_window import DayWindow, last_reported  # noqa: PLC0415
                from pipelines.ingest.night import Night  # noqa: PLC0415
                from pipelines.ingest.run import ingest as ingest_files  # noqa: PLC0415

                pseudonyms = Pseudonyms.of(home)
                last = yesterday(settings, clock)
                window = DayWindow(on or last, last, settings.limits, last_reported(con))
                attacks = beside_ingest.attack_search(settings)
                night = Night(window, beside_ingest.agents_of_note, attacks, rosters, turns)
                part = ingest_files(con, settings, found, pseudonyms, clock, progress_to, night)
                result = part.after(result) if result else part
                if part.is_whole:
                    with alone(turns):
                        beside_ingest.complete(con, settings, home, pseudonyms, started, clock)
    return result


def check(
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    clock: Clock = system_clock,
    opening: lake.Opening = lake.open_writer,
) -> list[CheckResult]:
    """Bring the daily aggregates up to date and judge the quality of the days; return the results.

    A failed check is a result, not an error. A site's day with a critical one is set aside: it
    teaches no baseline (`lake.set_aside_days`) until it is judged again without one.
    """
    from pipelines.detect.aggregates import refresh_stale_aggregates  # noqa: PLC0415
    from pipelines.quality.limits import learn_limits  # noqa: PLC0415
    from pipelines.quality.run import (  # noqa: PLC0415 - most commands need no checks
        Places,
        judge,
        load_great_expectations,
    )

    with (
        ThreadPoolExecutor(1, thread_name_prefix="import") as beside,
        stage_of_days(settings, home, "check", days, clock, opening, at_once=True) as con,
    ):
        loading = beside.submit(load_great_expectations)
        refresh_stale_aggregates(con, days, clock, settings.context.windows)
        due.note_days_left(con, settings.limits, days, clock())
        learn_limits(con, days)
        loading.result()
        results = judge(con, settings, days, Places.of(home), clock)
        with lake.transaction(con):
            con.execute(
                "delete from lake.check_result where log_date in (select unnest(?))", [days]
            )
            lake.insert_rows(con, "check_result", [vars(result) for result in results])
    return results


def detect(
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    clock: Clock = system_clock,
    opening: lake.Opening = lake.open_writer,
    ready: "Ready | None" = None,
) -> list[Finding]:
    """Run detectors and Sigma rules over the days, in order; return the findings as they stand."""
    from pipelines.night.detection import detect_days  # noqa: PLC0415 - polars loads slowly

    began_at = None if ready is None else ready.began_at
    with stage_of_days(settings, home, "detect", days, clock, opening, began_at) as con:
        return detect_days(con, settings, home, days, clock, ready)


def report(
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    out: Path | None = None,
    clock: Clock = system_clock,
    opening: lake.Opening = lake.open_writer,
) -> list[Path]:
    """Write the reports of the days and the index; return the pages of the days.

    What they rest on and their digests are put on record. `last-report.json` in the working folder
    is written last, for a monitor that watches its age.
    """
    require_reporter(home)
    with ThreadPoolExecutor(1, thread_name_prefix="import") as beside:
        # Python reads the modules, half a second, while DuckDB opens the lake.
        loading = beside.submit(import_module, "pipelines.night.reports")
        with stage_of_days(settings, home, "report", days, clock, opening) as con:
            loading.result()
            from pipelines.night.reports import write_night  # noqa: PLC0415

            pages = write_night(con, settings, home, days, out or home.reports, clock)
    from pipelines.night.evidence import note_last_report  # noqa: PLC0415

    note_last_report(home, days, clock())
    return pages


def deliver(
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    secret: Callable[[str], str | None],
    *,
    dry_run: bool = False,
    is_airflow: bool = False,
    clock: Clock = system_clock,
) -> "list[Delivery]":
    """Send the reported days to whom settings name, and open questions to managers.

    Returns what became of each delivery. Nothing is sent twice, and without `deliver:` in the
    settings nothing at all. `secret` gives the value of an environment variable. A delivery that
    failed is a result, not an error.

    Raises:
        MimamoriError: a day has no report, or the ledger of deliveries cannot be used.
    """
    if settings.deliver is None:
        return []
    require_reporter(home)
    from pipelines.night.deliveries import (  # noqa: PLC0415 - most nights end without it
        Outside,
        deliver_all,
    )

    outside = Outside(secret, clock, is_airflow=is_airflow)
    return deliver_all(settings, settings.deliver, home, days, outside, is_dry_run=dry_run)


def run(
    settings: Settings,
    home: Home,
    on: dt.date,
    landing: Path | None = None,
    clock: Clock = system_clock,
) -> NightResult:
    """Run the stages in order for `on` and the earlier days that changed, then upkeep if due.

    Upkeep that fails leaves the night as it is: its reports are written, and wait to be sent.
    """
    require_reporter(home)
    with lake.shared_lake() as opening:
        read = ingest(settings, home, landing, clock=clock, on=on, opening=opening)
        days = due_days(settings, home, on, opening)
        checks = check(settings, home, days, clock, opening)
        findings = detect(settings, home, days, clock, opening)
        pages = report(settings, home, days, clock=clock, opening=opening)
        retained = retention(settings, home, on, clock, is_of_night=True, opening=opening)
        keep_in_order_if_due(settings, home, clock, opening, upkeep)
    return NightResult(read, tuple(days), tuple(checks), tuple(findings), tuple(pages), retained)


def retention(
    settings: Settings,
    home: Home,
    on: dt.date,
    clock: Clock = system_clock,
    *,
    is_dry_run: bool = False,
    is_of_night: bool = False,
    opening: lake.Opening = lake.open_writer,
) -> "Retained":
    """Let go of what is past its time at the end of the day `on`; return what that was.

    A dry run writes nothing and returns what would go. That of a night, which nobody watches, waits
    once where the clock has gone on by far more than a day.

    Raises:
        MimamoriError: no lake yet, a file that cannot be removed, a key that cannot be read, or
            such a clock.
    """
    from pipelines.retention.pause import require_no_long_pause  # noqa: PLC0415
    from pipelines.retention.run import retain  # noqa: PLC0415 - polars loads slowly

    if is_dry_run:
        with lake.open_reader(home, settings.timezone) as con:
            return retain(con, home, settings, on, clock(), is_dry_run=True)
    require_reporter(home)
    seconds = _seconds_for_lake(settings, home)
    with stage(settings, home, "retention", [on], clock, opening, seconds) as con:
        if is_of_night:
            require_no_long_pause(con, clock())
        return retain(con, home, settings, on, clock())


def audit(
    settings: Settings,
    home: Home,
    month: "Month | None" = None,
    out: Path | None = None,
    clock: Clock = system_clock,
    *,
    with_pdf: bool = False,
) -> "Made":
    """Write the audit report of `month`, the last one by default; return where it is.

    Raises:
        MimamoriError: the lake has nothing of that month, or the report cannot be written.
        UsageError: no day of the month is over.
    """
    require_reporter(home)
    from pipelines.audit.make import write_audit  # noqa: PLC0415
    from pipelines.text.month import Month, require_begun  # noqa: PLC0415 - no night needs it

    present = today(settings, clock)
    wanted = month or Month.before(present)
    require_begun(wanted, present)
    with stage(settings, home, "audit", [present], clock, lake.open_writer) as con:
        made = write_audit(
            con, settings, home, wanted, out or home.reports, clock, with_pdf=with_pdf
        )
        note_files(Records(home), home.root, [made.page, made.data], clock())
        return made


def upkeep(
    settings: Settings,
    home: Home,
    clock: Clock = system_clock,
    opening: lake.Opening = lake.open_writer,
) -> UpkeepResult:
    """Merge small Parquet files, drop old snapshots and orphans; return counts before and after.

    Raises:
        MimamoriError: a table does not have as many rows as before; the catalog is an older one.
    """
    seconds = _seconds_for_lake(settings, home)
    periods = settings.retention
    kept = dt.timedelta(days=periods.snapshot_days or periods.access_log_days)
    present = today(settings, clock)
    with stage(settings, home, "upkeep", [present], clock, opening, seconds) as con:
        require_all_on_record(con, home, clock())
        return maintain(con, home, clock() - kept)


def _seconds_for_lake(settings: Settings, home: Home) -> float:
    """How long may be worked on all data files of the lake."""
    return seconds_for_bytes(settings.limits, sum(file.size for file in place_of(home).files()))
