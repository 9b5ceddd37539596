"""How mails are written: as SMTP wants them; where a subject is folded, it loses no space."""

from email.header import Header
from email.policy import EmailPolicy
from typing import Any


class _Folded(EmailPolicy):
    """The standard library's folding drops spaces between encoded words (RFC 2047, section 6.2)."""

    def fold(self, name: str, value: Any) -> str:
        text = str(value)
        if name.lower() != "subject" or text.isascii():
            return str(super().fold(name, value))
        encoded = Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii", "surrogateescape")


SMTP = _Folded(linesep="\r\n")
"""The policy of every mail, with the line ends of SMTP."""
