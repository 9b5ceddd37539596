"""The sign of life for a monitor outside: it raises the alarm when none comes.

Whatever stops a night, be it a machine that is off, cannot send a message about itself.
"""

import datetime as dt
from collections.abc import Callable

from pipelines.deliver.channel import ChannelError
from pipelines.deliver.outlets import given_secret
from pipelines.deliver.run import Delivery
from pipelines.deliver.webhook import post


def show_life(
    name: str, day: dt.date, secret: Callable[[str], str | None], timeout_seconds: float
) -> Delivery:
    """Call the address that the environment variable `name` holds; return what became of it.

    The body is `{"text": "DATE"}`, the last day that was reported.
    """
    period = day.isoformat()
    try:
        post(given_secret(secret, name), period, timeout_seconds)
    except ChannelError as error:
        return Delivery("ping", "alive", period, "failed", str(error))
    return Delivery("ping", "alive", period, "sent")
