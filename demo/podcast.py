"""Makes the demo's podcast anew: `python -m demo.podcast`, into demo/podcast.

The feed beside the episodes, `feed.xml`, is written by hand.
"""

from pathlib import Path
from typing import Final

from demo import encode, synth
from demo.catalogue import Album
from demo.covers import draw_cover
from demo.master import finish
from demo.score import Mix

FOLDER: Final = Path(__file__).parent / "podcast"
SHOW: Final = Album("Two Notes at a Time", "Nora Lindqvist", 2026, "Podcast", 0.13, ())


def fifth() -> Mix:
    """A fifth, one note after the other, together, and stacked until the circle is half round."""
    mix = Mix(bpm=66, seed=71)
    mix.play("A3:1 E4 A3+E4:2 | D4:1 A4 D4+A4:2", synth.piano, 0.3)
    mix.play("C3:.5 G3 D4 A4 E5 B5 F#6:2", synth.piano, 0.26, at=8.5, pan=0.2)
    mix.play("C3+G3:5", synth.strings, 0.12, at=8.5, wet=0.5)
    mix.play("F#6+C#6:3", synth.bell, 0.08, at=13.5, wet=0.7)
    return mix


def octave() -> Mix:
    """An octave, low and high, and a melody that is played in both at once."""
    mix = Mix(bpm=72, seed=72)
    mix.play("D3:1 D4 D3+D4:2", synth.harp, 0.3)
    melody = "D4:.5 F4 A4:1 G4:.5 E4 F4:1 | D4:.5 F4 A4 C5 D5:2"
    mix.play(melody, synth.flute, 0.22, at=4.5, wet=0.4)
    mix.play(melody, synth.flute, 0.2, at=12, pan=-0.3, wet=0.4)
    mix.play(melody, synth.cello, 0.2, at=12, pan=0.3, wet=0.4, transpose=-12)
    return mix


EPISODES: Final = {"1 The fifth.mp3": fifth, "2 The octave.mp3": octave}


def main() -> None:
    (FOLDER / "cover.jpg").write_bytes(draw_cover(SHOW))
    for name, play in EPISODES.items():
        samples = encode.set_loudness(finish(play(), 20, room=1.8), -16)
        encode.encode_speech(samples, FOLDER / name)
        print(f"{(FOLDER / name).stat().st_size / 1000:8.1f} kB  {name}")


if __name__ == "__main__":
    main()
