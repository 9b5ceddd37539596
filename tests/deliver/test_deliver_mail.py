"""Mails, taken by a real server with STARTTLS and a log-in."""

import datetime as dt
import re
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

import pytest
from pydantic import ValidationError

from pipelines.deliver.ledger import Ledger
from pipelines.paths import Home
from pipelines.report.verdict import Verdict
from pipelines.settings.delivery import MailServer
from tests import certificate, mail_server
from tests.deliver import night, reported

pytestmark = pytest.mark.usefixtures("trusted")


def _body(mail: EmailMessage, kind: Literal["plain", "html"]) -> str:
    """What a letter says, as text or as HTML."""
    part = mail.get_body((kind,))
    assert part is not None, kind
    return str(part.get_content())


def _told(reports: Path, box: mail_server.Box, locale: str = "ja", **values: object) -> None:
    done = night.tell(reports, locale=locale, digest="never", email=night.whole(box.port, **values))
    assert night.statuses(done) == [("email", "alert", "sent")], done


def test_a_grave_day_is_sent_encrypted_and_logged_in(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """Text, HTML and the report, from and to whom the settings say."""
    page = reported.report(reports, [reported.finding(1, "critical"), reported.finding(2, "high")])
    _told(reports, mail_box)
    (mail,) = mail_box.mails
    assert (mail_box.encrypted, mail_box.logins) == ([True], [True])
    assert mail_box.recipients == [["security@prime.example"]]
    assert str(mail["From"]) == "見守り <mimamori@prime.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert str(mail["Date"]) == "Sat, 21 Nov 2026 02:05:00 +0900"
    parts = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert parts == ["text/plain", "text/html", "text/html"]
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "mimamori-2026-11-20.html"
    assert attached.get_payload(decode=True) == page.read_bytes()
    text = _body(mail, "plain")
    assert "直ちに対応" in text
    assert f"[重大] {reported.ACTOR}" in text
    assert "16 サイト中 15 サイト" in text


def test_a_subject_holds_no_detail(reports: Path, mail_box: mail_server.Box) -> None:
    """Product, date, worst severity and counts; no actor, site, address or finding."""
    reported.report(reports, [reported.finding(1, "critical"), reported.finding(2, "high")])
    _told(reports, mail_box)
    subject = str(mail_box.mails[0]["Subject"])
    assert subject == "[見守り] 2026-11-20 最高 重大（検出 重大 1 件、高 1 件）"
    headers = mail_box.raw[0].partition(b"\r\n\r\n")[0]
    assert headers.isascii()
    for secret in (reported.ACTOR, reported.SITE, reported.ADDRESS, "f001"):
        assert secret.encode() not in headers


def test_a_mail_speaks_the_language_of_the_report(reports: Path, mail_box: mail_server.Box) -> None:
    """English where the locale is en."""
    reported.report(reports, [reported.finding(1, "high")])
    _told(reports, mail_box, "en")
    mail = mail_box.mails[0]
    assert mail["Subject"] == "[Mimamori] 2026-11-20 worst High (findings: 1 High)"
    assert 'lang="en"' in _body(mail, "html")
    assert "Open findings" in _body(mail, "plain")


def test_hostile_values_stay_values(reports: Path, mail_box: mail_server.Box) -> None:
    """Line breaks make no header, tags no element, overrides are shown."""
    hostile = f"https://evil.example/ {reported.HOSTILE}"
    reported.report(reports, [reported.finding(1, "critical", hostile)])
    _told(reports, mail_box)
    mail = mail_box.mails[0]
    assert mail["Bcc"] is None
    assert mail_box.recipients == [["security@prime.example"]]
    html = _body(mail, "html")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    text = _body(mail, "plain")
    assert "‹U+000D›‹U+000A›Bcc: eve" in text
    assert "\u202e" not in text + html
    assert "https://" not in text + html


def test_a_report_that_is_too_large_is_linked(reports: Path, mail_box: mail_server.Box) -> None:
    """A mail that servers would refuse helps nobody."""
    page = reported.report(reports, [reported.finding(1, "critical")])
    page.write_bytes(b"x" * 7_000_001)
    night.tell(reports, digest="never", link="https://r.example", email=night.whole(mail_box.port))
    mail = mail_box.mails[0]
    assert not list(mail.iter_attachments())
    assert "https://r.example/2026-11-20/" in _body(mail, "plain")


def test_a_server_may_speak_tls_from_the_start(reports: Path, certified: tuple[Path, Path]) -> None:
    """`security: tls`, as on port 465."""
    reported.report(reports, [reported.finding(1, "critical")])
    with mail_server.serving(certificate.server_context(*certified), is_implicit=True) as box:
        server = {"host": "localhost", "port": box.port, "security": "tls"}
        (done,) = night.tell(reports, digest="never", email=night.email(0, smtp=server))
        assert (done.status, len(box.mails)) == ("sent", 1)


def test_details_stay_at_home_by_default(reports: Path, mail_box: mail_server.Box) -> None:
    """Unless settings ask for it no finding leaves the house, attached or in the text."""
    reported.report(reports, [reported.finding(1, "critical")])
    done = night.tell(
        reports,
        digest="never",
        link="https://reports.prime.example/m",
        email=night.email(mail_box.port),
    )
    assert night.statuses(done) == [("email", "alert", "sent")]
    mail = mail_box.mails[0]
    assert not list(mail.iter_attachments())
    text = _body(mail, "plain")
    assert reported.ACTOR not in text
    assert "https://reports.prime.example/m/2026-11-20/index.html" in text


def test_without_an_address_of_the_reports_a_mail_has_no_link(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """`report: link` is the default, and asks for no `link:` unless it is written."""
    reported.report(reports, [reported.finding(1, "critical")])
    night.tell(reports, digest="never", email=night.email(mail_box.port))
    (mail,) = mail_box.mails
    assert not list(mail.iter_attachments())
    assert "http" not in _body(mail, "plain")
    with pytest.raises(ValidationError, match="needs 'link'"):
        night.tell(reports, email=night.email(mail_box.port, report="link"))


def test_recipients_and_the_digest_of_what_was_sent_are_kept(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """Also who was refused; the digest is of the bytes that the server took."""
    reported.report(reports, [reported.finding(1, "critical")])
    mail_box.refused = frozenset({"gone@prime.example"})
    to = ["security@prime.example", "gone@prime.example"]
    night.tell(reports, digest="never", email=night.whole(mail_box.port, to=to))
    night.tell(reports, digest="never", email=night.whole(mail_box.port, to=to))
    ledger = Ledger(Home(reports.parent))
    (receipt,) = ledger.receipts()
    assert ledger.receipts(mail_box.raw[0]) == [receipt]
    assert receipt == {
        "sent_at": reported.NOW.astimezone(dt.UTC).isoformat(),
        "channel": "email",
        "kind": "alert",
        "period": reported.DAY.isoformat(),
        "recipients": to,
        "refused": ["gone@prime.example"],
        "sha256": receipt["sha256"],
        "head": "0" * 64,  # of records of which there were none yet
    }


@pytest.mark.parametrize("host", ["smtp.prime.example", "192.0.2.25", "localhost.prime.example"])
def test_no_mail_goes_out_unencrypted(host: str) -> None:
    """`security: none` is for this machine alone, with or without a log-in."""
    server = {"host": host, "security": "none"}
    with pytest.raises(ValidationError, match="in clear"):
        MailServer.model_validate(server)
    for own in ("localhost", "127.0.0.53", "::1"):
        assert MailServer.model_validate(server | {"host": own}).security == "none"


def test_the_same_mail_has_the_same_id(reports: Path, mail_box: mail_server.Box) -> None:
    """A mail that the server declined at first comes once more, by the same Message-ID."""
    reported.report(reports, [reported.finding(1, "critical")])
    mail_box.failures = ["451 busy", "451 busy"]
    pauses: list[float] = []
    done = night.tell(reports, digest="never", pauses=pauses, email=night.email(mail_box.port))
    assert night.statuses(done) == [("email", "alert", "sent")]
    assert pauses == [2, 4]
    assert re.fullmatch(
        r"<2026-11-20\.[0-9a-f]{24}@prime\.example>", mail_box.mails[0]["Message-ID"]
    )


def test_a_refusal_that_stays_is_not_tried_again(reports: Path, mail_box: mail_server.Box) -> None:
    """A wrong password is told at once, without the password; the night goes on."""
    reported.report(reports, [reported.finding(1, "critical")])
    pauses: list[float] = []
    (done,) = night.tell(
        reports,
        digest="never",
        pauses=pauses,
        secrets={"MAIL_PASSWORD": "wrong-one"},
        email=night.email(mail_box.port),
    )
    assert (done.status, pauses, set(mail_box.logins)) == ("failed", [], {False})
    assert "refused the log-in (535)" in done.message
    assert "wrong-one" not in done.message


def test_a_password_beyond_ascii_is_a_failure_like_others(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """It is told and stops nothing."""
    reported.report(reports, [reported.finding(1, "critical")])
    secrets = {"MAIL_PASSWORD": "パスワード"}
    (done,) = night.tell(reports, digest="never", secrets=secrets, email=night.email(mail_box.port))
    assert done.status == "failed"
    assert "beyond ASCII" in done.message
    assert "パスワード" not in done.message.partition(" / ")[2]


def test_some_recipients_may_be_refused(reports: Path, mail_box: mail_server.Box) -> None:
    """Whom the server takes gets the mail, the others are counted; all refused is a failure."""
    reported.report(reports, [reported.finding(1, "critical")])
    mail_box.refused = frozenset({"gone@prime.example"})
    to = ["security@prime.example", "gone@prime.example"]
    (done,) = night.tell(reports, digest="never", email=night.email(mail_box.port, to=to))
    assert (done.status, done.message.partition(" / ")[2]) == ("sent", "1 of 2 recipients refused")
    mail_box.refused = frozenset(to)
    reported.report(reports, [reported.finding(2, "critical")])
    (done,) = night.tell(reports, digest="never", email=night.email(mail_box.port, to=to))
    assert "refused every recipient (550)" in done.message


def test_an_unknown_certificate_is_refused(
    reports: Path, mail_box: mail_server.Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that nobody vouches for gets neither password nor mail."""
    monkeypatch.delenv("SSL_CERT_FILE")
    reported.report(reports, [reported.finding(1, "critical")])
    (done,) = night.tell(reports, digest="never", email=night.email(mail_box.port))
    assert done.status == "failed"
    assert "certificate cannot be verified" in done.message
    assert (mail_box.logins, mail_box.raw) == ([], [])


def test_a_server_without_starttls_gets_nothing(reports: Path) -> None:
    """Nothing falls back to clear text."""
    reported.report(reports, [reported.finding(1, "critical")])
    with mail_server.serving(None) as box:
        (done,) = night.tell(reports, digest="never", email=night.email(box.port))
        assert "offers no STARTTLS" in done.message
        assert box.raw == []


def test_a_server_that_is_not_there_is_tried_again(reports: Path) -> None:
    """Three tries, then the failure is told; the next night tries again."""
    reported.report(reports, [reported.finding(1, "critical")])
    pauses: list[float] = []
    (done,) = night.tell(reports, digest="never", pauses=pauses, email=night.email(1))
    assert (done.status, pauses) == ("failed", [2, 4])
    assert "cannot be reached" in done.message


def test_a_day_that_was_not_judged_is_told(reports: Path, mail_box: mail_server.Box) -> None:
    """Silence must not look like safety."""
    reported.report(reports, [], verdict=Verdict.UNJUDGED)
    _told(reports, mail_box)
    assert mail_box.mails[0]["Subject"] == "[見守り] 2026-11-20 判定できません（検出 0 件）"
