"""The evaluation from end to end: a thin world, its nights, its judgement."""

import pytest
from evaluate.run import look
from evaluate.score import judge
from evaluate.season import QUIET_DAYS
from evaluate.truth import Level


@pytest.mark.full
def test_a_thin_world_is_read_whole_and_looked_at(tmp_path):
    """Every line arrives, and findings are of the days that are judged."""
    looked = look(2, Level.EASY, QUIET_DAYS + 2, tmp_path, scale=0.05)
    assert looked.lines > 20_000
    assert looked.findings
    assert {one.date for one in looked.findings} <= set(looked.truth.judged)
    score = judge(looked.truth, looked.findings, looked.sessions)
    assert len(score.fates) == len(looked.truth.incidents) > 0
    assert any(fate.is_found for fate in score.fates)
