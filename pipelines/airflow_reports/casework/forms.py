"""What a form sent: read with a bound, by the standard library, each field once."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl

from fastapi import Request

from pipelines.airflow_reports import notice
from pipelines.airflow_reports.notice import Notice

LARGEST_FORM = 64 * 1024
"""Bytes of a form: a note of the longest kind takes 18,000 when each letter is escaped."""
_MOST_FIELDS = 20
_TYPE = "application/x-www-form-urlencoded"

Form = Mapping[str, str]
BLANK: Form = MappingProxyType({})


class RefusedError(Exception):
    """The request gets `notice` for an answer, and nothing is done."""

    def __init__(self, said: Notice) -> None:
        """Take what is answered."""
        super().__init__(said.title)
        self.notice = said


async def posted(request: Request) -> Form:
    """Return the fields of a form by name.

    Raises:
        RefusedError: no form, more than `LARGEST_FORM` bytes, too many fields, one of them twice,
            or bytes that are no UTF-8.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise RefusedError(notice.NO_FORM)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise RefusedError(notice.FORM_TOO_LARGE)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise RefusedError(notice.NO_FORM) from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise RefusedError(notice.NO_FORM)
    return fields


def line_of(form: Form, name: str) -> str:
    """Return a field as one line: what people write is shown in lines of a history."""
    return " ".join(form.get(name, "").split())
