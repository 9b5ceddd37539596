"""What several `mimamori ingest` beside each other cost on a lake on PostgreSQL and S3.

`python -m bench.workers SETTINGS HOME WORKERS` reads what is new below HOME with so many workers
and prints a point of docs/scale.md, as it stands in `scripts/scaling/measured.yaml`.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from bench.measure import Outcome, measured
from pipelines import lake
from pipelines.airflow.deployment import secret
from pipelines.errors import MimamoriError
from pipelines.lake.place import place_of
from pipelines.lake.postgres import connected
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.privacy.key_source import home_of
from pipelines.settings.load import load

_HELD = "select coalesce(sum(lines), 0), count(*) from lake.ledger"
_FILES = "select sum(file_count), sum(file_size_bytes) from ducklake_table_info('lake')"
_TRANSACTIONS = "select xact_commit from pg_stat_database where datname = current_database()"


def point(config: Path, folder: Path, workers: int) -> dict[str, float | int]:
    """Read what is new with so many workers; return lines, cost, and what lies there then."""
    settings = load(config)
    home = home_of(Home(folder), settings.lake, secret)
    with lake.open_writer(home, settings.timezone):  # the schema is made once
        pass
    before = _transactions(home)
    own = ["--config", str(config), "--home", str(folder)]
    command = [sys.executable, "-m", "pipelines", *own, "ingest"]
    with ThreadPoolExecutor(workers) as pool:
        asked = [pool.submit(measured, command, PROJECT_ROOT) for _ in range(workers)]
        done: list[Outcome] = [one.result() for one in asked]
    if failed := [one.errors for one in done if one.code]:
        raise MimamoriError(failed[0])
    transactions = _transactions(home) - before
    with lake.open_reader(home, settings.timezone) as con:
        lines, read = con.execute(_HELD).fetchone() or (0, 0)
        files, size = con.execute(_FILES).fetchone() or (0, 0)
        snapshots = lake.last_snapshot(con)
    return {
        "workers": workers,
        "lines": int(lines),
        "log_files": int(read),
        "cpu_seconds": round(sum(one.cost.cpu_seconds for one in done), 1),
        "wall_seconds": round(max(one.cost.wall_seconds for one in done), 1),
        "peak_mb": round(max(one.cost.peak_bytes for one in done) / 1e6),
        "data_files": int(files),
        "data_mb": round(int(size) / 1e6, 2),
        "snapshots": snapshots,
        "transactions": transactions,
        "catalog_mb": round(place_of(home).catalog_bytes() / 1e6, 2),
    }


def _transactions(home: Home) -> int:
    if home.cluster is None:
        raise MimamoriError("bench.workers: the settings name no lake on servers")
    with connected(home.cluster) as con:
        row = con.execute(_TRANSACTIONS).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    print(yaml.safe_dump([point(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))]), end="")
