"""Charts: values in, well-formed and accessible SVG out."""

import math
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.report.charts import Bar, Caption, Tick, bar_chart

SVG = "{http://www.w3.org/2000/svg}"
CAPTION = Caption(title="題 & <title>", description="説明 <desc>", upper="上限 60")


def _chart(bars: list[Bar], **options: Any) -> ET.Element:
    svg = bar_chart(bars, [Tick(bars[0].at, "はじめ")], CAPTION, "c1", **options)
    return ET.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314 - our own chart


def test_a_chart_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    """Title and description are elements that the picture is labelled by, escaped."""
    root = _chart([Bar(1, 3, "3")])
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "c1-t c1-d"
    assert root.findtext(f"{SVG}title") == "題 & <title>"
    assert root.findtext(f"{SVG}desc") == "説明 <desc>"


def test_the_examined_day_is_solid_and_labelled_and_the_past_is_faint() -> None:
    """Strength and label tell the day from the past, no colour is needed."""
    root = _chart([Bar(1, 10, "10"), Bar(2, 20, "20"), Bar(4, 342, "342")], marked=4)
    bars = root.findall(f"{SVG}rect")
    assert [bar.get("fill-opacity") for bar in bars] == [".36", ".36", None]
    assert "342" in [text.text for text in root.findall(f"{SVG}text")]
    assert "20" not in [text.text for text in root.findall(f"{SVG}text")]
    assert "fill" not in {key for bar in bars for key in bar.keys()}  # noqa: SIM118 - an Element


def test_the_expected_range_is_hatched_up_to_its_upper_end() -> None:
    """The range runs from nought to `upper`, with a dashed edge and its name."""
    root = _chart([Bar(1, 10, "10"), Bar(2, 80, "80")], upper=60, expected=22)
    hatched = [one for one in root.findall(f"{SVG}rect") if one.get("fill") == "url(#c1-h)"]
    assert len(hatched) == 1
    assert [one.get("id") for one in root.findall(f".//{SVG}pattern")] == ["c1-h"]
    assert "上限 60" in [text.text for text in root.findall(f"{SVG}text")]
    assert any(path.get("stroke-dasharray") for path in root.findall(f"{SVG}path"))


def test_gaps_are_hatched_from_top_to_bottom() -> None:
    """Hours without records are marked, so that missing does not look like none."""
    root = _chart([Bar(0, 5, "5"), Bar(23, 5, "5")], places=(0, 23), gaps=(13, 14, 15))
    hatched = [one for one in root.findall(f"{SVG}rect") if one.get("fill") == "url(#c1-h)"]
    assert len(hatched) == 3
    assert len({one.get("height") for one in hatched}) == 1


def test_days_without_a_value_leave_their_place_empty() -> None:
    """The axis is time: a pause of ten days is ten places wide."""
    near, far, next_to_far = _x(_chart([Bar(1, 1, ""), Bar(11, 1, ""), Bar(12, 1, "")]))
    assert far - near == pytest.approx(10 * (next_to_far - far), abs=0.5)


def test_no_values_give_no_chart() -> None:
    """Nothing to show is an empty string, not an empty frame."""
    assert bar_chart([], [], CAPTION, "c1") == ""


@settings(deadline=None)  # no test depends on the machine's speed
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.floats(0, 1e12)),
        min_size=1,
        max_size=60,
        unique_by=lambda pair: pair[0],
    ),
    st.none() | st.floats(0, 1e12),
    st.text(max_size=40).filter(str.isprintable),
)
@example([(0, 5e-324)], None, "")
def test_every_bar_lies_within_the_picture(
    pairs: list[tuple[int, float]], upper: float | None, label: str
) -> None:
    """Whatever the values, the chart is well-formed and nothing sticks out of it."""
    root = _chart([Bar(at, value, label) for at, value in pairs], upper=upper, marked=pairs[0][0])
    _, _, width, height = (float(part) for part in str(root.get("viewBox")).split())
    bars = root.findall(f"{SVG}rect")
    assert len(bars) >= len(pairs)
    for bar in bars:
        x, y, w, h = (float(str(bar.get(name))) for name in ("x", "y", "width", "height"))
        assert all(math.isfinite(one) for one in (x, y, w, h))
        assert x >= 0
        assert x + w <= width
        assert y >= 0
        assert y + h <= height


def _x(root: ET.Element) -> list[float]:
    return [float(str(bar.get("x"))) for bar in root.findall(f"{SVG}rect")]
