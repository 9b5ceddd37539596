"""Tokens of forms: proof that our own page, shown to this user in this session, sent the form.

Another site can have a browser send a form, and cannot read a page of ours to learn its token. A
token is good for one act on one thing in the state that the page showed.
"""

import datetime as dt
import hmac
import json
import re
from dataclasses import dataclass, field

PURPOSE = "form token"
LIFETIME = dt.timedelta(hours=2)
_TOKEN = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})")


@dataclass(frozen=True)
class FormTokens:
    """Makes and judges the tokens of one user in one session; `key` is for this purpose alone."""

    key: bytes = field(repr=False)
    user: str
    session: str

    def issue(self, act: str, about: str, at: dt.datetime) -> str:
        """Return a token for an act on something, good for `LIFETIME` from the instant `at`."""
        ends_at = int((at + LIFETIME).timestamp())
        return f"{ends_at}.{self._signature(act, about, ends_at)}"

    def accepts(self, token: str, act: str, about: str, at: dt.datetime) -> bool:
        """Return whether a token was issued for just this, and is still good at an instant."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return False
        ends_at = int(found[1])
        is_ours = hmac.compare_digest(found[2], self._signature(act, about, ends_at))
        return is_ours and at.timestamp() <= ends_at

    def _signature(self, act: str, about: str, ends_at: int) -> str:
        signed = json.dumps([self.user, self.session, act, about, ends_at])
        return hmac.digest(self.key, signed.encode(), "sha256").hex()
