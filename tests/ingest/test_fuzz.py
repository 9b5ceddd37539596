"""Lines that nobody wrote, before a release a million: each ends as exactly one thing."""

import numpy as np
import pytest

from pipelines.formats.catalogue import Entry, catalogue
from pipelines.ingest.fields import LineContext
from pipelines.ingest.follow import FormatFollower
from pipelines.ingest.lines import NumberedBlock, lines_of
from pipelines.ingest.reader import Block
from pipelines.ingest.records import parse_lines
from pipelines.privacy.redact import Redactor
from pipelines.settings.model import Redaction

_NAMES = [*catalogue(), "auto"]
_ODD_BYTES = np.frombuffer(
    "\x00\x01\t\n\r !\"#%&'()+,-./0:;=?@[\\]_{|}~09azAZéé日〒＠\ufeff".encode()
    + bytes([0x80, 0x83, 0x5C, 0xA4, 0xFF]),
    dtype=np.uint8,
)


def _lines(entry: Entry) -> list[str]:
    """The lines of a format with their directives, lines of its error log, some behind a prefix."""
    plain = [*(one.line for one in entry.examples), *entry.rejected]
    directives = [one.after for one in entry.examples if one.after]
    syslog = [f"<134>Oct 10 13:55:36 web1 httpd[1]: {line}" for line in plain[::3]]
    cri = [f"2026-10-10T13:55:36.000000001+09:00 stdout F {line}" for line in plain[::4]]
    return [*20 * plain, *directives, *syslog, *cri]


def _mutated(lines: list[bytes], count: int, seed: int) -> bytes:
    """About `count` of the lines with bytes changed, cut out and doubled, some not at all."""
    random = np.random.default_rng(seed)
    chosen = random.integers(0, len(lines), count)
    data = np.frombuffer(b"".join(lines[number] + b"\n" for number in chosen), dtype=np.uint8)
    data = data.copy()
    changed = random.random(len(data)) < random.choice([0.0005, 0.005, 0.05])
    data[changed] = random.choice(_ODD_BYTES, int(changed.sum()))
    repeats = np.ones(len(data), dtype=np.int64)
    repeats[random.random(len(data)) < 0.002] = 0
    repeats[random.random(len(data)) < 0.002] = 3
    return np.repeat(data, repeats).tobytes() + b"\n"


@pytest.mark.parametrize("count", [30_000, pytest.param(1_000_000, marks=pytest.mark.full)])
@pytest.mark.parametrize("name", _NAMES)
def test_mutated_lines_end_as_exactly_one_of_record_reject_comment(name: str, count: int) -> None:
    """No line is lost, none counted twice, nothing crashes; numbers and offsets stay right."""
    every = [line for entry in catalogue().values() for line in _lines(entry)]
    own = every if name == "auto" else [*_lines(catalogue()[name]), *every[::7]]
    seed = sum(name.encode())
    data = _mutated([line.encode() for line in own], count // len(_NAMES), seed)
    redactor = Redactor(Redaction())
    seen: list[int] = []
    comments = 0
    next_line = 1
    follower = FormatFollower(name)
    for form, piece in follower.cut(Block(data, offset=0)):
        context = LineContext(
            format=form, timezone="Asia/Tokyo", day_zone="Asia/Tokyo", redactor=redactor
        )
        lines = lines_of([NumberedBlock(piece, next_line)])
        next_line += len(lines)
        parsed = parse_lines(lines, context)
        comments += len(parsed.comments)
        for rows in (parsed.records, parsed.rejects):
            seen += rows.get_column("line_no").to_list()
        for offset in parsed.rejects.get_column("byte_offset").head(50):
            assert offset == 0 or data[offset - 1 : offset] == b"\n"
    assert next_line - 1 == data.count(b"\n")
    assert len(seen) == len(set(seen))
    assert len(seen) + comments == data.count(b"\n")
    assert set(seen) <= set(range(1, next_line))
