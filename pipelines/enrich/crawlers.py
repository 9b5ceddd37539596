"""By what crawlers are known: the rules of `crawlers.yaml`, kept in the lake for its views."""

import datetime as dt
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipelines.lake import insert_frame, transaction
from pipelines.normalise.site import canonical_domain
from pipelines.text.messages import message
from pipelines.text.yaml_text import read_yaml

CRAWLERS_FILE = Path(__file__).with_name("crawlers.yaml")
RULE_SCHEMA = pl.Schema({"bot_name": pl.String, "host_suffix": pl.String, "asn": pl.UInt32})


class Operator(BaseModel):
    """Whose bots are known by these host names and networks, and where that is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source: str
    bots: tuple[str, ...] = Field(min_length=1)
    host_suffixes: tuple[str, ...]
    asns: tuple[int, ...]

    @field_validator("host_suffixes")
    @classmethod
    def _domains(cls, suffixes: tuple[str, ...]) -> tuple[str, ...]:
        for suffix in suffixes:
            if canonical_domain(suffix) != suffix:
                raise ValueError(message("enrich.crawlers.not_a_domain", suffix=suffix))
        return suffixes


class CrawlerTable(BaseModel):
    """The content of `crawlers.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checked_on: dt.date
    operators: tuple[Operator, ...]


@cache
def crawler_table() -> CrawlerTable:
    """Return the content of `crawlers.yaml`."""
    return CrawlerTable.model_validate(read_yaml(CRAWLERS_FILE.read_text(encoding="utf-8")))


def crawler_rules() -> pl.DataFrame:
    """Return RULE_SCHEMA: a row for each bot and host suffix, and for each bot and network."""
    rows = [
        row
        for operator in crawler_table().operators
        for bot in operator.bots
        for row in (
            *((bot, suffix, None) for suffix in operator.host_suffixes),
            *((bot, None, asn) for asn in operator.asns),
        )
    ]
    return pl.DataFrame(rows, schema=RULE_SCHEMA, orient="row")


def refresh_crawler_rules(con: duckdb.DuckDBPyConnection) -> bool:
    """Make `lake.crawler_rule` what `crawlers.yaml` says; true when it was not.

    It writes in a transaction of its own, and nothing when nothing has changed.
    """
    rules = crawler_rules().sort(RULE_SCHEMA.names())
    kept = con.execute("select bot_name, host_suffix, asn from lake.crawler_rule").pl()
    if kept.cast(RULE_SCHEMA).sort(RULE_SCHEMA.names()).equals(rules):
        return False
    with transaction(con):
        con.execute("delete from lake.crawler_rule")
        insert_frame(con, "crawler_rule", rules)
    return True
