"""What a file is, by its content: the name decides nothing.

Sources: ISO/IEC 11172-3 (MPEG audio frames), id3.org ID3v2.4 structure, ISO/IEC 14496-12 and -14
(MP4 boxes and descriptors), 14496-3 (AudioSpecificConfig).
"""

import enum
import os
from collections.abc import Iterator
from typing import BinaryIO, Final


class NotAudio(ValueError):
    """This file is no audio that Tonearm can play; the message is the reason, for people."""


class Container(enum.StrEnum):
    MP3 = "MP3"
    FLAC = "FLAC"
    OGG = "Ogg"
    MP4 = "MP4"
    WAV = "WAV"


EXTENSIONS: Final[dict[str, Container]] = {
    ".mp3": Container.MP3,
    ".flac": Container.FLAC,
    ".ogg": Container.OGG,
    ".oga": Container.OGG,
    ".opus": Container.OGG,
    ".m4a": Container.MP4,
    ".m4b": Container.MP4,
    ".wav": Container.WAV,
    ".wave": Container.WAV,
}
"""File name extensions that are looked at, and what they promise."""

_FOREIGN: Final = (
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x30\x26\xb2\x75", "Windows Media audio, which is not supported"),
    (b"FORM", "AIFF audio, which is not supported"),
    (b"\x1a\x45\xdf\xa3", "a Matroska file, which is not supported"),
    (b"<", "a text or HTML document"),
)
_MAX_BOX: Final = 64 << 20
_FRAMES_TO_TRUST: Final = 3
_SEARCH_BYTES: Final = 128 << 10

_KBPS_V1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_V2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLE_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_AAC_CHANNELS: Final = (0, 1, 2, 3, 4, 5, 6, 8)


def identify(file: BinaryIO) -> Container:
    """The container of a file, whose audio part was found to be there. Raises `NotAudio`."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise NotAudio("the file is empty")
    file.seek(0)
    head = file.read(64)
    offset = _id3v2_length(head)
    if offset >= size:
        raise NotAudio("there is nothing after the ID3 tag")
    if offset:
        file.seek(offset)
        head = file.read(64)
    if head.startswith(b"fLaC"):
        return Container.FLAC
    if head.startswith(b"OggS"):
        return Container.OGG
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return Container.WAV
    if head[4:8] == b"ftyp":
        _check_boxes(file, size)
        return Container.MP4
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            raise NotAudio(f"it is {name}")
    if head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xF6 == 0xF0:
        raise NotAudio("it is bare AAC (ADTS), which is not supported: put it into an M4A file")
    if offset or head[:1] == b"\xff":
        file.seek(offset)
        _check_mpeg_frames(file.read(_SEARCH_BYTES), at_end=size - offset <= _SEARCH_BYTES)
        return Container.MP3
    if not head.strip(b"\0"):
        raise NotAudio("it begins with nothing but zeros")
    raise NotAudio("its content is of no known audio format")


def aac_channels(file: BinaryIO) -> int | None:
    """Channels by the AudioSpecificConfig of an MP4 file, whose sample entry often lies.

    None where the configuration does not say it.
    """
    size = file.seek(0, os.SEEK_END)
    for kind, start, end in _boxes(file, size):
        if kind == b"moov" and end - start <= _MAX_BOX:
            file.seek(start)
            return _channels_in_descriptor(file.read(end - start))
    return None


def _id3v2_length(head: bytes) -> int:
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    length = 0
    for byte in head[6:10]:
        length = length << 7 | byte & 0x7F
    return 10 + length + (10 if head[5] & 0x10 else 0)


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of the content of each top-level box."""
    position = 0
    while position + 8 <= size:
        file.seek(position)
        header = file.read(16)
        length, kind, content = int.from_bytes(header[:4], "big"), header[4:8], position + 8
        if length == 1:
            length, content = int.from_bytes(header[8:16], "big"), position + 16
        end = position + length if length else size
        if end < content:
            return
        yield kind, content, end
        position = end


def _check_boxes(file: BinaryIO, size: int) -> None:
    found = set()
    for kind, _, end in _boxes(file, size):
        if end > size:
            raise NotAudio(f"it is cut off: {end - size:,} bytes are missing at the end")
        found.add(kind)
    if b"moov" not in found:
        raise NotAudio("it is cut off or fragmented: an MP4 file without an index (moov)")


def _channels_in_descriptor(moov: bytes) -> int | None:
    start = moov.find(b"esds")
    if start < 0:
        return None
    descriptor = moov[start + 8 : start + 128]  # after the type, version and flags
    position = 0
    while position + 2 < len(descriptor):
        tag = descriptor[position]
        position += 1
        while position < len(descriptor) and descriptor[position] & 0x80:
            position += 1
        position += 1
        if tag == 0x03:  # ES_Descriptor: its id and flags, then the next descriptor
            position += 3
        elif tag == 0x04:  # DecoderConfigDescriptor
            position += 13
        elif tag == 0x05 and position + 2 <= len(descriptor):  # AudioSpecificConfig
            bits = int.from_bytes(descriptor[position : position + 2], "big")
            object_type, rate, channels = bits >> 11, bits >> 7 & 0xF, bits >> 3 & 0xF
            if object_type == 31 or rate == 15 or channels >= len(_AAC_CHANNELS):
                return None
            return _AAC_CHANNELS[channels] or None
        else:
            return None
    return None


def _check_mpeg_frames(data: bytes, *, at_end: bool) -> None:
    """Looks for frames of layer III that follow one another; chance finds one, not three."""
    layers = set()
    position = data.find(b"\xff")
    while 0 <= position < len(data) - 4:
        frames, at = 0, position
        while (length := _frame_length(data[at : at + 4])) is not None:
            frames += 1
            at += length
            if frames == _FRAMES_TO_TRUST or (at_end and frames >= 2 and at >= len(data) - 4):
                return
        if frames == 0 and data[position + 1] & 0xE0 == 0xE0:
            layers.add(data[position + 1] >> 1 & 3)
        position = data.find(b"\xff", position + 1)
    if layers & {2, 3}:
        raise NotAudio("there are no MP3 frames in it (perhaps MPEG layer I or II)")
    raise NotAudio("there are no MP3 frames in it")


def _frame_length(header: bytes) -> int | None:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate_index, sample_index = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer != 1 or rate_index in (0, 15) or sample_index == 3:
        return None
    kbps = (_KBPS_V1 if version == 3 else _KBPS_V2)[rate_index]
    samples_by_8 = 144 if version == 3 else 72
    padding = header[2] >> 1 & 1
    return samples_by_8 * kbps * 1000 // _SAMPLE_RATES[version][sample_index] + padding
