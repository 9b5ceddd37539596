"""The usual work of a small company, beside which somebody does something."""

from typing import Any


def usual_work(days: int, people: int, records: int) -> dict[str, Any]:
    """Return traffic of so many people, `st-0` and on, each at an address of their own.

    They see about so many records a day, on the working days of `days` before the day examined
    and on that day.
    """
    return {
        "days": f"-{days}..0",
        "on": "working",
        "at": "09:00-17:30",
        "count": records,
        "vary": records // 4,
        "users": people,
        "user": "st-{u}",
        "ip": "192.0.2.{u}",
        "request": "GET /customers/{d}{u}{i} HTTP/1.1",
    }
