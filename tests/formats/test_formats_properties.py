"""What holds for any text: fields come back as they were written, and nothing crashes."""

import json
import re
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.formats.catalogue import catalogue
from pipelines.formats.layout import Piece
from pipelines.formats.names import format_of
from pipelines.formats.prefix import PREFIXES, without_prefix
from pipelines.formats.split import LayoutSplitter, split_carefully
from pipelines.formats.unescape import json_unescape, unescape
from tests.formats.follow_file import parsed

_STAMP = "[19/Nov/2026:09:15:00 +0900]"
_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=40
)  # fmt: skip
_WORD = st.from_regex(r"[A-Za-z0-9_.~/-]{1,20}", fullmatch=True)
_NOISE = st.text(alphabet='ab19 "\\[]{}()<>:,;.-/\t#%|=?TZ', max_size=80)
_STRINGS = (
    '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
    '%v:%p %h %u %t "%r" %>s %O "%{X-Forwarded-For}i" %D',
    '$remote_addr|$time_iso8601|$status|"$http_user_agent"',
    '"$remote_addr" "$msec" "$request" "$http_referer" "$http_user_agent"',
    'escape=json {"a":"$remote_addr","t":"$msec","u":"$http_user_agent","s":$status}',
)
_TIMES = {"clf": "19/Nov/2026:09:15:00 +0900", "iso": "2026-11-19T09:15:00+09:00",
          "epoch_s": "1795047300.000"}  # fmt: skip
_PLAIN = {"status": "200", "bytes": "512", "port": "443", "number": "12"}


def _escaped(text: str) -> str:
    """As httpd writes a field: quotes, backslashes and control characters escaped."""
    return re.sub(
        r'[\x00-\x1f\x7f"\\]',
        lambda match: f"\\{match[0]}" if match[0] in '"\\' else f"\\x{ord(match[0]):02x}",
        text,
    )


def _rendered(
    data: st.DataObject, pieces: tuple[Piece, ...], *, is_json: bool
) -> tuple[str, dict[str, Any]]:
    line, fields, is_quoted = "", {}, False
    for piece in pieces:
        if not piece.is_field:
            line += piece.text
            is_quoted ^= piece.text.count('"') % 2 == 1
            continue
        if piece.kind == "time":
            value = written = _TIMES[piece.form]
        elif piece.kind in _PLAIN:
            value = written = _PLAIN[piece.kind]
        elif is_quoted and piece.kind in {"text", "list"}:
            value = data.draw(_TEXT)
            written = json.dumps(value, ensure_ascii=False)[1:-1] if is_json else _escaped(value)
        else:
            value = written = data.draw(_WORD)
        line += written
        if piece.name:
            fields[piece.name] = value
    return line, fields


@pytest.mark.parametrize("form", _STRINGS)
@given(data=st.data())
def test_fields_come_back_as_they_were_written(form: str, data: st.DataObject) -> None:
    """Random fields, escaped as the server does, are split and unescaped to what they were."""
    splitter = format_of(form).splitter
    assert isinstance(splitter, LayoutSplitter)
    layout = splitter.layout
    is_json = layout.escapes == "json"
    line, fields = _rendered(data, layout.pieces, is_json=is_json)
    (row,) = format_of(form).split(pl.Series("line", [line])).to_dicts()
    assert row.pop("reason") is None
    undo = (lambda text: text) if is_json else unescape
    assert {name: undo(text) for name, text in row.items()} == fields


@given(
    st.from_regex(r"[a-z0-9/?=%._~ -]{1,40}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9;:(). /-]{0,40}", fullmatch=True),
)
def test_all_ways_to_split_agree(target: str, agent: str) -> None:
    """A line without escapes gives the same fields in bulk, by expression and with care."""
    line = f'192.0.2.1 - - {_STAMP} "GET /{target} HTTP/1.1" 200 1 "-" "{agent}"'
    splitter = format_of("combined").splitter
    assert isinstance(splitter, LayoutSplitter)
    fields, reason = split_carefully(line, splitter.layout)
    assert splitter.split(pl.Series([line])).to_dicts() == [{**fields, "reason": reason}]
    groups = pl.Series([line]).str.extract_groups(splitter.layout.strict)
    assert list(groups[0].values())[1:] == list(fields.values())


@pytest.mark.parametrize("name", list(catalogue()))
@settings(max_examples=settings().max_examples // 2)  # of each format
@given(data=st.data())
def test_any_text_is_split_or_rejected(name: str, data: st.DataObject) -> None:
    """Noise, and a good line with noise within, give a row each and no crash."""
    line = catalogue()[name].examples[0].line
    cut = data.draw(st.integers(0, len(line)))
    noise = data.draw(_NOISE)
    lines = pl.Series("line", [noise, line[:cut] + noise + line[cut:], line[:cut], line])
    form = format_of(name)
    frame = form.split(lines)
    assert frame.columns == [*form.fields, "reason"] or set(frame.columns) == {
        *form.fields, "reason",
    }  # fmt: skip
    assert len(frame) == len(lines)
    assert len(form.fits(lines)) == len(lines)


@given(st.lists(_NOISE, max_size=5))
def test_every_line_is_record_reject_or_comment(noise: list[str]) -> None:
    """Nothing is lost where `auto` judges a file of noise."""
    lines = [text.replace("\n", "") for text in noise]
    records, reasons, _ = parsed("\n".join(lines))
    comments = sum(
        not text.strip() or (text.startswith("#") and '"' not in text) for text in lines or [""]
    )
    assert len(records) + len(reasons) + comments == max(1, len(lines))


@pytest.mark.parametrize("prefix", PREFIXES)
@given(lines=st.lists(_NOISE | st.sampled_from([
    '{"log":"a\\n","time":"x"}', '{"log":"a","time":"x"}', "2026-11-19T00:15:00.1Z stdout P a",
    "2026-11-19T00:15:00.1Z stdout F a", "<1>Nov 19 09:15:00 h t: a",
]), min_size=1, max_size=8))  # fmt: skip
def test_prefix_is_taken_off_any_lines(prefix: str, lines: list[str]) -> None:
    """As many lines come out as went in, whatever they hold."""
    bare, is_part = without_prefix(pl.Series("line", lines), prefix)
    assert len(bare) == len(is_part) == len(lines)
    assert bare.null_count() == 0


@given(_TEXT)
def test_text_of_json_is_unescaped(text: str) -> None:
    """Any text comes back from the string that a JSON writer makes of it."""
    assert json_unescape(json.dumps(text)[1:-1]) == text
    assert json_unescape(json.dumps(text, ensure_ascii=False)[1:-1]) == text
