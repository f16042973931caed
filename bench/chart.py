"""Bar charts of ratios as SVG, readable on light and on dark pages."""

from collections.abc import Callable, Sequence
from html import escape
from math import ceil, log10

from bench.ratios import Ratio, meets_goal

WIDTH = 900
_LABELS = 430
_ROW = 26
_TOP = 34
_BOTTOM = 30
_RIGHT = 60
# A ratio beyond is drawn cut off, as its label still says what it is.
_MOST = 100.0
_LEAST = 0.01
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #6e7781; }
  .title { font-weight: 600; }
  .grid { stroke: #8c959f; stroke-opacity: .35; }
  .equal { stroke: #6e7781; }
  .bar { fill: #0969da; } .met { fill: #1a7f37; } .missed { fill: #bc4c00; }
  .goal { stroke: #8250df; stroke-width: 2; }
  .range { stroke: #6e7781; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #b1bac4; } .equal, .range { stroke: #b1bac4; }
    .bar { fill: #58a6ff; } .met { fill: #3fb950; } .missed { fill: #f0883e; }
    .goal { stroke: #bc8cff; }
  }
"""


def draw_chart(title: str, ratios: Sequence[Ratio]) -> str:
    """Return bars on a logarithmic scale, from 1 (as the reference) to the left or the right."""
    low, high = _bounds(ratios)
    height = _TOP + _ROW * len(ratios) + _BOTTOM

    def x(value: float) -> float:
        share = (log10(min(max(value, low), high)) - log10(low)) / (log10(high) - log10(low))
        return round(_LABELS + share * (WIDTH - _LABELS - _RIGHT), 1)

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img">'
        ),
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="8" y="20">{escape(title)}</text>',
    ]
    bottom = height - _BOTTOM
    for value in _ticks(low, high):
        kind = "equal" if value == 1 else "grid"
        parts += [
            f'<line class="{kind}" x1="{x(value)}" y1="{_TOP}" x2="{x(value)}" y2="{bottom}"/>',
            f'<text x="{x(value)}" y="{bottom + 16}" text-anchor="middle">{value:g}</text>',
        ]
    for number, ratio in enumerate(ratios):
        parts += _draw_bar(ratio, _TOP + number * _ROW, x)
    return "\n".join([*parts, "</svg>", ""])


def _draw_bar(ratio: Ratio, top: float, x: Callable[[float], float]) -> list[str]:
    middle, is_met = top + _ROW / 2, meets_goal(ratio)
    kind = "bar" if is_met is None else "met" if is_met else "missed"
    start, end = sorted((x(1), x(ratio.ratio)))
    label = f"{ratio.case.name} / {ratio.case.reference}"
    if ratio.case.is_lower_better:
        label += " (lower is better)"
    furthest = max(end, x(ratio.highest))
    parts = [
        f'<text x="8" y="{middle + 4}">{escape(label)}</text>',
        (
            f'<rect class="{kind}" x="{start}" y="{top + 5}" width="{max(end - start, 1):.1f}" '
            f'height="{_ROW - 10}"/>'
        ),
        (
            f'<line class="range" x1="{x(ratio.lowest)}" y1="{middle}" x2="{x(ratio.highest)}" '
            f'y2="{middle}"/>'
        ),
        f'<text x="{furthest + 6}" y="{middle + 4}">{ratio.ratio:.2f}</text>',
    ]
    if ratio.case.goal is not None:
        at = x(ratio.case.goal)
        parts.append(
            f'<line class="goal" x1="{at}" y1="{top + 3}" x2="{at}" y2="{top + _ROW - 3}"/>'
        )
    return parts


def _bounds(ratios: Sequence[Ratio]) -> tuple[float, float]:
    values = [1.0]
    for ratio in ratios:
        values += [ratio.ratio, ratio.lowest, ratio.highest, ratio.case.goal or 1.0]
    low = 10 ** ((ceil(log10(max(min(values), _LEAST)) * 2 - 1)) / 2)
    high = 10 ** (ceil(log10(min(max(values), _MOST)) * 2 + 0.01) / 2)
    return low, high


def _ticks(low: float, high: float) -> list[float]:
    steps = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
    return [step for step in steps if low <= step <= high]
