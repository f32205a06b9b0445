"""Instruments: functions of a frequency in Hz and a length in seconds, giving mono samples.

Plain Python, no arrays of C doubles but lists: a list comprehension over two lists is the fastest
loop the language has. A note is made once and reused by every place that plays it.
"""

import math
import random
from collections.abc import Callable
from functools import cache
from typing import Final

RATE: Final = 32_000
"""Samples per second of the synthesis; ffmpeg resamples to what each format wants."""

Samples = list[float]
Instrument = Callable[[float, float], Samples]

_TABLE: Final = 2048


def _ramp(samples: Samples, attack: float, release: float) -> Samples:
    """Fades both ends in place, over `attack` and `release` seconds."""
    up, down = min(int(attack * RATE), len(samples)), min(int(release * RATE), len(samples))
    for i in range(up):
        samples[i] *= i / up
    for i in range(down):
        samples[-1 - i] *= i / down
    return samples


@cache
def _wave(harmonics: tuple[float, ...]) -> tuple[float, ...]:
    """One period, from the amplitudes of its harmonics, peak 1."""
    table = [
        sum(a * math.sin(math.tau * k * i / _TABLE) for k, a in enumerate(harmonics, 1))
        for i in range(_TABLE)
    ]
    peak = max(map(abs, table))
    return tuple(value / peak for value in table)


def _harmonics(frequency: float, slope: float, count: int, *, odd: bool = False) -> Samples:
    """Amplitudes n^-slope, as many as fit below 10 kHz."""
    fit = max(1, min(count, int(10_000 / frequency)))
    return [0.0 if odd and n % 2 == 0 else n**-slope for n in range(1, fit + 1)]


def _tone(
    table: tuple[float, ...], frequency: float, seconds: float, vibrato_cents: float = 0
) -> Samples:
    count = int(seconds * RATE)
    step = frequency * _TABLE / RATE
    mask = _TABLE - 1
    if not vibrato_cents:
        return [table[int(i * step) & mask] for i in range(count)]
    # Vibrato at 5.2 Hz that sets in after a fifth of a second, as a deviation of the phase.
    depth = frequency * (2 ** (vibrato_cents / 1200) - 1) / (math.tau * 5.2) * _TABLE
    late = [depth * min(1, max(0, i / RATE - 0.2) * 3) for i in range(count)]
    omega = math.tau * 5.2 / RATE
    return [table[int(i * step + d * math.sin(omega * i)) & mask] for i, d in enumerate(late)]


def _decay(samples: Samples, half_life: float) -> Samples:
    factor = 0.5 ** (1 / (half_life * RATE))
    level = 1.0
    for i, value in enumerate(samples):
        samples[i] = value * level
        level *= factor
    return samples


def _string(frequency: float, seconds: float, dark: float, half_life: float) -> Samples:
    """Karplus and Strong's plucked string (Computer Music Journal 7(2), 1983).

    The loop delays by one period less the filter's own half sample; its two middle taps
    interpolate, so that the string is in tune.
    """
    period = RATE / frequency - 1
    whole = int(period)
    part = period - whole
    noise = random.Random(round(frequency * 100))
    block = [noise.uniform(-1, 1) for _ in range(whole + 3)]
    for _ in range(1 + int(dark * 8)):
        block = [(a + b) / 2 for a, b in zip(block, block[1:] + block[:1], strict=True)]
    mean = sum(block) / len(block)
    out = [value - mean for value in block]
    gain = 0.5 ** (1 / (half_life * frequency))
    a, b = gain * dark * (1 - part), gain * ((1 - 2 * dark) * (1 - part) + dark * part)
    c, d = gain * (dark * (1 - part) + (1 - 2 * dark) * part), gain * dark * part
    count = int(seconds * RATE)
    while len(out) < count:
        # Taps at delays whole, +1, +2 and +3: all of them lie before this block.
        n = len(out)
        out += [
            a * w + b * x + c * y + d * z
            for w, x, y, z in zip(
                out[n - whole : n],
                out[n - whole - 1 : n - 1],
                out[n - whole - 2 : n - 2],
                out[n - whole - 3 : n - 3],
                strict=True,
            )
        ]
    del out[count:]
    peak = max(map(abs, out[:4000]), default=1) or 1
    return [value / peak for value in out]


@cache
def harp(frequency: float, seconds: float) -> Samples:
    return _ramp(_string(frequency, seconds + 1.2, 0.2, 0.7), 0.002, 0.6)


@cache
def guitar(frequency: float, seconds: float) -> Samples:
    return _ramp(_string(frequency, seconds + 0.5, 0.12, 0.45), 0.001, 0.3)


@cache
def koto(frequency: float, seconds: float) -> Samples:
    return _ramp(_string(frequency, seconds + 0.9, 0.06, 0.35), 0.001, 0.5)


@cache
def oud(frequency: float, seconds: float) -> Samples:
    return _ramp(_string(frequency, seconds + 0.25, 0.24, 0.28), 0.001, 0.2)


def _fm(
    frequency: float, seconds: float, ratio: float, index: float, index_half_life: float
) -> Samples:
    """Two sines, one bending the other's phase (Chowning, J. AES 21(7), 1973)."""
    carrier, modulator = math.tau * frequency / RATE, math.tau * frequency * ratio / RATE
    factor = 0.5 ** (1 / (index_half_life * RATE))
    out = []
    sin = math.sin
    for i in range(int(seconds * RATE)):
        out.append(sin(carrier * i + index * sin(modulator * i)))
        index *= factor
    return out


@cache
def piano(frequency: float, seconds: float) -> Samples:
    """A soft, felted piano: brightness dies before the tone does; low notes ring longer."""
    length = seconds + 0.35
    body = _fm(frequency, length, 1, 1.5 * min(1, 300 / frequency), 0.25)
    octave = _decay(_fm(frequency, length, 2, 0.7, 0.1), 0.2)
    both = [0.75 * a + 0.25 * b for a, b in zip(body, octave, strict=True)]
    return _ramp(_decay(both, 0.9 * min(2, (262 / frequency) ** 0.5)), 0.004, 0.3)


@cache
def electric_piano(frequency: float, seconds: float) -> Samples:
    length = seconds + 0.3
    tine = _decay(_fm(frequency, length, 7, 0.4, 0.05), 0.06)
    body = _fm(frequency, length, 1, 0.9, 0.5)
    both = [0.85 * a + 0.15 * b for a, b in zip(body, tine, strict=True)]
    return _ramp(_decay(both, 0.8), 0.004, 0.25)


@cache
def bell(frequency: float, seconds: float) -> Samples:
    return _ramp(_decay(_fm(frequency, seconds + 1.5, 3.5, 1.1, 0.12), 0.45), 0.002, 0.6)


@cache
def strings(frequency: float, seconds: float) -> Samples:
    table = _wave(tuple(_harmonics(frequency, 1.35, 14)))
    first = _tone(table, frequency * 0.9985, seconds + 0.25, 9)
    second = _tone(table, frequency * 1.0015, seconds + 0.25, 12)
    return _ramp([(a + b) / 2 for a, b in zip(first, second, strict=True)], 0.09, 0.3)


@cache
def cello(frequency: float, seconds: float) -> Samples:
    table = _wave(tuple(_harmonics(frequency, 1.2, 16)))
    return _ramp(_tone(table, frequency, seconds + 0.15, 14), 0.07, 0.2)


@cache
def flute(frequency: float, seconds: float) -> Samples:
    noise = random.Random(1)
    tone = _tone(_wave((1, 0.35, 0.12, 0.03)), frequency, seconds + 0.08, 16)
    breath = 0.0
    for i, value in enumerate(tone):
        breath += 0.3 * (noise.uniform(-0.12, 0.12) - breath)
        tone[i] = value + breath
    return _ramp(tone, 0.05, 0.12)


@cache
def oboe(frequency: float, seconds: float) -> Samples:
    return _ramp(
        _tone(_wave((0.6, 1, 0.75, 0.35, 0.2, 0.12, 0.06)), frequency, seconds + 0.05, 13),
        0.04,
        0.09,
    )


@cache
def accordion(frequency: float, seconds: float) -> Samples:
    table = _wave(tuple(_harmonics(frequency, 1.1, 12)))
    first = _tone(table, frequency, seconds + 0.03)
    second = _tone(table, frequency * 1.006, seconds + 0.03)
    return _ramp([(a + b) / 2 for a, b in zip(first, second, strict=True)], 0.02, 0.06)


@cache
def organ(frequency: float, seconds: float) -> Samples:
    drawbars = (1, 0.7, 0.35, 0.4, 0, 0.12, 0, 0.2)
    return _ramp(_tone(_wave(drawbars), frequency, seconds + 0.05), 0.02, 0.12)


@cache
def pad(frequency: float, seconds: float) -> Samples:
    table = _wave(tuple(_harmonics(frequency, 1.8, 7)))
    voices = [_tone(table, frequency * detune, seconds + 1.2) for detune in (0.997, 1, 1.0035)]
    return _ramp([(a + b + c) / 3 for a, b, c in zip(*voices, strict=True)], 0.8, 1.6)


@cache
def bass(frequency: float, seconds: float) -> Samples:
    return _ramp(
        _decay(_tone(_wave((1, 0.45, 0.2, 0.08)), frequency, seconds + 0.05), 0.6), 0.006, 0.08
    )


@cache
def square(frequency: float, seconds: float) -> Samples:
    table = _wave(tuple(_harmonics(frequency, 1, 21, odd=True)))
    return _ramp(_decay(_tone(table, frequency, seconds, 8), 0.5), 0.002, 0.015)


@cache
def triangle(frequency: float, seconds: float) -> Samples:
    table = _wave((1, 0, -1 / 9, 0, 1 / 25, 0, -1 / 49))
    return _ramp(_tone(table, frequency, seconds), 0.002, 0.015)


# Drums take the same two arguments, so that a score plays them like any instrument; the pitch
# serves tuned drums only.


@cache
def kick(frequency: float, seconds: float) -> Samples:
    out = []
    phase = 0.0
    for i in range(int(0.32 * RATE)):
        phase += math.tau * (46 + 110 * math.exp(-i / (0.025 * RATE))) / RATE
        out.append(math.sin(phase) * math.exp(-i / (0.09 * RATE)))
    return _ramp(out, 0.001, 0.05)


def _noise(seconds: float, half_life: float, *, high: bool) -> Samples:
    source = random.Random(7)
    previous = 0.0
    out = []
    for _ in range(int(seconds * RATE)):
        value = source.uniform(-1, 1)
        out.append((value - previous) / 2 if high else (value + previous) / 2)
        previous = value
    return _ramp(_decay(out, half_life), 0.001, 0.02)


@cache
def snare(frequency: float, seconds: float) -> Samples:
    noise = _noise(0.22, 0.045, high=False)
    return [
        0.7 * value + 0.45 * math.sin(math.tau * 185 * i / RATE) * math.exp(-i / (0.05 * RATE))
        for i, value in enumerate(noise)
    ]


@cache
def hat(frequency: float, seconds: float) -> Samples:
    return _noise(0.09, 0.016, high=True)


@cache
def shaker(frequency: float, seconds: float) -> Samples:
    return _ramp(_noise(0.11, 0.03, high=True), 0.03, 0.03)


@cache
def tom(frequency: float, seconds: float) -> Samples:
    """A hand drum tuned to `frequency`, which falls a little after the stroke."""
    out = []
    phase = 0.0
    for i in range(int(0.5 * RATE)):
        phase += math.tau * frequency * (1 + 0.25 * math.exp(-i / (0.03 * RATE))) / RATE
        out.append(math.sin(phase) * math.exp(-i / (0.12 * RATE)))
    return _ramp(out, 0.001, 0.1)


@cache
def wood(frequency: float, seconds: float) -> Samples:
    """A marimba bar: the tone and its double octave, short."""
    count = int(0.6 * RATE)
    return _ramp(
        [
            math.sin(math.tau * frequency * i / RATE) * math.exp(-i / (0.16 * RATE))
            + 0.3 * math.sin(math.tau * frequency * 4 * i / RATE) * math.exp(-i / (0.03 * RATE))
            for i in range(count)
        ],
        0.002,
        0.1,
    )
