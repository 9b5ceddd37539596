"""The nightly DAG sends its result through Airflow's own connections, to real servers."""

import pytest

from tests.dags.conftest import DAY, Night

pytestmark = [pytest.mark.airflow, pytest.mark.further]


def test_the_report_is_mailed_through_the_smtp_connection(night: Night) -> None:
    """Encrypted, logged in, once a day for both runs of the night; the subject holds no detail."""
    assert (night.box.logins, night.box.encrypted) == ([True] * 3, [True] * 3)
    for day, mail in zip(("2026-11-19", DAY), night.box.mails[:2], strict=True):
        assert str(mail["Subject"]).startswith(f"[Mimamori] {day} worst ")
        assert "portal" not in mail["Subject"]
        assert [one.get_filename() for one in mail.iter_attachments()] == [f"mimamori-{day}.html"]


def test_what_failed_is_tried_again_alone(night: Night) -> None:
    """The chat was down at the first try and has its messages now, at the address of its secret."""
    assert len(night.hook.paths) == 4
    assert len(night.hook.bodies) == 3
    assert set(night.hook.paths) == {"/services/T000/s3cret"}
    assert night.states("report again", "deliver") == ["success"]
    assert night.result("report again", "deliver") == {"already_sent": 2}
    assert night.states("report", "report") == ["success"]


def test_a_run_that_failed_is_told_by_mail_and_chat(night: Night) -> None:
    """The audit of a month without data: what failed and where to look, and no more."""
    mail = night.box.mails[2]
    assert mail["Subject"] == "failed: monthly_audit"
    body = mail.get_body()
    assert body is not None
    text = body.get_content()
    assert "task: audit" in text
    assert "the lake has nothing" not in text
    assert "failed: monthly" in str(night.hook.bodies[2])


def test_no_secret_of_a_connection_is_written(night: Night) -> None:
    """Neither to the log of a task nor to that of a stage."""
    assert "s3cret" not in night.deployment.output
