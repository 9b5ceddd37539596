"""What was measured of each detector, put beside it as `measured.yaml`: lists and pages show it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from evaluate.shape import SITES
from pipelines.detect.catalogue import load_catalogue

_SUMMED = ("incidents", "found", "true", "false", "false_on_clean_days", "clean_days")
_HEADER = "# Written by make evaluate from worlds that no detector was tuned on.\n"


def rates_of(reports: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what `measured.yaml` holds, by detector, from reports as `report.as_json` gives them.

    A detector is measured at the levels of which the worlds had incidents that were made for it;
    what it raised at other levels does not count. One without any such incident is missing.
    """
    measured = {}
    for detector in sorted({name for report in reports for name in report["detectors"]}):
        levels: dict[str, dict[str, int]] = {}
        for report in reports:
            for level, sums in report["detectors"].get(detector, {}).items():
                so_far = levels.setdefault(level, dict.fromkeys(_SUMMED, 0))
                levels[level] = {name: so_far[name] + sums[name] for name in _SUMMED}
        told = {level: sums for level, sums in sorted(levels.items()) if sums["incidents"]}
        if not told:
            continue
        total = {name: sum(sums[name] for sums in told.values()) for name in _SUMMED}
        findings = total["true"] + total["false"]
        measured[detector] = {
            "false_alarms_a_day": round(total["false_on_clean_days"] / total["clean_days"], 3)
            if total["clean_days"] else 0.0,
            "precision": round(total["true"] / findings, 2) if findings else None,
            "recall": {
                level: round(sums["found"] / sums["incidents"], 2) for level, sums in told.items()
            },
            "sites": SITES,
            "days": total["clean_days"],
        }  # fmt: skip
    return measured


def write_rates(
    reports: Sequence[Mapping[str, Any]], folders: Mapping[str, Path] | None = None
) -> None:
    """Write the `rates_of` reports into the detectors' folders, by default those of the product."""
    folders = folders or {one.id: one.folder for one in load_catalogue().values()}
    for detector, measured in rates_of(reports).items():
        text = _HEADER + yaml.safe_dump(measured, sort_keys=False)
        (folders[detector] / "measured.yaml").write_text(text, encoding="utf-8")
