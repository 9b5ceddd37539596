"""Whether a night's result can be sent: secrets at hand, the folder there."""

import os
from collections.abc import Callable, Iterator

from pipelines.doctor.outcome import Outcome, named, warning, well
from pipelines.settings.delivery import Deliver


def check_delivery(target: Deliver | None, secret: Callable[[str], str | None]) -> Outcome:
    """Return what `deliver:` lacks on this machine; nothing is sent, and no server is asked.

    `secret` gives the value of an environment variable. What is missing is a warning, as another
    user or service may have it.
    """
    if target is None:
        return well("deliver", "指定なし / the settings name nobody")
    lacking = list(_lacking(target, secret))
    if lacking:
        return warning(
            "deliver",
            f"ありません / missing: {named(lacking)}",
            "夜間処理を動かす利用者のために用意してください / "
            "provide it for the user who runs the night (docs/deliver.md)",
        )
    channels = (target.email, "email"), (target.webhook, "webhook"), (target.folder, "folder")
    return well("deliver", ", ".join(name for channel, name in channels if channel))


def _lacking(target: Deliver, secret: Callable[[str], str | None]) -> Iterator[str]:
    names = [
        target.email and target.email.smtp and target.email.smtp.password_env,
        target.webhook and target.webhook.url_env,
    ]
    for name in names:
        if name and not secret(name):
            yield f"{name}（環境変数 / environment variable）"
    if target.folder is not None:
        path = target.folder.path
        if not path.is_dir():
            yield f"{path}（フォルダ / folder）"
        elif not os.access(path, os.W_OK | os.X_OK):
            yield f"{path}（書き込みの許可 / permission to write）"
