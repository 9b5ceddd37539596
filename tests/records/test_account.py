"""Whose account stands in a record: the one that logged in, and the one that acts."""

import os
import pwd
import sys
from pathlib import Path

import pytest

from pipelines.records import account, login_account

_UNSET = 2**32 - 1


def _unused() -> int:
    """The number of no account."""
    return max(one.pw_uid for one in pwd.getpwall() if one.pw_uid < _UNSET - 9) + 7


@pytest.fixture
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the kernel says who logged in; it is not there yet."""
    path = tmp_path / "loginuid"
    monkeypatch.setattr(sys.modules[account.__module__], "_LOGIN", path)
    return path


@pytest.mark.parametrize("said", [None, "", "nobody", str(_UNSET), str(os.getuid())])
def test_who_acts_under_the_own_account_is_named_once(login: Path, said: str | None) -> None:
    """Also where the kernel knows of no login, or says nothing that is a number."""
    if said is not None:
        login.write_text(said)
    own = pwd.getpwuid(os.getuid()).pw_name
    assert (account(), login_account()) == (own, own)


@pytest.mark.parametrize("uid", [_unused(), _UNSET - 1])
def test_who_logged_in_as_another_is_named_with_both(login: Path, uid: int) -> None:
    """An account without a name is named by its number."""
    login.write_text(str(uid))
    own = pwd.getpwuid(os.getuid()).pw_name
    assert (account(), login_account()) == (f"uid {uid}/{own}", f"uid {uid}")
