"""Notes as text, and the mix they are played into.

A score is a row of notes: `A4:1 C#5 E5:.5 - | A3+C4:2`. Pitch with octave (C4 is middle C), then
a length in beats that holds until the next one is given; `-` rests, `+` joins a chord, `|` is for
the eye only.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from demo.synth import RATE, Instrument, Samples

_STEPS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_CHORDS: Final = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "5": (0, 7, 12),
    "sus4": (0, 5, 7),
    "dim": (0, 3, 6),
    "9": (0, 4, 10, 14),
    "m9": (0, 3, 10, 14),
}


@dataclass(frozen=True, slots=True)
class Note:
    start: float
    """In beats."""
    beats: float
    pitches: tuple[int, ...]
    """MIDI numbers; middle C is 60. Empty for a rest."""


def pitch(name: str) -> int:
    """The MIDI number of `C#4`, `Bb3`."""
    step, accidentals, octave = name[0], name[1:-1], int(name[-1])
    alteration = accidentals.count("#") - accidentals.count("b")
    return 12 * (octave + 1) + _STEPS[step] + alteration


def frequency(midi: int) -> float:
    return 440.0 * math.exp2((midi - 69) / 12)


def parse(text: str, *, transpose: int = 0) -> list[Note]:
    notes, start, beats = [], 0.0, 1.0
    for token in text.split():
        if token == "|":
            continue
        names, _, length = token.partition(":")
        if length:
            beats = float(length)
        pitches = () if names == "-" else tuple(pitch(n) + transpose for n in names.split("+"))
        notes.append(Note(start, beats, pitches))
        start += beats
    return notes


def _chords(text: str, octave: int) -> Iterator[tuple[float, float, list[int]]]:
    """Start, beats and pitches of chord symbols such as `Am:3 E7`, voiced from `octave` up."""
    start, beats = 0.0, 4.0
    for token in text.split():
        symbol, _, length = token.partition(":")
        if length:
            beats = float(length)
        cut = 2 if symbol[1:2] in ("#", "b") else 1
        root = pitch(f"{symbol[:cut]}{octave}")
        yield start, beats, [root + interval for interval in _CHORDS[symbol[cut:]]]
        start += beats


def block(text: str, octave: int = 3) -> list[Note]:
    """Chord symbols as held chords."""
    return [Note(start, beats, tuple(tones)) for start, beats, tones in _chords(text, octave)]


def roots(text: str, octave: int = 2, step: float = 0) -> list[Note]:
    """The root of each chord, held or repeated every `step` beats."""
    return [
        Note(start + i * (step or beats), step or beats, (tones[0],))
        for start, beats, tones in _chords(text, octave)
        for i in range(int(beats / step) if step else 1)
    ]


def broken(text: str, pattern: Sequence[int], step: float, octave: int = 3) -> list[Note]:
    """Chord symbols broken up: `pattern` numbers the chord's tones, going on an octave higher."""
    notes = []
    for start, beats, tones in _chords(text, octave):
        for i in range(round(beats / step)):
            at = pattern[i % len(pattern)]
            if at >= 0:
                tone = tones[at % len(tones)] + 12 * (at // len(tones))
                notes.append(Note(start + i * step, step, (tone,)))
    return notes


def off_beats(text: str, pattern: str, step: float, octave: int = 3) -> list[Note]:
    """Chords struck where `pattern` has an `x`, one character for each `step` beats."""
    return [
        Note(start + i * step, step, tuple(tones))
        for start, beats, tones in _chords(text, octave)
        for i in range(round(beats / step))
        if pattern[i % len(pattern)] == "x"
    ]


def euclid(hits: int, steps: int, rotate: int = 0) -> str:
    """`hits` spread as evenly as can be over `steps` (Toussaint, Bridges 2005)."""
    return "".join("x" if (i + rotate) * hits % steps < hits else "." for i in range(steps))


def drum(pattern: str, step: float, beats: float, tone: str = "C3") -> list[Note]:
    midi = pitch(tone)
    return [
        Note(i * step, step, (midi,))
        for i in range(round(beats / step))
        if pattern[i % len(pattern)] == "x"
    ]


def end(notes: Sequence[Note]) -> float:
    """The beat at which the last note ends."""
    return max(note.start + note.beats for note in notes)


@dataclass
class Mix:
    """Two channels and what they send to the reverb, growing as notes are played into them."""

    bpm: float
    seed: int = 1
    swing: float = 0
    """Delay of every second eighth, as a part of a beat."""
    left: Samples = field(default_factory=list)
    right: Samples = field(default_factory=list)
    room: Samples = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def play(
        self,
        score: str | Sequence[Note],
        instrument: Instrument,
        level: float = 0.3,
        *,
        pan: float = 0,
        at: float = 0,
        wet: float = 0.3,
        legato: float = 1,
        strum: float = 0,
        transpose: int = 0,
    ) -> float:
        """Plays from beat `at` on and returns the beat where the score ends.

        `pan` runs from -1 (left) to 1, `wet` is the part sent to the reverb, `legato` scales how
        long notes are held, `strum` spreads chords (seconds from one tone to the next).
        """
        notes = parse(score) if isinstance(score, str) else score
        for note in notes:
            beat = at + note.start
            if self.swing and abs(beat % 1 - 0.5) < 0.01:
                beat += self.swing
            seconds = round(note.beats * legato * 60 / self.bpm, 3)
            # Players lean on the first beat of a phrase and are never quite exact.
            accent = 1.08 if note.start % 4 == 0 else 1
            for i, midi in enumerate(note.pitches):
                velocity = level * accent * self._chance.uniform(0.9, 1.04)
                late = abs(self._chance.gauss(0, 0.003)) + i * strum
                samples = instrument(frequency(midi + transpose), seconds)
                self._add(samples, beat * 60 / self.bpm + late, velocity, pan, wet)
        return at + end(notes)

    def _add(self, samples: Samples, seconds: float, level: float, pan: float, wet: float) -> None:
        start = int(seconds * RATE)
        stop = start + len(samples)
        angle = (pan + 1) * math.pi / 4
        gains = (math.cos(angle) * level, math.sin(angle) * level, wet * level)
        for bus, gain in zip((self.left, self.right, self.room), gains, strict=True):
            if len(bus) < stop:
                bus.extend([0.0] * (stop - len(bus)))
            bus[start:stop] = [a + gain * b for a, b in zip(bus[start:stop], samples, strict=True)]
