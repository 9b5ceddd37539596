"""Web attacks and Sigma rules, over the day of a lake that `bench.history` made.

A row of `make bench`. The texts of the day are judged and its tries gathered by address, as tables;
the detectors of web attacks read them, and the Sigma rules beside the settings run, with the same
statements as every night. Prints seconds of each part as JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from bench.history import DAY
from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.detect.cache import cache_lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.day import bound_names, make_day_tables
from pipelines.detect.sigma.night import detect_sigma, rulebook_of
from pipelines.paths import Home
from pipelines.settings.load import load


def main(settings_path: Path, home: Home) -> dict[str, float]:
    """Return what was found and the seconds of each part."""
    settings = load(settings_path)
    parts: dict[str, float] = {}
    with lake.open_writer(home, settings.timezone) as con:
        make_context_tables(con, settings)
        cache_lake(con)
        began = time.perf_counter()
        values = make_day_tables(con, settings, DAY, "web_attack")
        parts["tables"] = time.perf_counter() - began
        for detector in load_catalogue().values():
            if detector.category == "web_attack":
                began = time.perf_counter()
                bound = {**values, **{key: one.value for key, one in detector.parameters.items()}}
                found = _count(con, detector.query, bound)
                parts[detector.id] = time.perf_counter() - began
                parts["findings"] = parts.get("findings", 0) + found
        began = time.perf_counter()
        rules = rulebook_of(settings)
        parts["rules"] = len(rules.rules)
        parts["rule_findings"] = len(detect_sigma(con, settings, DAY, rules).findings)
        parts["sigma"] = time.perf_counter() - began
    return parts


def _count(con: duckdb.DuckDBPyConnection, query: str, bound: dict[str, Any]) -> int:
    return len(con.execute(query, {name: bound[name] for name in bound_names(query)}).fetchall())


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Home(Path(sys.argv[2])))))
