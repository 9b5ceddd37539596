"""What surrounds the reading of log files: whom ingest asks, and what it brings beside the lines.

Each module is loaded when it is asked for: most nights need few of them, and some load slowly.
"""

import datetime as dt
import logging
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import MimamoriError
from pipelines.ingest.discover import Landing
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings

if TYPE_CHECKING:
    import polars as pl

    from pipelines.detect.sigma.as_logged import RulesAsLogged
    from pipelines.ingest.hidden_attacks import AttackSearch
    from pipelines.ingest.known_sites import Roster

log = logging.getLogger(__name__)


def rosters_of(settings: Settings, found: Landing, now: dt.datetime) -> "list[Roster]":
    """Return the rosters of the settings, as their files are at the instant `now`."""
    if all(site.roster is None for site in settings.sites):
        return []
    from pipelines.night.rosters import read_rosters  # noqa: PLC0415

    return read_rosters(settings, found, now)


def agents_of_note(agents: "pl.Series") -> "pl.Series":
    """Tell for each user agent whether it matches a signature or names a bot."""
    from pipelines.detect.web.judge import are_of_note  # noqa: PLC0415

    return are_of_note(agents)


def attack_search(settings: Settings) -> "AttackSearch":
    """Return how detection judges texts before they are masked."""
    from pipelines.ingest.hidden_attacks import AttackSearch  # noqa: PLC0415

    if not settings.rules:
        return AttackSearch(_signals, _are_call_backs)

    @cache
    def rules() -> "RulesAsLogged":
        from pipelines.detect.sigma.as_logged import RulesAsLogged  # noqa: PLC0415
        from pipelines.detect.sigma.rulebook import load_rulebook  # noqa: PLC0415

        return RulesAsLogged(load_rulebook(settings.rules).rules, settings.timezone)

    return AttackSearch(_signals, _are_call_backs, lambda records: rules().find(records))


def _signals(place: str, texts: "pl.Series") -> "pl.DataFrame":
    from pipelines.detect.web.judge import signals  # noqa: PLC0415
    from pipelines.detect.web.signatures import Place  # noqa: PLC0415

    return signals(Place(place), texts)


def _are_call_backs(hosts: list[str]) -> list[bool]:
    from pipelines.detect.web.call_backs import are_call_backs  # noqa: PLC0415

    return are_call_backs(hosts)


def complete(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    home: Home,
    pseudonyms: Pseudonyms,
    started: dt.datetime,
    clock: Callable[[], dt.datetime],
) -> None:
    """Bring the lake what ingest brings beside the lines of logs.

    Rules of crawlers, groups of countries, what became of fetches, service histories, and names of
    clients by reverse DNS, without whose answer the night goes on. Persons who were erased are
    erased anew where a file that was delivered again brought them back.
    """
    from pipelines.enrich.country_marks import refresh_country_groups  # noqa: PLC0415
    from pipelines.enrich.crawlers import refresh_crawler_rules  # noqa: PLC0415

    refresh_crawler_rules(con)
    refresh_country_groups(con)
    if home.fetched.exists():
        from pipelines.fetch.outcomes import tell_lake  # noqa: PLC0415

        tell_lake(con, home.fetched)
    if settings.context.services is not None:
        from pipelines.context.services import keep_records  # noqa: PLC0415

        keep_records(con, settings, pseudonyms, started)
    if settings.reverse_dns.enabled:
        _name_clients(con, settings, clock)
    row = con.execute("select count(*) from lake.tombstone").fetchone()
    if row is not None and row[0]:
        from pipelines.subject.run import erase_again  # noqa: PLC0415

        erase_again(con, home, started, clock())


def _name_clients(
    con: duckdb.DuckDBPyConnection, settings: Settings, clock: Callable[[], dt.datetime]
) -> None:
    from pipelines.enrich.reverse_dns import resolve_new  # noqa: PLC0415

    try:
        lookups = resolve_new(con, settings, clock)
    except MimamoriError as error:
        log.warning("reverse DNS: %s", error)
        return
    if lookups.asked:
        log.info(
            "reverse DNS: %d addresses asked, %d names confirmed, %d left for later",
            lookups.asked,
            lookups.confirmed,
            lookups.left,
        )
