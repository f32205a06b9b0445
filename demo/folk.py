"""Traditional melodies, arranged for the instruments of `demo.synth`."""

from demo import synth
from demo.score import Mix, block, broken, drum, euclid, off_beats, roots


def sakura() -> Mix:
    mix = Mix(bpm=114, seed=31)
    flowers = "A4:1 A4 B4:2 | A4:1 A4 B4:2 |"
    field = """A4:1 B4 C5 B4 | A4 B4:.5 A4 F4:2 | E4:1 C4 E4 F4 | E4 E4:.5 C4 B3:2 |"""
    melody = f"{flowers} {field} {field} {flowers} E4:1 F4 B4:.5 A4 F4:1 | E4:4"
    low = """A2:2 E3 | A2 E3 | A2 E3 | D3 F3 | A2 F3 | E3 B2 | A2 E3 | D3 F3 | A2 F3 | E3 B2 |
        A2 E3 | A2 E3 | A2 F3 | E2+B2+E3:4"""
    mix.play(melody, synth.koto, 0.4, pan=0.1, wet=0.4)
    mix.play(low, synth.koto, 0.26, pan=-0.3, wet=0.4)
    mix.play(f"-:24 {field} {flowers}", synth.flute, 0.15, pan=0.4, wet=0.5, transpose=12)
    return mix


def jasmine_flower() -> Mix:
    mix = Mix(bpm=106, seed=32)
    melody = """E5:1 E5:.5 G5 A5 C6 C6 A5 | G5:1 G5:.5 A5 G5:2 |
        G5:1 G5 G5 E5:.5 G5 | A5:1 A5 G5:2 | E5:1 D5:.5 E5 G5:1 E5:.5 D5 |
        C5:1 C5:.5 D5 C5:2 | E5:.5 D5 C5 E5 D5:1.5 E5:.5 | G5:1 A5:.5 C6 G5:2 |
        D5:1 E5:.5 G5 D5 E5 C5 A4 | G4:2 A4:1 C5 | D5:1.5 E5:.5 C5 D5 C5 A4 | G4:4"""
    chords = "C:4 C C Am:2 C C:4 C C:2 G C:4 G:4 C:2 Am G:4 C:4"
    mix.play(melody, synth.flute, 0.26, pan=0.15, wet=0.45, legato=0.97)
    mix.play(melody, synth.koto, 0.14, pan=-0.2, wet=0.4, transpose=-12)
    mix.play(broken(chords, (0, 2, 3, 2), 0.5, 3), synth.harp, 0.2, pan=-0.35, wet=0.4)
    mix.play(block(chords, 4), synth.pad, 0.05, wet=0.4)
    return mix


def arirang() -> Mix:
    mix = Mix(bpm=92, seed=33)
    low = "D4:1.5 E4:.5 D4 E4 | G4:1.5 A4:.5 G4 A4 | B4:1 A4:.5 G4 E4 D4 |"
    close = "D4:1.5 E4:.5 D4 E4 | G4:1.5 A4:.5 G4 E4 | G4:1.5 A4:.5 G4:1 | G4:3 |"
    high = "D5:1 D5 D5 | D5 B4 A4 | B4:1 A4:.5 G4 E4 D4 |"
    melody = f"{low} D4:1.5 E4:.5 D4:1 | {high} {close}"
    chords = "G:3 C G G G G Em G C D G"
    mix.play(melody, synth.cello, 0.3, transpose=12, pan=0.1, wet=0.45)
    mix.play(broken(chords, (0, 1, 2, 3, 2, 1), 0.5, 3), synth.harp, 0.2, pan=-0.3, wet=0.4)
    mix.play(roots(chords, 2), synth.bass, 0.2, wet=0.3)
    mix.play(drum("x..x.x", 0.5, 33, "E2"), synth.tom, 0.14, pan=0.2)
    return mix


def korobeiniki() -> Mix:
    mix = Mix(bpm=144, seed=34)
    melody = """E5:1 B4:.5 C5 D5:1 C5:.5 B4 | A4:1 A4:.5 C5 E5:1 D5:.5 C5 |
        B4:1.5 C5:.5 D5:1 E5 | C5 A4 A4:2 | -:.5 D5:1 F5:.5 A5:1 G5:.5 F5 |
        E5:1.5 C5:.5 E5:1 D5:.5 C5 | B4:1 B4:.5 C5 D5:1 E5 | C5 A4 A4:2"""
    chords = "E:4 Am E Am Dm C E Am"
    for i in range(2):
        at = i * 32
        mix.play(melody, synth.accordion, 0.22, at=at, pan=0.15, legato=0.9)
        mix.play(roots(chords, 2, step=2), synth.bass, 0.36, at=at, legato=0.4)
        mix.play(off_beats(chords, ".x", 1, 4), synth.guitar, 0.12, at=at, pan=-0.35, legato=0.4)
        if i:
            mix.play(melody, synth.guitar, 0.2, at=at, pan=-0.2, transpose=12)
            mix.play(drum("x.", 1, 32), synth.kick, 0.3, at=at, wet=0.1)
            mix.play(drum(".x", 1, 32), synth.snare, 0.12, at=at, wet=0.2)
    mix.play("A4+C5+E5+A5:2", synth.accordion, 0.12, at=64)
    return mix


def kalinka() -> Mix:
    mix = Mix(bpm=132, seed=35)
    turn = "D5:1 B4:.5 C5 | D5:1 B4:.5 C5 | D5 C5 B4:1 | A4"
    chords = "E:2 E E Am"
    mix.play("E5:1", synth.accordion, 0.2, at=3)
    for i in range(6):
        at = 4 + i * 8
        tail = " E5:1" if i < 5 else " -:1"
        mix.play(turn + tail, synth.accordion, 0.2 + 0.01 * i, at=at, pan=0.15, legato=0.85)
        mix.play(roots(chords, 2, step=1), synth.bass, 0.34, at=at, legato=0.4)
        mix.play(off_beats(chords, ".x", 0.5, 4), synth.guitar, 0.11, at=at, pan=-0.3, legato=0.5)
        if i > 1:
            mix.play(turn, synth.guitar, 0.2, at=at, pan=-0.1, transpose=12)
        if i > 3:
            mix.play(drum("x.", 0.5, 8), synth.kick, 0.25, at=at, wet=0.1)
            mix.play(drum(".x", 0.5, 8), synth.snare, 0.1, at=at, wet=0.2)
    mix.play("A3+E4+A4+C5:1 -:1", synth.accordion, 0.14, at=52)
    return mix


def scarborough_fair() -> Mix:
    mix = Mix(bpm=126, seed=36)
    melody = """A4:2 A4:1 | E5:2 E5:1 | B4:1.5 C5:.5 B4:1 | A4:3 | -:1 E5 G5 | A5:2 G5:1 |
        E5 F#5 D5 | E5:3 | -:2 A5:1 | A5:2 A5:1 | G5:2 E5:1 | E5 D5 C5 | B4 G4:2 |
        A4:2 E5:1 | D5:2 C5:1 | B4 A4 G4 | A4:6"""
    chords = "Am:3 Am G Am Am C D Am Am Am C Am G Am G G Am:6"
    mix.play(melody, synth.flute, 0.28, at=3, pan=0.15, wet=0.5)
    picked = broken("Am:3 " + chords, (0, 2, 3, 4, 3, 2), 0.5, 3)
    mix.play(picked, synth.guitar, 0.24, pan=-0.25)
    mix.play(roots("Am:3 " + chords, 2), synth.cello, 0.1, wet=0.4)
    return mix


def greensleeves() -> Mix:
    mix = Mix(bpm=165, seed=37)
    head = """C5:2 D5:1 | E5:1.5 F#5:.5 E5:1 | D5:2 B4:1 | G4:1.5 A4:.5 B4:1 |"""
    close = "C5:1.5 B4:.5 A4:1 | G#4:1.5 F#4:.5 G#4:1 |"
    verse = f"""A4:1 | {head} C5:2 A4:1 | A4:1.5 G#4:.5 A4:1 | B4:2 G#4:1 | E4:2 A4:1 |
        {head} {close} A4:3 | A4:3 |"""
    top = "G5:3 | G5:1.5 F#5:.5 E5:1 | D5:2 B4:1 | G4:1.5 A4:.5 B4:1 |"
    chorus = f"{top} {close} A4:6"
    chords = "Am:3 Am G G Am Am E E Am Am G G Am E Am Am C C G G Am E Am:6"
    end = mix.play(verse, synth.harp, 0.4, pan=0.1, wet=0.4)
    mix.play(chorus, synth.flute, 0.26, at=end, pan=0.2, wet=0.45)
    mix.play(chorus, synth.harp, 0.24, at=end, pan=0.1, wet=0.4)
    mix.play(broken(chords, (0, 1, 2), 1, 3), synth.guitar, 0.22, at=1, pan=-0.3)
    mix.play(roots(chords, 2), synth.cello, 0.12, at=1, wet=0.4)
    return mix


def amazing_grace() -> Mix:
    mix = Mix(bpm=100, seed=38)
    melody = """D4:1 | G4:2 B4:.5 G4 | B4:2 A4:1 | G4:2 E4:1 | D4:2 D4:1 | G4:2 B4:.5 G4 |
        B4:2 A4:1 | D5:5 B4:1 | D5:2 B4:.5 G4 | B4:2 A4:1 | G4:2 E4:1 | D4:2 D4:1 |
        G4:2 B4:.5 G4 | B4:2 A4:1 | G4:5"""
    chords = "G:3 G C G G Em D D G G C G G D7 G:6"
    mix.play(melody, synth.organ, 0.16, pan=0.1, wet=0.4)
    mix.play(melody, synth.electric_piano, 0.26, pan=-0.1, wet=0.35)
    mix.play(broken(chords, (0, 1, 2), 1, 3), synth.electric_piano, 0.16, at=1, pan=-0.25)
    mix.play(block(chords, 3), synth.pad, 0.07, at=1, wet=0.4)
    mix.play(roots(chords, 2), synth.bass, 0.26, at=1)
    return mix


def hava_nagila() -> Mix:
    mix = Mix(bpm=120, seed=39)
    melody = """E4:1 E4:1.5 G#4:.5 F4 E4 | G#4:1 G#4:1.5 B4:.5 A4 G#4 |
        A4:1 A4:1.5 C5:.5 B4 A4 | G#4:1 F4 E4:2 |"""
    chords = "E:4 E Am:4 E:1 Dm E:2"
    for i in range(3):
        at = i * 16
        mix.play(melody, synth.oud if i == 0 else synth.oboe, (0.44, 0.22, 0.22)[i], at=at, pan=0.1)
        mix.play(roots(chords, 2, step=1), synth.bass, 0.34, at=at, legato=0.5)
        mix.play(off_beats(chords, ".x", 0.5, 3), synth.guitar, 0.14, at=at, pan=-0.3, legato=0.6)
        if i:
            mix.play(drum(euclid(3, 8), 0.5, 16, "A2"), synth.tom, 0.24, at=at, pan=0.2)
        if i == 2:
            mix.play(melody, synth.accordion, 0.14, at=at, pan=-0.2, transpose=12)
            mix.play(drum(".x", 0.5, 16), synth.shaker, 0.18, at=at, pan=0.3)
    mix.play("E3+G#3+B3+E4:2", synth.oud, 0.26, at=48)
    return mix
