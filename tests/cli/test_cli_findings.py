"""`mimamori findings`: what was examined is told from what was not."""

from pathlib import Path

import command


def test_day_that_was_never_examined_is_not_called_clean(folder: Path) -> None:
    """No finding and no look are told apart; a finding's status can be set."""
    command.run(folder, "ingest")
    done = command.run(folder, "findings", "list", "--date", "2026-11-19")
    assert b"has not been examined" in done.stdout
    command.run(folder, "detect", "--date", "2026-11-19")
    assert b"no findings" in command.run(folder, "findings", "list", "--date", "2026-11-19").stdout
    assert command.run(folder, "findings", "ack", "none").returncode == 2
