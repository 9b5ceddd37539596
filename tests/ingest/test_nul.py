r"""NUL comes in by many doors, and out by none: it stays the text `\x00`."""

import polars as pl
import pytest

from pipelines.enrich.resource import ResourceMatcher
from pipelines.formats.unescape import json_unescape, unescape
from pipelines.formats.w3c import _percent_decoded
from pipelines.settings.model import Resource


@pytest.mark.parametrize("undo", [unescape, json_unescape])
def test_escapes_of_nul_stay(undo: object) -> None:
    """Whatever else in the text is undone."""
    assert callable(undo)
    assert "\0" not in undo(r"a\x00\u0000\"")
    assert unescape(r"a\x00\x41") == r"a\x00A"
    assert json_unescape(r"a\u0000\u0041") == r"a\x00A"


def test_percent_decoded_agents_hold_none() -> None:
    """As IIS and CloudFront log them."""
    assert _percent_decoded(pl.Series(["a%00b+"])).to_list() == [r"a\x00b+"]


def test_subjects_hold_none() -> None:
    """A path is resolved as the server would, and whose data it asks for is kept without NUL."""
    customer = Resource(id="customer", kind="record", path="/customers/{subject}", level=3)
    requests = pl.DataFrame(
        {"method": ["GET"], "url_path": ["/customers/7%00"], "url_query": [None], "status": [200]},
        schema_overrides={"url_query": pl.String, "status": pl.UInt16},
    )
    assert ResourceMatcher([customer]).match(requests).get_column("subject_id").item() == "7"
