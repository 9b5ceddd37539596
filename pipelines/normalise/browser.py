"""What asked: browser, operating system, device and bot, from the user agent that it sent.

The text is the client's own word and may be anything, so no more than its beginning is looked at,
and the engines used take time in proportion to its length whatever it holds.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import polars as pl
from pydantic import BaseModel, ConfigDict
from ua_parser import load_lazy_builtins
from ua_parser.regex import Resolver
from ua_parser_rs import UserAgentExtractor

from pipelines.text.yaml_text import read_yaml

AGENT_SCHEMA = pl.Schema(
    {
        "user_agent": pl.String,
        "browser": pl.String,
        "browser_version": pl.String,
        "os": pl.String,
        "os_version": pl.String,
        "device": pl.String,
        "is_bot": pl.Boolean,
        "bot_name": pl.String,
    }
)
BOTS_FILE = Path(__file__).with_name("bots.yaml")

# Characters; real ones have at most a few hundred. Measured on agents pieced together to be slow:
# 0.7 ms at worst up to here, and 3.6 ms at twice the length, where the engine leaves its fast path.
_LONGEST_AGENT = 1_024
_CHUNK = 50_000  # agents whose parts stand in Python's memory at a time
_UNKNOWN = "Other"  # ua-parser's word for none
_SPIDER = "Spider"  # ua-parser's device of whatever it knows for a bot
_UNNAMED = "unnamed"  # name of a bot that gives none
_PERSON = "-"  # our own mark of what looks like a bot and is none


Row = tuple[
    str, str | None, str | None, str | None, str | None, str | None, bool | None, str | None
]


class BotTable(BaseModel):
    """The names of `bots.yaml`, which says how they are tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checked_on: dt.date
    groups: dict[str, dict[str, str]]
    people: tuple[str, ...]
    unlisted: tuple[str, ...]

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield pattern and name, in the order in which they are tried."""
        for names in self.groups.values():
            for name, pattern in names.items():
                yield pattern, name
        for pattern in self.people:
            yield pattern, _PERSON
        for pattern in self.unlisted:
            yield pattern, "$1"


def load_engines() -> None:
    """Make the engines ready, which the first agent would wait a fifth of a second for."""
    _engines()


def parse_agents(agents: Sequence[str]) -> pl.DataFrame:
    """Return AGENT_SCHEMA, a row for each of `agents` in order, which are best distinct.

    Versions have up to three parts (`120.0.0`), as far as the agent tells them. `device` is its
    family (`iPhone`; `Spider` for bots). What the agent does not tell is null; for an empty agent
    and `-` everything is. `is_bot` is true for crawlers, previews, monitors, libraries and
    scanners, by `bots.yaml` first and else by ua-parser; a name is no proof of who sent it. HTTP
    stacks of apps (okhttp, CFNetwork, Dalvik) are no bots.
    """
    engines = _engines()
    chunks = [
        pl.DataFrame(
            [engines.row(agent) for agent in agents[start : start + _CHUNK]],
            schema=AGENT_SCHEMA,
            orient="row",
        )
        for start in range(0, len(agents), _CHUNK)
    ]
    return pl.concat(chunks) if chunks else pl.DataFrame(schema=AGENT_SCHEMA)


@cache
def bot_table() -> BotTable:
    """Return the content of `bots.yaml`."""
    return BotTable.model_validate(read_yaml(BOTS_FILE.read_text(encoding="utf-8")))


class _Versioned(Protocol):
    """What ua-parser's engine gives for a browser and for an operating system."""

    family: str
    major: str | None
    minor: str | None
    patch: str | None


def _family_and_version(found: _Versioned | None) -> tuple[str | None, str | None]:
    """The family, and up to three parts of its version, as far as they are told."""
    if found is None or found.family == _UNKNOWN:
        return None, None
    version = found.major
    if not version:
        return found.family, None
    if found.minor:
        version += "." + found.minor
        if found.patch:
            version += "." + found.patch
    return found.family, version


class _Engines:
    """ua-parser's extractors without its cache, which distinct agents would only turn over."""

    def __init__(self, bots: BotTable) -> None:
        parser = Resolver(load_lazy_builtins())
        self._browser, self._system = parser.ua.extract, parser.os.extract
        self._device = parser.de.extract
        self._bot = UserAgentExtractor(
            (f"(?i:{pattern})", name, None, None, None, None) for pattern, name in bots.rules()
        ).extract

    def row(self, agent: str) -> Row:
        text = agent[:_LONGEST_AGENT]
        if text == "-" or not text or text.isspace():
            return (agent, None, None, None, None, None, None, None)
        browser, browser_version = _family_and_version(self._browser(text))
        system, system_version = _family_and_version(self._system(text))
        model = self._device(text)
        device = None if model is None or model.family == _UNKNOWN else model.family
        listed = self._bot(text)
        if listed is not None:
            bot_name = None if listed.family == _PERSON else listed.family
            is_bot = bot_name is not None
        else:
            is_bot = device == _SPIDER
            bot_name = (browser or _UNNAMED) if is_bot else None
        return (agent, browser, browser_version, system, system_version, device, is_bot, bot_name)


@cache
def _engines() -> _Engines:
    return _Engines(bot_table())
