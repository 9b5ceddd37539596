"""Which user agents must not be lost among many: those that show an attack or name a bot."""

import polars as pl

from pipelines.detect.web.judge import signals
from pipelines.detect.web.signatures import Place
from pipelines.normalise.browser import parse_agents


def are_of_note(agents: pl.Series) -> pl.Series:
    """Return where an agent matches a signature of an attack, or is that of a known bot or tool."""
    with_signals = signals(Place.AGENT, agents.unique()).get_column("text").unique()
    is_bot = parse_agents(agents.to_list()).get_column("bot_name").is_not_null()
    return agents.is_in(with_signals.implode()) | is_bot
