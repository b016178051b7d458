# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results as bars in an SVG picture."""

from collections.abc import Sequence
from html import escape

from contest import Outcome, Result
from peers import CONTENDERS, OURS

_BARS, _VALUES = 520, 130  # widths; labels take what the longest needs
_LETTER = 6.6
_BAR, _GAP, _HEAD = 15, 12, 74
_MOST = 2.0  # a bar that is longer is cut
# Ours is the dark one; the others are told apart by hue and lightness.
_COLOURS = {
    OURS: "#0b3954",
    "eager": "#c1666b",
    "inductor": "#e0a458",
    "onnxruntime": "#6a8d73",
    "openvino": "#7d98c4",
    "iree": "#a78bb3",
}


def draw(results: Sequence[Result], title: str) -> str:
    """Horizontal bars: calls a second of each contender, relative to the fastest peer's."""
    names = [n for n in CONTENDERS if any(n in result.outcomes for result in results)]
    labels = [f"{result.case}, threads: {result.threads}" for result in results]
    left = round(_LETTER * max(map(len, labels), default=0)) + 24
    shapes: list[str] = []
    top = _HEAD
    for result, label in zip(results, labels, strict=True):
        rows = [name for name in names if name in result.outcomes]
        middle = top + _BAR * len(rows) / 2
        shapes.append(_text(left - 10, middle + 4, label, 'text-anchor="end"'))
        for name in rows:
            shapes += _bar(result, name, left, top)
            top += _BAR
        top += _GAP
    width = left + _BARS + _VALUES
    one = left + _BARS / _MOST
    line = f'<line x1="{one:g}" y1="{_HEAD - 8}" x2="{one:g}" y2="{top}" stroke="#444"/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top + 10}" '
            f'viewBox="0 0 {width} {top + 10}" font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{top + 10}" fill="#ffffff"/>',
            _text(12, 22, title, 'font-size="15" font-weight="bold"'),
            _text(one + 4, _HEAD - 12, "the fastest peer; longer is faster"),
            *_legend(names),
            *shapes,
            line,
            "</svg>\n",
        ]
    )


def _bar(result: Result, name: str, left: float, top: float) -> list[str]:
    outcome = result.outcomes[name]
    if outcome.failure is not None:
        return [_text(left + 4, top + 11, f"{CONTENDERS[name].title} failed", 'fill="#777"')]
    speed = _speed(result, outcome)
    width = _BARS * min(speed, _MOST) / _MOST
    value = f"{1e3 * outcome.seconds:.3g} ms" + (f" ({speed:.1f}×)" if speed > _MOST else "")
    return [
        f'<rect x="{left}" y="{top + 1:g}" width="{width:.1f}" height="{_BAR - 2}" '
        f'fill="{_COLOURS[name]}"/>',
        _text(left + width + 5, top + 11, value, 'font-size="10"'),
    ]


def _speed(result: Result, outcome: Outcome) -> float:
    """Relative to the fastest peer; to the contender itself where it has none."""
    best = result.best_peer
    return result.outcomes[best].seconds / outcome.seconds if best else 1.0


def _legend(names: Sequence[str]) -> list[str]:
    shapes, left = [], 12
    for name in names:
        title = CONTENDERS[name].title
        shapes.append(f'<rect x="{left}" y="34" width="10" height="10" fill="{_COLOURS[name]}"/>')
        shapes.append(_text(left + 15, 43, title))
        left += 32 + 7 * len(title)
    return shapes


def _text(x: float, y: float, text: str, attributes: str = "") -> str:
    space = f" {attributes}" if attributes else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{space}>{escape(text)}</text>'
