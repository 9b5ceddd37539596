"""Web attacks alone, over the day of a lake that `bench.history` made: a row of `make bench`.

The texts of the day are judged, the day's tries gathered by address, and the detectors of web
attacks read them, with the same statements as every night. Prints seconds of each part as JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from bench.history import DAY
from pipelines import lake
from pipelines.detect.aggregates import load_macros
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.context import frame_context
from pipelines.detect.day import bound_names, day_parameters
from pipelines.detect.web.day import frame_signals
from pipelines.paths import SQL_DIR, Home
from pipelines.settings import load

# In the order in which a night runs them.
_TABLES = ("request_scanner", "web_attack", "web_source", "web_visitor")


def main(settings_path: Path, home: Home) -> dict[str, float]:
    """Return what was found and the seconds of each part."""
    settings = load(settings_path)
    values = day_parameters(settings, DAY)
    parts: dict[str, float] = {}
    with lake.open_writer(home, settings.timezone) as con:
        frame_context(con, settings)
        load_macros(con)
        began = time.perf_counter()
        frame_signals(con, DAY)
        parts["texts"] = time.perf_counter() - began
        for name in _TABLES:
            began = time.perf_counter()
            for statement in con.extract_statements(_text(name)):
                con.execute(statement, {one: values[one] for one in statement.named_parameters})
            parts[name] = time.perf_counter() - began
        for detector in load_catalogue().values():
            if detector.category == "web_attack":
                began = time.perf_counter()
                bound = {**values, **{key: one.value for key, one in detector.parameters.items()}}
                found = _count(con, detector.query, bound)
                parts[detector.id] = time.perf_counter() - began
                parts["findings"] = parts.get("findings", 0) + found
    return parts


def _text(name: str) -> str:
    return (SQL_DIR / "day" / f"{name}.sql").read_text(encoding="utf-8")


def _count(con: duckdb.DuckDBPyConnection, query: str, bound: dict[str, Any]) -> int:
    return len(con.execute(query, {name: bound[name] for name in bound_names(query)}).fetchall())


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Home(Path(sys.argv[2])))))
