"""Loudness, and files in every format, through the ffmpeg of `imageio-ffmpeg`."""

import base64
import re
import struct
import subprocess
import tempfile
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]

from demo.synth import RATE

REFERENCE: Final = -18.0
"""Loudness in LUFS that ReplayGain 2.0 brings every song to."""
CEILING: Final = 0.84
"""Highest sample, -1.5 dBFS: lossy codecs overshoot a little."""

_SMALL: Final = ("-ac", "1", "-ar", "16000", "-sample_fmt", "s16")
CODECS: Final[dict[str, tuple[str, ...]]] = {
    "mp3": ("-c:a", "libmp3lame", "-q:a", "7"),
    "flac": ("-c:a", "flac", "-compression_level", "12", *_SMALL),
    "opus": ("-c:a", "libopus", "-b:a", "44k"),
    "ogg": ("-c:a", "libvorbis", "-q:a", "1"),
    "m4a": ("-c:a", "aac", "-b:a", "56k", "-movflags", "+faststart"),
}
_EXACT: Final = ("-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1")


@dataclass(frozen=True, slots=True)
class Loudness:
    lufs: float
    """Integrated, EBU R 128."""
    peak: float
    """Highest sample, 1.0 is full scale."""


def _ffmpeg(*arguments: str, stdin: bytes) -> str:
    """Runs ffmpeg and returns what it logs."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-y", *arguments]
    run = subprocess.run(command, input=stdin, capture_output=True, check=False)
    log = run.stderr.decode(errors="replace")
    if run.returncode:
        raise RuntimeError(f"ffmpeg failed: {log[-1000:]}")
    return log


def _raw() -> tuple[str, ...]:
    return ("-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0")


def measure(samples: "array[float]", *, mono: bool = False) -> Loudness:
    """Of both channels, or of what is left when they are mixed into one."""
    if mono:
        pairs = zip(samples[::2], samples[1::2], strict=True)
        samples = array("f", ((left + right) / 2 for left, right in pairs))
    source = ("-f", "f32le", "-ar", str(RATE), "-ac", "1" if mono else "2", "-i", "pipe:0")
    log = _ffmpeg(
        *source, "-af", "ebur128=framelog=quiet", "-f", "null", "-", stdin=samples.tobytes()
    )
    match = re.findall(r"I:\s+(-?\d+\.\d+) LUFS", log)
    return Loudness(float(match[-1]), max(map(abs, samples)))


def set_loudness(samples: "array[float]", target: float) -> "array[float]":
    """Scales to `target` LUFS; what would pass the ceiling is bent under it, softly.

    Samples up to 70 % of the ceiling stay as they are, higher ones approach it along x/(1+x).
    """
    gain = 10 ** ((target - measure(samples).lufs) / 20)
    knee = CEILING * 0.7
    span = CEILING - knee

    def bend(value: float) -> float:
        over = abs(value) - knee
        if over <= 0:
            return value
        bent = knee + span * (over / span) / (1 + over / span)
        return bent if value > 0 else -bent

    return array("f", (bend(value * gain) for value in samples))


def replay_gain(loudness: Loudness) -> dict[str, str]:
    return {
        "REPLAYGAIN_TRACK_GAIN": f"{REFERENCE - loudness.lufs:+.2f} dB",
        "REPLAYGAIN_TRACK_PEAK": f"{loudness.peak:.6f}",
    }


def _picture_block(jpeg: bytes, pixels: int) -> str:
    """FLAC's METADATA_BLOCK_PICTURE (RFC 9639, 8.8), base64 as Ogg comments carry it."""
    mime = b"image/jpeg"
    head = struct.pack(">II", 3, len(mime)) + mime + struct.pack(">I", 0)
    size = struct.pack(">IIIII", pixels, pixels, 24, 0, len(jpeg))
    return base64.b64encode(head + size + jpeg).decode()


def _insert_id3_frames(path: Path, frames: dict[str, bytes]) -> None:
    """Adds to an ID3v2.4 tag the frames that ffmpeg would write as TXXX (id3.org, 4)."""

    def synchsafe(number: int) -> bytes:
        return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))

    added = b"".join(
        name.encode() + synchsafe(len(body)) + b"\0\0" + body for name, body in frames.items()
    )
    content = path.read_bytes()
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte
    path.write_bytes(content[:6] + synchsafe(size + len(added)) + added + content[10:])


def _escape(value: str) -> str:
    return re.sub(r"([=;#\\\n])", r"\\\1", value)


def encode(
    samples: "array[float]", path: Path, tags: dict[str, str], cover: bytes, pixels: int
) -> None:
    """Writes `path` in the format of its extension, with tags and the cover."""
    kind = path.suffix[1:]
    names = dict(tags)
    frames: dict[str, bytes] = {}
    if kind == "mp3":
        if "ISRC" in names:
            names["TSRC"] = names.pop("ISRC")
        if "compilation" in names:
            frames["TCMP"] = b"\x03" + names.pop("compilation").encode()
        if "lyrics" in names:
            frames["USLT"] = b"\x03und\0" + names.pop("lyrics").encode()
    if kind in ("ogg", "opus"):
        names["METADATA_BLOCK_PICTURE"] = _picture_block(cover, pixels)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        picture, metadata = Path(folder, "cover.jpg"), Path(folder, "tags.txt")
        picture.write_bytes(cover)
        lines = [f"{_escape(name)}={_escape(value)}" for name, value in names.items()]
        metadata.write_text("\n".join([";FFMETADATA1", *lines, ""]), encoding="utf-8")
        arguments = [*_raw(), "-f", "ffmetadata", "-i", str(metadata)]
        if kind in ("ogg", "opus"):
            arguments += ["-map", "0:a"]
        else:
            arguments += ["-i", str(picture), "-map", "0:a", "-map", "2:v", "-c:v", "copy"]
            arguments += [
                "-disposition:v",
                "attached_pic",
                "-metadata:s:v",
                "comment=Cover (front)",
            ]
        arguments += [*_EXACT, "-map_metadata", "1", *CODECS[kind]]
        if kind == "mp3":
            arguments += ["-id3v2_version", "4"]
        _ffmpeg(*arguments, str(path), stdin=samples.tobytes())
    if frames:
        _insert_id3_frames(path, frames)


def encode_speech(samples: "array[float]", path: Path) -> None:
    """Writes an MP3 as podcasts have them: one channel, 40 kbit/s, no tags."""
    codec = ("-ac", "1", "-ar", "22050", "-c:a", "libmp3lame", "-b:a", "40k")
    _ffmpeg(*_raw(), *_EXACT, *codec, str(path), stdin=samples.tobytes())
