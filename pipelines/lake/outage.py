"""What goes wrong around the lake - no room, no right, a lock - told with where and what to do."""

import errno
import sqlite3
from pathlib import Path

import duckdb

from pipelines.errors import MimamoriError
from pipelines.paths import Home

_NO_ROOM = ("No space left on device", "disk is full", "Disk quota exceeded", "File too large")
_LOCKED = ("database is locked", "database table is locked")
_NO_RIGHT = (
    "Permission denied",
    "Read-only file system",
    "readonly database",
    "unable to open database file",
)
_NO_ROOM_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT_ERRNOS = {errno.EACCES, errno.EPERM, errno.EROFS}


def outage(error: Exception, home: Home) -> MimamoriError | None:
    """Return the message for an error that is the surroundings' and not a bug; None for others.

    The lake's folder is named where the error itself names no place.
    """
    text = str(error)
    place = folder = home.lake
    code = None
    if isinstance(error, OSError):
        code = error.errno
        place = Path(str(error.filename)) if error.filename else folder
    elif not isinstance(error, duckdb.Error | sqlite3.Error):
        return None
    if code in _NO_ROOM_ERRNOS or _any_in(_NO_ROOM, text):
        return MimamoriError(
            f"{place}: ディスクに空きがありません。最後の段階は取り消しました。"
            "空きを作り、同じコマンドをもう一度実行してください / "
            "no space left on the disk; nothing of the last step was kept: make room "
            f"(df -h {folder}) and run the same command again"
        )
    if _any_in(_LOCKED, text):
        return MimamoriError(
            f"{home.catalog}: ほかのプログラムが使っています。最後の段階は"
            "取り消しました。それを終えてから、同じコマンドをもう一度実行してください / "
            "locked by another program; nothing of the last step was kept: close that program and "
            "run the same command again"
        )
    if is_forbidden(error):
        return MimamoriError(
            f"{place}: この利用者の権限では書き込めません。"
            "書き込みの許可を与えるか、別の作業フォルダを指定してください / "
            "cannot be written to by this user; grant it write permission, or name "
            "another working folder with --home"
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return MimamoriError(
            f"{folder}: メモリか、一時ファイルの空きが足りません。"
            "空けてから、同じコマンドをもう一度実行してください / "
            f"not enough memory, or no room to spill to in {folder / 'spill'}; "
            "free some and run the same command again"
        )
    return None


def is_forbidden(error: Exception) -> bool:
    """True when this user may not do what was tried."""
    code = error.errno if isinstance(error, OSError) else None
    return code in _NO_RIGHT_ERRNOS or _any_in(_NO_RIGHT, str(error))


def _any_in(phrases: tuple[str, ...], text: str) -> bool:
    return any(phrase in text for phrase in phrases)
