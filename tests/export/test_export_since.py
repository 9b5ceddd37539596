"""Pick-ups: nothing is lost, nothing comes twice, what changed comes again."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipelines.errors import UsageError
from pipelines.export.run import What
from pipelines.night import stages
from pipelines.triage.commands import Word, decide
from tests.export.export_lake import DAY, HOSTILE_LINES, NOW, Folder, line, make


class _Consumer:
    """What another system holds after each pick-up."""

    def __init__(self, folder: Folder, what: What) -> None:
        self.folder, self.what = folder, what
        self.cursor = 0
        self.ids: list[Any] = []

    def picks_up(self) -> list[dict[str, Any]]:
        text, done = self.folder.export(self.what, "ndjson", since=self.cursor)
        rows = [json.loads(line) for line in text.splitlines()]
        self.cursor = done.cursor
        self.ids += [row.get("event_id") for row in rows]
        return rows


@pytest.mark.further
def test_records_come_once_however_they_arrive(folder: Folder) -> None:
    """Growth, late lines, rotation, a second name and other files: each line exactly once."""
    consumer = _Consumer(folder, "records")
    lines = [line(second) for second in range(4)]
    folder.deliver("shop/access.log", lines)
    assert len(consumer.picks_up()) == 4
    assert consumer.picks_up() == []

    lines += [line(40), line(3, "/late", "12/Nov/2026")]
    folder.deliver("shop/access.log", lines)
    assert [row["url_path"] for row in consumer.picks_up()] == ["/late", "/"]

    (folder.home.logs / "shop/access.log").rename(folder.home.logs / "shop/access.log.1")
    folder.deliver("shop/access.log", [line(55, "/after-rotation"), "no log line"])
    folder.deliver("desk/access.log", [line(1, "/desk")])
    assert [row["url_path"] for row in consumer.picks_up()] == ["/desk", "/after-rotation"]

    folder.deliver("shop/copy.log", [*lines, line(50, "/behind-the-copy")])
    assert [row["url_path"] for row in consumer.picks_up()] == ["/behind-the-copy"]

    stages.upkeep(folder.settings, folder.home, lambda: NOW)
    assert consumer.picks_up() == []
    everything = [row["event_id"] for row in folder.documents("records", "ndjson")]
    assert sorted(consumer.ids) == sorted(everything)
    assert len(set(everything)) == len(everything) == 9


@pytest.mark.further
def test_findings_come_again_only_when_they_read_differently(folder: Folder) -> None:
    """A day detected again brings its changes: new, changed, gone; a decision is a change too."""
    folder.deliver("shop/access.log", HOSTILE_LINES)
    consumer = _Consumer(folder, "findings")
    first, second = make(), make(actor="192.0.2.2")
    folder.detected([first, second])
    assert [row["status"] for row in consumer.picks_up()] == ["new", "new"]

    folder.detected([second, first])
    stages.upkeep(folder.settings, folder.home, lambda: NOW)
    assert consumer.picks_up() == []

    third = make(actor="192.0.2.3")
    folder.detected([replace(first, event_count=61), third])
    picked = {row["finding_id"]: row for row in consumer.picks_up()}
    assert {key: row["status"] for key, row in picked.items()} == {
        first.finding_id: "new",
        second.finding_id: "withdrawn",
        third.finding_id: "new",
    }
    assert picked[first.finding_id]["event_count"] == 61
    assert consumer.picks_up() == []

    word = Word("acknowledged", "analyst")
    decide(folder.home, folder.settings, [third.finding_id], word, lambda: NOW)
    (row,) = consumer.picks_up()
    assert (row["finding_id"], row["status"]) == (third.finding_id, "acknowledged")

    folder.detected([])
    assert {row["status"] for row in consumer.picks_up()} == {"withdrawn"}
    assert consumer.picks_up() == []


@pytest.mark.further
def test_kinds_of_changes_are_counted_and_told_to_siem_systems(folder: Folder) -> None:
    """OCSF and ECS say whether a finding is new, changed or gone."""
    folder.deliver("shop/access.log", HOSTILE_LINES)
    first, second = make(), make(actor="192.0.2.2")
    folder.detected([first, second])
    cursor = folder.export("findings", "ndjson", since=0)[1].cursor
    folder.detected([replace(first, event_count=61), make(actor="192.0.2.3")])
    done = folder.export("findings", "json", since=cursor)[1]
    assert done.kinds == {"created": 1, "updated": 1, "withdrawn": 1}
    assert done.rows == 3
    actions = {
        document["event"]["id"]: document["event"]["action"]
        for document in folder.documents("findings", "ecs", since=cursor)
    }
    assert actions == {
        first.finding_id: "finding-updated",
        second.finding_id: "finding-withdrawn",
        "sql-injection-192.0.2.3": "finding-created",
    }
    activities = {
        event["metadata"]["uid"]: (event["activity_id"], event["status_id"])
        for event in folder.documents("findings", "ocsf", since=cursor)
    }
    assert activities[first.finding_id] == (2, 1)
    assert activities[second.finding_id] == (3, 6)


@pytest.mark.further
def test_a_span_of_days_holds_for_changes_too(folder: Folder) -> None:
    """With a cursor and days, what is new of other days is passed over."""
    folder.deliver("shop/access.log", HOSTILE_LINES)
    folder.detected([make()])
    assert folder.documents("findings", "ndjson", since=0, last=DAY.replace(day=18)) == []
    assert len(folder.documents("findings", "ndjson", since=0, first=DAY)) == 1


def _when_all_is_old(folder: Folder) -> datetime:
    """When no snapshot is kept that there is now: their instants are those of the machine."""
    return datetime.now(UTC) + timedelta(days=folder.settings.retention.access_log_days + 10)


@pytest.mark.further
def test_a_cursor_that_is_too_old_or_of_another_lake_is_told(folder: Folder) -> None:
    """Better no pick-up than one with something missing."""
    folder.deliver("shop/access.log", HOSTILE_LINES)
    cursor = folder.export("findings", "ndjson", since=0)[1].cursor
    with pytest.raises(UsageError, match=r"newer than this lake.*--since 0"):
        folder.export("findings", "ndjson", since=cursor + 1)
    folder.detected([make()])  # the newest snapshot is kept, however old it is
    later = _when_all_is_old(folder)
    stages.upkeep(folder.settings, folder.home, lambda: later)
    with pytest.raises(UsageError, match=r"too old.*--since 0"):
        folder.export("findings", "ndjson", since=cursor)


@pytest.mark.further
def test_a_cursor_of_records_outlives_its_snapshot(folder: Folder) -> None:
    """What retention lets go of is no reason to send everything again: the ledger knows."""
    folder.deliver("shop/access.log", HOSTILE_LINES)
    cursor = folder.export("records", "ndjson", since=0)[1].cursor
    later = _when_all_is_old(folder)
    stages.upkeep(folder.settings, folder.home, lambda: later)
    assert folder.documents("records", "ndjson", since=cursor) == []
    folder.deliver("shop/new.log", [line.replace("GET", "PUT") for line in HOSTILE_LINES])
    assert len(folder.documents("records", "ndjson", since=cursor)) == len(HOSTILE_LINES)
