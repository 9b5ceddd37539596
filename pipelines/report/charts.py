"""Small charts as inline SVG: values in, a string out; no script, no style sheet, no colour.

All marks are drawn in `currentColor` at different strengths, the expected range is hatched and
the examined value is solid and labelled, so that a chart reads the same in light, dark and print.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from markupsafe import Markup

_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 10.0, 18.0, 18.0
_BAR_SHARE = 0.72
_BAR_MAX = 26.0
_FONT = 10
_STRONG = 'font-weight="700"'
_QUOTE = {'"': "&quot;"}
_HATCH = (
    '<pattern id="{ident}-h" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><path d="M0 0V6" stroke="currentColor"'
    ' stroke-opacity=".28"/></pattern>'
)


@dataclass(frozen=True)
class Chart:
    """A chart, and the same in words."""

    svg: Markup
    alternative: str


@dataclass(frozen=True)
class Bar:
    """One bar: its place on the axis, its value (at least 0), its value in words.

    `extra` (at least 0) stands on top of the value, hatched.
    """

    at: int
    value: float
    label: str
    extra: float = 0


@dataclass(frozen=True)
class Tick:
    """A label below the axis."""

    at: int
    text: str


@dataclass(frozen=True)
class Caption:
    """What a chart says to those who do not see it, and the name of its expected range."""

    title: str
    description: str
    upper: str = ""


@dataclass(frozen=True)
class Size:
    """Width and height in CSS pixels at the chart's natural size."""

    width: int = 440
    height: int = 132


def bar_chart(
    bars: Sequence[Bar],
    ticks: Sequence[Tick],
    caption: Caption,
    ident: str,
    *,
    marked: int | None = None,
    upper: float | None = None,
    expected: float | None = None,
    places: tuple[int, int] | None = None,
    gaps: Sequence[int] = (),
    size: Size | None = None,
) -> str:
    """Return the chart as an `<svg>` element; `ident` makes its ids unique on the page.

    Places run from the first to the last of `bars`, or over `places`; a place without a bar stays
    empty, a bar of nought shows as a tick, `gaps` are hatched from top to bottom. `marked` is the
    place of the examined day. `upper` ends the hatched range of what was expected, `expected` is
    its middle. No bars give an empty string.
    """
    if not bars:
        return ""
    box = size or Size()
    first, last = places or (min(bar.at for bar in bars), max(bar.at for bar in bars))
    top = _nice(max([bar.value + bar.extra for bar in bars] + [upper or 0, expected or 0]))
    scale = f"{top:,.0f}" if top >= 1 else f"{top:g}"
    start = max(_LEFT, 2 * _half_width(scale) + 7)
    slot = (box.width - start - _RIGHT) / (last - first + 1)
    floor = box.height - _BOTTOM

    def x(at: int) -> float:
        return start + (at - first + 0.5) * slot

    def y(value: float) -> float:
        return floor - value / top * (floor - _TOP)

    edge = box.width - _RIGHT
    parts = [
        _opening(box, caption, ident),
        _HATCH.format(ident=ident),
        _text(start - 5, _TOP + 3, scale, "end"),
        _text(start - 5, floor + 3, "0", "end"),
        _line(start, edge, _TOP, 'stroke-opacity=".18"'),
    ]
    if upper is not None and upper > 0:
        parts.append(_hatched(ident, start, y(upper), edge - start, floor))
        parts.append(_line(start, edge, y(upper), 'stroke-dasharray="4 3" stroke-opacity=".75"'))
    parts.extend(_hatched(ident, x(at) - slot / 2, _TOP, slot, floor) for at in gaps)
    width = min(slot * _BAR_SHARE, _BAR_MAX)
    for bar in bars:
        left, head = x(bar.at) - width / 2, min(y(bar.value), floor - 1)
        strength = "" if bar.at == marked else 'fill-opacity=".36"'
        parts.append(_rect(left, head, width, floor, strength))
        if bar.extra > 0:
            foot, head = head, y(bar.value + bar.extra)
            parts.append(_rect(left, head, width, foot, _outlined(ident)))
        if bar.at == marked:
            middle = min(x(bar.at), box.width - 2 - _half_width(bar.label))
            parts.append(_text(middle, head - 5, bar.label, "middle", _STRONG))
    if expected is not None and expected > 0:
        parts.append(_line(start, edge, y(expected), 'stroke-opacity=".6"'))
    if upper is not None and upper > 0 and caption.upper:
        parts.append(_text(start + 4, y(upper) - 4, caption.upper, "start"))
    parts.append(_line(start, edge, floor, 'stroke-opacity=".7"'))
    parts.extend(
        _tick(tick, x(tick.at), box.height - 5, (first, last), (start, edge)) for tick in ticks
    )
    parts.append("</svg>")
    return "".join(parts)


@dataclass(frozen=True)
class Range:
    """Where others stand: their middle, what nine of ten keep within, and their highest value."""

    median: float
    high: float
    highest: float


def strip_chart(value: float, label: str, others: Range, caption: Caption, ident: str) -> str:
    """Return one value among others as a strip of 440 by 62 pixels, from nought to the highest.

    Hatched: nine of ten of the others. A line across it: their middle. A ring: the highest of
    them. The value itself is a solid diamond with `label`; all values are at least 0.
    """
    box = Size(height=62)
    top = _nice(max(value, others.highest))
    left, right, middle = 12.0, box.width - 12.0, 32.0

    def x(of: float) -> float:
        return left + of / top * (right - left)

    at = x(value)
    half = _half_width(label)
    place = min(max(at, half + 2), box.width - half - 2)
    marks = (
        f'<path d="M{x(others.median):.1f} {middle - 11:.1f}v22" stroke="currentColor"'
        f' stroke-width="2"/><circle cx="{x(others.highest):.1f}" cy="{middle:.1f}" r="4.5"'
        f' fill="none" stroke="currentColor" stroke-width="1.6"/>'
        f'<path d="M{at:.1f} {middle - 7:.1f}l6 7l-6 7l-6 -7z"/>'
    )
    parts = [
        _opening(box, caption, ident),
        _HATCH.format(ident=ident),
        _rect(left, middle - 8, max(x(others.high) - left, 1), middle + 8, _outlined(ident)),
        _line(left, right, middle, 'stroke-opacity=".35"'),
        marks,
        _text(place, middle - 15, label, "middle", _STRONG),
        _text(left, box.height - 4, "0", "middle"),
        _text(right + 6, box.height - 4, f"{top:,.0f}", "end"),
        "</svg>",
    ]
    return "".join(parts)


def sparkline(values: Sequence[float], label: str) -> str:
    """Return values (at least 0) as a line of 100 by 20 pixels, the last one as a dot.

    Fewer than two values give an empty string.
    """
    if len(values) < 2:  # noqa: PLR2004 - one point is no line
        return ""
    top = max(values) or 1.0
    step = 96 / (len(values) - 1)
    points = [(2 + at * step, 18 - 16 * value / top) for at, value in enumerate(values)]
    line = "L".join(f"{x:.0f} {y:.0f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="spark" viewBox="0 0 102 20" role="img" aria-label="{escape(label, _QUOTE)}">'
        f'<path d="M{line}" fill="none" stroke="currentColor" stroke-width="1.2"/>'
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="2.4" fill="currentColor"/></svg>'
    )


def _opening(box: Size, caption: Caption, ident: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {box.width} {box.height}" role="img"'
        f' aria-labelledby="{ident}-t {ident}-d" fill="currentColor" font-size="{_FONT}">'
        f'<title id="{ident}-t">{escape(caption.title)}</title>'
        f'<desc id="{ident}-d">{escape(caption.description)}</desc>'
    )


def _hatched(ident: str, x: float, top: float, width: float, floor: float) -> str:
    return _rect(x, top, width, floor, f'fill="url(#{ident}-h)"')


def _outlined(ident: str) -> str:
    """Hatched within a line, to stand apart from what lies beside it."""
    return f'fill="url(#{ident}-h)" stroke="currentColor" stroke-width=".7"'


def _rect(x: float, top: float, width: float, foot: float, look: str) -> str:
    place = f'x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{foot - top:.1f}"'
    return f"<rect {place} {look}/>"


def _tick(tick: Tick, x: float, y: float, ends: tuple[int, int], edges: tuple[float, float]) -> str:
    first, last = ends
    if first != last and tick.at == first:
        return _text(edges[0], y, tick.text, "start")
    if first != last and tick.at == last:
        return _text(edges[1], y, tick.text, "end")
    return _text(x, y, tick.text, "middle")


def _text(x: float, y: float, text: str, anchor: str, look: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f"<text {place} {look}>{escape(text)}</text>"


def _half_width(text: str) -> float:
    """Half of a label's likely width: Latin is a little over half as wide as it is high."""
    return sum(1.0 if character > "\u2fff" else 0.6 for character in text) * _FONT / 2


def _line(x1: float, x2: float, y: float, look: str) -> str:
    return f'<path d="M{x1:.1f} {y:.1f}H{x2:.1f}" stroke="currentColor" fill="none" {look}/>'


def _nice(value: float) -> float:
    """The next of 1, 2, 3, 4, 5, 6, 8 times a power of ten from `value` up; 1 for nought.

    A number so small that powers of ten near it are rounded to nought counts as nought.
    """
    if value < sys.float_info.min:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9)
    )
