"""docs/scale-model.md: what a lake on servers takes, from 100,000 to ten billion lines a day."""

from pathlib import Path

from scaling import model
from targets import table

from pipelines.paths import SQL_DIR

FILE = SQL_DIR.parent / "docs" / "scale-model.md"
_TEXT = Path(__file__).with_suffix(".md")

_POWERS = range(5, 11)


def document() -> str:
    """Return the page."""
    points, night = model.measured()
    sizes = {power: model.sized(10**power) for power in _POWERS}
    return _TEXT.read_text(encoding="utf-8").format(
        as_of=model.prices()["as_of"],
        largest=max(one.lines for one in points),
        night=night.lines,
        points=_points(),
        days=model.DAYS,
        hours=model.NIGHT_HOURS,
        cores=model.WORKER_CORES,
        sizes=_sizes(list(sizes.values())),
        share=model.LARGEST_PART,
        reads=model.READS_A_FILE,
        gigabytes=model.DATABASE_GB,
        gb8=sizes[8].data_gb,
        hours10=sizes[10].detection_hours,
    )


def _points() -> str:
    header = (
        "workers", "lines", "CPU s", "model", "data MB", "model", "transactions", "model",
        "catalog MB", "model", "files", "memory MB",
    )  # fmt: skip
    points, _ = model.measured()
    return table(
        header,
        [
            (
                f"{one.workers}",
                f"{one.lines:,}",
                f"{one.cpu_seconds:.1f}",
                f"{model.ingest_cpu(one.lines, one.workers):.1f}",
                f"{one.data_mb:.1f}",
                f"{model.data_mb(one.lines):.1f}",
                f"{one.transactions:,}",
                f"{model.transactions(one.snapshots, one.workers, one.wall_seconds):,.0f}",
                f"{one.catalog_mb:.2f}",
                f"{model.catalog_mb(one.data_files):.2f}",
                f"{one.data_files}",
                f"{one.peak_mb:,.0f}",
            )
            for one in points
        ],
    )


def _sizes(sizes: list[model.Size]) -> str:
    header = (
        "行 / lines a day", "行の合計 / rows", "データ / data", "ファイル / files",
        "カタログ / catalog", "トランザクション / transactions a night", "CPU 時間 / CPU hours",
        "ワーカー / workers", "検知の最大の部分 / largest part of detection",
        "仮の費用 / assumed cost",
    )  # fmt: skip
    return table(
        header,
        [
            (
                f"{one.lines:,}",
                f"{one.rows:.1e}",
                f"{one.data_gb:,.0f} GB",
                f"{one.files:,}",
                f"{one.catalog_gb:.2f} GB",
                f"{one.transactions_a_night:,}",
                f"{one.cpu_hours:.2f}",
                f"{one.workers}",
                f"{one.detection_hours:.2f} h",
                f"${one.dollars_a_month:,.0f} / month",
            )
            for one in sizes
        ],
    )
