"""Whatever happened to a file, reading it ends in a description or in `NotAudio`."""

import io
import random
from pathlib import Path, PurePath

import pytest

from ingest.formats import NotAudio
from ingest.tags import MAX_DURATION_MS, read_audio
from tests.ingest.audio import ENCODERS, make_audio


@pytest.mark.parametrize("extension", ENCODERS)
def test_damaged_files_do_no_harm(tmp_path: Path, extension: str) -> None:
    good = make_audio(
        tmp_path / f"a{extension}", title="Title", artist="A; B feat. C", album="B",
        track="1/2", date=2001, isrc="USABC1234567", REPLAYGAIN_TRACK_GAIN="-7 dB",
    ).read_bytes()  # fmt: skip
    randomness = random.Random(extension)
    refused = 0
    for _ in range(300):
        content = bytearray(good)
        for _ in range(randomness.randint(1, 12)):
            # Mostly in the headers, where the tags and the tables are.
            at = randomness.randrange(min(len(content), randomness.choice((64, 2_000, 10**9))))
            length = randomness.randint(1, 8)
            content[at : at + length] = randomness.choice(
                (randomness.randbytes(length), bytes(length), b"\xff" * length, b"")
            )
        try:
            found = read_audio(io.BytesIO(content), PurePath("a.mp3"))
        except NotAudio:
            refused += 1
            continue
        assert 0 < found.duration_ms <= MAX_DURATION_MS
        assert 0 < found.bitrate_kbps < 2**31
        assert 0 < found.sample_rate_hz < 2**31
        assert 0 < found.channels < 2**15
        for text in (
            found.title,
            found.album or "",
            *found.genres,
            *(c.name for c in found.artists),
        ):
            assert "\0" not in text
            text.encode()
    assert refused < 300
