"""From a mix to two channels fit to encode: reverb, length, fades."""

import math
from array import array
from itertools import chain

from demo.score import Mix
from demo.synth import RATE, Samples


def _comb(signal: Samples, delay: int, seconds: float) -> Samples:
    """A recirculating delay that decays by 60 dB in `seconds`, losing treble at each turn."""
    gain = 0.001 ** (delay / RATE / seconds)
    keep, blur = gain * 0.7, gain * 0.3
    out = [0.0] * (delay + 1)
    for i in range(0, len(signal), delay):
        block = signal[i : i + delay]
        n = len(out)
        out += [
            x + keep * a + blur * b
            for x, a, b in zip(block, out[n - delay :], out[n - delay - 1 : n - 1], strict=False)
        ]
    return out[delay + 1 :]


def _allpass(signal: Samples, delay: int) -> Samples:
    memory = [0.0] * delay
    out: Samples = []
    for i in range(0, len(signal), delay):
        block = signal[i : i + delay]
        inner = [x + 0.6 * m for x, m in zip(block, memory, strict=False)]
        out += [m - 0.6 * v for m, v in zip(memory, inner, strict=False)]
        memory = inner
    return out


def _reverb(signal: Samples, delays: tuple[int, ...], seconds: float) -> Samples:
    """Schroeder's reverberator (J. AES 10(3), 1962): combs side by side, then all-passes."""
    combs = [_comb(signal, delay, seconds) for delay in delays]
    mixed = [sum(values) / 3 for values in zip(*combs, strict=True)]
    return _allpass(_allpass(mixed, 163), 53)


def finish(mix: Mix, seconds: float, *, room: float = 1.6, fade: float = 2.5) -> "array[float]":
    """Interleaved 32-bit samples of two channels, `seconds` long at most, faded out.

    `room` is the time in seconds in which the reverb falls by 60 dB. The peak is 1: the encoder
    sets the loudness.
    """
    count = min(len(mix.left) + int(RATE * 1.0), int(seconds * RATE))

    def fit(samples: Samples) -> Samples:
        return samples[:count] + [0.0] * (count - len(samples))

    send = fit(mix.room)
    state, damped = 0.0, []
    for value in send:
        state += 0.45 * (value - state)
        damped.append(state)
    # Lengths of about 30 to 45 ms that share no divisors, others for each ear.
    wet_left = _reverb(damped, (953, 1061, 1181, 1277, 1381, 1453), room)
    wet_right = _reverb(damped, (967, 1087, 1193, 1289, 1399, 1471), room)
    left = [a + b for a, b in zip(fit(mix.left), wet_left, strict=True)]
    right = [a + b for a, b in zip(fit(mix.right), wet_right, strict=True)]
    start, length = count - int(fade * RATE), int(fade * RATE)
    for i in range(length):
        gain = math.cos(math.pi / 2 * i / length) ** 2
        left[start + i] *= gain
        right[start + i] *= gain
    peak = max(max(map(abs, left)), max(map(abs, right)))
    return array(
        "f", chain.from_iterable((a / peak, b / peak) for a, b in zip(left, right, strict=True))
    )
