"""The chart of a soak: answers, times, memory and connections, minute by minute."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Final

WIDTH: Final = 900
PANEL: Final = 120
LEFT: Final = 90
GAP: Final = 46
COLOURS: Final = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#17becf")

Point = tuple[float, float]


def draw(result: Mapping[str, Any]) -> str:
    """An SVG; times in seconds from the begin, faults as grey bands."""
    total = 60.0 * result["minutes"]
    per_minute = list(enumerate(result["per_minute"]))
    failures = {
        outcome: [(60.0 * at + 30, minute["outcomes"].get(outcome, 0)) for at, minute in per_minute]
        for outcome in sorted({key for _, one in per_minute for key in one["outcomes"]} - {"ok"})
    }
    answered = [(60.0 * at + 30, minute["outcomes"].get("ok", 0)) for at, minute in per_minute]
    workers: dict[str, list[Point]] = {}
    for sample in result["samples"]:
        for worker, size in sample["memory"].items():
            workers.setdefault(worker, []).append((sample["second"], size / 2**20))
    connections = [
        (one["second"], one["connections"])
        for one in result["samples"]
        if one["connections"] is not None
    ]
    panels: list[tuple[str, dict[str, list[Point]]]] = [
        ("answers a minute", {"ok": answered}),
        ("errors a minute, by code", failures),
        (
            "milliseconds",
            {
                name: [
                    (60.0 * at + 30, minute[f"{name}_ms"])
                    for at, minute in per_minute
                    if minute[f"{name}_ms"] is not None
                ]
                for name in ("p50", "p99")
            },
        ),
        ("memory of each worker, MiB", workers),
        ("connections to PostgreSQL", {"connections": connections}),
    ]
    height = 40 + len(panels) * (PANEL + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="14">A soak of {result["minutes"]} minutes, a fault '
        f"every minute: {result['acknowledged']:,} writes acknowledged, {len(result['lost'])} lost"
        "</text>",
    ]
    for number, (title, lines) in enumerate(panels):
        top = 40 + number * (PANEL + GAP)
        parts += _panel(title, lines, top, total, result["faults"], named=len(lines) < 7)
    return "\n".join([*parts, "</svg>\n"])


def _panel(
    title: str,
    lines: Mapping[str, Sequence[Point]],
    top: float,
    total: float,
    faults: Sequence[Mapping[str, Any]],
    *,
    named: bool,
) -> list[str]:
    most = max((value for line in lines.values() for _, value in line), default=0) or 1

    def x(second: float) -> float:
        return round(LEFT + (WIDTH - LEFT - 20) * second / total, 1)

    def y(value: float) -> float:
        return round(top + PANEL - PANEL * value / most, 1)

    parts = [f'<text x="{LEFT}" y="{top - 5}">{escape(title)}</text>']
    for fault in faults:
        wide = max(1.0, x(fault["until"]) - x(fault["at"]))
        parts.append(
            f'<rect x="{x(fault["at"])}" y="{top}" width="{wide}" height="{PANEL}" '
            f'fill="#ddd"><title>{escape(fault["name"])}</title></rect>'
        )
    for value in (0, most):
        parts.append(
            f'<text x="{LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{value:,.0f}</text>'
        )
        parts.append(f'<path d="M{LEFT} {y(value)}H{WIDTH - 20}" stroke="#aaa"/>')
    for number, (name, line) in enumerate(lines.items()):
        parts += _line(name, line, COLOURS[number % len(COLOURS)], x, y)
        if named:
            parts.append(
                f'<text x="{LEFT + 200 + 110 * number}" y="{top - 5}" '
                f'fill="{COLOURS[number % len(COLOURS)]}">{escape(name)}</text>'
            )
    return parts


def _line(
    name: str,
    line: Sequence[Point],
    colour: str,
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> list[str]:
    points = " ".join(f"{x(second)},{y(value)}" for second, value in line)
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5">'
        f"<title>{escape(name)}</title></polyline>"
    ]
