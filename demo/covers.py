"""A cover for each album: a picture drawn by rule from its name and its hue."""

import colorsys
import io
import math
import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from demo.catalogue import Album

SIZE: Final = 640
"""Pixels a side."""

_Draw = Callable[[ImageDraw.ImageDraw, random.Random, float], None]


def _color(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _hills(draw: ImageDraw.ImageDraw, chance: random.Random, hue: float) -> None:
    x, y, radius = chance.uniform(300, 1000), chance.uniform(220, 420), 120
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_color(hue + 0.5, 0.25, 1))
    for layer in range(6):
        base = 520 + layer * 130
        phases = [chance.uniform(0, math.tau) for _ in range(3)]
        line = [
            (
                px,
                base
                - sum(
                    70 / (k + 1) * math.sin(px * (k + 1) / 260 + p) for k, p in enumerate(phases)
                ),
            )
            for px in range(0, 1281, 8)
        ]
        draw.polygon(
            [(0, 1280), *line, (1280, 1280)],
            fill=_color(hue + 0.015 * layer, 0.6, 0.75 - layer * 0.1),
        )


def _rings(draw: ImageDraw.ImageDraw, chance: random.Random, hue: float) -> None:
    x, y = chance.uniform(400, 880), chance.uniform(400, 880)
    for ring in range(13, 0, -1):
        radius = ring * 62
        shade = 0.35 + 0.6 * (ring % 3) / 2
        start = chance.uniform(0, 360)
        draw.pieslice(
            (x - radius, y - radius, x + radius, y + radius),
            start,
            start + chance.uniform(150, 330),
            fill=_color(hue + 0.012 * ring, 0.55, shade),
        )


def _polygons(draw: ImageDraw.ImageDraw, chance: random.Random, hue: float) -> None:
    for i in range(14):
        radius, turn = 620 - i * 42, chance.uniform(-0.25, 0.25) + i * 0.16
        sides = 3 + int(hue * 40) % 5
        points = [
            (
                640 + radius * math.cos(turn + math.tau * k / sides),
                640 + radius * math.sin(turn + math.tau * k / sides),
            )
            for k in range(sides)
        ]
        draw.polygon(
            points, fill=_color(hue + (0.5 if i % 2 else 0) + i * 0.01, 0.5, 0.4 + i * 0.04)
        )


def _petals(draw: ImageDraw.ImageDraw, chance: random.Random, hue: float) -> None:
    for _ in range(26):
        x, y, size = chance.uniform(0, 1280), chance.uniform(0, 1280), chance.uniform(50, 150)
        turn, tone = chance.uniform(0, math.tau), chance.uniform(-0.05, 0.05)
        for petal in range(5):
            angle = turn + math.tau * petal / 5
            px, py = x + size * 0.6 * math.cos(angle), y + size * 0.6 * math.sin(angle)
            draw.ellipse(
                (px - size / 2, py - size / 2, px + size / 2, py + size / 2),
                fill=_color(hue + tone, 0.4, 0.97 - 0.04 * petal),
            )
        draw.ellipse(
            (x - size / 4, y - size / 4, x + size / 4, y + size / 4), fill=_color(0.13, 0.6, 1)
        )


def _waves(draw: ImageDraw.ImageDraw, chance: random.Random, hue: float) -> None:
    phase, pull = chance.uniform(0, math.tau), chance.uniform(0.6, 1.4)
    for row in range(24):
        middle = 120 + row * 46
        height = 95 * math.exp(-(((row - 12) / 6) ** 2)) * pull + 8
        line = [
            (x, middle + height * math.sin(x / 105 + phase + row * 0.35) * math.sin(x / 407))
            for x in range(0, 1281, 6)
        ]
        draw.line(line, fill=_color(hue + row * 0.008, 0.5, 0.55 + row * 0.018), width=15)


def _pixels(draw: ImageDraw.ImageDraw, chance: random.Random, hue: float) -> None:
    for y in range(16):
        for x in range(8):
            if chance.random() < 0.62:
                color = _color(hue + chance.choice((0, 0.08, 0.5)), 0.6, chance.uniform(0.45, 1))
                for column in (x, 15 - x):
                    draw.rectangle((column * 80, y * 80, column * 80 + 73, y * 80 + 73), fill=color)


_MOTIFS: Final[tuple[_Draw, ...]] = (_hills, _rings, _polygons, _waves)
_CHOSEN: Final[dict[str, _Draw]] = {"Chiptune": _pixels, "Folk": _petals, "Electronic": _polygons}


def draw_cover(album: Album) -> bytes:
    """A JPEG of `SIZE` by `SIZE` pixels, the same bytes for the same album."""
    seed = sum(index * ord(letter) for index, letter in enumerate(album.artist + album.title, 1))
    chance = random.Random(seed)
    canvas = Image.new("RGB", (2 * SIZE, 2 * SIZE))
    draw = ImageDraw.Draw(canvas)
    for y in range(2 * SIZE):
        part = y / (2 * SIZE)
        shade = _color(album.hue + 0.08 * part, 0.65 - 0.35 * part, 0.3 + 0.45 * part)
        draw.line((0, y, 2 * SIZE, y), fill=shade)
    motif = _CHOSEN.get(album.genre) or _MOTIFS[seed % len(_MOTIFS)]
    motif(draw, chance, album.hue)
    picture = canvas.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    glow = picture.filter(ImageFilter.GaussianBlur(18))
    picture = Image.blend(picture, glow, 0.25)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60, optimize=True)
    return out.getvalue()
