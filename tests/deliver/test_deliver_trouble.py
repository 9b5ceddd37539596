"""The sign of life for a monitor outside, and what is told when the processing is in trouble."""

import datetime as dt
import logging
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.airflow.alerts import night_is_late
from pipelines.deliver.alive import show_life
from pipelines.deliver.trouble import Trouble, tell_trouble
from pipelines.settings.delivery import Deliver
from pipelines.text.words import Words
from tests import hook_server

DAY = dt.date(2026, 11, 20)
AT = dt.datetime(2026, 11, 20, 21, tzinfo=dt.UTC)


def test_a_monitor_outside_is_called_with_the_day(hook: hook_server.Hook) -> None:
    """Its address is a secret of the environment; one that declines is a delivery that failed."""
    address = f"http://127.0.0.1:{hook.port}/ping/s3cret"
    done = show_life("PING", DAY, {"PING": address}.get, 5)
    assert (done.channel, done.period, done.status) == ("ping", "2026-11-20", "sent")
    assert hook.paths == ["/ping/s3cret"]
    assert hook.bodies == [{"text": "2026-11-20"}]
    hook.answers = [(503, {})]
    failed = show_life("PING", DAY, {"PING": address}.get, 5)
    assert failed.status == "failed"
    assert "s3cret" not in failed.message
    nothing: dict[str, str] = {}
    assert show_life("PING", DAY, nothing.get, 5).status == "failed"


def test_trouble_is_told_by_the_channels_that_work(
    hook: hook_server.Hook, caplog: pytest.LogCaptureFixture
) -> None:
    """A mail server that is not there stops no chat; nobody is addressed by what failed."""
    target = Deliver.model_validate(
        {
            "link": "https://reports.prime.example",
            "timeout_seconds": 1,
            "email": {
                "from": "a@prime.example",
                "to": ["b@prime.example"],
                "smtp": {"host": "localhost", "port": 1, "security": "none"},
            },
            "webhook": {"url_env": "CHAT"},
        }
    )
    trouble = Trouble("failed: @here", ("run: manual__1",))
    words = Words("en", ZoneInfo("Asia/Tokyo"))
    chat = {"CHAT": f"http://127.0.0.1:{hook.port}/chat"}.get
    with caplog.at_level(logging.ERROR):
        assert tell_trouble(target, words, trouble, chat, AT) == ("webhook",)
    assert "email:" in caplog.text
    (body,) = hook.bodies
    assert "run: manual" in body["text"]
    assert "https://reports.prime.example" in body["text"]
    assert "@here" not in body["text"]


def test_a_late_night_is_told_in_the_language_of_the_settings(
    hook: hook_server.Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what Airflow gives a deadline's callback: the DAG, its run and when it was due."""
    config = tmp_path / "mimamori.yaml"
    config.write_text(
        "sites: [{id: a, group: main, domains: [a.example], logs: [a/*]}]\n"
        "deliver: {webhook: {url_env: LATE_CHAT}}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("MIMAMORI_CONFIG", str(config))
    monkeypatch.setenv("MIMAMORI_HOME", str(tmp_path))
    monkeypatch.setenv("LATE_CHAT", f"http://127.0.0.1:{hook.port}/chat")
    run = {"dag_id": "nightly-report", "dag_run_id": "manual", "state": "running"}
    night_is_late({"dag_run": run, "deadline": {"deadline_time": AT}})
    (body,) = hook.bodies
    assert body["text"].splitlines()[0] == "期限までに終わっていません：nightly-report"
    assert "2026-11-20 21:00:00+00:00" in body["text"]


def test_wrong_settings_leave_it_to_the_monitor_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody can be told; the log says what happened and what is wrong, and nothing is raised."""
    monkeypatch.setenv("MIMAMORI_CONFIG", str(tmp_path / "missing.yaml"))
    monkeypatch.setenv("MIMAMORI_HOME", str(tmp_path))
    run = {"dag_id": "nightly-report", "dag_run_id": "manual"}
    night_is_late({"dag_run": run, "deadline": {"deadline_time": AT}})
    assert "not through by its deadline: nightly-report" in caplog.text
    assert "missing.yaml" in caplog.text
