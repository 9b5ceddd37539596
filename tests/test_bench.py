"""`make bench` on a few lines: that its figures agree and its tables are whole, not how fast."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from bench.measure import watch

from pipelines.paths import PROJECT_ROOT

FIGURES = {
    "ingest-2000", "ingest-2000-again", "chain", "chain-again", "unredacted", "detect-30",
    "detect-90", "sigma-30", "web", "parse-parquet", "parse-ndjson",
    "report", "findings", "sql", "polars", "night-90", "retention", "erase", "ingest-busy",
    "night", "night-after-90", "night-people", "night-people-after-90", "night-ugly", "backlog",
    "quiet",
}  # fmt: skip
OTHERS = [
    "chdb", "goaccess", "night-hostile", "night-chain", "quiet-again", "airflow", "airflow-again",
    "nightly",
]  # fmt: skip


def in_bench_folder(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the benchmark as the Makefile does."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONPATH": "scripts", "MIMAMORI_BENCH_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the figures and tables of a benchmark of 2,000 lines."""
    folder = tmp_path_factory.mktemp("bench")
    small = ["--sizes", "0.002", "--files", "3", "--file-lines", "50", "--days", "1"]
    small += ["--skip", ",".join(OTHERS)]
    written = ["--json", str(folder / "figures.json"), "--markdown", str(folder / "tables.md")]
    done = in_bench_folder(folder, "bench", *small, *written)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_every_row_is_measured_or_says_why_not(tiny: Path) -> None:
    """What was left out stands in the table all the same."""
    rows = json.loads((tiny / "figures.json").read_text(encoding="utf-8"))["rows"]
    assert {row["key"] for row in rows if row["cost"]} == FIGURES
    assert {row["key"]: row["note"] for row in rows if not row["cost"]} == dict.fromkeys(
        OTHERS, "left out"
    )
    for row in rows:
        cost = row["cost"]
        assert not cost or min(cost.values()) > 0


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_what_was_not_measured_is_neither_met_nor_missed(tiny: Path) -> None:
    """A target without a figure has no verdict."""
    report = json.loads((tiny / "figures.json").read_text(encoding="utf-8"))
    open_targets = {one["title"] for one in report["targets"] if one["met"] is None}
    assert open_targets == {
        "rate beside chDB", "rate beside GoAccess", "time of 20 M over 5 M",
        "night with hostile logs over without", "night of a chain, s",
        "night without new lines, CPU s", "make airflow to its page, s",
        "make nightly on a fresh clone, s",
    }  # fmt: skip


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_the_tables_hold_every_figure_and_the_machine(tiny: Path) -> None:
    """Markdown and JSON tell the same."""
    report = json.loads((tiny / "figures.json").read_text(encoding="utf-8"))
    text = (tiny / "tables.md").read_text(encoding="utf-8")
    for row in [*report["rows"], *report["targets"]]:
        assert f"| {row['title']} " in text
    for name, value in report["machine"].items():
        assert f"{name} {value}" in text


@pytest.mark.further
def test_the_input_has_as_many_lines_as_asked_and_is_the_same_every_time(tmp_path: Path) -> None:
    """Made twice it is the same to the byte, in order of time; the packed file holds the plain."""
    made = []
    for name in ("once", "again"):
        packed, plain = tmp_path / f"{name}.gz", tmp_path / f"{name}.log"
        done = in_bench_folder(tmp_path, "bench.generate", "log", str(packed), str(plain), "2000")
        assert done.returncode == 0, done.stderr
        made.append((packed.read_bytes(), plain.read_bytes()))
    assert made[0] == made[1]
    (packed_bytes, plain_bytes), _ = made
    assert gzip.decompress(packed_bytes) == plain_bytes
    times = [line.split(b"[", 1)[1].split(b"]", 1)[0] for line in plain_bytes.splitlines()]
    assert len(times) == 2000
    assert times == sorted(times)


def test_the_page_about_performance_has_the_place_of_the_tables() -> None:
    """`--write-docs` finds its two markers."""
    page = (PROJECT_ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert page.count("<!-- bench: begin -->") == page.count("<!-- bench: end -->") == 1


def test_memory_is_watched_on_when_a_process_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thousands that `make nightly` starts, one ends between two looks at it."""

    def gone(folder: Path, _pattern: str) -> NoReturn:
        raise FileNotFoundError(folder)

    monkeypatch.setattr(Path, "glob", gone)
    looks = iter([False, False, True])
    peaks = [7]
    watch(os.getpid(), peaks, lambda _seconds: next(looks))
    assert peaks[0] > 7
