"""What is delivered when: thresholds, digests, once only, and failures that stop nothing."""

import datetime as dt
import hashlib
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.deliver.channel import Receipt
from pipelines.deliver.day import read_day
from pipelines.deliver.ledger import Ledger
from pipelines.deliver.notice import copy
from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.records import Act, Records, Series
from pipelines.records.disclosures import listed
from pipelines.records.entry import NO_HASH
from pipelines.records.verify import verify
from pipelines.report.verdict import Verdict
from tests import hook_server
from tests.deliver import night, reported
from tests.deliver.reported import DAY, NOW


def _told(
    reports: Path, hook: hook_server.Hook, *days: dt.date, **target: Any
) -> list[tuple[str, str]]:
    url = f"http://127.0.0.1:{hook.port}/x"
    done = night.tell(
        reports, days or (DAY,), secrets={"HOOK": url}, webhook={"url_env": "HOOK"}, **target
    )
    return [(one.kind, one.status) for one in done]


def test_a_day_below_the_threshold_is_not_told(reports: Path, hook: hook_server.Hook) -> None:
    """`high` is the threshold unless settings name another."""
    reported.report(reports, [reported.finding(1, "medium")], verdict=Verdict.LOOK_TODAY)
    assert _told(reports, hook, digest="never") == []
    assert _told(reports, hook, digest="never", threshold="medium") == [("alert", "sent")]


def test_closed_findings_do_not_count(reports: Path, hook: hook_server.Hook) -> None:
    """What people have closed or suppressed warrants nothing."""
    ones = [reported.finding(1, "critical", status="closed")]
    reported.report(reports, ones)
    assert _told(reports, hook, digest="never") == []


def test_the_same_result_is_told_once(reports: Path, hook: hook_server.Hook) -> None:
    """A re-run tells nothing, decisions of people neither; a new finding does, as an update."""
    reported.report(reports, [reported.finding(1, "high")])
    assert _told(reports, hook, digest="never") == [("alert", "sent")]
    assert _told(reports, hook, digest="never") == [("alert", "already_sent")]
    reported.report(reports, [reported.finding(1, "high", status="closed")])
    assert _told(reports, hook, digest="never") == [("alert", "already_sent")]
    reported.report(reports, [reported.finding(1, "high"), reported.finding(3, "low")])
    assert _told(reports, hook, digest="never") == [("alert", "already_sent")]
    reported.report(reports, [reported.finding(1, "high"), reported.finding(2, "high")])
    assert _told(reports, hook, digest="never") == [("alert", "sent")]
    assert len(hook.bodies) == 2
    assert "結果が変わりました" not in hook.bodies[0]["text"]
    assert "結果が変わりました" in hook.bodies[1]["text"]


def test_an_alert_that_was_wrong_is_taken_back(reports: Path, hook: hook_server.Hook) -> None:
    """When late lines make a grave finding vanish, those who were told hear of it."""
    reported.report(reports, [reported.finding(1, "high")])
    _told(reports, hook, digest="never")
    reported.report(reports, [])
    assert _told(reports, hook, digest="never") == [("alert", "sent")]
    assert "0 件" in hook.bodies[1]["text"]


def test_earlier_days_are_looked_at_again(reports: Path, hook: hook_server.Hook) -> None:
    """A day that late lines made grave is told with the next night, as is what failed before."""
    next_day = DAY + dt.timedelta(days=1)
    reported.report(reports, [])
    assert _told(reports, hook, digest="never") == []
    reported.report(reports, [reported.finding(1, "critical")])
    reported.report(reports, [], next_day)
    assert _told(reports, hook, next_day, digest="never") == [("alert", "sent")]
    assert _told(reports, hook, next_day, digest="never") == []
    assert hook.bodies[0]["text"].startswith("アクセスログ監視 2026年11月20日")


def test_a_day_whose_night_failed_is_sent_with_the_next(
    reports: Path, hook: hook_server.Hook
) -> None:
    """Its report is written by the night after; reports from before the first delivery stay old."""
    days = [DAY + dt.timedelta(days=number) for number in range(4)]
    reported.report(reports, [reported.finding(1, "critical")], days[0])
    reported.report(reports, [], days[1])
    assert _told(reports, hook, days[1], digest="never") == []
    reported.report(reports, [reported.finding(1, "critical")], days[2])
    reported.report(reports, [], days[3])
    assert _told(reports, hook, days[3], digest="never") == [("alert", "sent")]
    assert _told(reports, hook, days[3], digest="never") == []
    assert hook.bodies[0]["text"].startswith(f"アクセスログ監視 2026年11月{days[2].day}日")


def test_a_damaged_past_report_stops_nothing(reports: Path, hook: hook_server.Hook) -> None:
    """Neither tonight's alert nor the digest of the week."""
    sunday = dt.date(2026, 11, 22)
    reported.report(reports, [])
    assert _told(reports, hook) == []
    (reports / DAY.isoformat() / "summary.json").write_text("{")
    reported.report(reports, [reported.finding(1, "critical")], sunday)
    assert _told(reports, hook, sunday) == [("alert", "sent"), ("digest", "sent")]


def test_old_news_is_not_told(reports: Path, hook: hook_server.Hook) -> None:
    """The first night over many days of logs tells of the last week only."""
    days = [DAY - dt.timedelta(days=back) for back in range(12)]
    for on in days:
        reported.report(reports, [reported.finding(1, "critical")], on)
    assert len(_told(reports, hook, *days, digest="never")) == 8


def test_the_week_is_summed_up_once(reports: Path, hook: hook_server.Hook) -> None:
    """With Sunday's night comes the digest of the week, grave days or none; and only once."""
    sunday = dt.date(2026, 11, 22)
    for back in range(7):
        reported.report(reports, [], sunday - dt.timedelta(days=back))
    reported.report(reports, [reported.finding(1, "medium")], DAY)
    assert _told(reports, hook, sunday - dt.timedelta(days=1)) == []
    assert _told(reports, hook, sunday) == [("digest", "sent")]
    text = hook.bodies[0]["text"]
    assert "2026-11-16/2026-11-22" in text
    assert text.count("\n- 2026-11-") == 7
    reported.report(reports, [], sunday + dt.timedelta(days=1))
    assert _told(reports, hook, sunday + dt.timedelta(days=1)) == [("digest", "already_sent")]


def test_a_missed_sunday_is_made_up_for(reports: Path, hook: hook_server.Hook) -> None:
    """The digest comes with the next night that runs."""
    wednesday = dt.date(2026, 11, 25)
    reported.report(reports, [], DAY)
    reported.report(reports, [], wednesday)
    assert _told(reports, hook, wednesday) == [("digest", "sent")]
    assert hook.bodies[0]["text"].count("報告書なし") == 6


def test_a_daily_digest_is_told_of_quiet_days(reports: Path, hook: hook_server.Hook) -> None:
    """One message a day: an alert or the digest."""
    reported.report(reports, [])
    assert _told(reports, hook, digest="daily") == [("digest", "sent")]
    assert _told(reports, hook, digest="daily") == [("digest", "already_sent")]
    reported.report(reports, [reported.finding(1, "high")])
    assert _told(reports, hook, digest="daily") == [("alert", "sent")]


def test_one_failure_stops_no_other(reports: Path, hook: hook_server.Hook, tmp_path: Path) -> None:
    """Mail cannot be sent, the webhook and the folder get theirs; the next run tries mail alone."""
    reported.report(reports, [reported.finding(1, "critical")])
    target = tmp_path / "share"
    target.mkdir()
    url = f"http://127.0.0.1:{hook.port}/x"
    for expected in (["failed", "sent", "sent"], ["failed", "already_sent", "already_sent"]):
        done = night.tell(
            reports,
            digest="never",
            secrets={"HOOK": url},
            email=night.email(1),
            webhook={"url_env": "HOOK"},
            folder={"path": target},
        )
        assert [one.status for one in done] == expected


def test_a_folder_gets_whole_private_copies(reports: Path, tmp_path: Path) -> None:
    """Every day's files, for the owner only; again only when the report changed."""
    page = reported.report(reports, [])
    target = tmp_path / "share"
    target.mkdir()
    target.chmod(0o755)
    told: dict[str, Any] = {"digest": "weekly", "folder": {"path": target}}
    assert night.statuses(night.tell(reports, **told)) == [("folder", "copy", "sent")]
    copied = target / DAY.isoformat()
    assert sorted(path.name for path in copied.iterdir()) == [
        "findings.csv", "findings.json", "index.html", "summary.json"
    ]  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in copied.iterdir()} == {0o600}
    assert stat.S_IMODE(target.stat().st_mode) == 0o755
    assert night.statuses(night.tell(reports, **told)) == [("folder", "copy", "already_sent")]
    page.write_text("new", encoding="utf-8")
    assert night.statuses(night.tell(reports, **told)) == [("folder", "copy", "sent")]
    assert (copied / "index.html").read_text() == "new"
    kept = Ledger(Home(reports.parent)).receipts()
    assert [one["recipients"] for one in kept] == [[str(copied)]] * 2
    names = ("findings.json", "findings.csv", "summary.json", "index.html")
    sums = subprocess.check_output(["sha256sum", *names], cwd=copied)
    assert Ledger(Home(reports.parent)).receipts(sums) == [kept[1]]


def test_records_that_are_cut_do_not_fit_what_was_delivered(reports: Path, tmp_path: Path) -> None:
    """The head goes out with the letter and stands in the receipt, as does each use."""
    sunday = dt.date(2026, 11, 22)
    reported.report(reports, [], sunday)
    home = Home(reports.parent)
    home.keys.mkdir()
    head = Records(home).append(Series.USE, Act("sql"), NOW).hash
    night.tell(reports, (sunday,), folder={"path": tmp_path, "every_day": False})
    assert head in (tmp_path / "digest-2026-W47.txt").read_text(encoding="utf-8")
    heads = Ledger(home).heads()
    assert list(heads.values()) == [head]
    assert [one.what for one in Records(home).entries(Series.USE)] == ["sql", "deliver folder"]
    assert verify(Records(home), heads).ok
    for path in home.records.glob("*.jsonl"):
        path.unlink()
    home.records_head.write_text(f"{0:020d} {NO_HASH}\n")
    assert verify(Records(home)).ok
    assert not verify(Records(home), heads).ok


def test_a_folder_may_get_grave_days_only(reports: Path, tmp_path: Path) -> None:
    """With `every_day: false` it is like the others: alerts, and the digest as a text."""
    sunday = dt.date(2026, 11, 22)
    reported.report(reports, [], sunday)
    folder = {"path": tmp_path, "every_day": False}
    done = night.tell(reports, (sunday,), folder=folder)
    assert night.statuses(done) == [("folder", "digest", "sent")]
    assert "2026-11-22" in (tmp_path / "digest-2026-W47.txt").read_text(encoding="utf-8")


def test_a_folder_that_is_not_there_is_not_made(reports: Path, tmp_path: Path) -> None:
    """It may be a disk that is not mounted."""
    reported.report(reports, [])
    (done,) = night.tell(reports, folder={"path": tmp_path / "mnt"}, digest="never")
    assert "no such folder" in done.message
    assert not (tmp_path / "mnt").exists()


def test_a_dry_run_leaves_no_trace(reports: Path, hook: hook_server.Hook) -> None:
    """It tells what would be sent, needs no secret, and makes no ledger."""
    reported.report(reports, [reported.finding(1, "critical")])
    done = night.tell(reports, digest="never", dry_run=True, webhook={"url_env": "NOT_SET"})
    assert night.statuses(done) == [("webhook", "alert", "would_send")]
    assert not (reports.parent / "deliver").exists()
    assert hook.paths == []


def test_a_day_without_a_report_is_an_error(reports: Path) -> None:
    """The message says how to make one; damaged data is told too."""
    with pytest.raises(MimamoriError, match="mimamori report --date 2026-11-20"):
        night.tell(reports, folder={"path": reports})
    reported.report(reports, [])
    (reports / DAY.isoformat() / "findings.json").write_text("[{}]")
    with pytest.raises(MimamoriError, match="cannot be read"):
        night.tell(reports, folder={"path": reports})


_PROCESS = """
import datetime as dt, os, pathlib, signal, sys, time
from pipelines.deliver.channel import Receipt
from pipelines.deliver.ledger import Ledger
from pipelines.paths import Home
from pipelines.records import Act, Records, Series
from pipelines.records.entry import NO_HASH
from pipelines.records.verify import verify
home, dies = Home(pathlib.Path(sys.argv[1])), sys.argv[2] == "dies"
now = dt.datetime.now(dt.UTC)
with Ledger(home).delivery("alert", "2026-11-20", "email", "told", now) as entry:
    print(entry.state, flush=True)
    entry.receipt = Receipt((), "ab")
    if dies:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.3)
"""


def _process(path: Path, manner: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _PROCESS, str(path), manner]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_killed_delivery_is_done_again(tmp_path: Path) -> None:
    """A process that dies before the entry is written leaves the ledger whole and without it."""
    home = Home(tmp_path)
    home.keys.mkdir()
    process = _process(tmp_path, "dies")
    assert process.communicate()[0] == "missing\n"
    assert process.returncode == -signal.SIGKILL
    told, ledger = ("alert", "2026-11-20", "email", "told"), Ledger(home)
    assert ledger.state(*told) == "missing"
    with ledger.delivery(*told, reported.NOW) as entry:
        entry.receipt = Receipt((), "ab")
    assert ledger.state(*told) == "sent"
    assert ledger.state("alert", "2026-11-20", "email", "more") == "earlier"
    assert stat.S_IMODE(home.deliveries.stat().st_mode) == 0o600


@pytest.mark.further
def test_two_at_once_send_once(tmp_path: Path) -> None:
    """The second waits for the first, and finds that it was sent."""
    Home(tmp_path).keys.mkdir()
    processes = [_process(tmp_path, "waits") for _ in range(2)]
    assert sorted(process.communicate()[0] for process in processes) == ["missing\n", "sent\n"]


_EARLIER = """
create table delivery (kind text not null, period text not null, channel text not null,
    fingerprint text not null, sent_at text not null, primary key (kind, period, channel))
    strict, without rowid;
create table receipt (sent_at text not null, channel text not null, kind text not null,
    period text not null, recipients text not null, refused text not null, sha256 text not null)
    strict;
"""


def test_nobody_without_the_key_confirms_what_was_sent(reports: Path, tmp_path: Path) -> None:
    """No plain digest is kept of what went out, and none of an earlier release; each is found."""
    home = Home(reports.parent)
    told: dict[str, Any] = {"folder": {"path": tmp_path}, "digest": "never"}
    reported.report(reports, [])
    (reports / DAY.isoformat() / "index.html").write_text("<p>suzuki</p>", encoding="utf-8")
    night.tell(reports, **told)
    sent = b"a letter"
    with closing(sqlite3.connect(home.deliveries)) as con:
        rows = (
            con.execute("select * from delivery").fetchall(),
            con.execute("select * from receipt").fetchall(),
        )
    home.deliveries.unlink()
    plain = copy(read_day(reports, DAY)).fingerprint
    old = hashlib.sha256(sent).hexdigest()
    with closing(sqlite3.connect(home.deliveries)) as con:
        con.executescript(_EARLIER)
        con.execute(
            "insert into delivery values ('copy', ?, 'folder', ?, ?)",
            [DAY.isoformat(), plain, NOW.isoformat()],
        )
        con.execute(
            "insert into receipt values (?, 'email', 'alert', ?, '[]', '[]', ?)",
            [NOW.isoformat(), DAY.isoformat(), old],
        )
        con.commit()
    assert night.statuses(night.tell(reports, **told)) == [("folder", "copy", "already_sent")]
    (receipt,) = Ledger(home).receipts(sent)
    assert receipt["sha256"].startswith("hmac-sha256:")
    assert Ledger(home).receipts(b"another letter") == []
    kept = home.deliveries.read_bytes() + repr(rows).encode()
    (registered,) = listed(Records(home))
    assert (registered.disclosure.sha256 or "").startswith("hmac-sha256:")
    assert plain.encode() not in kept
    assert old.encode() not in kept
    Records(home).change_key(Act("key"), NOW)
    assert night.statuses(night.tell(reports, **told)) == [("folder", "copy", "already_sent")]
    assert Ledger(home).receipts(sent) == [receipt]


def test_a_damaged_ledger_is_told(reports: Path, tmp_path: Path) -> None:
    """With what to do about it."""
    reported.report(reports, [reported.finding(1, "critical")])
    ledger = reports.parent / "deliver" / "ledger.sqlite"
    ledger.parent.mkdir()
    ledger.write_text("no database at all, but long enough to be looked at" * 40)
    with pytest.raises(MimamoriError, match="move it away"):
        night.tell(reports, folder={"path": tmp_path})
