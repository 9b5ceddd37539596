"""`make soak` in small: a few nights with faults, and some dozens of nights of two small sites."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from soak.two_years import growing, play

from pipelines.paths import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.full, pytest.mark.timeout(1800)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk of its own")
def test_nights_with_faults_are_accounted_for_reported_and_recovered(tmp_path: Path) -> None:
    """Every line once, each fault reported once, no false alarm or all-clear, by one seed."""
    small = ["--seeds", "4", "--nights", "5", "--sites", "16", "--folder", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "soak", *small],
        cwd=PROJECT_ROOT / "scripts",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("passed")


def test_what_a_night_needs_does_not_follow_the_nights(tmp_path: Path) -> None:
    """After forty nights: as many files and states as after twenty, and rows as forecast."""
    points = play(tmp_path, 40, every=20)
    assert [one.night for one in points] == [20, 40]
    assert growing(points) == []
    first, last = points
    assert last.rows["site_day"] == 2 * first.rows["site_day"] == 80
    assert last.rows["site_hour"] == 2 * first.rows["site_hour"] == 40 * 2 * 24
    assert last.landing_files <= 2 * 37
