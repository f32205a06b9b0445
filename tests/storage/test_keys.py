import pytest

from storage.keys import audio_key, cover_key

SHA256 = bytes.fromhex("abcd" + "00" * 30)


def test_audio_lies_in_folders_of_its_first_digits() -> None:
    assert audio_key(SHA256, "mp3") == f"audio/ab/cd/abcd{'00' * 30}.mp3"


def test_cover_lies_under_its_sha256_by_size() -> None:
    assert cover_key(SHA256, 300) == f"covers/ab/abcd{'00' * 30}/300.jpg"


@pytest.mark.parametrize("sha256", [b"", b"short", SHA256 + b"x"])
def test_what_is_not_a_sha256_is_refused(sha256: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        audio_key(sha256, "mp3")


@pytest.mark.parametrize("extension", ["", ".mp3", "exe", "../x"])
def test_what_is_not_audio_is_refused(extension: str) -> None:
    with pytest.raises(ValueError, match="extension"):
        audio_key(SHA256, extension)
