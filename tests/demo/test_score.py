"""Scores are read as written, and sound at the pitch they name."""

import pytest

from demo import synth
from demo.score import Mix, broken, euclid, frequency, parse, pitch
from demo.synth import RATE, Instrument


def sounding_pitch(samples: list[float], expected: float) -> float:
    """The frequency in Hz near `expected` whose period the samples repeat best."""
    window = samples[RATE // 5 : RATE // 5 + 4096]

    def likeness(lag: int) -> float:
        rest = samples[RATE // 5 + lag : RATE // 5 + lag + 4096]
        return sum(a * b for a, b in zip(window, rest, strict=True))

    # Eight periods at once give an eighth of the error of a whole sample.
    low, high = (round(8 * RATE / (expected * factor)) for factor in (1.04, 0.96))
    return 8 * RATE / max(range(low, high), key=likeness)


def test_pitch_of_names() -> None:
    assert [pitch(name) for name in ("C4", "A4", "F#3", "Bb2", "B3")] == [60, 69, 54, 46, 59]
    assert frequency(69) == pytest.approx(440)


def test_length_holds_until_the_next() -> None:
    notes = parse("C4:2 D4 -:.5 | E4+G4:1")
    assert [(note.start, note.beats) for note in notes] == [(0, 2), (2, 2), (4, 0.5), (4.5, 1)]
    assert notes[-1].pitches == (64, 67)


def test_broken_chord_goes_on_in_the_next_octave() -> None:
    assert [n.pitches[0] for n in broken("Am:2", (0, 2, 3, -1), 0.5)] == [57, 64, 69]


@pytest.mark.parametrize(
    ("hits", "steps", "rhythm"), [(3, 8, "x..x..x."), (4, 16, "x...x...x...x...")]
)
def test_euclidean_rhythm(hits: int, steps: int, rhythm: str) -> None:
    assert euclid(hits, steps) == rhythm


@pytest.mark.parametrize(
    "instrument",
    [synth.harp, synth.guitar, synth.koto, synth.oud, synth.piano, synth.electric_piano,
     synth.strings, synth.cello, synth.flute, synth.oboe, synth.accordion, synth.organ,
     synth.bass, synth.square, synth.triangle, synth.pad],
)  # fmt: skip
@pytest.mark.parametrize("name", ["E3", "A4", "C6"])
def test_instrument_is_in_tune(instrument: Instrument, name: str) -> None:
    written = frequency(pitch(name))
    heard = sounding_pitch(instrument(written, 1.5), written)
    assert heard == pytest.approx(written, rel=0.01)


def test_mix_plays_a_melody_in_time() -> None:
    mix = Mix(bpm=120)
    stop = mix.play("A4:2 - E5", synth.organ, wet=0)
    assert stop == 6
    assert max(map(abs, mix.left[int(1.3 * RATE) : 2 * RATE])) == 0
    assert max(map(abs, mix.left[int(2.1 * RATE) :])) > 0.1
