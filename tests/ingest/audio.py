"""Makes audio files for the tests: tones by ffmpeg, in any format, with any tags."""

import io
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]
from PIL import Image

ENCODERS: Final[Mapping[str, tuple[str, ...]]] = {
    ".mp3": ("-c:a", "libmp3lame", "-b:a", "96k", "-id3v2_version", "4"),
    ".flac": ("-c:a", "flac"),
    ".m4a": ("-c:a", "aac", "-b:a", "64k", "-movflags", "use_metadata_tags"),
    ".alac.m4a": ("-c:a", "alac"),
    ".ogg": ("-c:a", "libvorbis", "-q:a", "2"),
    ".opus": ("-c:a", "libopus", "-b:a", "48k"),
    ".wav": ("-c:a", "pcm_s16le"),
}


def make_audio(
    path: Path,
    *,
    seconds: float = 2.0,
    tone_hz: int = 440,
    channels: int = 2,
    cover: bytes | None = None,
    format_of: str | None = None,
    **tags: object,
) -> Path:
    """Writes a tone with tags; the format is that of the name, or of `format_of`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = format_of or (".alac.m4a" if path.name.endswith(".alac.m4a") else path.suffix)
    with TemporaryDirectory() as folder:
        source = Path(folder) / f"tone{suffix}"
        source.write_bytes(_tone(suffix, seconds, tone_hz, channels))
        command = ["-i", str(source)]
        mapping = ["-map", "0:a"]
        if cover is not None:
            image = Path(folder) / "cover.jpg"
            image.write_bytes(cover)
            command += ["-i", str(image)]
            mapping += ["-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic"]
        target = Path(folder) / f"tagged{suffix}"
        extra = ["-id3v2_version", "4"] if suffix == ".mp3" else []
        _ffmpeg(
            *command,
            *mapping,
            "-c:a",
            "copy",
            *extra,
            "-map_metadata",
            "-1",
            *[part for key, value in tags.items() for part in ("-metadata", f"{key}={value}")],
            *(
                [
                    part
                    for key, value in tags.items()
                    for part in ("-metadata:s:a:0", f"{key}={value}")
                ]
                if suffix in (".ogg", ".opus")
                else []
            ),
            str(target),
        )
        path.write_bytes(target.read_bytes())
    return path


def make_cover(color: str = "teal", size: tuple[int, int] = (800, 800)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "JPEG")
    return buffer.getvalue()


@cache
def _tone(suffix: str, seconds: float, tone_hz: int, channels: int) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"tone{suffix}"
        tone = f"sine=frequency={tone_hz}:duration={seconds}:sample_rate=44100"
        _ffmpeg("-f", "lavfi", "-i", tone, "-ac", str(channels), *ENCODERS[suffix], str(path))
        return path.read_bytes()


def _ffmpeg(*arguments: str) -> None:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run(
        [program, "-nostdin", "-v", "error", "-y", *arguments], check=True, capture_output=True
    )
