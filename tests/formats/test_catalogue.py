"""Every named format, by the lines that stand beside it in the catalogue."""

import pytest

from pipelines.formats.catalogue import Entry, Example, catalogue
from pipelines.formats.names import format_of
from tests.formats.follow_file import instant, parsed

_ENTRIES = list(catalogue().values())
_NUMBERED = [
    (f"{entry.name}-{number}", entry, example)
    for entry in _ENTRIES
    for number, example in enumerate(entry.examples)
]
_EXAMPLES = [pytest.param(entry, example, id=name) for name, entry, example in _NUMBERED]
_GUESSED = [
    pytest.param(entry, example, id=name)
    for name, entry, example in _NUMBERED
    if entry.is_guessed or example.after
]
_REJECTED = [
    pytest.param(entry, line, id=f"{entry.name}-{number}")
    for entry in _ENTRIES
    for number, line in enumerate(entry.rejected)
]


def _text(example: Example) -> str:
    return f"{example.after}\n{example.line}" if example.after else example.line


def _check(example: Example, record: dict[str, object]) -> None:
    for column, expected in example.record.items():
        value = instant(str(expected)) if column == "time" else expected
        assert record[column] == (pytest.approx(value) if isinstance(value, float) else value), (
            column
        )


@pytest.mark.parametrize(("entry", "example"), _EXAMPLES)
def test_line_makes_the_record_that_its_documentation_promises(
    entry: Entry, example: Example
) -> None:
    """A line in a file whose format settings name becomes the record beside it."""
    records, reasons, _ = parsed(_text(example), entry.name)
    assert reasons == []
    _check(example, records[0])


@pytest.mark.parametrize(("entry", "example"), _GUESSED)
def test_one_line_alone_tells_its_format(entry: Entry, example: Example) -> None:
    """`auto` finds the format by one line, or one that gives the same record."""
    records, reasons, follower = parsed(_text(example))
    assert reasons == [], follower.sureness
    assert follower.found or entry.w3c
    _check(example, records[0])


@pytest.mark.parametrize(("entry", "line"), _REJECTED)
def test_line_about_no_request_is_rejected(entry: Entry, line: str) -> None:
    """An error-log line, a handshake error or half a line is no record, named or guessed."""
    records, reasons, _ = parsed(line, entry.name)
    assert (records, len(reasons)) == ([], 1)
    records, reasons, follower = parsed(line)
    assert (records, len(reasons)) == ([], 1), follower.found


@pytest.mark.parametrize("entry", _ENTRIES, ids=[entry.name for entry in _ENTRIES])
def test_title_gives_the_format_again(entry: Entry) -> None:
    """What the ledger stores is enough to go on with the file."""
    form = format_of(entry.name)
    assert format_of(form.title) == form
    assert format_of(form.title).fields == form.fields
