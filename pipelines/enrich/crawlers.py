"""By what crawlers and AI agents are known, kept in the lake for its views.

`crawlers.yaml` has the signs of search engines, `ai_agents.yaml` the AI agents with their purposes.
"""

import datetime as dt
import ipaddress
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, field_validator

from pipelines.lake import insert_frame, transaction
from pipelines.normalise.networks import address_key
from pipelines.normalise.site import canonical_domain
from pipelines.text.messages import message
from pipelines.text.yaml_text import read_yaml

CRAWLERS_FILE = Path(__file__).with_name("crawlers.yaml")
AI_AGENTS_FILE = Path(__file__).with_name("ai_agents.yaml")
RULE_SCHEMA = pl.Schema(
    {
        "bot_name": pl.String,
        "host_suffix": pl.String,
        "asn": pl.UInt32,
        "network": pl.String,
        "first_key": pl.String,
        "last_key": pl.String,
        "complete_until": pl.Date,
    }
)
AGENT_SCHEMA = pl.Schema(
    {
        "bot_name": pl.String,
        "operator": pl.String,
        "purpose": pl.String,
        "is_token": pl.Boolean,
        "source": pl.String,
    }
)
FRESH_DAYS = 180
"""For which a list of networks disproves a claim: operators add to theirs a few times a year."""


class Purpose(StrEnum):
    """What an AI agent reads for."""

    TRAINING = "training"
    SEARCH = "search"
    ASSISTANT = "assistant"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Published(_Entry):
    """Networks that an operator publishes in `list`, as they stood on a day.

    They are all from which its agents come, unless `is_complete` is false.
    """

    list: str
    fetched_on: dt.date
    is_complete: bool = True
    networks: tuple[IPvAnyNetwork, ...] = Field(min_length=1)


class Signs(_Entry):
    """By what it is seen that requests come from an operator."""

    host_suffixes: tuple[str, ...] = ()
    asns: tuple[int, ...] = ()
    published: Published | None = None

    @field_validator("host_suffixes")
    @classmethod
    def _domains(cls, suffixes: tuple[str, ...]) -> tuple[str, ...]:
        for suffix in suffixes:
            if canonical_domain(suffix) != suffix:
                raise ValueError(message("enrich.crawlers.not_a_domain", suffix=suffix))
        return suffixes

    @property
    def are_any(self) -> bool:
        """Whether a claim can be judged at all."""
        return bool(self.host_suffixes or self.asns or self.published)


class Operator(Signs):
    """Whose bots are known by these signs, and where that is written."""

    name: str
    source: str
    bots: tuple[str, ...] = Field(min_length=1)


class CrawlerTable(_Entry):
    """The content of `crawlers.yaml`."""

    checked_on: dt.date
    operators: tuple[Operator, ...]


class AiAgent(Signs):
    """An AI agent, by the name that it gives."""

    purpose: Purpose


class AiOperator(Signs):
    """Who runs AI agents. Its signs are those of each agent that has none of its own.

    `tokens` are names in robots.txt that no request of the operator's carries.
    """

    name: str
    source: str
    agents: dict[str, AiAgent] = Field(min_length=1)
    tokens: tuple[str, ...] = ()


class AiAgentTable(_Entry):
    """The content of `ai_agents.yaml`."""

    checked_on: dt.date
    operators: tuple[AiOperator, ...]


@cache
def crawler_table() -> CrawlerTable:
    """Return the content of `crawlers.yaml`."""
    return CrawlerTable.model_validate(read_yaml(CRAWLERS_FILE.read_text(encoding="utf-8")))


@cache
def ai_agent_table() -> AiAgentTable:
    """Return the content of `ai_agents.yaml`."""
    return AiAgentTable.model_validate(read_yaml(AI_AGENTS_FILE.read_text(encoding="utf-8")))


def crawler_rules() -> pl.DataFrame:
    """Return RULE_SCHEMA: a row for each bot and host suffix, network and autonomous system.

    Until `complete_until` an address outside all of a bot's networks disproves the claim.
    """
    known = [
        *((bot, one) for one in crawler_table().operators for bot in one.bots),
        *(
            (name, agent if agent.are_any else operator)
            for operator in ai_agent_table().operators
            for name, agent in operator.agents.items()
        ),
    ]
    rows = [row for bot, signs in known for row in _rules(bot, signs)]
    return pl.DataFrame(rows, schema=RULE_SCHEMA, orient="row")


def ai_agents() -> pl.DataFrame:
    """Return AGENT_SCHEMA: a row for each AI agent, and for each token of robots.txt."""
    rows: list[tuple[str, str, str | None, bool, str]] = []
    for operator in ai_agent_table().operators:
        about = (operator.name, operator.source)
        rows += [
            (name, about[0], agent.purpose.value, False, about[1])
            for name, agent in operator.agents.items()
        ]
        rows += [(name, about[0], None, True, about[1]) for name in operator.tokens]
    return pl.DataFrame(rows, schema=AGENT_SCHEMA, orient="row")


def refresh_crawler_rules(con: duckdb.DuckDBPyConnection) -> bool:
    """Make `lake.crawler_rule` and `lake.ai_agent` what the files say; true when they were not.

    It writes in a transaction of its own, and nothing when nothing has changed.
    """
    wanted = {"crawler_rule": crawler_rules(), "ai_agent": ai_agents()}
    changed = [name for name, rows in wanted.items() if not _is_kept(con, name, rows)]
    if not changed:
        return False
    with transaction(con):
        for name in changed:
            con.execute(f"delete from lake.{name}")
            insert_frame(con, name, wanted[name])
    return True


def _is_kept(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> bool:
    names = rows.columns
    kept = con.execute(f"select {', '.join(names)} from lake.{table}").pl()
    return kept.cast(rows.schema).sort(names).equals(rows.sort(names))


def _rules(bot: str, signs: Signs) -> Iterator[tuple[str | int | dt.date | None, ...]]:
    empty = (None,) * 4
    for suffix in signs.host_suffixes:
        yield (bot, suffix, None, *empty)
    for asn in signs.asns:
        yield (bot, None, asn, *empty)
    published = signs.published
    if published is None:
        return
    until = None
    if published.is_complete:
        until = published.fetched_on + dt.timedelta(days=FRESH_DAYS)
    for network in published.networks:
        yield (bot, None, None, str(network), *_ends(network), until)


def _ends(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[str, str]:
    return address_key(network[0]), address_key(network[-1])
