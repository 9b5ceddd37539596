"""Whether a night's result can be sent: secrets at hand, the folder there."""

import os
from collections.abc import Callable, Iterator

from pipelines.doctor.outcome import Outcome, named, warning, well
from pipelines.settings.delivery import Deliver
from pipelines.text.messages import message


def check_delivery(target: Deliver | None, secret: Callable[[str], str | None]) -> Outcome:
    """Return what `deliver:` lacks on this machine; nothing is sent, and no server is asked.

    `secret` gives the value of an environment variable. What is missing is a warning, as another
    user or service may have it.
    """
    if target is None:
        return well("deliver", message("doctor.delivery.nobody"))
    lacking = list(_lacking(target, secret))
    if lacking:
        return warning(
            "deliver",
            message("doctor.delivery.missing", names=named(lacking)),
            message("doctor.delivery.provide_it"),
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
            yield f"{name}（{message('doctor.delivery.environment_variable')}）"
    if target.folder is not None:
        path = target.folder.path
        if not path.is_dir():
            yield f"{path}（{message('doctor.delivery.folder')}）"
        elif not os.access(path, os.W_OK | os.X_OK):
            yield f"{path}（{message('doctor.delivery.permission_to_write')}）"
