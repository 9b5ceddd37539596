"""What the texts of a day show of web attacks, as tables: each distinct text is judged once.

`web_signal` has a row for each signature that a text of the day matches. `web_script` has the
paths of programs by their ending, `web_account_page` those of pages about accounts; both are found
in the same reading of the day's paths. `bot_group` says what kind of bot a name stands for.
"""

from collections.abc import Iterator

import duckdb
import polars as pl

from pipelines.detect.web.judge import SIGNAL_SCHEMA, signals
from pipelines.detect.web.signatures import Place
from pipelines.normalise.browser import bot_table

# Of texts in memory at once; a day of five million records has about two million.
_CHUNK_ROWS = 500_000

_TEXTS = {
    Place.PATH: "select distinct url_path as text from today.request_fact",
    Place.QUERY: "select distinct url_query as text from today.request_fact",
    Place.REFERRER: "select distinct referrer as text from today.request_fact",
    Place.AGENT: (
        "select distinct user_agent as text from lake.agent"
        " where agent_id in (select agent_id from today.request_fact)"
    ),
}
_SCRIPT = r"(?i)\.(?:php[0-9]?|phtml|phar|jspx?|aspx?|ashx|asmx|cfm|cgi|pl)(?:/|;|$)"
# Pages that answer whether somebody has an account: sign-up, forgotten passwords, profiles.
_ACCOUNT_PAGE = (
    r"(?i)/(?:forgot|reset|recover|remind|register|sign-?up|regist|exist|check|avail|valid|lookup"
    r"|users?|authors?|members?|profiles?|accounts?|password|passwd|lost)(?:[-_./a-z]|$)|^/~[a-z]"
)

_LISTED_PATHS = {"web_script": _SCRIPT, "web_account_page": _ACCOUNT_PAGE}
SIGNAL_TABLES = (*_LISTED_PATHS, "web_signal", "bot_group")
"""The tables that `read_signals` gives."""


def read_signals(con: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """Return the tables of the texts of `today.request_fact` by name. Makes none."""
    found = [pl.DataFrame(schema=SIGNAL_SCHEMA)]
    listed: dict[str, list[pl.Series]] = {name: [] for name in _LISTED_PATHS}
    for place, query in _TEXTS.items():
        for texts in _chunks(con, query):
            found.append(signals(place, texts))
            if place is Place.PATH:
                for name, pattern in _LISTED_PATHS.items():
                    listed[name].append(texts.filter(texts.str.contains(pattern)))
    paths = {
        name: pl.concat([pl.Series("url_path", [], pl.String), *texts]).to_frame("url_path")
        for name, texts in listed.items()
    }
    return {**paths, "web_signal": pl.concat(found), "bot_group": _bot_groups()}


def _chunks(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[pl.Series]:
    """Yield the distinct texts of a day, so many at once."""
    for batch in con.execute(query).to_arrow_reader(_CHUNK_ROWS):
        texts = pl.DataFrame(batch).to_series().drop_nulls()
        if not texts.is_empty():  # the signatures are not even read for nothing
            yield texts


def _bot_groups() -> pl.DataFrame:
    table = bot_table()
    rows = [(name, group) for group, names in table.groups.items() for name in names]
    return pl.DataFrame(rows, schema={"bot_name": pl.String, "bot_group": pl.String}, orient="row")
