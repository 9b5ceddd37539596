"""Host names of client addresses by reverse DNS, each confirmed by the way back.

Whoever holds an address writes its name, and may keep the servers waiting: every question has a
time limit, all of them together a budget, and a name counts only when it leads back to the
address. The only network access of the whole project; off unless the settings say otherwise.
"""

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver
import dns.reversename
import duckdb
import polars as pl

from pipelines.enrich.crawlers import refresh_crawler_rules
from pipelines.errors import MimamoriError
from pipelines.lake import insert_frame, transaction
from pipelines.normalise.client import canonical_ip, is_hostname, registrable_domain
from pipelines.normalise.columns import Types
from pipelines.normalise.endpoint import split_endpoint
from pipelines.settings.model import ReverseDns, Settings
from pipelines.text.messages import message

Clock = Callable[[], dt.datetime]

_ROW_SCHEMA: Types = {
    "client_ip": pl.String,
    "client_host": pl.String,
    "client_domain": pl.String,
    "is_confirmed": pl.Boolean,
    "looked_up_at": pl.Datetime("us", "UTC"),
    "expires_at": pl.Datetime("us", "UTC"),
    "message": pl.String,
}
_DNS_PORT = 53
_TRIES = 2  # of a question, each with the time limit
_NAMES_FOLLOWED = 3  # of an address; a thousand names on one are a trap
_CANCEL_SECONDS = 0.05
_RETRY_AFTER = dt.timedelta(hours=12)  # when no server answered


@dataclass(frozen=True)
class Answer:
    """What reverse DNS says about one address; `is_confirmed` is None when no server answered."""

    client_ip: str
    client_host: str | None
    is_confirmed: bool | None
    message: str | None


@dataclass(frozen=True)
class Lookups:
    """How many addresses were looked up, how many names confirmed, how many did not get a turn."""

    asked: int = 0
    confirmed: int = 0
    left: int = 0


def resolve_new(con: duckdb.DuckDBPyConnection, settings: Settings, clock: Clock) -> Lookups:
    """Look up the clients of recent days that have no fresh answer, and keep the answers.

    Addresses that claim to be a crawler we can verify come first, then those seen last. With
    `only: crawlers` the others are not asked for. Addresses for which the budget does not suffice
    have their turn in the next run. Nothing at all happens unless `reverse_dns` is enabled.

    Raises:
        MimamoriError: no `servers` are set, and the system names none.
    """
    section = settings.reverse_dns
    if not section.enabled:
        return Lookups()
    refresh_crawler_rules(con)
    now = clock()
    addresses = _stale(con, section, now)
    answers = look_up(addresses, section)
    if answers:
        rows = _rows(answers, now, section.cache_days)
        with transaction(con):
            con.register("looked_up", rows)
            con.execute(
                "delete from lake.reverse_dns where client_ip in (select client_ip from looked_up)"
            )
            con.unregister("looked_up")
            insert_frame(con, "reverse_dns", rows)
    confirmed = sum(answer.is_confirmed is True for answer in answers)
    return Lookups(len(answers), confirmed, len(addresses) - len(answers))


def look_up(addresses: Sequence[str], section: ReverseDns) -> list[Answer]:
    """Return the answers for as many of `addresses` as the budget allows, the first ones first.

    Raises:
        MimamoriError: no `servers` are set, and the system names none.
    """
    if not addresses or not section.budget_seconds:
        return []
    return asyncio.run(_look_up_all(addresses, section))


def _stale(con: duckdb.DuckDBPyConnection, section: ReverseDns, now: dt.datetime) -> list[str]:
    rows = con.execute(
        """
        with seen as (
            select
                request.client_id, max(request.time) as seen_at,
                bool_or(coalesce(agent.bot_name in
                    (select rule.bot_name from lake.crawler_rule as rule
                    where rule.host_suffix is not null), false)) as is_claim
            from lake.request_fact as request
            left join lake.agent as agent on agent.agent_id = request.agent_id
            where request.log_date >
                (select max(log_date) from lake.request_fact) - cast($cache_days as integer)
            group by request.client_id
        )
        select client.client_ip
        from seen
        join lake.client as client on client.client_id = seen.client_id
        left join lake.reverse_dns as dns on dns.client_ip = client.client_ip
        where client.client_ip is not null and coalesce(dns.expires_at <= $now, true)
        group by client.client_ip
        having bool_or(seen.is_claim) or $is_all
        order by bool_or(seen.is_claim) desc, max(seen.seen_at) desc, client.client_ip
        """,
        {"cache_days": section.cache_days, "now": now, "is_all": section.only == "all"},
    ).fetchall()
    # What has become a pseudonym is an address no longer.
    return [address for (address,) in rows if canonical_ip(address) == address]


def _rows(answers: Sequence[Answer], now: dt.datetime, cache_days: int) -> pl.DataFrame:
    fresh, retry = now + dt.timedelta(days=cache_days), now + _RETRY_AFTER
    return pl.DataFrame(
        [
            (
                answer.client_ip,
                answer.client_host,
                answer.client_host and registrable_domain(answer.client_host),
                answer.is_confirmed,
                now,
                retry if answer.is_confirmed is None else fresh,
                answer.message,
            )
            for answer in answers
        ],
        schema=_ROW_SCHEMA,
        orient="row",
    )


async def _look_up_all(addresses: Sequence[str], section: ReverseDns) -> list[Answer]:
    resolver = _resolver(section)
    answers: dict[str, Answer] = {}
    waiting = deque(addresses)
    workers = [
        asyncio.create_task(_work(resolver, waiting, answers))
        for _ in range(min(section.concurrency, len(addresses)))
    ]
    done, unfinished = await asyncio.wait(workers, timeout=section.budget_seconds)
    waiting.clear()
    while unfinished:  # a task whose answer comes in at that moment may not notice
        for worker in unfinished:
            worker.cancel()
        ended, unfinished = await asyncio.wait(unfinished, timeout=_CANCEL_SECONDS)
        done |= ended
    for worker in done:
        if not worker.cancelled():
            worker.result()
    return [answers[address] for address in addresses if address in answers]


async def _work(
    resolver: dns.asyncresolver.Resolver, waiting: deque[str], answers: dict[str, Answer]
) -> None:
    while waiting:
        address = waiting.popleft()
        answers[address] = await _look_up(resolver, address)


def _resolver(section: ReverseDns) -> dns.asyncresolver.Resolver:
    try:
        resolver = dns.asyncresolver.Resolver(configure=not section.servers)
    except dns.resolver.NoResolverConfiguration:
        raise MimamoriError(message("enrich.reverse_dns.no_server", at="reverse_dns")) from None
    if section.servers:
        resolver.nameservers = [
            dns.nameserver.Do53Nameserver(*split_endpoint(server, _DNS_PORT))
            for server in section.servers
        ]
    resolver.timeout = section.timeout_ms / 1000
    resolver.lifetime = _TRIES * resolver.timeout
    return resolver


async def _look_up(resolver: dns.asyncresolver.Resolver, address: str) -> Answer:
    family = "AAAA" if ":" in address else "A"
    try:
        names = await _ask(resolver, dns.reversename.from_address(address).to_text(), "PTR")
    except _UnansweredError as error:
        return Answer(address, None, is_confirmed=None, message=str(error))
    hosts = sorted({name.lower().removesuffix(".") for name in names} - {""})
    hosts = [host for host in hosts if is_hostname(host)][:_NAMES_FOLLOWED]
    if not hosts:
        message = "the name is no host name" if names else "no name"
        return Answer(address, None, is_confirmed=False, message=message)
    failure = None
    for host in hosts:
        try:
            back = await _ask(resolver, host + ".", family)
        except _UnansweredError as error:
            failure = str(error)
            continue
        if address in {canonical_ip(text) for text in back}:
            return Answer(address, host, is_confirmed=True, message=None)
    if failure is not None:
        return Answer(address, hosts[0], is_confirmed=None, message=failure)
    message = "the name does not lead back to the address"
    return Answer(address, hosts[0], is_confirmed=False, message=message)


class _UnansweredError(Exception):
    """No server gave an answer that can be used."""


async def _ask(resolver: dns.asyncresolver.Resolver, name: str, kind: str) -> list[str]:
    """The answers to a question as text, none when there is no such name."""
    try:
        answer = await resolver.resolve(name, kind, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.Timeout:
        raise _UnansweredError("no answer in time") from None
    except dns.resolver.NoNameservers:
        raise _UnansweredError("the DNS servers failed") from None
    except (dns.exception.DNSException, OSError, ValueError):
        raise _UnansweredError("no answer that can be used") from None
    kinds = dns.rdatatype.from_text(kind)
    return [record.to_text() for record in answer if record.rdtype == kinds]
