"""Chat messages, posted to real web servers."""

import json
import logging
from pathlib import Path

import pytest

from pipelines.deliver.channel import ChannelError
from pipelines.deliver.ledger import Ledger
from pipelines.deliver.run import Delivery
from pipelines.deliver.webhook import chat_text, post
from pipelines.paths import Home
from tests import certificate, hook_server
from tests.deliver import night, reported

PATH = "/services/T000/B000/s3cret"


def _post_night(reports: Path, url: str, **values: object) -> list[Delivery]:
    reported.report(reports, [reported.finding(1, "critical", reported.HOSTILE)])
    target = {"url_env": "HOOK", **values}
    return night.tell(reports, digest="never", secrets={"HOOK": url}, webhook=target)


def test_a_message_is_json_without_details(reports: Path, hook: hook_server.Hook) -> None:
    """`{"text": …}`; findings are counted, and told only where settings say so."""
    done = _post_night(reports, f"http://127.0.0.1:{hook.port}{PATH}")
    assert night.statuses(done) == [("webhook", "alert", "sent")]
    assert hook.paths == [PATH]
    assert hook.types == ["application/json"]
    (body,) = hook.bodies
    assert list(body) == ["text"]
    assert "直ちに対応" in body["text"]
    assert "重大 1 件" in body["text"]
    assert "eve" not in body["text"]


def test_hostile_values_command_nothing(reports: Path, hook: hook_server.Hook) -> None:
    """No mention, tag, link or format comes out of a log line."""
    _post_night(reports, f"http://127.0.0.1:{hook.port}{PATH}", details=True)
    text = hook.bodies[0]["text"]
    assert "&lt;!channel&gt;" in text
    assert "&lt;script&gt;" in text
    assert " &amp; " in text
    assert not set("<>\u202e\r") & set(text)
    assert "@here" not in text
    assert "`*_" not in text


def test_text_is_escaped_and_bounded() -> None:
    """Addresses inside a line are no links, one alone on its line is; long texts are cut."""
    assert chat_text("a & b") == "a &amp; b"
    assert "https://" not in chat_text("see https://evil.example")
    assert "](" not in chat_text("[a](b)")
    assert chat_text("x\n  https://r.example/a?b&c") == "x\n  https://r.example/a?b&amp;c"
    assert len(chat_text("x" * 10_000)) == 3_500


def test_an_encrypted_webhook_must_be_vouched_for(
    certified: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTPS with a certificate of a known maker, and with no other."""
    with hook_server.serving(certificate.server_context(*certified)) as hook:
        url = f"https://localhost:{hook.port}{PATH}"
        with pytest.raises(ChannelError, match="certificate cannot be verified") as caught:
            post(url, "x", 5)
        assert not caught.value.may_pass
        assert hook.bodies == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certified[0]))
        post(url, "x", 5)
        assert hook.bodies == [{"text": "x"}]


def test_redirects_to_others_are_not_followed(hook: hook_server.Hook) -> None:
    """Another host, port or scheme gets nothing; the same server may move the path."""
    base = f"http://127.0.0.1:{hook.port}"
    with hook_server.serving() as other:
        for target in (f"http://127.0.0.1:{other.port}/", "//evil.example/", "file:///etc/passwd"):
            hook.answers = [(307, {"Location": target})]
            with pytest.raises(ChannelError):
                post(base + PATH, "x", 5)
        assert other.paths == []
    hook.answers = [(302, {"Location": "/elsewhere"})]
    with pytest.raises(ChannelError, match="declined \\(302\\)"):
        post(base + PATH, "x", 5)
    hook.answers = [(308, {"Location": "/moved"})]
    post(base + PATH, "x", 5)
    assert hook.paths[-1] == "/moved"
    hook.answers = [(308, {"Location": "/round"})] * 9
    with pytest.raises(ChannelError, match="declined \\(308\\)"):
        post(base + PATH, "x", 5)


def test_what_may_pass_is_tried_again(reports: Path, hook: hook_server.Hook) -> None:
    """Busy and broken servers are, those who say no are not."""
    hook.answers = [(429, {}), (503, {})]
    done = _post_night(reports, f"http://127.0.0.1:{hook.port}/")
    assert night.statuses(done) == [("webhook", "alert", "sent")]
    hook.answers = [(404, {})]
    with pytest.raises(ChannelError) as caught:
        post(f"http://127.0.0.1:{hook.port}/", "x", 5)
    assert not caught.value.may_pass


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://a.example/",
        "hooks.example/x",
        "http://",
        "http://[/",
        " http://a/",
    ],
)
def test_only_addresses_of_the_web_are_asked(reports: Path, url: str) -> None:
    """Anything else is a failure of this channel."""
    (done,) = _post_night(reports, url)
    assert done.status == "failed"
    assert "must begin with" in done.message


def test_the_address_stays_secret(
    reports: Path, hook: hook_server.Hook, caplog: pytest.LogCaptureFixture
) -> None:
    """It stands in no log and in no message, whether it worked or not."""
    caplog.set_level(logging.DEBUG)
    _post_night(reports, f"http://127.0.0.1:{hook.port}{PATH}")
    hook.answers = [(403, {})]
    with pytest.raises(ChannelError) as declined:
        post(f"http://127.0.0.1:{hook.port}{PATH}", "x", 5)
    with pytest.raises(ChannelError) as unreachable:
        post(f"http://127.0.0.1:1{PATH}", "x", 5)
    assert unreachable.value.may_pass
    assert "s3cret" not in caplog.text + str(declined.value) + str(unreachable.value)


@pytest.mark.parametrize("host", ["hooks.prime.example", "192.0.2.7", "127.0.0.1.nip.example"])
def test_nothing_is_posted_unencrypted(reports: Path, host: str) -> None:
    """An address of http is for this machine alone, in a redirect too; it stays secret."""
    (done,) = _post_night(reports, f"http://{host}{PATH}")
    assert done.status == "failed"
    assert "would send everything in clear" in done.message
    assert "s3cret" not in done.message


def test_what_was_posted_is_kept(reports: Path, hook: hook_server.Hook) -> None:
    """The host without the secret, and the digest of the body."""
    _post_night(reports, f"http://127.0.0.1:{hook.port}{PATH}")
    ledger = Ledger(Home(reports.parent))
    (receipt,) = ledger.receipts()
    assert receipt["recipients"] == [f"http://127.0.0.1:{hook.port}"]
    body = json.dumps(hook.bodies[0], ensure_ascii=False).encode()
    assert ledger.receipts(body) == [receipt]


def test_a_missing_secret_is_named(reports: Path) -> None:
    """The variable's name is told, and what it is for."""
    reported.report(reports, [reported.finding(1, "critical")])
    (done,) = night.tell(reports, webhook={"url_env": "NOT_SET"}, digest="never")
    assert "NOT_SET is not set" in done.message
