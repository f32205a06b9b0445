import io
from pathlib import Path

import pytest
from PIL import Image

from ingest import covers
from ingest.covers import NotAnImage, find_cover, make_cover
from tests.ingest.audio import make_cover as make_image


def encode(image: Image.Image, image_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def sizes(cover: covers.Cover) -> dict[int, tuple[int, int]]:
    return {name: Image.open(io.BytesIO(data)).size for name, data in cover.jpegs.items()}


def test_three_sizes_of_progressive_jpeg() -> None:
    cover = make_cover(make_image(size=(1600, 1200)))
    assert (cover.width, cover.height) == (1600, 1200)
    assert sizes(cover) == {64: (64, 48), 300: (300, 225), 640: (640, 480)}
    for data in cover.jpegs.values():
        image = Image.open(io.BytesIO(data))
        assert (image.format, image.mode) == ("JPEG", "RGB")
        assert image.info.get("progressive")
        assert "exif" not in image.info


def test_small_image_is_not_enlarged() -> None:
    assert sizes(make_cover(make_image(size=(100, 100)))) == {
        64: (64, 64),
        300: (100, 100),
        640: (100, 100),
    }


def test_dominant_color_is_of_the_larger_part() -> None:
    image = Image.new("RGB", (400, 400), (200, 30, 40))
    image.paste((0, 0, 255), (0, 0, 400, 100))
    color = make_cover(encode(image, "PNG")).dominant_color
    assert abs((color >> 16) - 200) < 12
    assert color & 0xFF < 60


def test_rotation_of_a_camera_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    cover = make_cover(encode(Image.new("RGB", (1000, 500)), "JPEG", exif=exif))
    assert (cover.width, cover.height) == (500, 1000)
    assert sizes(cover)[300] == (150, 300)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    cover = make_cover(encode(Image.new(mode, (700, 700)), kind))
    assert sizes(cover)[640] == (640, 640)


def test_transparent_is_white() -> None:
    cover = make_cover(encode(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    assert cover.dominant_color == 0xFFFFFF


def test_one_pixel_high_image() -> None:
    assert sizes(make_cover(encode(Image.new("RGB", (5000, 1)), "PNG")))[64] == (64, 1)


@pytest.mark.parametrize("format_", ["PNG", "GIF", "WEBP", "BMP"])
def test_what_must_be_decoded_whole_has_fewer_pixels(format_: str) -> None:
    buffer = io.BytesIO()
    Image.new("L", (5_001, 5_001)).save(buffer, format_)
    with pytest.raises(NotAnImage, match="too large: 5001 x 5001"):
        make_cover(buffer.getvalue())


def test_a_large_photograph_is_a_cover() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (8_000, 6_000)).save(buffer, "JPEG")
    assert make_cover(buffer.getvalue()).width == 8_000


def test_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = encode(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 1_000_000
    with pytest.raises(NotAnImage, match="too large"):
        make_cover(bomb)


@pytest.mark.parametrize("content", [b"", b"no image", make_image()[:500]])
def test_broken_images_are_refused(content: bytes) -> None:
    with pytest.raises(NotAnImage):
        make_cover(content)


def test_finds_the_cover_beside_the_music(tmp_path: Path) -> None:
    assert find_cover(tmp_path) is None
    (tmp_path / "photo.jpg").touch()
    assert find_cover(tmp_path) is None
    (tmp_path / "Front.png").touch()
    assert find_cover(tmp_path) == tmp_path / "Front.png"
    (tmp_path / "cover.jpg").touch()
    assert find_cover(tmp_path) == tmp_path / "cover.jpg"
    assert find_cover(tmp_path / "nowhere") is None
