"""What was measured of each detector, put beside it as `measured.yaml`: lists and pages show it."""

from collections.abc import Sequence

import yaml

from evaluate.report import World, figures
from evaluate.shape import SITES
from pipelines.detect.catalogue import load_catalogue

_HEADER = "# Written by make evaluate from worlds that no detector was tuned on.\n"


def write_rates(worlds: Sequence[World]) -> None:
    """Write the rates of every detector that had an incident or a finding in the worlds."""
    levels = sorted({world.level for world in worlds})
    for detector in load_catalogue().values():
        sums = figures(worlds, detector.id)
        if not sums.incidents and not sums.findings:
            continue
        recalls = {
            str(level): figures([w for w in worlds if w.level == level], detector.id).recall
            for level in levels
        }
        measured = {
            "false_alarms_a_day": round(sums.false_a_day or 0.0, 3),
            "precision": _rounded(sums.precision),
            "recall": {name: round(one, 2) for name, one in recalls.items() if one is not None},
            "sites": SITES,
            "days": sums.clean_days,
        }
        text = _HEADER + yaml.safe_dump(measured, sort_keys=False)
        (detector.folder / "measured.yaml").write_text(text, encoding="utf-8")


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 2)
