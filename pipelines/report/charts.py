"""Small bar charts as inline SVG: values in, a string out; no script, no style sheet, no colour.

All marks are drawn in `currentColor` at different strengths, the expected range is hatched and
the examined day is solid and labelled, so that a chart reads the same in light, dark and print.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 10.0, 18.0, 18.0
_BAR_SHARE = 0.72
_BAR_MAX = 26.0
_FONT = 10
_QUOTE = {'"': "&quot;"}
_HATCH = (
    '<pattern id="{ident}-h" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><path d="M0 0V6" stroke="currentColor"'
    ' stroke-opacity=".28"/></pattern>'
)


@dataclass(frozen=True)
class Bar:
    """One bar: its place on the axis, its value (at least 0), its value in words."""

    at: int
    value: float
    label: str


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
    slot = (box.width - _LEFT - _RIGHT) / (last - first + 1)
    top = _nice(max([bar.value for bar in bars] + [upper or 0, expected or 0]))
    floor = box.height - _BOTTOM

    def x(at: int) -> float:
        return _LEFT + (at - first + 0.5) * slot

    def y(value: float) -> float:
        return floor - value / top * (floor - _TOP)

    opening = (
        f'<svg class="chart" viewBox="0 0 {box.width} {box.height}" role="img"'
        f' aria-labelledby="{ident}-t {ident}-d" fill="currentColor" font-size="{_FONT}">'
        f'<title id="{ident}-t">{escape(caption.title)}</title>'
        f'<desc id="{ident}-d">{escape(caption.description)}</desc>'
    )
    edge = box.width - _RIGHT
    parts = [
        opening,
        _text(_LEFT - 5, _TOP + 3, f"{top:,.0f}" if top >= 1 else f"{top:g}", "end"),
        _text(_LEFT - 5, floor + 3, "0", "end"),
        _line(_LEFT, edge, _TOP, 'stroke-opacity=".18"'),
    ]
    if gaps or upper:
        parts.append(_HATCH.format(ident=ident))
    if upper is not None and upper > 0:
        parts.append(_hatched(ident, _LEFT, y(upper), edge - _LEFT, floor))
        parts.append(_line(_LEFT, edge, y(upper), 'stroke-dasharray="4 3" stroke-opacity=".75"'))
    parts.extend(_hatched(ident, x(at) - slot / 2, _TOP, slot, floor) for at in gaps)
    width = min(slot * _BAR_SHARE, _BAR_MAX)
    for bar in bars:
        height = max(floor - y(bar.value), 1.0)
        strength = "" if bar.at == marked else ' fill-opacity=".36"'
        parts.append(
            f'<rect x="{x(bar.at) - width / 2:.1f}" y="{floor - height:.1f}" width="{width:.1f}"'
            f' height="{height:.1f}"{strength}/>'
        )
        if bar.at == marked:
            middle = min(x(bar.at), box.width - 2 - _half_width(bar.label))
            parts.append(
                _text(middle, floor - height - 5, bar.label, "middle", 'font-weight="700"')
            )
    if expected is not None and expected > 0:
        parts.append(_line(_LEFT, edge, y(expected), 'stroke-opacity=".6"'))
    if upper is not None and upper > 0 and caption.upper:
        parts.append(_text(_LEFT + 4, y(upper) - 4, caption.upper, "start"))
    parts.append(_line(_LEFT, edge, floor, 'stroke-opacity=".7"'))
    parts.extend(_tick(tick, x(tick.at), box, first, last) for tick in ticks)
    parts.append("</svg>")
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


def _hatched(ident: str, x: float, top: float, width: float, floor: float) -> str:
    return (
        f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{floor - top:.1f}"'
        f' fill="url(#{ident}-h)"/>'
    )


def _tick(tick: Tick, x: float, box: Size, first: int, last: int) -> str:
    anchor = (
        "start" if tick.at == first != last else "end" if tick.at == last != first else "middle"
    )
    place = {"start": _LEFT, "end": box.width - _RIGHT, "middle": x}[anchor]
    return _text(place, box.height - 5, tick.text, anchor)


def _text(x: float, y: float, text: str, anchor: str, look: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f"<text {place} {look}>{escape(text)}</text>"


def _half_width(text: str) -> float:
    """Half of a label's likely width: Latin is a little over half as wide as it is high."""
    return sum(1.0 if character > "\u2fff" else 0.6 for character in text) * _FONT / 2


def _line(x1: float, x2: float, y: float, look: str) -> str:
    return f'<path d="M{x1:.1f} {y:.1f}H{x2:.1f}" stroke="currentColor" fill="none" {look}/>'


def _nice(value: float) -> float:
    """The next of 1, 2, 3, 4, 5, 6, 8 times a power of ten from `value` up; 1 for nought."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9)
    )
