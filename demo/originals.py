"""Small compositions of our own, made by rule and by seeded chance."""

import random

from demo import synth
from demo.score import Mix, Note, block, broken, drum, euclid, off_beats, pitch, roots


def harbour_fog() -> Mix:
    """Four wide chords, and bells on a pentatonic scale where chance puts them."""
    mix = Mix(bpm=60, seed=51)
    chance = random.Random(51)
    chords = "Am9:7 Fmaj7 Cmaj7 G"
    mix.play(block(chords, 3), synth.pad, 0.2, pan=-0.2, wet=0.5)
    mix.play(block(chords, 4), synth.pad, 0.1, pan=0.3, wet=0.6)
    mix.play(roots(chords, 2), synth.cello, 0.09, wet=0.4)
    beat = 2.0
    while beat < 26:
        tone = chance.choice(("A4", "C5", "D5", "E5", "G5", "A5"))
        mix.play(f"{tone}:2", synth.bell, 0.12, at=beat, pan=chance.uniform(-0.7, 0.7), wet=0.8)
        beat += chance.choice((0.75, 1, 1.5, 2.5))
    return mix


def tidal_clock() -> Mix:
    """Two pulses, seven against five, over a slow pad."""
    mix = Mix(bpm=72, seed=52)
    chords = "Dm9:5 Bbmaj7 Fmaj7 C Dm:5"
    mix.play(block(chords, 3), synth.pad, 0.16, wet=0.6)
    for count, tones, pan in ((7, "D5 F5 A5 C6 A5 G5 F5", -0.4), (5, "D4 A4 F4 C5 A4", 0.4)):
        step = 5 / count
        row = [pitch(name) for name in tones.split()]
        notes = [Note(i * step, step, (row[i % count],)) for i in range(count * 5)]
        mix.play(notes, synth.bell, 0.14, pan=pan, wet=0.6)
    mix.play(roots(chords, 2), synth.bass, 0.2, wet=0.4)
    return mix


def twelve_against_thirteen() -> Mix:
    """One figure of twelve tones; the second player drops one at each turn and drifts ahead."""
    mix = Mix(bpm=168, seed=53)
    row = ["E4", "F#4", "B4", "C#5", "D5", "F#4", "E4", "C#5", "B4", "F#4", "D5", "C#5"]
    for turn in range(11):
        mix.play(" ".join(["E4:.5", *row[1:]]), synth.wood, 0.3, at=turn * 6, pan=-0.6, wet=0.25)
        late = [*row[turn % 12 :], *row[: turn % 12]]
        tones = " ".join([f"{late[0]}:.5", *late[1:]])
        mix.play(tones, synth.wood, 0.26, at=turn * 6, pan=0.6, wet=0.25)
        if turn > 2 and turn % 2:
            mix.play("B3+F#4:6", synth.pad, 0.1, at=turn * 6, wet=0.4)
        if turn > 4 and not turn % 2:
            mix.play("E3+C#4:6", synth.pad, 0.1, at=turn * 6, wet=0.4)
    return mix


def three_over_five() -> Mix:
    """Euclidean rhythms, entering one after the other."""
    mix = Mix(bpm=112, seed=54)
    length = 48.0
    mix.play(drum(euclid(4, 16), 0.25, length), synth.kick, 0.5, wet=0.05)
    mix.play(drum(euclid(3, 8), 0.25, length, "D3"), synth.tom, 0.3, pan=-0.4)
    mix.play(drum(euclid(5, 16, 2), 0.25, length - 8, "A3"), synth.tom, 0.22, at=8, pan=0.4)
    mix.play(drum(euclid(7, 16), 0.25, length - 16), synth.shaker, 0.25, at=16, pan=0.5)
    mix.play(drum(euclid(2, 16, 4), 0.25, length - 16), synth.snare, 0.2, at=16, wet=0.2)
    figure = "D4:.75 F4 A4:.5 C5:.75 A4 G4:.5 " * 8
    mix.play(figure, synth.wood, 0.22, at=16, pan=-0.2)
    mix.play(roots("Dm:4 Dm F C Dm Dm F C", 2, step=2), synth.bass, 0.34, at=16, legato=0.6)
    return mix


def necklaces() -> Mix:
    """A necklace of five beats turned by one bead at each bar, with voices of pads."""
    mix = Mix(bpm=100, seed=55)
    chords = "Em9:4 Cmaj7 G D Em9 Cmaj7 G D"
    for bar in range(10):
        at = bar * 4
        beads = euclid(5, 16, rotate=bar)
        mix.play(drum(beads, 0.25, 4, "E3"), synth.tom, 0.24, at=at, pan=-0.3)
        mix.play(drum(euclid(9, 16, bar), 0.25, 4), synth.hat, 0.1, at=at, pan=0.4, wet=0.1)
        mix.play(drum("x.......x.......", 0.25, 4), synth.kick, 0.45, at=at, wet=0.05)
    mix.play(block(chords, 3), synth.pad, 0.12, at=8, wet=0.5)
    mix.play(broken(chords, (0, 2, 3, 1, 2), 0.5, 4), synth.harp, 0.18, at=8, pan=0.2, wet=0.4)
    mix.play(roots(chords, 2, step=2), synth.bass, 0.32, at=8, legato=0.7)
    tune = "B4:1.5 E5:.5 D5:1 B4 | G4:3 A4:1 | B4:1.5 D5:.5 G5:1 F#5 | E5:4 | "
    mix.play(tune + tune.replace("E5:4", "D5:4"), synth.flute, 0.18, at=8, pan=-0.1, wet=0.5)
    return mix


def chateau_arcade() -> Mix:
    mix = Mix(bpm=150, seed=56)
    tune = """C5:.5 E5 G5 C6 B5 G5 E5:1 | A4:.5 C5 E5 A5 G5 E5 C5:1 |
        F5:.5 A5 C6 A5 G5:1 F5:.5 E5 | D5 E5 F5 D5 G5:2 |
        E5:.5 G5 C6 E6 D6 C6 B5:1 | C6:.5 B5 A5 E5 F5 G5 A5:1 |
        F5:.5 E5 D5 F5 E5 D5 C5 E5 | D5:1 B4 C5:2 |"""
    chords = "C:4 Am F G C Am F:2 Dm G:2 C"
    for at in (0, 32):
        mix.play(tune, synth.square, 0.16, at=at, pan=-0.2, wet=0.12, legato=0.85)
        mix.play(roots(chords, 2, step=0.5), synth.triangle, 0.3, at=at, legato=0.7, wet=0.05)
        mix.play(broken(chords, (0, 1, 2), 0.25, 4), synth.square, 0.05, at=at, pan=0.5, wet=0.1)
        mix.play(drum("x...x.x.", 0.5, 32), synth.kick, 0.3, at=at, wet=0)
        mix.play(drum("..x.", 0.5, 32), synth.snare, 0.16, at=at, wet=0.05)
        mix.play(drum("x", 0.5, 32), synth.hat, 0.07, at=at, wet=0)
    mix.play("C5+E5+C6:2", synth.square, 0.1, at=64)
    return mix


def _beat(mix: Mix, beats: float) -> None:
    mix.play(drum("x....x..", 0.5, beats), synth.kick, 0.5, wet=0.05)
    mix.play(drum("..x.", 0.5, beats), synth.snare, 0.18, wet=0.2)
    mix.play(drum("x", 0.5, beats), synth.hat, 0.07, pan=0.3, wet=0.05)


def last_tram_home() -> Mix:
    mix = Mix(bpm=80, seed=57, swing=0.12)
    chords = "Dm9:4 G9 Cmaj7 Am7 Dm9 G9 Cmaj7 Cmaj7"
    mix.play(off_beats(chords, "x..x.x..", 0.5, 3), synth.electric_piano, 0.13, pan=-0.2, legato=2)
    mix.play(roots(chords, 2, step=2), synth.bass, 0.36, legato=0.8, wet=0.05)
    tune = """-:.5 A4 C5 D5 E5:1.5 D5:.5 | B4:3 -:1 | -:.5 G4 A4 C5 B4:1 G4:1 | E4:3 -:1 |
        -:.5 A4 C5 D5 F5:1.5 E5:.5 | D5:2 B4:1 D5 | C5:4 |"""
    mix.play(tune, synth.electric_piano, 0.24, pan=0.2, wet=0.4)
    _beat(mix, 30)
    return mix


def rain_on_tin() -> Mix:
    mix = Mix(bpm=84, seed=58, swing=0.1)
    chance = random.Random(58)
    chords = "Fmaj7:4 Em7 Dm7 Cmaj7 Fmaj7 Em7 Dm7 Cmaj7:5"
    mix.play(block(chords, 3), synth.electric_piano, 0.12, pan=-0.2, strum=0.03, wet=0.35)
    mix.play(roots(chords, 2, step=2), synth.bass, 0.34, legato=0.8, wet=0.05)
    mix.play(broken(chords, (2, 3, 4, 6), 0.5, 3), synth.guitar, 0.14, pan=0.3, wet=0.35)
    _beat(mix, 28)
    for _ in range(90):  # the rain
        at, tone = chance.uniform(0, 31), chance.choice(("C6", "E6", "G6", "B6"))
        level, pan = chance.uniform(0.01, 0.05), chance.uniform(-0.9, 0.9)
        mix.play(f"{tone}:.1", synth.wood, level, at=at, pan=pan, wet=0.5)
    tune = """C5:2 B4:1 A4 | B4:3 G4:1 | A4:2 F4:1 A4 | G4:4 |
        C5:2 E5:1 D5 | B4:3 D5:1 | C5:2 A4:2 | G4:4"""
    mix.play(tune, synth.flute, 0.18, pan=0.1, wet=0.5)
    return mix


def short_samai() -> Mix:
    """A melody in maqam Hijaz on D, over the ten beats of samai thaqil."""
    mix = Mix(bpm=138, seed=59)
    tune = """D4:2 Eb4:1 F#4:2 G4:1 A4:2 G4:1 F#4 | G4:2 F#4:1 Eb4:2 F#4:1 Eb4:2 D4 |
        A4:2 Bb4:1 C5:2 Bb4:1 A4:2 G4:1 A4 | Bb4:2 A4:1 G4:2 F#4:1 G4 F#4 Eb4 D4 |
        D5:2 C5:1 Bb4 A4 Bb4 A4:2 G4:1 F#4 | G4:2 A4:1 F#4:2 Eb4:1 D4:4 |"""
    # Dum and tak: low and high strokes of the frame drum.
    for bar in range(6):
        at = bar * 10
        mix.play("G2:5 G2:1 G2:4", synth.tom, 0.4, at=at, pan=-0.1)
        mix.play("-:3 D4:4 D4:3", synth.tom, 0.2, at=at, pan=0.2)
        if bar > 1:
            mix.play(drum("x.", 0.5, 10), synth.shaker, 0.08, at=at, pan=0.4)
    mix.play(tune, synth.oud, 0.5, pan=0.1, wet=0.35)
    mix.play(tune, synth.flute, 0.08, pan=-0.3, wet=0.5, transpose=12)
    drone = "D3+A3:10 D3+A3 D3+A3 G3+D4 G3+D4 D3+A3"
    mix.play(drone, synth.pad, 0.08, wet=0.4)
    return mix
