"""A chart of horizontal bars, as SVG."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

WIDTH: Final = 820
LABEL_WIDTH: Final = 300
BAR_HEIGHT: Final = 20
ROW_HEIGHT: Final = 26
OURS: Final = "Tonearm"


def draw(title: str, subtitle: str, series: Mapping[str, Mapping[str, float]]) -> str:
    """A group of bars for each series; values are shares, where 1 is the full width."""
    parts: list[str] = []
    y = 62
    for name, values in series.items():
        parts.append(f'<text x="16" y="{y + 14}" class="group">{escape(name)}</text>')
        y += ROW_HEIGHT
        for label, value in values.items():
            parts += _bar(label, value, y)
            y += ROW_HEIGHT
        y += ROW_HEIGHT // 2
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img">',
            "<style>text { font: 13px sans-serif; fill: #222 } .title { font-size: 17px }",
            ".group { font-weight: bold } .end { text-anchor: end } .small { fill: #666 }</style>",
            f'<rect width="{WIDTH}" height="{y}" fill="#fff"/>',
            f'<text x="16" y="28" class="title">{escape(title)}</text>',
            f'<text x="16" y="47" class="small">{escape(subtitle)}</text>',
            *parts,
            "</svg>\n",
        ]
    )


def _bar(label: str, value: float, y: int) -> Iterator[str]:
    full = WIDTH - LABEL_WIDTH - 80
    color = "#d9480f" if label == OURS else "#8fa3b8"
    baseline = y + BAR_HEIGHT - 5
    yield f'<text x="{LABEL_WIDTH}" y="{baseline}" class="end">{escape(label)}</text>'
    yield (
        f'<rect x="{LABEL_WIDTH + 10}" y="{y}" width="{max(value * full, 1):.0f}" '
        f'height="{BAR_HEIGHT}" fill="{color}"/>'
    )
    yield f'<text x="{LABEL_WIDTH + 18 + value * full:.0f}" y="{baseline}">{value:.2f}</text>'
