"""What the DAGs share: whose settings, which day, which sites, and how errors reach Airflow.

A DAG file holds a schedule and the order of the calls; this module holds what more than one of
them needs. Airflow reads DAG files all the time, so nothing heavy is imported at the top.
"""

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    Asset,
    AssetAll,
    CronPartitionTimetable,
    CronTriggerTimetable,
    Param,
    PartitionedAtRuntime,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowFailException

from pipelines.airflow.alerts import run_failed
from pipelines.airflow.deadline import night_deadline
from pipelines.airflow.deployment import (
    clock_starts_runs,
    home,
    ingest_name,
    ingest_names,
    ingest_pool,
    secret,
    setting_or_default,
    settings,
)
from pipelines.airflow.lineage import emit_lineage
from pipelines.errors import TimeLimitError, UsageError
from pipelines.ingest.discover import SiteInstance, known_sites
from pipelines.interpreter import collect_garbage_rarely
from pipelines.private_files import keep_private
from pipelines.text.messages import message
from pipelines.text.month import WRITTEN, Month
from pipelines.time_limit import seconds_for_days

if TYPE_CHECKING:
    from pipelines.deliver.run import Delivery

log = logging.getLogger(__name__)

collect_garbage_rarely()
keep_private()  # a task writes the lake, reports and its log; its process imports its DAG first

DATE_PARAM = Param(
    None,
    type=["null", "string"],
    format="date",
    description=str(message("airflow.orchestration.day")),
)
MONTH_PARAM = Param(
    None,
    type=["null", "string"],
    pattern=f"^{WRITTEN}$",
    description=str(message("airflow.orchestration.month")),
)
BATCH_PARAM = Param(
    100,
    type="integer",
    minimum=1,
    description=str(message("airflow.orchestration.sites_per_task")),
)


def logs_of(name: str) -> Asset:
    """Return what the ingest of that name updates, one of `deployment.ingest_names`."""
    return Asset(name=f"mimamori_{name}_logs", uri=f"mimamori://lake/access_log/{name}")


def reports() -> Asset:
    """Return what `nightly_report` updates: other DAGs may be scheduled on it."""
    return Asset(name="mimamori_reports", uri="mimamori://reports")


def all_logs() -> AssetAll:
    """Return what all ingests of a night update."""
    return AssetAll(*map(logs_of, ingest_names()))


def task_limit() -> dt.timedelta:
    """Return what a task may take at most: what a stage may take that works on most days at once.

    It is the outer bound, should a task hang where its stage's own, which fits the volume that it
    meets (`pipelines.time_limit`), does not reach; half an hour more than that.
    """
    limits = setting_or_default("limits")
    seconds = seconds_for_days(limits, limits.days_per_night)
    return dt.timedelta(seconds=seconds) + QUICK_LIMIT


QUICK_LIMIT = dt.timedelta(minutes=30)  # of what only looks up what there is to do
# What every DAG of this project has. The delay before a retry is left to the deployment
# (`[core] default_task_retry_delay`, five minutes unless set).
COMMON: dict[str, Any] = {
    "default_args": {
        "owner": "mimamori",
        "retries": 2,
        "execution_timeout": task_limit(),
        "on_success_callback": emit_lineage,
    },
    "catchup": False,
    "max_active_runs": 1,
    "on_failure_callback": run_failed,
}
# What the DAGs of a night have beside.
NIGHTLY: dict[str, Any] = {**COMMON, "deadline": night_deadline()}

DELIVERY_LIMIT = dt.timedelta(minutes=30)  # mail servers that answer a byte at a time
# A mail server or chat may be down for hours: with the usual delay tries follow after 5, 10, 20 and
# 40 minutes, then every hour, over some three hours.
DELIVERY: dict[str, Any] = {
    "execution_timeout": DELIVERY_LIMIT,
    "retries": 6,
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": dt.timedelta(hours=1),
}

_NIGHTLY = "0 2 * * *"
_WEEKLY = "0 4 * * 0"
_MONTHLY = "0 5 1-3 * *"  # what came late is in the audit of the second and third day
_KEY_FORMAT = "%Y-%m-%d"
_COUNTS = ("files", "lines", "records", "rejects", "comments", "duplicates")
_MAX_BATCHES = 1_000  # Airflow maps a task at most 1,024 times (`[core] max_map_length`)


def nightly_schedule() -> CronPartitionTimetable | PartitionedAtRuntime:
    """Return "02:00 in the configured zone", each run being about the day before.

    The day travels as a partition key such as `2026-11-20` with the asset events, so that
    `nightly_report` never pairs one ingest's night with another night of another.
    Where the clock starts no runs, the key is given by whoever triggers one.
    """
    if not clock_starts_runs():
        return PartitionedAtRuntime()
    return CronPartitionTimetable(
        _NIGHTLY, timezone=setting_or_default("timezone"), run_offset=-1, key_format=_KEY_FORMAT
    )


def weekly_schedule() -> CronTriggerTimetable | None:
    """Return "Sunday, 04:00 in the configured zone", None where the clock starts no runs."""
    return _by_clock(_WEEKLY)


def monthly_schedule() -> CronTriggerTimetable | None:
    """Return "05:00 on the first three days of a month in the configured zone".

    None where the clock starts no runs.
    """
    return _by_clock(_MONTHLY)


def _by_clock(cron: str) -> CronTriggerTimetable | None:
    if not clock_starts_runs():
        return None
    return CronTriggerTimetable(cron, timezone=setting_or_default("timezone"))


def site_batches(sites: Iterable[SiteInstance], per_batch: int) -> list[list[str]]:
    """Return the ids of `sites` in batches of `per_batch`, larger ones when they were too many."""
    ids = [site.id for site in sites]
    size = max(per_batch, -(-len(ids) // _MAX_BATCHES))
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def day_of_run(
    partition_key: str | None, date: str | None, run_after: dt.datetime, zone: dt.tzinfo
) -> dt.date:
    """Return the day a run is about: its partition, else the date asked for, else yesterday.

    `run_after` is the instant at which the run was due; yesterday is taken in `zone`.

    Raises:
        UsageError: the partition key or the date is no ISO date.
    """
    text = partition_key or date
    if text is None:
        return run_after.astimezone(zone).date() - dt.timedelta(days=1)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(message("airflow.orchestration.not_a_date", text=text)) from None


def month_of_run(month: str | None, run_after: dt.datetime, zone: dt.tzinfo) -> Month:
    """Return the month a run is about: the one asked for, else that before `run_after` in `zone`.

    Raises:
        UsageError: what was asked for is no month.
    """
    if month:
        return Month.written(month)
    return Month.before(run_after.astimezone(zone).date())


def dates(texts: Iterable[str]) -> list[dt.date]:
    """Return the dates of ISO texts, the form in which they travel between tasks."""
    return [dt.date.fromisoformat(text) for text in texts]


def sent(deliveries: "Sequence[Delivery]") -> dict[str, int]:
    """Return the number of deliveries by status.

    Raises:
        MimamoriError: one failed; a retry tries those alone, as the others are in the ledger.
    """
    from pipelines.deliver.run import require_sent

    require_sent(deliveries)
    return dict(Counter(one.status for one in deliveries))


@contextmanager
def clear_failures() -> Iterator[None]:
    """Fail a task at once, without a retry, where only a person can put things right.

    What took too long would take as long again, and the night must end.
    """
    try:
        yield
    except (UsageError, TimeLimitError) as error:
        raise AirflowFailException(str(error)) from None


@clear_failures()
def current_day() -> dt.date:
    """Return the day that the task now running is about; see `day_of_run`."""
    context = get_current_context()
    run = context["dag_run"]
    date = context["params"].get("date")
    return day_of_run(run.partition_key, date, run.run_after, settings().zone)


@clear_failures()
def current_month() -> Month:
    """Return the month that the task now running is about; see `month_of_run`."""
    context = get_current_context()
    month = context["params"].get("month")
    return month_of_run(month, context["dag_run"].run_after, settings().zone)


def fetch_limit() -> dt.timedelta:
    """Return what a fetch may take at most: `limits.fetch_minutes`, and half an hour more."""
    return dt.timedelta(minutes=setting_or_default("limits").fetch_minutes) + QUICK_LIMIT


@task(execution_timeout=fetch_limit())
@clear_failures()
def fetch(*, name: str) -> dict[str, int]:
    """Bring new files of the sites that the ingest of that name reads; return the counts.

    It fails when something could not be fetched; what came is there, and ingest goes on.
    """
    from pipelines.fetch.run import require_fetched
    from pipelines.night import stages

    current = settings()
    sites = [site.id for site in current.sites if ingest_name(current, site.group) == name]
    if not sites:
        return {}
    result = stages.fetch(current, home(), secret, sites)
    require_fetched(result)
    return {
        "files": sum(len(one.brought) for one in result.sources),
        "bytes": sum(sum(one.bytes.values()) for one in result.sources),
        "removed": len(result.removed),
    }


# Whatever became of the fetch: what is there is read, and the report says what did not come.
@task(execution_timeout=QUICK_LIMIT, trigger_rule="all_done")
@clear_failures()
def list_sites(*, name: str, params: dict[str, Any] | None = None) -> list[list[str]]:
    """Return the ids of the sites that the ingest of that name reads, in batches."""
    current = settings()
    sites = [
        site
        for site in known_sites(current, home().logs)
        if ingest_name(current, site.group) == name
    ]
    return site_batches(sites, (params or {})["sites_per_batch"])


@task(pool=ingest_pool())
@clear_failures()
def ingest(batch: list[str]) -> dict[str, int]:
    """Read what is new at the sites of `batch` into the lake; return counts and the snapshot."""
    from pipelines import lake
    from pipelines.night import stages

    current = settings()
    result = stages.ingest(current, home(), site_ids=batch, on=current_day())
    with lake.open_reader(home(), current.timezone) as con:
        snapshot = lake.last_snapshot(con)
    for told in (*result.warnings, *result.failures):
        log.warning("%s", told)
    counts = {name: getattr(result, name) for name in _COUNTS}
    return counts | {"failures": len(result.failures), "snapshot": snapshot}


@task(trigger_rule="none_failed")  # a group without any site is through with the day too
def announce(batches: Sequence[dict[str, int]] | None) -> dict[str, int]:
    """Tell by the task's outlet that the group is through with the day; return the sums.

    The event carries them, and the snapshot of the lake that has all of them.
    """
    counts = list(batches or ())  # it is lazy: every pass over it asks Airflow again
    sums = {name: sum(batch[name] for batch in counts) for name in (*_COUNTS, "failures")}
    snapshot = max((batch["snapshot"] for batch in counts), default=None)
    tell_outlets([current_day()], {**sums, "snapshot": snapshot})
    return sums


def tell_outlets(days: Iterable[dt.date], facts: Mapping[str, int | None]) -> None:
    """Have the running task's outlets say that they are up to date for `days`, with these facts."""
    context = get_current_context()
    for outlet in context["task"].outlets:
        event = context["outlet_events"][outlet]
        event.add_partitions([day.isoformat() for day in days])
        event.extra.update(facts)
