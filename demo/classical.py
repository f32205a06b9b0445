"""Openings of works in the public domain, arranged for the instruments of `demo.synth`."""

from demo import synth
from demo.score import Mix, block, broken, off_beats, roots


def ode_to_joy() -> Mix:
    mix = Mix(bpm=138, seed=9)
    first = "F#4:1 F#4 G4 A4 | A4 G4 F#4 E4 | D4 D4 E4 F#4 |"
    half, full = "F#4:1.5 E4:.5 E4:2 |", "E4:1.5 D4:.5 D4:2 |"
    middle = """E4:1 E4 F#4 D4 | E4 F#4:.5 G4 F#4:1 D4 | E4 F#4:.5 G4 F#4:1 E4 | D4 E4 A3:2 |"""
    melody = f"{first} {half} {first} {full} {middle} {first} {full}"
    phrase = "D:4 A D:4"
    chords = f"{phrase} D:2 A {phrase} A:2 D A:2 D A D A D Bm:1 E7 A:2 {phrase} A:2 D"
    mix.play(melody, synth.strings, 0.3, pan=-0.15, wet=0.35)
    mix.play(melody, synth.flute, 0.12, pan=0.3, transpose=12)
    mix.play(block(chords, 3), synth.organ, 0.07, pan=0.1, wet=0.4)
    mix.play(roots(chords, 2, step=1), synth.bass, 0.3, legato=0.8, wet=0.1)
    mix.play(broken(chords, (0, 2, 1, 2), 0.5, 4), synth.harp, 0.1, pan=0.45)
    return mix


def fuer_elise() -> Mix:
    mix = Mix(bpm=146, seed=10)  # the beat is an eighth
    turn = "E5:.5 D#5 E5 B4 D5 C5 |"
    answer = f"{turn} A4:1 -:.5 C4 E4 A4 | B4:1 -:.5 E4 G#4 B4 |"
    close = f"{turn} A4:1 -:.5 C4 E4 A4 | B4:1 -:.5 E4 C5 B4 |"
    theme = f"{answer} C5:1 -:.5 E4 E5 D#5 | {close}"
    middle = """E5:1.5 G4:.5 F5 E5 | D5:1.5 F4:.5 E5 D5 | C5:1.5 E4:.5 D5 C5 |
        B4:1 -:.5 E4 E5:1 | -:.5 E5 E6 -:1 D#5:.5 | E5 -:1 D#5:.5 E5 D#5 |"""
    melody = f"E5:.5 D#5 | {theme} A4:1 -:.5 B4 C5 D5 | {middle} {theme} A4:3"
    a, e = "A2:.5 E3 A3 -:1.5 |", "E2:.5 E3 G#3 -:1.5 |"
    left = f"-:3 | {a} {e} {a} -:3 | {a} {e} {a}"
    mid = f"C3:.5 G3 C4 -:1.5 | G2:.5 G3 B3 -:1.5 | {a} E2:.5 E3 E4 -:1.5 | -:6 |"
    mix.play(melody, synth.piano, 0.36, pan=0.12, legato=1.15, wet=0.35)
    mix.play(f"-:1 | {left} {mid} {left}", synth.piano, 0.3, pan=-0.2, legato=1.8, wet=0.35)
    return mix


def moonlight() -> Mix:
    mix = Mix(bpm=63, seed=14)
    chords = [
        *["G#3 C#4 E4"] * 8,
        *["A3 C#4 E4"] * 2,
        *["A3 D4 F#4"] * 2,
        "G#3 C4 F#4",
        "G#3 C#4 E4",
        "G#3 C#4 D#4",
        "F#3 C4 D#4",
        "E3 G#3 C#4",
        *["G#3 C#4 E4"] * 3,
        *["G#3 D#4 F#4"] * 4,
        *["G#3 C#4 E4"] * 2,
        *["A3 C#4 F#4"] * 2,
        *["G#3 B3 E4"] * 2,
        *["A3 B3 D#4"] * 2,
    ]
    triplets = " ".join(chords).replace(" ", ":.333333 ", 1)
    bass = """C#2+C#3:4 | B1+B2 | A1+A2:2 F#1+F#2 | G#1+G#2 G#1+G#2 | C#2+G#2+C#3:4 |
        C2+G#2+C3 | C#2+C#3:2 F#1+F#2 | B1+B2:4 | E2+E3"""
    melody = "-:19 G#4:.75 G#4:.25 | G#4:3 G#4:.75 G#4:.25 | G#4:2 A4 | G#4 F#4:1 B4 | E4:4"
    mix.play(triplets, synth.piano, 0.2, pan=0.1, legato=2, wet=0.5)
    mix.play("-:32 G#3+B3+E4:4", synth.piano, 0.2, pan=0.1, wet=0.5)
    mix.play(bass, synth.piano, 0.24, pan=-0.2, wet=0.4)
    mix.play(melody, synth.piano, 0.36, wet=0.5, legato=1.1)
    return mix


def minuet_in_g() -> Mix:
    mix = Mix(bpm=128, seed=3)
    head = "D5:1 G4:.5 A4 B4 C5 | D5:1 G4 G4 | E5 C5:.5 D5 E5 F#5 | G5:1 G4 G4 |"
    run = "C5:1 D5:.5 C5 B4 A4 | B4:1 C5:.5 B4 A4 G4 |"
    melody = f"{head} {run} F#4:1 G4:.5 A4 B4 G4 | A4:3 | {head} {run} A4:1 B4:.5 A4 G4 F#4 | G4:3"
    left = """G3+B3+D4:2 A3:1 | B3:3 | C4 | B3 | A3 | G3 | D4:1 B3 G3 | D4 D3:.5 C4 B3 A3 |
        B3:2 A3:1 | G3 B3 G3 | C4:3 | B3:1 C4:.5 B3 A3 G3 | A3:2 F#3:1 | G3:2 B3:1 |
        C4 D4 D3 | G3:2 G2:1"""
    mix.play(melody, synth.guitar, 0.4, pan=0.2)
    mix.play(left, synth.guitar, 0.34, pan=-0.25)
    return mix


def prelude_in_c() -> Mix:
    mix = Mix(bpm=96, seed=4)
    bars = """C4 E4 G4 C5 E5 | C4 D4 A4 D5 F5 | B3 D4 G4 D5 F5 | C4 E4 G4 C5 E5 |
        C4 E4 A4 E5 A5 | C4 D4 F#4 A4 D5 | B3 D4 G4 D5 G5 | B3 C4 E4 G4 C5 |
        A3 C4 E4 G4 C5 | D3 A3 D4 F#4 C5"""
    at = 0.0
    for bar in bars.split("|"):
        one, two, *three = bar.split()
        figure = f"{one}:.25 {two} {' '.join(three * 2)} "
        mix.play(figure * 2, synth.harp, 0.3, at=at, pan=0.15, legato=2.5, wet=0.4)
        mix.play(f"{one}:2 {one}", synth.harp, 0.16, at=at, pan=-0.2, wet=0.4, transpose=-12)
        at += 4
    mix.play("G2+G3+B3+D4+G4+B4:4", synth.harp, 0.3, at=at, strum=0.07, wet=0.4)
    return mix


def jesus_bleibet() -> Mix:
    mix = Mix(bpm=204, seed=5)  # the beat is an eighth of nine
    head = "B4 D5 C5 C5 E5 D5 D5 G5 F#5 | G5 D5 B4 G4 A4 B4 |"
    melody = f"""-:1 G4 A4 {head} C5 D5 E5 D5 C5 B4 A4 B4 G4 |
        F#4 G4 A4 D4 F#4 A4 C5 B4 A4 | B4 G4 A4 {head} E4 D5 C5 B4 A4 G4 D4 G4 F#4 | G4:9"""
    chords = """G:3 G C D G Em C G Em D D D7 G G C D G Em Am G D7 G:9"""
    mix.play(melody, synth.oboe, 0.24, pan=0.15, wet=0.4, legato=0.98)
    mix.play(block(chords, 4), synth.organ, 0.08, pan=-0.2, wet=0.45)
    mix.play(roots(chords, 2), synth.cello, 0.24, pan=-0.1, legato=0.85, wet=0.3)
    return mix


def canon_in_d() -> Mix:
    mix = Mix(bpm=112, seed=6)
    slow = "F#5:2 E5 D5 C#5 B4 A4 B4 C#5"
    walking = "D5:1 F#5 A5 G5 F#5 D5 F#5 E5 D5 B4 D5 A5 G5 B5 A5 G5"
    quick = """A5:.5 F#5:.25 G5 A5:.5 F#5:.25 G5 A5 A4 B4 C#5 D5 E5 F#5 G5 |
        F#5:.5 D5:.25 E5 F#5:.5 F#4:.25 G4 A4 B4 A4 G4 A4 F#4 G4 A4 |
        G4:.5 B4:.25 A4 G4:.5 F#4:.25 E4 F#4 E4 D4 E4 F#4 G4 A4 B4 |
        G4:.5 B4:.25 A4 B4:.5 C#5:.25 D5 A4 B4 C#5 D5 E5 F#5 G5 A5 |"""
    ground = "D:2 A Bm F#m G D G A"
    mix.play(f"{slow} {walking} {quick} F#5:3", synth.strings, 0.27, pan=-0.45, wet=0.4)
    mix.play(f"{slow} {walking} D5:3", synth.strings, 0.2, at=16, pan=0.45, wet=0.4)
    mix.play(slow + " A4:3", synth.strings, 0.18, at=32, wet=0.4)
    mix.play(roots(f"{ground} {ground} {ground} D:3", 2), synth.cello, 0.28, wet=0.25)
    mix.play(broken(f"{ground} {ground} {ground} D:3", (0, 1, 2, 1), 0.5, 4), synth.harp, 0.12)
    return mix


def alla_turca() -> Mix:
    mix = Mix(bpm=126, seed=11)
    pickup = "B4:.25 A4 G#4 A4 |"
    rise = "C5:.5 - D5:.25 C5 B4 C5 | E5:.5 - F5:.25 E5 D#5 E5 | B5 A5 G#5 A5 B5 A5 G#5 A5 |"
    first = f"{rise} C6:1 A5:.5 C6 | B5 A5 G5 A5 | B5 A5 G5 A5 | B5 A5 G5 F#5 | E5:1"
    second = """E5:.5 F5 | G5 G5 A5:.25 G5 F5 E5 | D5:1 E5:.5 F5 | G5 G5 A5:.25 G5 F5 E5 |
        D5:1 C5:.5 D5 | E5 E5 F5:.25 E5 D5 C5 | B4:1 C5:.5 D5 | E5 E5 F5:.25 E5 D5 C5 | B4:1"""
    last = f"{rise} C6:1 A5:.5 B5 | C6 B5 A5 G#5 | A5 E5 F5 D5 | C5:1 B4 | A4:2"
    chords = "Am:2 Am Am Am Em Em Em Em C:2 G C G Am:2 E Am E Am:2 Am Am Am Am:1 E Am Dm Am E Am:2"
    mix.play(f"{pickup} {first} {second} {pickup} {last}", synth.piano, 0.36, pan=0.15, wet=0.25)
    mix.play(roots(chords, 3), synth.piano, 0.26, at=1, pan=-0.2, legato=0.3)
    mix.play(off_beats(chords, ".xxx", 0.5, 4), synth.piano, 0.1, at=1, pan=-0.2, legato=0.5)
    return mix


def gymnopedie() -> Mix:
    mix = Mix(bpm=84, seed=1)
    melody = """-:7 F#5:1 A5 | G5 F#5 C#5 | B4 C#5 D5 | A4:3 | F#4:9 |
        -:1 F#5 A5 | G5 F#5 C#5 | B4 C#5 D5 | A4:3 | C#5 | F#5 | E4:6"""
    for bar in range(16):
        low, chord = [("G2", "B3+D4+F#4"), ("D2", "A3+C#4+F#4")][bar % 2]
        mix.play(f"{low}:3", synth.piano, 0.3, at=bar * 3, pan=-0.25, wet=0.45)
        mix.play(f"{chord}:2", synth.piano, 0.13, at=bar * 3 + 1, pan=-0.1, wet=0.5)
    mix.play(melody, synth.piano, 0.36, pan=0.15, legato=1.1, wet=0.5)
    return mix


def mountain_king() -> Mix:
    mix = Mix(bpm=140, seed=23)
    home = """B2:.5 C#3 D3 E3 F#3 D3 F#3:1 | F3:.5 C#3 F3:1 E3:.5 C3 E3:1 |
        B2:.5 C#3 D3 E3 F#3 D3 F#3 B3 | A3 F#3 D3 F#3 A3:2 |"""
    away = """F#3:.5 G#3 A#3 B3 C#4 A#3 C#4:1 | D4:.5 A#3 D4:1 C#4:.5 A#3 C#4:1 |
        F#3:.5 G#3 A#3 B3 C#4 A#3 C#4:1 | D4:.5 A#3 D4:1 C#4:2 |"""
    for i, (tune, root) in enumerate([(home, "B2"), (away, "F#2"), (home, "B2"), (home, "B2")]):
        at, loud = i * 16, 0.6 + 0.14 * i
        mix.play(tune, synth.guitar, 0.42 * loud, at=at, pan=-0.2, legato=0.5)
        if i:
            mix.play(tune, synth.oboe, 0.14 * loud, at=at, pan=0.3, legato=0.5, transpose=12)
        if i > 1:
            mix.play(tune, synth.strings, 0.2, at=at, legato=0.6, transpose=12 * (i - 1))
            mix.play(("F#4+B4:.5 - " * 16), synth.piano, 0.1, at=at + 0.5, pan=0.2)
            mix.play("A2:1 " * 16, synth.kick, 0.3, at=at, wet=0.15)
        mix.play(f"{root}:1 - " * 8, synth.bass, 0.34 * loud, at=at)
    mix.play("B1+B2+F#3+B3+D4+F#4+B4:3", synth.strings, 0.2, at=64)
    mix.play("B1+B2:3", synth.piano, 0.4, at=64)
    mix.play("A2:1", synth.kick, 0.6, at=64)
    return mix


def morning_mood() -> Mix:
    mix = Mix(bpm=172, seed=24)  # the beat is an eighth
    phrase = """B4:1 G#4 F#4 E4 F#4 G#4 | B4 G#4 F#4 E4 F#4:.5 G#4 F#4 G#4 |
        B4:1 G#4 B4 C#5 G#4 C#5 | B4 G#4 F#4 E4:3 |"""
    mix.play(phrase, synth.flute, 0.26, transpose=12, pan=0.3, wet=0.5)
    mix.play(phrase, synth.oboe, 0.24, at=24, pan=-0.3, wet=0.45)
    mix.play(phrase + " E4:6", synth.strings, 0.24, at=48, transpose=12, wet=0.4)
    chords = "E:6 E E C#m:3 E E:6 E A:3 E B:6 E:6 E A:3 F#m B:3 E:3 E:6"
    mix.play(block(chords, 3), synth.pad, 0.09, wet=0.5)
    mix.play(broken(chords, (0, 1, 2, 3, 2, 1), 1, 3), synth.harp, 0.14, pan=-0.1, wet=0.4)
    mix.play(roots(chords, 2), synth.cello, 0.13, wet=0.3)
    return mix


def primavera() -> Mix:
    mix = Mix(bpm=104, seed=25)
    call = "G#5:.5 G#5 G#5 F#5:.25 E5 B5:1.5 B5:.25 A5 |"
    reply = "B5:.5 A5:.25 G#5 A5:.5 B5 C#6 B5:1 E5:.5 |"
    one = f"E5:.5 {call} {call} G#5:.5 A5:.25 B5 A5:.5 G#5 F#5 D#5 B4"
    two = f"E5:.5 {reply} {reply} C#6:.5 B5 A5 G#5 F#5:1.5"
    mix.play(f"{one} {one} {two} {two} E5:.5 | E5:3", synth.strings, 0.27, pan=-0.3, wet=0.35)
    first, second = "E:4 E E:2 B ", "E:2 A:1 E E:2 A:1 E A:1 E B:2 "
    chords = first * 2 + second * 2 + "E:4"
    mix.play(off_beats(chords, "x", 0.5, 4), synth.strings, 0.06, at=0.5, pan=0.35, legato=0.7)
    mix.play(roots(chords, 2, step=0.5), synth.cello, 0.2, at=0.5, legato=0.7, pan=0.1)
    mix.play(broken(chords, (0, 1, 2, 1), 0.25, 4), synth.guitar, 0.09, at=0.5, pan=0.5)
    return mix


def new_world_largo() -> Mix:
    mix = Mix(bpm=72, seed=95)
    melody = """E4:1.5 G4:.5 G4:2 | E4:1.5 D4:.5 C4:2 | D4:1.5 E4:.5 G4:1.5 E4:.5 | D4:4 |
        E4:1.5 G4:.5 G4:2 | E4:1.5 D4:.5 C4:2 | D4:1 E4 D4:1.5 C4:.5 | C4:4"""
    chords = "C:4 Am:4 G:2 Em G:4 C:4 Am:2 F Dm:2 G7 C:4"
    mix.play(melody, synth.oboe, 0.28, transpose=1, pan=0.1, wet=0.5)
    mix.play(block(chords, 3), synth.strings, 0.09, transpose=1, pan=-0.2, wet=0.5)
    mix.play(block(chords, 4), synth.pad, 0.06, transpose=1, pan=0.3, wet=0.5)
    mix.play(roots(chords, 2), synth.cello, 0.2, transpose=1, wet=0.4)
    return mix


def swan_lake() -> Mix:
    mix = Mix(bpm=94, seed=20)
    theme = """F#5:2 B4:.5 C#5 D5 E5 | F#5:1.5 D5:.5 F#5:1.5 D5:.5 |
        F#5:1.5 B4:.5 D5 B4 G4 D5 |"""
    chords = "Bm:4 Bm:4 Bm:2 G Bm:4 Bm:4 Bm:4 Bm:2 G Bm:6"
    melody = f"{theme} B4:2.5 E5:.5 D5 C#5 | {theme} B4:5"
    mix.play(melody, synth.oboe, 0.28, pan=0.1, wet=0.45)
    mix.play(off_beats(chords, "x", 0.25, 3), synth.strings, 0.06, pan=-0.3, wet=0.4)
    mix.play(broken(chords, (0, 1, 2, 3, 4, 3, 2, 1), 0.5, 3), synth.harp, 0.2, pan=0.4, wet=0.4)
    mix.play(roots(chords, 2), synth.cello, 0.2, wet=0.3)
    return mix
