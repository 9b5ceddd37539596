"""What a night sends: the result to whom settings name, and open questions to managers."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from pipelines import lake
from pipelines.asking.send import CHANNEL, KIND, note_sent
from pipelines.asking.send import send_questions as send_open_questions
from pipelines.deliver.alive import show_life
from pipelines.deliver.disclosed import Registrar
from pipelines.deliver.ledger import WAIT_SECONDS, Ledger
from pipelines.deliver.means import Means, read_places
from pipelines.deliver.run import Delivery, deliver_days
from pipelines.errors import LakeBusyError, MimamoriError
from pipelines.lake.keys import is_there
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.settings.delivery import Deliver
from pipelines.settings.model import Settings
from pipelines.text.words import Words

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 2.0  # a page waits no longer for a night that is sending


@dataclass(frozen=True)
class Outside:
    """Values of environment variables, the clock, and whether Airflow has the connections."""

    secret: Callable[[str], str | None]
    clock: Callable[[], dt.datetime]
    is_airflow: bool = False


def deliver_all(
    settings: Settings,
    target: Deliver,
    home: Home,
    days: Sequence[dt.date],
    outside: Outside,
    *,
    is_dry_run: bool = False,
) -> list[Delivery]:
    """Send the reported days as `target` says, then the open questions; return what became of each.

    When all reports went out the monitor outside that `target` names gets its sign of life: a
    question that cannot be sent is shown with its case, and does not silence that sign every night.

    Raises:
        MimamoriError: a day has no report, or the ledger of deliveries cannot be used.
    """
    done = _sent(settings, target, home, days, outside, is_dry_run=is_dry_run)
    is_well = not is_dry_run and all(
        one.status != "failed" for one in done if one.channel != CHANNEL
    )
    if target.ping_env is not None and is_well:
        seconds = target.timeout_seconds
        done.append(show_life(target.ping_env, max(days), outside.secret, seconds))
    return done


def _sent(
    settings: Settings,
    target: Deliver,
    home: Home,
    days: Sequence[dt.date],
    outside: Outside,
    *,
    is_dry_run: bool,
) -> list[Delivery]:
    words, ledger = Words(settings.locale, settings.zone), Ledger(home)
    means = _means(settings, target, home, outside)
    done = deliver_days(target, words, home.reports, ledger, days, means, dry_run=is_dry_run)
    if not is_there(home):
        return done
    try:
        asked = send_open_questions(settings, home, ledger, means, is_dry_run=is_dry_run)
        _note(settings, home, ledger, asked)
        done += asked
    except MimamoriError as error:  # the reports went out
        log.warning("questions: %s", error)
        done.append(Delivery(CHANNEL, KIND, max(days).isoformat(), "failed", str(error)))
    return done


def send_question(
    settings: Settings, home: Home, reference: str, outside: Outside, *, is_quick: bool = False
) -> list[Delivery]:
    """Send one open question at once; return what became of it, nothing where it is not open.

    A failure is a result, and the next night tries again. With `is_quick` it is not tried twice,
    and nobody is waited for long.

    Raises:
        MimamoriError: the lake or the ledger of deliveries cannot be used.
    """
    if settings.deliver is None:
        return []
    means = _means(settings, settings.deliver, home, outside)
    ledger = Ledger(home, _PATIENCE_SECONDS if is_quick else WAIT_SECONDS)
    done = send_open_questions(settings, home, ledger, means, reference, is_quick=is_quick)
    _note(settings, home, ledger, done)
    return done


def _note(settings: Settings, home: Home, ledger: Ledger, done: Sequence[Delivery]) -> None:
    """Put down in the lake what went out; while others write, the next night does it."""
    if not any(one.status == "sent" for one in done):
        return
    try:
        with lake.open_writer(home, settings.timezone, _PATIENCE_SECONDS) as con:
            note_sent(con, ledger)
    except LakeBusyError as error:
        log.info("questions: what was sent is put down by the next night: %s", error)


def _means(settings: Settings, target: Deliver, home: Home, outside: Outside) -> Means:
    records = Records(home)
    register = Registrar(records, settings.disclosures, settings.zone, outside.clock)
    places = partial(read_places, target, home, settings.timezone)
    return Means(
        outside.secret, outside.clock, time.sleep, records, register, outside.is_airflow, places
    )
