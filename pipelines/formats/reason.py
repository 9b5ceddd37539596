"""Why a line is no record, as frames carry it: a code with arguments, without words."""

import json


def because(code: str, **arguments: str | int) -> str:
    """Return a reason as frames carry it."""
    return json.dumps([code, arguments], ensure_ascii=False)
