"""A file may name its fields anew on every line: formats are bounded, and no line is lost."""

import pytest

from pipelines.formats.declared import BEYOND, DeclaredBySite
from pipelines.formats.format import Format
from pipelines.ingest.follow import FormatFollower
from pipelines.ingest.reader import Block
from tests.formats.follow_file import parsed

_TOO_MANY = "the file declares more formats than limits.file_formats"

_FIELDS = "#Fields: date time c-ip cs-uri-stem"
_ROW = "2026-11-19 00:15:00 192.0.2.1 /a"


def _pieces(text: str, most: int = 64) -> list[tuple[Format | None, Block]]:
    follower = FormatFollower("auto", declared=DeclaredBySite(most).of_file())
    return follower.cut(Block(text.encode(), 0))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("".join(f"{_FIELDS} x-{number}\n" for number in range(16_000)), 65),
        (f"{_FIELDS}\n" * 16_000, 1),
        ("#Fields:\n" * 16_000, 1),
        (f"{_FIELDS}\n{_FIELDS} x\n" * 16_000, 64 * 256 + 1),
    ],
    ids=["all distinct", "all alike", "none to be followed", "to and fro"],
)
def test_directives_without_end_make_few_pieces(text: str, pieces: int) -> None:
    """No byte is lost, each piece is parsed once, and their number does not grow with the file."""
    found = _pieces(text)
    assert len(found) == pieces
    assert b"".join(block.data for _, block in found) == text.encode()


def test_lines_beyond_the_bound_are_rejected_and_earlier_formats_go_on() -> None:
    """The third of two formats is one too many; the first is still in force where it is named."""
    text = "\n".join([_FIELDS, _ROW, f"{_FIELDS} x", f"{_ROW} -", f"{_FIELDS} y", f"{_ROW} -"])
    found = [form for form, _ in _pieces(f"{text}\n{_FIELDS}\n{_ROW}\n", most=2)]
    assert [form == BEYOND for form in found] == [False, False, True, False]
    assert found[0] == found[3]


def test_lines_of_one_format_too_many_keep_their_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are rejects, with a reason that names the limit; directives stay comments."""
    monkeypatch.setattr("pipelines.formats.declared._FILES_WORTH", 1)
    site = DeclaredBySite(1)
    first = FormatFollower("auto", declared=site.of_file())
    first.cut(Block(f"{_FIELDS}\n{_ROW}\n".encode(), 0))
    records, reasons, follower = parsed(
        f"{_FIELDS} x\n{_ROW} -\n{_FIELDS}\n{_ROW}\n", declared=site.of_file()
    )
    assert (len(records), reasons) == (1, [_TOO_MANY])
    assert follower.found == _FIELDS


def test_a_file_that_ended_beyond_the_bound_goes_on_so() -> None:
    """Its tail is not taken for lines of another format."""
    _, reasons, _ = parsed(_ROW, resumed_as=BEYOND.title)
    assert reasons == [_TOO_MANY]
