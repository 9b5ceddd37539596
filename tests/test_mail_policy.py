"""A subject arrives as it was written, however long it is."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.mail_policy import SMTP

_WORDS = st.text("あ検出中件 1Az-:/", min_size=1, max_size=90).filter(
    lambda text: text == text.strip()
)


@given(_WORDS)
def test_a_folded_subject_loses_nothing(subject: str) -> None:
    """As mail programs decode it (RFC 2047), in lines that every server takes."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = subject
    mail.set_content("x")
    written = mail.as_bytes()
    assert message_from_bytes(written, policy=default)["Subject"] == subject
    assert max(map(len, written.split(b"\r\n"))) <= 78
