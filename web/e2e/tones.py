"""One tone, cut into two songs, in each format: what the gapless tests play.

`python web/e2e/tones.py DIRECTORY` writes an album for each format.
"""

import math
import struct
import subprocess
import sys
import wave
from pathlib import Path
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]

RATE: Final = 44_100
TONE_HZ: Final = 441
SECONDS: Final = 8.0
CUT: Final = 4 * RATE + 12_345
"""In samples, within a frame of every codec."""

FORMATS: Final = {
    "MP3": (".mp3", ["-c:a", "libmp3lame", "-b:a", "128k"]),
    "VBR": (".mp3", ["-c:a", "libmp3lame", "-q:a", "2"]),
    "AAC": (".m4a", ["-c:a", "aac", "-b:a", "128k"]),
    "Opus": (".opus", ["-c:a", "libopus", "-b:a", "96k"]),
    "FLAC": (".flac", ["-c:a", "flac"]),
}

LYRICS: Final = "[00:00.50]One\n[00:01.50]Two\n[00:02.50]Three\n"


def write_wav(path: Path, first: int, last: int) -> None:
    """The samples `first` to `last` of the tone, in stereo."""
    step = 2 * math.pi * TONE_HZ / RATE
    values = (round(12_000 * math.sin(step * n)) for n in range(first, last))
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<hh", value, value) for value in values))


def main(directory: Path) -> None:
    """Encodes both parts in every format; the titles say which."""
    directory.mkdir(parents=True, exist_ok=True)
    parts = {1: (0, CUT), 2: (CUT, round(SECONDS * RATE))}
    for part, (first, last) in parts.items():
        write_wav(directory / f"{part}.wav", first, last)
        for name, (suffix, encoder) in FORMATS.items():
            tags = {
                "title": f"Uncut {name} {'one' if part == 1 else 'two'}",
                "artist": f"Tone in {name}",
                "album": f"Uncut {name}",
                "track": str(part),
                "genre": "Test tone",
                "lyrics": LYRICS,
            }
            command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
            command += ["-i", str(directory / f"{part}.wav"), *encoder]
            command += [
                word for key, value in tags.items() for word in ("-metadata", f"{key}={value}")
            ]
            subprocess.run([*command, str(directory / f"{name} {part}{suffix}")], check=True)
        (directory / f"{part}.wav").unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
